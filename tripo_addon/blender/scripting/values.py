"""Turns a script's settings into the values of a request, as the panel would send them.

Main thread only. Opens no file.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ...api import rules
from ...api.catalog.field_types import Parameter, ParamType
from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.service_types import Offer
from ...api.catalog.task_kinds import TaskKind
from .. import settings
from ..messages import scripting as messages
from .refused import Refused

_Check = Callable[[object], bool]
_NO_SOURCE: Final[Mapping[str, object]] = MappingProxyType({})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: Final[Mapping[ParamType, tuple[str, _Check]]] = {
    ParamType.BOOLEAN: (messages.A_BOOLEAN, lambda value: isinstance(value, bool)),
    ParamType.INTEGER: (
        messages.A_WHOLE_NUMBER,
        lambda value: isinstance(value, int) and not isinstance(value, bool),
    ),
    ParamType.FLOAT: (messages.A_NUMBER, _is_number),
    ParamType.CHOICE: (messages.A_TEXT, lambda value: isinstance(value, str)),
    ParamType.TEXT: (messages.A_TEXT, lambda value: isinstance(value, str)),
    ParamType.TEXT_LIST: (
        messages.TEXTS,
        lambda value: (
            isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
        ),
    ),
    ParamType.PICTURE: (messages.A_PICTURE, lambda value: isinstance(value, str | Path)),
    ParamType.PICTURES: (
        messages.PICTURES,
        lambda value: all(
            isinstance(each, str | Path)
            for each in (value if isinstance(value, list | tuple) else (value,))
        ),
    ),
}


def settings_of(kind: TaskKind) -> dict[str, Parameter]:
    """Return the settings of a kind of task at the chosen service, by name; none if it is not
    offered."""
    offer = settings.service().offers.get(kind)
    names = offer.takes if offer is not None else ()
    return {name: PARAMETERS[name] for name in names if PARAMETERS[name].shown}


def request_values(
    kind: TaskKind, given: Mapping[str, object], *, source: Mapping[str, object] = _NO_SOURCE
) -> dict[str, object]:
    """Return the values of a request with these settings, and the panel's defaults for the others.
    `source` represents the task or file to work on while the rules are checked.

    None counts as not given. Raises `Refused` for an unknown setting, a value of the wrong type,
    and whatever the panel would refuse.
    """
    service = settings.service()
    offer = service.offers.get(kind)
    named = {name: value for name, value in given.items() if value is not None}
    if offer is not None:
        named = {name: _checked(kind, name, value) for name, value in named.items()}
        if offer.models:
            named.setdefault("model", offer.default_model)
    refused = rules.refuse(service, kind, {"kind": kind.value, **named, **source})
    if refused is not None or offer is None:
        raise Refused(refused.sentence if refused else "", refused.field if refused else "")
    usual = _defaults(offer) | named
    return {"kind": kind.value, **rules.sendable_values(offer, usual)}


def _defaults(offer: Offer) -> dict[str, object]:
    return {name: PARAMETERS[name].default for name in offer.takes if PARAMETERS[name].shown}


def _checked(kind: TaskKind, name: str, value: Any) -> object:
    """Return the value as the catalog writes it."""
    if name == "model":
        return str(value)
    known = settings_of(kind)
    # The rules refuse settings of other services, with their own sentences.
    parameter = known.get(name) or PARAMETERS.get(name)
    if parameter is None or not parameter.shown:
        near = difflib.get_close_matches(name, ("model", *known))
        raise Refused(messages.unknown_setting(name, near), name)
    expected, fits = _TYPES.get(parameter.type, ("", lambda _value: True))
    if not fits(value):
        raise Refused(messages.wrong_value(name, value, expected), name)
    if parameter.type is ParamType.PICTURE:
        return picture(value)
    if parameter.type is ParamType.PICTURES:
        return tuple(map(picture, (value,) if isinstance(value, str | Path) else value))
    if parameter.type is ParamType.TEXT_LIST and isinstance(value, list | tuple):
        return tuple(value)
    return value


def picture(value: object) -> str:
    """Return a picture's absolute path, or its web address; a relative path starts at the current
    folder, and `//` at that of the .blend."""
    text = os.fspath(value) if isinstance(value, Path) else str(value)
    path = settings.absolute(os.path.expanduser(text) if text.startswith("~") else text)
    return path if not path or rules.is_web_address(path) else str(Path(path).absolute())
