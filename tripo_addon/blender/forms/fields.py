"""Blender properties made from the catalog's parameters, one for each.

A stored choice that the current service lacks is neither shown nor sent: the property reads as the
nearest choice that it has, and the stored one returns with its service.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final, cast

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty
from bpy.types import Context

from ...api import corrections, rules
from ...api.catalog import SERVICES
from ...api.catalog.field_types import Choice, Parameter, ParamType
from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.service_types import Offer
from ...api.catalog.task_kinds import TaskKind
from .. import settings
from ..messages import forms as messages

# Without this option, Blender 4.5 and later warn about paths that begin with //; earlier versions
# lack it.
PATH_OPTIONS: Any = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
Update = Callable[[Any, Context], None]
_Item = tuple[str, str, str, str, int]

TOGGLED_BY: Final = {
    "face_limit": "use_face_limit",
    "image_seed": "use_seeds",
    "model_seed": "use_seeds",
    "texture_seed": "use_seeds",
}
"""Numbers that may be left to the service, by the checkbox that enables each."""
_USUAL_FACES: Final = 50_000
_MOST: Final = 2_147_483_647
# An empty id would be a heading in Blender's list.
_AUTOMATIC: Final = "AUTOMATIC"
_PROPERTY_NAMES: Final = {"image": "path"}


def property_name(parameter: str) -> str:
    """The name of a parameter's property on the form."""
    return _PROPERTY_NAMES.get(parameter, parameter)


def address_name(parameter: str) -> str:
    """The name of an image's second property, for services that take web addresses only."""
    return f"{property_name(parameter)}_url"


def turn_name(parameter: str) -> str:
    """The name of the property that holds an image's quarter turns."""
    return f"{property_name(parameter)}_turn"


def turn_of(form: Any, parameter: Parameter) -> int:
    """The quarter turns clockwise that an image file is sent with. A web address is sent as it
    is."""
    if parameter.type is not ParamType.PICTURE or rules.is_web_address(
        getattr(form, property_name(parameter.name))
    ):
        return 0
    return getattr(form, turn_name(parameter.name))


def recall_turns(form: Any, recorded: Mapping[str, object]) -> None:
    """Turn the images as recorded."""
    turns = rules.turns_among(recorded)
    for name, row in PARAMETERS.items():
        if row.type is ParamType.PICTURE and hasattr(form, turn_name(name)):
            setattr(form, turn_name(name), turns.get(name, 0))


def offer_of(kind: TaskKind) -> Offer | None:
    """The current service's offer for a kind of task, or None."""
    return settings.service().offers.get(kind)


def declared(kind: TaskKind, update: Callable[[str], Update]) -> dict[str, object]:
    """The annotations of a form for a kind of task: every field that any service takes, and the
    model version. `update` returns the callback for a field."""
    names = {
        name for row in SERVICES.values() if kind in row.offers for name in row.offers[kind].takes
    }
    fields: dict[str, object] = {}
    for name, row in PARAMETERS.items():
        if name in names and row.shown:
            fields |= _properties(row, kind, update(name))
    for switch, label, description in messages.SWITCHES:
        if any(TOGGLED_BY.get(name) == switch for name in names):
            fields[switch] = BoolProperty(
                name=label, description=description, update=update(switch)
            )
    return fields | _model(kind, update("model"))


def value_of(form: Any, parameter: Parameter) -> object:
    """The value of a form's field, as the catalog writes it."""
    if parameter.type is ParamType.CHOICE and parameter.shown:
        # Not by the enum, which would compute its items for its value.
        return _choice_of(form, parameter)
    value = getattr(form, property_name(parameter.name))
    if parameter.type is ParamType.PICTURE:
        return settings.absolute(value)
    if parameter.type is ParamType.TEXT_LIST:
        return _names(value)
    return rules.clean(value) if parameter.type is ParamType.TEXT else value


