"""Blender properties made from the catalogue's rows: one parameter, one property.

A stored choice that the service in force does not have is never shown and never sent: the property
then reads as the nearest that it has, and the stored one comes back with the service.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final, cast

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty
from bpy.types import Context

from ...api import rules
from ...api.catalog import SERVICES
from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.records import Choice, Offer, Parameter, ParamType, TaskKind
from ...api.corrections import nearest
from .. import settings

# Without it Blender 4.5 and later warn of a path that begins with //; earlier ones lack it.
PATH_OPTIONS: Any = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
Update = Callable[[Any, Context], None]
_Item = tuple[str, str, str, str, int]

TOGGLED_BY: Final = {
    "face_limit": "use_face_limit",
    "image_seed": "use_seeds",
    "model_seed": "use_seeds",
    "texture_seed": "use_seeds",
}
"""Numbers that may be left to the service, and the switch that says so."""
_USUAL_FACES: Final = 50_000
_MOST: Final = 2_147_483_647
# An empty id would be a heading in Blender's list.
_AUTOMATIC: Final = "AUTOMATIC"
_PROPERTY_NAMES: Final = {"image": "path"}


def property_name(parameter: str) -> str:
    """What a parameter is called on the form."""
    return _PROPERTY_NAMES.get(parameter, parameter)


def address_name(parameter: str) -> str:
    """What a picture is called on the form of a service that takes web addresses only."""
    return f"{property_name(parameter)}_url"


def offer_of(kind: TaskKind) -> Offer | None:
    """What the service in force does for this kind of task."""
    return settings.service().offers.get(kind)


def declared(kind: TaskKind, update: Callable[[str], Update]) -> dict[str, object]:
    """The annotations of a form for this kind of task: every field that any service takes, and the
    model version. `update` gives the callback for a field."""
    names = {
        name for row in SERVICES.values() if kind in row.offers for name in row.offers[kind].takes
    }
    fields: dict[str, object] = {}
    for name, row in PARAMETERS.items():
        if name in names and row.shown:
            fields |= _properties(row, kind, update(name))
    for switch, label, description in _SWITCHES:
        if any(TOGGLED_BY.get(name) == switch for name in names):
            fields[switch] = BoolProperty(
                name=label, description=description, update=update(switch)
            )
    return fields | _model(kind, update("model"))


_SWITCHES: Final = (
    (
        "use_face_limit",
        "Limit Faces",
        "Set the most faces the model may have; otherwise the service decides",
    ),
    (
        "use_seeds",
        "Fixed Seeds",
        "Choose the seeds, so that the same wish makes the same model again",
    ),
)


def value_of(form: Any, parameter: Parameter) -> object:
    """What a field of the form holds, as the catalogue has it."""
    value = getattr(form, property_name(parameter.name))
    if parameter.type is ParamType.CHOICE:
        return "" if value == _AUTOMATIC else value
    if parameter.type is ParamType.PICTURE:
        return settings.absolute(value)
    if parameter.type is ParamType.TEXT_LIST:
        return _names(value)
    return rules.clean(value) if parameter.type is ParamType.TEXT else value


def _names(value: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(filter(None, map(rules.clean, value.split(","))))


def lacking_choice(form: Any, parameter: Parameter) -> Choice | None:
    """What was chosen from a list, where it is not to be had now and the field reads otherwise."""
    if parameter.type is not ParamType.CHOICE or not parameter.shown:
        return None
    chosen = parameter.choices[getattr(form, _stored_name(parameter))]
    return chosen if chosen.id != value_of(form, parameter) else None


def put_value(form: Any, parameter: Parameter, value: object) -> None:
    """Let a field of the form hold a value of the catalogue."""
    if parameter.type is ParamType.TEXT_LIST:
        value = ", ".join(cast("tuple[str, ...]", value))
    stored = (value or _AUTOMATIC) if parameter.type is ParamType.CHOICE else value
    setattr(form, property_name(parameter.name), stored)


def recall(form: Any, parameter: Parameter, value: object) -> None:
    """Let a field hold a recorded value, or its default where there is none. What the service in
    force does not have is passed over."""
    name = property_name(parameter.name)
    if value in rules.EMPTY:
        form.property_unset(_stored_name(parameter) if parameter.type is ParamType.CHOICE else name)
    elif parameter.type is ParamType.CHOICE:
        numbers = _numbers(parameter)
        setattr(form, _stored_name(parameter), numbers.get(str(value), 0))
    elif parameter.type is ParamType.TEXT_LIST:
        put_value(form, parameter, tuple(cast("Iterable[str]", value)))
    else:
        setattr(form, name, value)


def recall_model(form: Any, model_id: object) -> None:
    """Choose the recorded model version where it is to be had."""
    if str(model_id) in {item[0] for item in _model_items(_service(), form.kind, _old_versions())}:
        form.model = str(model_id)


def recall_switched(form: Any, recorded: Mapping[str, object]) -> None:
    """The numbers that may be left to the service, and the switches that say whether they are."""
    for switch in dict.fromkeys(TOGGLED_BY.values()):
        names = [name for name, its in TOGGLED_BY.items() if its == switch and hasattr(form, name)]
        given = {name: recorded[name] for name in names if recorded.get(name) is not None}
        if names:
            setattr(form, switch, bool(given))
        for name, value in given.items():
            setattr(form, name, value)


def _properties(row: Parameter, kind: TaskKind, update: Update) -> dict[str, object]:
    about: dict[str, Any] = {"name": row.label, "description": row.description}
    about["update"] = update
    match row.type:
        case ParamType.BOOLEAN:
            return {row.name: BoolProperty(default=row.default is True, **about)}
        case ParamType.INTEGER:
            return {row.name: _whole(row, about)}
        case ParamType.FLOAT:
            low, high = (row.window.low, row.window.high) if row.window else (-1e6, 1e6)
            default = float(row.default) if isinstance(row.default, int | float) else 0.0
            return {row.name: FloatProperty(default=default, min=low, max=high, **about)}
        case ParamType.TEXT | ParamType.TEXT_LIST:
            return {row.name: StringProperty(**about)}
        case ParamType.PICTURE:
            return _picture(row, about)
        case ParamType.CHOICE:
            return _choice(row, kind, about)
        case _:
            return {}


def _picture(row: Parameter, about: dict[str, Any]) -> dict[str, object]:
    """One text as two fields: with Blender's button for files, and without it."""
    name = property_name(row.name)

    def get(form: Any) -> str:
        return getattr(form, name)

    def set_(form: Any, address: str) -> None:
        setattr(form, name, address)

    return {
        name: StringProperty(subtype="FILE_PATH", options=PATH_OPTIONS, **about),
        address_name(row.name): StringProperty(
            name=f"{row.label} URL",
            description="The web address of the picture, which must be public",
            get=get,
            set=set_,
        ),
    }


