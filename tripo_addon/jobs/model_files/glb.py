"""Reads the container of a glTF: a GLB, or its description as a file of its own.

Never reads a model's data into memory, and never imports bpy. Source: glTF 2.0 specification §4.4.
"""

import shutil
import struct
from pathlib import Path
from typing import BinaryIO, Final, cast

from ...api.record import record
from ..messages import model_files as messages
from . import gltf_check
from .unusable_file import UnusableFile

MAGIC: Final = b"glTF"
_MOST_TEXT: Final = 64 * 1024 * 1024
_JSON: Final = 0x4E4F534A
_BINARY: Final = 0x004E4942
_HEADER: Final = 20


@record
class _Container:
    """The description as it is in the file, and the length of the GLB's own data, if any. `rest` is
    the position in the file after the description."""

    text: bytes
    binary: int | None
    rest: int


def check(path: Path) -> None:
    """Raise `UnusableFile` if a GLB or glTF is damaged or harmful (see `gltf_check.check`)."""
    container = _read(path)
    gltf_check.check(container.text, binary=container.binary, folder=path.parent)


def contain(path: Path, folder: Path) -> Path:
    """Return the file to import instead of `path`, with all its textures in its own folder: the
    same file, unless it names others."""
    container = _read(path)
    text = gltf_check.contained(container.text, path.parent)
    if text is None:
        return path
    target = folder / f"contained{path.suffix}"
    if path.is_relative_to(folder):
        # Its files are beside it.
        target = path.with_name(target.name)
    with path.open("rb") as source, target.open("wb") as written:
        if not source.read(len(MAGIC)).startswith(MAGIC):
            written.write(text)
            return target
        padded = text + b" " * (-len(text) % 4)
        source.seek(container.rest)
        written.write(bytes(_HEADER))
        written.write(padded)
        shutil.copyfileobj(source, written)
        size = written.tell()
        written.seek(0)
        written.write(struct.pack("<4s4I", MAGIC, 2, size, len(padded), _JSON))
    return target


def _read(path: Path) -> _Container:
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(len(MAGIC)) == MAGIC:
            return _read_glb(file, size)
        if size > _MOST_TEXT:
            raise UnusableFile(messages.GLTF_TOO_LONG)
        file.seek(0)
        return _Container(file.read(), None, size)


def _read_glb(file: BinaryIO, size: int) -> _Container:
    if size < _HEADER:
        raise UnusableFile(messages.ends_early(size))
    version, declared, json_length, json_kind = _unpack(file, 4, "<4I")
    if version != 2:
        raise UnusableFile(messages.glb_version(version))
    if declared > size:
        raise UnusableFile(messages.incomplete(size, declared))
    if declared < size:
        raise UnusableFile(messages.too_many_bytes(size - declared))
    if json_kind != _JSON or json_length > size - _HEADER:
        raise UnusableFile(messages.GLTF_WITHOUT_DESCRIPTION)
    if json_length > _MOST_TEXT:
        raise UnusableFile(messages.GLTF_TOO_LONG)
    text, rest = file.read(json_length), _HEADER + json_length
    return _Container(text, _binary_length(file, rest, size), rest)


def _binary_length(file: BinaryIO, position: int, size: int) -> int | None:
    """Return the length of a GLB's binary chunk; None if it has none."""
    if position + 8 > size:
        return None
    length, kind = _unpack(file, position, "<2I")
    if position + 8 + length > size:
        raise UnusableFile(messages.GLTF_DATA_SHORT)
    return length if kind == _BINARY else None


def _unpack(file: BinaryIO, offset: int, layout: str) -> tuple[int, ...]:
    file.seek(offset)
    wanted = struct.calcsize(layout)
    data = file.read(wanted)
    if len(data) < wanted:
        raise UnusableFile(messages.ends_early(offset + len(data)))
    # cast: every layout used here holds unsigned integers only.
    return cast("tuple[int, ...]", struct.unpack(layout, data))
