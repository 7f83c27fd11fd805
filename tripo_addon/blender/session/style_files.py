"""Styles as files: JSON in the folder of the artist's own presets, each with its picture beside it.

Reads and writes files: for clicks and scripts, not for drawing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

import bpy

from ...api import style_json
from ...api.file_names import file_stem
from ...api.messages import styles as reasons
from ...api.record import replace
from ...api.rules import is_web_address
from ...api.style_json import NotAStyle
from ...api.styles import Style
from ..messages import styles as messages

_SUBFOLDER: Final = os.path.join("presets", "tripo_addon", "styles")
SUFFIX: Final = ".json"


def folder() -> Path:
    """Return the folder of the artist's styles; it need not exist."""
    return Path(bpy.utils.user_resource("SCRIPTS", path=_SUBFOLDER))


def path_of(name: str) -> Path:
    """Return the file of the artist's style with this name; it need not exist."""
    return folder() / f"{file_stem(name, 'style')}{SUFFIX}"


def read(path: Path) -> Style:
    """Read a style; its picture is an absolute path or a web address. Raises `NotAStyle` with a
    sentence."""
    try:
        if not path.is_file():
            raise NotAStyle(messages.GONE)
        with path.open("rb") as file:
            style = style_json.read(file.read(style_json.MOST_BYTES + 1))
        return replace(
            style,
            name=style.name or path.stem[: style_json.MOST_NAME],
            style_image=style_json.beside(style.style_image, path.parent.absolute()),
        )
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NotAStyle(reasons.unreadable(path.name, reason)) from None
    except NotAStyle as error:
        raise NotAStyle(reasons.unreadable(path.name, str(error))) from None


def save(style: Style, path: Path) -> Style:
    """Write a style, with a copy of its picture beside it; return it as `read` would. Raises
    `NotAStyle` with a sentence, `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = style.style_image
    if picture and not is_web_address(picture):
        copy = path.with_suffix(Path(picture).suffix.lower() or ".png")
        if not copy.exists() or not copy.samefile(picture):
            shutil.copyfile(picture, copy)
        picture = copy.name
    text = style_json.written(replace(style, style_image=picture))
    try:
        style_json.read(text)
    except NotAStyle as error:
        raise NotAStyle(reasons.unreadable(style.name, str(error))) from None
    path.write_text(f"{text}\n", encoding="utf-8")
    return read(path)


def free_path(name: str) -> Path:
    """Return a path in the folder of styles that no file has, by this name, or with a number."""
    path, number = path_of(name), 1
    while path.exists():
        number += 1
        path = path_of(f"{name} {number}")
    return path


def found(wanted: str | Path | Mapping[str, object], start: Path) -> Style:
    """Return the style that a script names: one of the artist's by its name, a JSON file (a
    relative path begins at `start`), or its values. Raises `NotAStyle` with a sentence."""
    if isinstance(wanted, Mapping):
        head = {"format": style_json.FORMAT, "version": style_json.VERSION, "name": messages.SCRIPT}
        try:
            style = style_json.from_values({**head, **_as_json(wanted)})
        except NotAStyle as error:
            raise NotAStyle(reasons.unreadable(messages.VALUES, str(error))) from None
        picture = style.style_image
        if not picture or is_web_address(picture):
            return style
        return replace(style, style_image=str((start / Path(picture).expanduser()).absolute()))
    text = str(wanted)
    if text.lower().endswith(SUFFIX):
        return read(start / Path(text).expanduser())
    if not path_of(text).is_file():
        raise NotAStyle(messages.unknown(text, sorted(each.stem for each in _files())))
    return read(path_of(text))


def _files() -> list[Path]:
    own = folder()
    return [each for each in own.iterdir() if each.suffix == SUFFIX] if own.is_dir() else []


def _as_json(values: Mapping[str, object]) -> dict[str, object]:
    return {
        name: list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value
        for name, value in values.items()
    }
