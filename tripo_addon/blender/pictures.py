"""Puts a model's pictures into a folder of the project, where the artist wants them as files.

Main thread only. Never writes over a file that is there.
"""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDINGS: Final = (
    (b"\x89PNG", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"RIFF", ".webp"),
    (b"\x76\x2f\x31\x01", ".exr"),
)
_LONGEST_STEM: Final = 100
_HEAD_BYTES: Final = 8


def save(image: bpy.types.Image, folder: Path) -> tuple[Path, ...]:
    """Let a picture be a file in `folder`, and the data-block name it, relative to a saved .blend.

    Returns the file where it is a new one. A picture that has no file of its own stays as it is.
    Raises OSError.
    """
    if image.source != "FILE" or not (image.packed_file or image.filepath):
        return ()
    folder.mkdir(parents=True, exist_ok=True)
    beside = Path(bpy.path.abspath(image.filepath)) if not image.packed_file else None
    unfinished = folder / f".{image.session_uid}.part"
    try:
        if beside is not None:
            shutil.copyfile(beside, unfinished)
        else:
            held: Any = image.packed_file  # whose stubs call its bytes a text
            unfinished.write_bytes(held.data)
        target, new = _settle(unfinished, image.name)
    finally:
        unfinished.unlink(missing_ok=True)
    if image.packed_file:
        image.unpack(method="REMOVE")
    image.filepath_raw = _as_stored(target)
    return (target,) if new else ()


def _settle(unfinished: Path, name: str) -> tuple[Path, bool]:
    """Give the file its name; where the same picture is there already, that one serves."""
    with unfinished.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    ending = next((ending for magic, ending in _ENDINGS if head.startswith(magic)), "")
    for target in _names(unfinished.parent, name, ending):
        if not target.exists():
            return unfinished.rename(target), True
        if filecmp.cmp(unfinished, target, shallow=False):
            return target, False
    raise FileExistsError(name)


def _names(folder: Path, name: str, ending: str) -> Iterator[Path]:
    words = "".join(letter if letter.isalnum() or letter in " -_" else "-" for letter in name)
    stem = words.strip(" -")[:_LONGEST_STEM] or "texture"
    yield folder / f"{stem}{ending}"
    for number in range(1, 1000):
        yield folder / f"{stem}-{number}{ending}"


def _as_stored(target: Path) -> str:
    if not bpy.data.filepath:
        return str(target)
    try:
        return bpy.path.relpath(str(target))
    except ValueError:  # another drive of Windows
        return str(target)