def _names(value: str) -> tuple[str, ...]:
    """The names in a comma-separated list."""
    return tuple(filter(None, map(rules.clean, value.split(","))))


def lacking_choice(form: Any, parameter: Parameter) -> Choice | None:
    """The stored choice if it is not available now, so that the field reads as another; else
    None."""
    if parameter.type is not ParamType.CHOICE or not parameter.shown:
        return None
    chosen = stored_choice(form, parameter)
    return chosen if chosen.id != value_of(form, parameter) else None


def stored_choice(form: Any, parameter: Parameter) -> Choice:
    """The choice that the form holds, whether it is available now or not."""
    return parameter.choices[getattr(form, _stored_name(parameter))]


def put_value(form: Any, parameter: Parameter, value: object) -> None:
    """Set a form's field to a value as the catalog writes it."""
    if parameter.type is ParamType.TEXT_LIST:
        value = ", ".join(cast("tuple[str, ...]", value))
    stored = (value or _AUTOMATIC) if parameter.type is ParamType.CHOICE else value
    setattr(form, property_name(parameter.name), stored)


def recall(form: Any, parameter: Parameter, value: object) -> None:
    """Set a field to a recorded value, else to its default. A choice that the current
    service lacks is stored all the same."""
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


def model_of(form: Any) -> str:
    """The chosen model version, or the default one if the service lacks the stored one."""
    return _model_of(_service(), form.kind, form.model_number, _old_versions())


def recall_model(form: Any, model_id: object) -> None:
    """Choose the recorded model version if the service has it."""
    if str(model_id) in {item[0] for item in _model_items(_service(), form.kind, _old_versions())}:
        form.model = str(model_id)


def recall_switched(form: Any, recorded: Mapping[str, object]) -> None:
    """Set the numbers that may be left to the service, and their checkboxes."""
    for switch in dict.fromkeys(TOGGLED_BY.values()):
        names = [name for name, its in TOGGLED_BY.items() if its == switch and hasattr(form, name)]
        given = {name: recorded[name] for name in names if recorded.get(name) is not None}
        if names:
            setattr(form, switch, bool(given))
        for name, value in given.items():
            setattr(form, name, value)


def _properties(param: Parameter, kind: TaskKind, update: Update) -> dict[str, object]:
    about: dict[str, Any] = {"name": param.label, "description": param.description}
    about["update"] = update
    match param.type:
        case ParamType.BOOLEAN:
            return {param.name: BoolProperty(default=param.default is True, **about)}
        case ParamType.INTEGER:
            return {param.name: _whole(param, about)}
        case ParamType.FLOAT:
            low, high = (param.window.low, param.window.high) if param.window else (-1e6, 1e6)
            default = float(param.default) if isinstance(param.default, int | float) else 0.0
            return {param.name: FloatProperty(default=default, min=low, max=high, **about)}
        case ParamType.TEXT | ParamType.TEXT_LIST:
            return {param.name: StringProperty(**about)}
        case ParamType.PICTURE:
            return _picture(param, about)
        case ParamType.CHOICE:
            return _choice(param, kind, about)
        case _:
            return {}


def picture_properties(param: Parameter, update: Update) -> dict[str, object]:
    """The properties of a slot for one image, for a field that takes a list of them."""
    about = {"name": param.label, "description": param.description, "update": update}
    return _picture(param, about)


def _picture(param: Parameter, about: dict[str, Any]) -> dict[str, object]:
    """One text as two properties: one with Blender's file browser button, one without. With it, how
    often the image is turned: another image begins upright."""
    name, turn, update = property_name(param.name), turn_name(param.name), about["update"]

    def chosen(form: Any, context: Context) -> None:
        if getattr(form, turn):
            setattr(form, turn, 0)
        update(form, context)

    def get(form: Any) -> str:
        return getattr(form, name)

    def set_(form: Any, address: str) -> None:
        setattr(form, name, address)

    return {
        name: StringProperty(
            subtype="FILE_PATH", options=PATH_OPTIONS, **{**about, "update": chosen}
        ),
        turn: IntProperty(min=0, max=3, options={"HIDDEN"}),
        address_name(param.name): StringProperty(
            name=messages.address_of(param.label),
            description=messages.IMAGE_ADDRESS,
            get=get,
            set=set_,
        ),
    }


