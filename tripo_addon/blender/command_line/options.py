"""Makes options from the catalog's settings: a new parameter is a new option.

The rules decide which service takes which of them, so that refusals have the panel's sentences.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from ...api.catalog import SERVICES
from ...api.catalog.field_types import Parameter, ParamType
from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.task_kinds import TaskKind
from ..messages import command_line as messages

_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})


def settings_of(kinds: Iterable[TaskKind]) -> dict[str, Parameter]:
    """Return the settings that any service has for any of these kinds of task, by name."""
    offers = [row.offers[kind] for kind in kinds for row in SERVICES.values() if kind in row.offers]
    names = {name for offer in offers for name in offer.takes}
    return {name: row for name, row in PARAMETERS.items() if name in names and row.shown}


def add_settings(
    parser: argparse.ArgumentParser, kinds: Iterable[TaskKind], *, without: Iterable[str] = ()
) -> None:
    """Add an option for each setting of these kinds of task, and one for the model version."""
    kinds, left_out = tuple(kinds), set(without)
    group = parser.add_argument_group(messages.SETTINGS)
    versions = _versions(kinds)
    if versions:
        group.add_argument("--model", metavar="VERSION", help=_help(messages.MODEL_HELP, versions))
    for name, row in settings_of(kinds).items():
        if name not in left_out:
            _add(group, row)


def given(arguments: argparse.Namespace, kinds: Iterable[TaskKind]) -> dict[str, object]:
    """Return the settings given on the command line."""
    names = ("model", *settings_of(kinds))
    found = {name: getattr(arguments, name, None) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def style(named: str, folder: Path) -> str:
    """A style's name, or the path of its file, which starts at a folder."""
    return str(folder / Path(named).expanduser()) if named.lower().endswith(".json") else named


def read_text(parameter: Parameter, text: str) -> object:
    """Parse the text of a setting, as in a table. Raises `ValueError` with a sentence."""
    match parameter.type:
        case ParamType.BOOLEAN:
            word = text.strip().lower()
            if word not in _TRUE | _FALSE:
                raise ValueError(messages.not_boolean(text))
            return word in _TRUE
        case ParamType.INTEGER:
            return int(text)
        case ParamType.FLOAT:
            return float(text)
        case ParamType.CHOICE:
            return "" if text == messages.AUTOMATIC else text
        case ParamType.TEXT_LIST:
            return tuple(name.strip() for name in text.split(",") if name.strip())
        case _:
            return text


def _add(group: Any, row: Parameter) -> None:
    flag = f"--{row.name.replace('_', '-')}"
    default = "" if row.default in (None, "") else str(row.default)
    if row.type is ParamType.BOOLEAN:
        shown = _help(row.description, (), "on" if row.default else "off")
        group.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=shown)
        return
    ids = [choice.id or messages.AUTOMATIC for choice in row.choices]
    several = row.type is ParamType.TEXT_LIST
    group.add_argument(
        flag,
        type=lambda text: read_text(row, text),
        metavar=_metavar(row),
        help=_help(row.description, () if several else ids, default),
    )


def _metavar(row: Parameter) -> str:
    names: Mapping[ParamType, str] = {
        ParamType.INTEGER: "N",
        ParamType.FLOAT: "X",
        ParamType.PICTURE: "FILE",
        ParamType.PICTURES: "FILES",
        ParamType.TEXT_LIST: "NAMES",
        ParamType.CHOICE: "CHOICE",
    }
    return names.get(row.type, "TEXT")


def _help(description: str, values: Iterable[str], default: str = "") -> str:
    # argparse formats help texts with %.
    return messages.setting_help(description, values, default).replace("%", "%%")


def _versions(kinds: tuple[TaskKind, ...]) -> list[str]:
    offers = [row.offers[kind] for row in SERVICES.values() for kind in kinds if kind in row.offers]
    return list(dict.fromkeys(each.id for offer in offers for each in offer.models))
