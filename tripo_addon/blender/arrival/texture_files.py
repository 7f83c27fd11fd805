"""Saves a model's images into a folder of the project, if the artist wants them as files.

Main thread only. Never overwrites a file.
"""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path
from typing import Any, Final

import bpy

from ...api.file_names import file_names

_ENDINGS: Final = (
    (b"\x89PNG", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"RIFF", ".webp"),
    (b"\x76\x2f\x31\x01", ".exr"),
)
_HEAD_BYTES: Final = 8


def save(image: bpy.types.Image, folder: Path) -> tuple[Path, ...]:
    """Save an image into `folder` and set its path, relative to a saved .blend.

    Returns the file if it is a new one. An image that cannot be a file of its own is not changed.
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
            held: Any = image.packed_file  # the stubs declare its bytes as text
            unfinished.write_bytes(held.data)
        target, new = _write(unfinished, image.name)
    finally:
        unfinished.unlink(missing_ok=True)
    if image.packed_file:
        image.unpack(method="REMOVE")
    image.filepath_raw = _as_stored(target)
    return (target,) if new else ()


def _write(unfinished: Path, name: str) -> tuple[Path, bool]:
    """Write the file under a free name; a file with the same content is used again."""
    with unfinished.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    ending = next((ending for magic, ending in _ENDINGS if head.startswith(magic)), "")
    names = file_names(unfinished.parent, name, ending, "texture")
    target = next(path for path in names if not path.exists() or _same(unfinished, path))
    if target.exists():
        return target, False
    return unfinished.rename(target), True


def _same(one: Path, other: Path) -> bool:
    return filecmp.cmp(one, other, shallow=False)


def _as_stored(target: Path) -> str:
    if not bpy.data.filepath:
        return str(target)
    try:
        return bpy.path.relpath(str(target))
    except ValueError:  # another drive on Windows
        return str(target)
