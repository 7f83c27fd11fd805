"""Qualities of an offer: which one matches a form's settings, and its price.

Pure and standard-library only, so panels can call it while they draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from .catalog.conditions import Condition, Either, Equals, NonDefault, Values
from .catalog.parameters import PARAMETERS
from .catalog.service_types import Offer, Quality, Service
from .catalog.task_kinds import TaskKind
from .corrections import apply_corrections
from .prices import estimate
from .rules import chosen_version, sendable_values, takes


def quality_of(offer: Offer, values: Values) -> Quality | None:
    """Return the quality that matches these values, or None. Values that are not sent count as
    well."""
    version = chosen_version(offer, values)
    filled: dict[str, object] = {"model": version.id if version is not None else ""}
    for name in fields_of(offer):
        row = PARAMETERS[name]
        held = takes(offer, version, name) and (row.requires is None or row.requires.holds(filled))
        filled[name] = values.get(name, row.default) if held else _idle(name)
    return next((each for each in offer.qualities if each.values == filled), None)


def _idle(name: str) -> object:
    """Return the effective value of a field that is not sent."""
    row = PARAMETERS[name]
    return row.default if row.without is None else row.without


def fields_of(offer: Offer) -> tuple[str, ...]:
    """Return the fields that a quality of this offer sets besides the model version."""
    return tuple(name for name in offer.qualities[0].values if name != "model")


def with_quality(service: Service, kind: TaskKind, values: Values, quality: Quality) -> Values:
    """Return the values with a quality applied; conflicting settings are corrected."""
    wanted = {**values, **quality.values}
    for correction in apply_corrections(service, kind, wanted, changed=quality.values.keys()):
        wanted[correction.field] = correction.value
    return wanted


def quality_price(
    service: Service, kind: TaskKind, values: Values, quality: Quality
) -> float | None:
    """Return the price of these values with another quality; None if no price is published."""
    offer = service.offers[kind]
    return estimate(
        service, kind, sendable_values(offer, with_quality(service, kind, values, quality))
    )


def price_fields(offer: Offer) -> tuple[str, ...]:
    """Return the fields that the price depends on, other than those of a quality."""
    named = {name for charge in offer.charges for each in charge.when for name in _names(each)}
    beside = named - offer.qualities[0].values.keys()
    return tuple(name for name in PARAMETERS if name in beside)


def _names(condition: Condition) -> Iterator[str]:
    match condition:
        case Equals():
            yield condition.name
        case NonDefault():
            yield from (name for name, _usual in condition.defaults)
        case Either():
            for each in condition.conditions:
                yield from _names(each)
        case _:
            assert_never(condition)