def _whole(param: Parameter, about: dict[str, Any]) -> object:
    low, high = (int(param.window.low), int(param.window.high)) if param.window else (1, _MOST)
    usual = _USUAL_FACES if param.name == "face_limit" else low
    default = param.default if isinstance(param.default, int) else usual
    return IntProperty(default=default, min=low, max=high, **about)


def _choice(param: Parameter, kind: TaskKind, about: dict[str, Any]) -> dict[str, object]:
    """An enum whose items depend on the service and the model version, stored as a number that does
    not."""
    stored = _stored_name(param)

    def items(form: Any, _context: Context | None) -> list[_Item]:
        return _choice_items(_service(), kind, model_of(form), param.name)

    def get(form: Any) -> int:
        return _numbers(param)[_choice_of(form, param)]

    def set_(form: Any, number: int) -> None:
        setattr(form, stored, number)

    return {
        stored: IntProperty(min=0, max=len(param.choices) - 1, options={"HIDDEN"}),
        param.name: EnumProperty(items=items, get=get, set=set_, **about),
    }


def _stored_name(param: Parameter) -> str:
    return f"{param.name}_number"


def _model(kind: TaskKind, update: Update) -> dict[str, object]:
    """The model version as an enum, stored as its permanent number in the catalog."""

    def items(_form: Any, _context: Context | None) -> list[_Item]:
        return _model_items(_service(), kind, _old_versions())

    def get(form: Any) -> int:
        chosen = model_of(form)
        return next(item[4] for item in items(form, None) if item[0] == chosen)

    def set_(form: Any, number: int) -> None:
        form.model_number = number

    return {
        "model_number": IntProperty(options={"HIDDEN"}),
        "model": EnumProperty(
            name=messages.MODEL,
            description=messages.MODEL_DESCRIPTION,
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


def _choice_of(form: Any, param: Parameter) -> str:
    return _nearest(
        _service(), form.kind, model_of(form), param.name, stored_choice(form, param).id
    )


@cache
def _nearest(service_id: str, kind: TaskKind, model_id: str, name: str, chosen: str) -> str:
    ids = [_catalog_id(item[0]) for item in _choice_items(service_id, kind, model_id, name)]
    return corrections.nearest(PARAMETERS[name], chosen, ids)


@cache
def _model_of(service_id: str, kind: TaskKind, number: int, old: bool) -> str:
    ids = {item[4]: item[0] for item in _model_items(service_id, kind, old)}
    if number in ids:
        return ids[number]
    offer = SERVICES[service_id].offers.get(kind)
    usual = offer.default_model if offer is not None else ""
    return usual if usual in ids.values() else next(iter(ids.values()))


# Blender keeps no copy of dynamic enum items: Python has to keep them alive, so they are cached.
@cache
def _choice_items(service_id: str, kind: TaskKind, model_id: str, name: str) -> list[_Item]:
    param = PARAMETERS[name]
    offer = SERVICES[service_id].offers.get(kind)
    choices = (
        rules.offered(offer, offer.model(model_id), param) if offer is not None else param.choices
    )
    numbers = _numbers(param)
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
    ] or [(_AUTOMATIC, messages.ONLY_MODEL, messages.ONLY_MODEL_DESCRIPTION, "NONE", 0)]


@cache
def _numbers_of(name: str) -> dict[str, int]:
    return {choice.id: number for number, choice in enumerate(PARAMETERS[name].choices)}


def _numbers(param: Parameter) -> dict[str, int]:
    return _numbers_of(param.name)


def _catalog_id(item_id: str) -> str:
    return "" if item_id == _AUTOMATIC else item_id
