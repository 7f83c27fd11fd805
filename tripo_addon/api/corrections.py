"""Corrects settings of a form that conflict after another setting was changed.

Pure and standard-library only. The forms apply the values and show the sentences; nothing is
corrected silently, or while sending.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import cast

from .catalog import SERVICES
from .catalog.conditions import Demand, Values
from .catalog.field_types import Parameter, ParamType
from .catalog.parameters import PARAMETERS
from .catalog.service_types import ModelVersion, Offer, Service
from .catalog.task_kinds import TaskKind
from .messages import forms as messages
from .record import record
from .rules import (
    EMPTY,
    breaks,
    chosen_version,
    complete,
    offered,
    sendable_values,
    unoffered,
    window_of,
)


@record
class Correction:
    """A corrected value of a field, and the sentence that tells the user."""

    field: str
    value: object
    sentence: str


def apply_corrections(
    service: Service, kind: TaskKind, values: Values, *, changed: Set[str] = frozenset()
) -> tuple[Correction, ...]:
    """Return the corrections that make these values consistent. `changed` are the fields that the
    user has just set; where a rule allows it, they are kept and the other field is corrected."""
    offer = service.offers.get(kind)
    if offer is None:
        return ()
    current, found = dict(values), dict[str, Correction]()
    for _round in range(len(PARAMETERS)):
        correction = next(_corrections(offer, sendable_values(offer, current), changed), None)
        if correction is None:
            break
        current[correction.field] = correction.value
        found[correction.field] = correction
    return tuple(found.values())


def _corrections(offer: Offer, values: Values, changed: Set[str]) -> Iterator[Correction]:
    version = chosen_version(offer, values)
    if offer.models and version is None:
        label = (offer.model(offer.default_model) or offer.models[0]).label
        yield Correction("model", offer.default_model, messages.version_corrected(label))
        return
    for name in offer.takes:
        if name in values:
            yield from _value_corrections(offer, values, PARAMETERS[name])
    filled = complete(offer, values)
    for rule in offer.rules:
        if isinstance(rule, Demand) and breaks(rule, filled):
            yield _mended(offer, rule, changed)


def _value_corrections(offer: Offer, values: Values, parameter: Parameter) -> Iterator[Correction]:
    name, value = parameter.name, values[parameter.name]
    version = chosen_version(offer, values)
    who = messages.version(version.label) if version is not None else messages.THE_SERVICE
    lacking = () if value in EMPTY else unoffered(offer, version, parameter, value)
    if lacking:
        labels = {row.id: row.label for row in parameter.choices}
        shown = [labels.get(each, each) for each in lacking]
        better = _without(offer, version, parameter, value)
        yield Correction(name, better, messages.choices_not_offered(who, parameter.label, shown))
    window = window_of(offer, values, name)
    if window is not None and isinstance(value, int | float) and value not in window:
        sentence = messages.range_corrected(parameter.label, window.low, window.high)
        yield Correction(name, window.clamp(value), sentence)


def _without(
    offer: Offer, version: ModelVersion | None, parameter: Parameter, value: object
) -> object:
    """Return the value without entries that are not offered, or the nearest choice."""
    if parameter.type is ParamType.TEXT_LIST:
        gone = unoffered(offer, version, parameter, value)
        return tuple(name for name in cast("Iterable[object]", value) if name not in gone)
    return nearest(parameter, value, [row.id for row in offered(offer, version, parameter)])


def nearest(parameter: Parameter, value: object, ids: Sequence[str]) -> str:
    """Return the value if it is among `ids`, else the last choice before it, else the default."""
    order = [row.id for row in parameter.choices]
    place = order.index(str(value)) if value in order else 0
    before = [each for each in order[: place + 1] if each in ids and each]
    return before[-1] if before else str(parameter.default or "")


def equivalent_version(offer: Offer, model_id: str) -> str:
    """Return this version if offered, else the one with the same label, else the default."""
    if offer.model(model_id) is not None:
        return model_id
    label = next(
        (
            row.label
            for service in SERVICES.values()
            for each in service.offers.values()
            for row in each.models
            if row.id == model_id
        ),
        "",
    )
    alike = (row.id for row in offer.models if row.label == label)
    return next(alike, offer.default_model)


def _mended(offer: Offer, rule: Demand, changed: Set[str]) -> Correction:
    """Correct the field that the user has not just set."""
    if rule.then.name not in changed:
        return Correction(rule.then.name, rule.then.values[0], rule.sentence)
    if rule.when.name == "model":
        free = next(row for row in offer.models if row.id not in rule.when.values)
        return Correction("model", free.id, rule.sentence)
    return Correction(rule.when.name, PARAMETERS[rule.when.name].default, rule.sentence)
