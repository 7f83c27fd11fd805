"""Reads the structure of an FBX: whether it is whole, and where in it are strings.

Knows both its kinds, binary and text, and never imports bpy. Source: the records that Blender's
io_scene_fbx/parse_fbx.py reads; byte 22 tells the order of bytes.
"""

import mmap
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ...api.record import record
from ..messages import model_files as messages
from . import contained_paths
from .unusable_file import UnusableFile

_MAGIC: Final = b"Kaydara FBX Binary  \x00\x1a"
_TEXT: Final = re.compile(
    rb"(\xef\xbb\xbf)?\s*(;\s*FBX\s+\d|(;[^\n]*\n\s*)*FBXHeaderExtension\s*:)", re.IGNORECASE
)
_HEADER: Final = 27
_MOST_RECORDS: Final = 3_000_000
_LONGEST_PATH: Final = 16 * 1024
_SIZES: Final = {
    **{b"C"[0]: 1, b"B"[0]: 1, b"Z"[0]: 1, b"Y"[0]: 2},
    **{b"I"[0]: 4, b"F"[0]: 4, b"D"[0]: 8, b"L"[0]: 8},
}
_ARRAYS: Final = {b"f"[0]: 4, b"d"[0]: 8, b"l"[0]: 8, b"i"[0]: 4, b"b"[0]: 1, b"c"[0]: 1}
_STRINGS: Final = frozenset(b"SR")


def is_binary(head: bytes) -> bool:
    """Return whether these are the first bytes of a binary FBX, in either byte order."""
    return head.startswith((_MAGIC + b"\0", _MAGIC + b"\1"))


def is_text(head: bytes) -> bool:
    """Return whether these are the first bytes of a text FBX."""
    return _TEXT.match(head) is not None


def check(path: Path) -> None:
    """Raise UnusableFile if a binary FBX is truncated or its records are invalid."""
    with contained_paths.mapped(path) as data:
        size = len(data)
        if size < _HEADER:
            raise UnusableFile(messages.ends_early(size))
        layout = _layout(data)
        position = _HEADER
        for _ in range(_MOST_RECORDS):
            record = _record(data, position, layout)
            if record is None:
                return
            position = record.end
        raise UnusableFile(messages.FBX_DAMAGED)


def changes(path: Path) -> list[contained_paths.Change]:
    """Return the changes that contain all paths in the file; treats every string as a path.

    Raises UnusableFile if the records cannot be read.
    """
    with contained_paths.mapped(path) as data:
        if not is_binary(data[:_HEADER]):
            return list(contained_paths.changes(data, contained_paths.IN_QUOTES))
        found: list[contained_paths.Change] = []
        for offset, length in _strings(data):
            text = data[offset : offset + length]
            kept = contained_paths.kept_inside(text)
            if kept != text:
                found.append((offset, kept))
        return found


@record
class _Layout:
    """How numbers are written: `order` is "<" or ">"; `head` has the end of a record, and the
    number and length of its properties."""

    order: str
    head: struct.Struct


@record
class _Record:
    properties: int
    """Where they begin."""
    count: int
    content: int
    """Where the properties end and further records may follow."""
    end: int
    name: bytes


def _layout(data: mmap.mmap) -> _Layout:
    order = ">" if data[22] else "<"
    (version,) = struct.unpack_from(f"{order}I", data, 23)
    return _Layout(order, struct.Struct(f"{order}{'QQQ' if version >= 7500 else 'III'}"))


def _record(data: mmap.mmap, position: int, layout: _Layout) -> _Record | None:
    """Return the record at a position; None for the empty one that ends a list."""
    size = len(data)
    begin = position + layout.head.size + 1
    if begin > size:
        raise UnusableFile(messages.ends_early(size))
    end, count, length = layout.head.unpack_from(data, position)
    if end == 0:
        return None
    if end > size:
        raise UnusableFile(messages.incomplete(size, end))
    properties = begin + data[begin - 1]
    if properties + length > end:
        raise UnusableFile(messages.FBX_DAMAGED)
    return _Record(properties, count, properties + length, end, data[begin:properties])


def _strings(data: mmap.mmap) -> Iterator[tuple[int, int]]:
    """Yield offset and length of every string that may be a path, in the order of the file."""
    layout = _layout(data)
    position, ends = _HEADER, list[int]()
    for _ in range(_MOST_RECORDS):
        record = _record(data, position, layout)
        if record is None:
            if not ends:
                return
            position = ends.pop()
            continue
        yield from _strings_of(data, record, layout)
        if record.content < record.end:
            ends.append(record.end)
            position = record.content
        else:
            position = record.end
        while ends and position == ends[-1]:
            position = ends.pop()
    raise UnusableFile(messages.FBX_DAMAGED)


def _strings_of(data: mmap.mmap, record: _Record, layout: _Layout) -> Iterator[tuple[int, int]]:
    position = record.properties
    for _ in range(record.count):
        if position >= record.content:
            raise UnusableFile(messages.FBX_DAMAGED)
        kind = data[position]
        if kind in _SIZES:
            position += 1 + _SIZES[kind]
        elif kind in _STRINGS:
            (length,) = struct.unpack_from(f"{layout.order}I", data, position + 1)
            if length <= _LONGEST_PATH and record.name != b"Content":
                yield position + 5, min(length, record.content - position - 5)
            position += 5 + length
        elif kind in _ARRAYS:
            count, packed, length = struct.unpack_from(f"{layout.order}III", data, position + 1)
            position += 13 + (length if packed else count * _ARRAYS[kind])
        else:
            raise UnusableFile(messages.FBX_DAMAGED)
    if position != record.content:
        raise UnusableFile(messages.FBX_DAMAGED)
