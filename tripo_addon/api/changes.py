"""Finds the settings of a form that differ from the defaults, and describes them.

Pure and standard-library only, so panels can call it while they draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from .catalog.conditions import Values
from .catalog.field_types import ParamType
from .catalog.parameters import PARAMETERS
from .catalog.service_types import Offer
from .messages import forms as messages
from .qualities import quality_of
from .rules import is_given


def changed(offer: Offer, values: Values, active: Set[str]) -> tuple[str, ...]:
    """Return the fields, including "model", that differ from the chosen quality, or for fields
    outside it from the service's default. `values` are the sent values, `active` the fields that
    have an effect."""
    usual = usual_values(offer, values)
    return tuple(
        name
        for name in ("model", *(name for name in PARAMETERS if name in active))
        if is_given(values.get(name)) and values[name] != usual.get(name)
    )


def usual_values(offer: Offer, values: Values) -> Mapping[str, object]:
    """Return the settings of the quality that matches these values, defaults for the rest."""
    quality = quality_of(offer, values) if offer.qualities else None
    usual: dict[str, object] = {name: PARAMETERS[name].default for name in offer.takes}
    usual["model"] = offer.default_model
    return {**usual, **(quality.values if quality is not None else {})}


def in_words(offer: Offer, values: Values, names: Iterable[str]) -> tuple[str, ...]:
    """Describe these settings with their values for the user; texts and pictures by name only."""
    return tuple(_in_words(offer, name, values[name]) for name in names)


def _in_words(offer: Offer, name: str, value: object) -> str:
    if name == "model":
        version = offer.model(str(value))
        return version.label if version is not None else str(value)
    row = PARAMETERS[name]
    if row.type is ParamType.BOOLEAN:
        return row.label if value else messages.switched_off(row.label)
    if row.type is ParamType.CHOICE:
        labels = {choice.id: choice.label for choice in row.choices}
        return messages.set_to(row.label, labels.get(str(value), str(value)))
    if isinstance(value, int | float):
        return messages.set_to(row.label, f"{value:,}")
    return row.label
