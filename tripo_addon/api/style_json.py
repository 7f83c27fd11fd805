"""Styles as JSON: `{"format": "tripo_addon.style", "version": 1, "name": …, …}`.

What is left out has its default. A style may come from anyone: its size, its keys and the type and
range of each value are checked before it is used. Touches no file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import MappingProxyType
from typing import Any, Final, cast

from .catalog.parameters import PARAMETERS
from .catalog.settings import SEEDS
from .messages import styles as messages
from .record import record
from .rules import clean, is_web_address
from .styles import SEED_POLICIES, Style

FORMAT: Final = "tripo_addon.style"
VERSION: Final = 1
MOST_BYTES: Final = 16_384
MOST_FACES: Final = 2_000_000
MOST_WORDS: Final = 1024
MOST_NEGATIVE: Final = 255
MOST_COLORS: Final = 8
MOST_COLOR: Final = 40
MOST_NAME: Final = 60
_MOST_PATH: Final = 4096
_HEAD: Final = ("format", "version")
_DEFAULT: Final = Style()


class NotAStyle(ValueError):
    """Raised with what is wrong, as part of a sentence."""


@record
class _Field:
    """What a value must be: in words, and as a check."""

    expected: str
    fits: Callable[[Any], bool]


def _text(most: int) -> _Field:
    return _Field(messages.a_text(most), lambda value: _is_text(value, most))


def _number(low: int, high: int) -> _Field:
    return _Field(
        messages.a_number(low, high),
        lambda value: type(value) is int and low <= value <= high,
    )


def _choice(ids: tuple[str, ...], shown: tuple[str, ...]) -> _Field:
    return _Field(messages.one_of(shown), lambda value: isinstance(value, str) and value in ids)


def _is_text(value: object, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most


def _are_colors(value: object) -> bool:
    if not isinstance(value, list):
        return False
    colors = cast("list[object]", value)
    return len(colors) <= MOST_COLORS and all(_is_text(each, MOST_COLOR) for each in colors)


_TEMPLATES: Final = tuple(choice.id for choice in PARAMETERS["template"].choices)
_FIELDS: Final[Mapping[str, _Field]] = MappingProxyType(
    {
        "name": _Field(
            messages.A_NAME, lambda value: _is_text(value, MOST_NAME) and bool(clean(value))
        ),
        "before": _text(MOST_WORDS),
        "after": _text(MOST_WORDS),
        "palette": _Field(messages.texts(MOST_COLORS, MOST_COLOR), _are_colors),
        "negative": _text(MOST_NEGATIVE),
        "style_image": _Field(messages.A_PICTURE, lambda value: _is_text(value, _MOST_PATH)),
        "template": _choice(_TEMPLATES, _TEMPLATES[1:]),
        "faces": _number(0, MOST_FACES),
        "seed": _choice(SEED_POLICIES, SEED_POLICIES),
        "seed_number": _number(int(SEEDS.low), int(SEEDS.high)),
    }
)


def written(style: Style) -> str:
    """Return a style as JSON text, without what has its default."""
    values: dict[str, object] = {name: getattr(style, name) for name in _FIELDS}
    stored = {
        name: value
        for name, value in values.items()
        if name == "name" or value != getattr(_DEFAULT, name)
    }
    return json.dumps(
        {"format": FORMAT, "version": VERSION, **stored}, ensure_ascii=False, indent=2
    )


def read(text: str | bytes) -> Style:
    """Return the style in a JSON text. Raises `NotAStyle`."""
    if len(text if isinstance(text, bytes) else text.encode("utf-8", "replace")) > MOST_BYTES:
        raise NotAStyle(messages.too_big(MOST_BYTES))
    try:
        found: object = json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise NotAStyle(messages.TOO_NESTED) from None
    except NotAStyle:
        raise
    except ValueError:
        raise NotAStyle(messages.NOT_JSON) from None
    if not isinstance(found, dict):
        raise NotAStyle(messages.NOT_A_STYLE)
    return from_values(cast("dict[str, object]", found))


def from_values(found: Mapping[str, object]) -> Style:
    """Return the style in the object of a JSON text. Raises `NotAStyle`."""
    version = found.get("version")
    if found.get("format") != FORMAT or type(version) is not int or version < 1:
        raise NotAStyle(messages.NOT_A_STYLE)
    if version > VERSION:
        raise NotAStyle(messages.NEWER)
    unknown = [name[:MOST_NAME] for name in found if name not in (*_HEAD, *_FIELDS)]
    if unknown:
        raise NotAStyle(messages.unknown(unknown[:MOST_COLORS]))
    given = {name: value for name, value in found.items() if name in _FIELDS}
    given.setdefault("name", "")
    for name, value in given.items():
        if not _FIELDS[name].fits(value):
            raise NotAStyle(messages.wrong(name, _FIELDS[name].expected))
    made: dict[str, Any] = {
        name: tuple(cast("list[str]", value)) if isinstance(value, list) else value
        for name, value in given.items()
    }
    return Style(**made)


def beside(picture: str, folder: Path) -> str:
    """Return where the picture of a style lies that was read from a folder: a file of this folder
    or below, or a web address. A style from elsewhere must not name other files of this machine.
    Raises `NotAStyle`."""
    if not picture or is_web_address(picture):
        return picture
    parts = PurePosixPath(picture.replace("\\", "/")).parts
    absolute = PureWindowsPath(picture).anchor or PurePosixPath(picture).anchor
    if absolute or ".." in parts or "\0" in picture:
        raise NotAStyle(messages.wrong("style_image", messages.A_PICTURE))
    return str(folder.joinpath(*parts))


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise NotAStyle(messages.twice(name[:MOST_NAME]))
        found[name] = value
    return found
