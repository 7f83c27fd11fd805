"""Reads a form's settings for a preset, and applies them: no prompt, picture or path.

A preset may come from another service, another version of the add-on, or a text editor: settings
that this form cannot take are left at their defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from ...api.catalog.field_types import ParamType
from ...api.catalog.parameters import PARAMETERS
from ...api.changes import changed, in_words
from ...api.corrections import equivalent_version
from ...api.qualities import quality_of
from ...api.rules import active_fields, sendable_values
from ..messages import presets as messages
from ..session import composition
from . import fields
from .task_form import TaskForm

Settings = Mapping[str, object]

_SETTINGS: Final = {
    name: row
    for name, row in PARAMETERS.items()
    if row.type in {ParamType.BOOLEAN, ParamType.CHOICE, ParamType.INTEGER, ParamType.FLOAT}
    or name == "animations"
}
# The source and the place belong to the pictures, and each request gets a new seed.
_OF_THE_INPUT: Final = frozenset({"source", "seed", "in_its_place"})
_STORABLE: Final = frozenset({"BOOLEAN", "INT", "FLOAT", "ENUM"})


def settings_of(form: TaskForm) -> dict[str, object]:
    """Return a form's settings by name: first those of the catalog, as it writes them, then the
    form's own."""
    values = form.reading.own or form.values()
    names = ("model", *_SETTINGS)
    found = {name: values[name] for name in names if name in values}
    return {**found, **{name: getattr(form, name) for name in _own_names(form)}}


def apply_settings(form: TaskForm, settings: Settings) -> None:
    """Set a form's settings, and all others to their defaults. Inputs are kept."""
    composition.WIRING.refusals.clear()
    composition.WIRING.correcting = True
    try:
        for name, row in _SETTINGS.items():
            if fields.property_name(name) in form.catalog_fields and name not in fields.TOGGLED_BY:
                _put_back(form, row, settings.get(name))
        if "model_number" in form.catalog_fields:
            form.property_unset("model_number")
            fields.recall_model(form, _version(form, settings))
        with suppress(TypeError, ValueError):
            fields.recall_switched(form, settings)
        for name in _own_names(form):
            form.property_unset(name)
            if name in settings:
                with suppress(TypeError, ValueError):
                    setattr(form, name, settings[name])
    finally:
        composition.WIRING.correcting = False
    form.apply_corrections({"model"})
    composition.warm_up()


def _put_back(form: TaskForm, row: Any, value: object) -> None:
    try:
        fields.recall(form, row, value)
    except (TypeError, ValueError):
        fields.recall(form, row, None)


def words(form: TaskForm, settings: Settings) -> tuple[str, ...]:
    """Return what a preset changes from the form's defaults, as texts for the artist."""
    return (*_catalog_words(form, settings), *_own_words(form, settings))


def _catalog_words(form: TaskForm, settings: Settings) -> Iterator[str]:
    offer = form.offer
    if offer is None:
        return
    raw: dict[str, object] = {name: settings[name] for name in _SETTINGS if name in settings}
    if offer.models:
        raw["model"] = _version(form, settings)
    values = sendable_values(offer, raw)
    quality = quality_of(offer, values) if offer.qualities else None
    if quality is not None:
        yield messages.quality(quality.label)
    yield from in_words(offer, values, changed(offer, values, active_fields(offer, values)))


def _own_words(form: TaskForm, settings: Settings) -> Iterator[str]:
    properties: Any = form.bl_rna.properties
    for name in _own_names(form):
        row, value = properties[name], settings.get(name)
        if value is None or value == row.default:
            continue
        chosen = {each.identifier: each.name for each in getattr(row, "enum_items", ())}
        yield messages.own_setting(row.name, chosen.get(str(value), value))


def _version(form: TaskForm, settings: Settings) -> str:
    wanted = str(settings.get("model") or "")
    return equivalent_version(form.offer, wanted) if form.offer is not None else wanted


def _own_names(form: TaskForm) -> list[str]:
    """Return the form's properties that are settings but no fields of the catalog."""
    properties: Any = form.bl_rna.properties
    return [
        row.identifier
        for row in properties
        if row.type in _STORABLE
        and row.identifier not in form.catalog_fields
        and row.identifier not in _OF_THE_INPUT
        and not row.is_hidden
    ]