def _whole(row: Parameter, about: dict[str, Any]) -> object:
    low, high = (int(row.window.low), int(row.window.high)) if row.window else (1, _MOST)
    usual = _USUAL_FACES if row.name == "face_limit" else low
    default = row.default if isinstance(row.default, int) else usual
    return IntProperty(default=default, min=low, max=high, **about)


def _choice(row: Parameter, kind: TaskKind, about: dict[str, Any]) -> dict[str, object]:
    """A list that is as long as the service and the version make it, over a number that stays."""
    stored = _stored_name(row)

    def items(form: Any, _context: Context | None) -> list[_Item]:
        return _choice_items(_service(), kind, form.model, row.name)

    def get(form: Any) -> int:
        chosen = row.choices[getattr(form, stored)].id
        ids = [item[0] for item in items(form, None)]
        return _numbers(row)[nearest(row, chosen, [_catalogue_id(each) for each in ids])]

    def set_(form: Any, number: int) -> None:
        setattr(form, stored, number)

    return {
        stored: IntProperty(min=0, max=len(row.choices) - 1, options={"HIDDEN"}),
        row.name: EnumProperty(items=items, get=get, set=set_, **about),
    }


def _stored_name(row: Parameter) -> str:
    return f"{row.name}_number"


def _model(kind: TaskKind, update: Update) -> dict[str, object]:
    """The model version: what is stored is a number that is for ever."""

    def items(_form: Any, _context: Context | None) -> list[_Item]:
        return _model_items(_service(), kind, _old_versions())

    def get(form: Any) -> int:
        numbers = {item[0]: item[4] for item in items(form, None)}
        if form.model_number in numbers.values():
            return form.model_number
        offer = offer_of(kind)
        usual = offer.default_model if offer is not None else ""
        return numbers.get(usual, next(iter(numbers.values())))

    def set_(form: Any, number: int) -> None:
        form.model_number = number

    return {
        "model_number": IntProperty(options={"HIDDEN"}),
        "model": EnumProperty(
            name="Model",
            description="Which version of the generator makes the model",
            items=items,
            get=get,
            set=set_,
            update=update,
        ),
    }


def _service() -> str:
    return settings.service().id


def _old_versions() -> bool:
    chosen = settings.preferences()
    return chosen is not None and chosen.show_old_versions


# Blender keeps no copy of dynamic items: the lists must live on, and so they are cached.
@cache
def _choice_items(service_id: str, kind: TaskKind, model_id: str, name: str) -> list[_Item]:
    row = PARAMETERS[name]
    offer = SERVICES[service_id].offers.get(kind)
    choices = rules.offered(offer, offer.model(model_id), row) if offer is not None else row.choices
    numbers = _numbers(row)
    return [
        (choice.id or _AUTOMATIC, choice.label, choice.description, "NONE", numbers[choice.id])
        for choice in choices
    ]


@cache
def _model_items(service_id: str, kind: TaskKind, old: bool) -> list[_Item]:
    offer = SERVICES[service_id].offers.get(kind)
    rows = offer.models if offer is not None else ()
    return [
        (row.id, row.label, row.retired or row.description, "NONE", row.number)
        for row in rows
        if old or not row.retired
    ] or [(_AUTOMATIC, "The service's own", "There is no choice of versions here", "NONE", 0)]


@cache
def _numbers_of(name: str) -> dict[str, int]:
    return {choice.id: number for number, choice in enumerate(PARAMETERS[name].choices)}


def _numbers(row: Parameter) -> dict[str, int]:
    return _numbers_of(row.name)


def _catalogue_id(item_id: str) -> str:
    return "" if item_id == _AUTOMATIC else item_id
