"""Keeps the paths in a USDZ inside the package.

A package is a ZIP with uncompressed files; its layers are text, or a "crate" that holds all its
tokens in one compressed section. Sources: the USDZ specification, and pxr/usd/usd crateFile.cpp and
pxr/base/tf fastCompression.cpp of OpenUSD for the crate.
"""

import mmap
import re
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from ...api.record import record
from ..messages import model_files as messages
from . import contained_paths
from .unusable_file import UnusableFile

_LAYERS: Final = frozenset({".usd", ".usda", ".usdc"})
_PICTURES: Final = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".exr", ".hdr", ".tga", ".tif", ".tiff", ".bmp", ".avif"}
)
_CRATE: Final = b"PXR-USDC"
_TEXT: Final = b"#usda"
# A pattern of file names in a string, in which an escape could hide what it is.
_TEMPLATE: Final = re.compile(rb"templateAssetPath")
_MOST_WORDS: Final = 64 * 1024 * 1024
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_SECTION: Final = struct.Struct("<16sqq")
_ALIGNMENT: Final = 64
_DAMAGED: Final = messages.USDZ_DAMAGED


@record
class _Layer:
    """The changes to a layer: in place, and bytes appended to it."""

    changes: Sequence[contained_paths.Change] = ()
    tail: bytes = b""


def contain(model: Path, folder: Path) -> Path:
    """Return the USDZ to import instead of `model`: itself if nothing in it leads outside and every
    reader sees the same files in it as we do, else a new one in `folder`.

    Files other than layers and pictures, which Blender might follow, are left out. Raises
    UnusableFile.
    """
    try:
        with contained_paths.mapped(model) as data, zipfile.ZipFile(model) as package:
            members = sorted(package.infolist(), key=lambda member: member.header_offset)
            kept = [member for member in members if _is_wanted(member.filename)]
            layers = {
                member.filename: _layer(data[_content(data, member)])
                for member in kept
                if PurePosixPath(member.filename).suffix.lower() in _LAYERS
            }
            changed = any(layer.changes or layer.tail for layer in layers.values())
            if not changed and kept == members and _is_plain(data, members):
                return model
            target = folder / "contained.usdz"
            with zipfile.ZipFile(target, "w") as written:
                for member in kept:
                    layer = layers.get(member.filename, _Layer())
                    content = _applied(data[_content(data, member)], layer)
                    _add(written, member.filename, content)
            return target
    except (struct.error, zipfile.BadZipFile, IndexError) as error:
        raise UnusableFile(_DAMAGED) from error


def _is_wanted(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _LAYERS | _PICTURES


def _content(data: mmap.mmap, member: zipfile.ZipInfo) -> slice:
    """Return where the bytes of a file are in the package."""
    header = _LOCAL.unpack_from(data, member.header_offset)
    if header[0] != b"PK\3\4" or member.compress_type != zipfile.ZIP_STORED:
        raise UnusableFile(messages.USDZ_PACKED)
    start = member.header_offset + _LOCAL.size + header[-2] + header[-1]
    return slice(start, start + member.file_size)


def _is_plain(data: mmap.mmap, members: Sequence[zipfile.ZipInfo]) -> bool:
    """Return whether the files follow one another without a gap, in the order of the directory:
    USD reads them in sequence and ignores the directory."""
    position = 0
    for member in members:
        header = _LOCAL.unpack_from(data, member.header_offset)
        begins = member.header_offset + _LOCAL.size
        name = data[begins : begins + header[-2]]
        sizes = header[-4], header[-3]
        same = name == member.orig_filename.encode() and sizes == (member.file_size,) * 2
        # Bit 3: the sizes follow the file.
        if member.header_offset != position or not same or header[2] & 8:
            return False
        position = _content(data, member).stop
    return data[position : position + 4] == b"PK\1\2"


def _add(package: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file with its bytes aligned to 64, as the format requires."""
    member = zipfile.ZipInfo(name)
    begins = package.start_dir + _LOCAL.size + len(name.encode())
    padding = -(begins + 4) % _ALIGNMENT
    member.extra = struct.pack("<HH", 0x1986, padding) + bytes(padding)
    package.writestr(member, content)


def _applied(content: bytes, layer: _Layer) -> bytes:
    changed = bytearray(content)
    for offset, piece in layer.changes:
        changed[offset : offset + len(piece)] = piece
    return bytes(changed + layer.tail)


def _layer(content: bytes) -> _Layer:
    if content.startswith(_CRATE):
        return _crate(content)
    if not content.lstrip().startswith(_TEXT):
        raise UnusableFile(_DAMAGED)
    found = [(each.start(), b"_") for each in _TEMPLATE.finditer(content)]
    return _Layer([*found, *contained_paths.changes(content, contained_paths.IN_QUOTES)])


def _crate(content: bytes) -> _Layer:
    """Contain the paths of a crate, which are all among its tokens. If one changes, the tokens are
    written again at the end, and the table of contents points there."""
    (contents,) = struct.unpack_from("<q", content, 16)
    (sections,) = struct.unpack_from("<Q", content, contents)
    for number in range(min(sections, 64)):
        entry = contents + 8 + _SECTION.size * number
        name, start, _ = _SECTION.unpack_from(content, entry)
        if name.rstrip(b"\0") == b"TOKENS":
            return _words(content, start, entry)
    raise UnusableFile(_DAMAGED)


def _words(content: bytes, start: int, entry: int) -> _Layer:
    packed = tuple(content[8:11]) >= (0, 4, 0)
    count, size = struct.unpack_from("<QQ", content, start)
    if size > _MOST_WORDS:
        raise UnusableFile(_DAMAGED)
    if packed:
        (length,) = struct.unpack_from("<Q", content, start + 16)
        words = _unpacked(content[start + 24 : start + 24 + length], size)
    else:
        words = content[start + 16 : start + 16 + size]
    kept = b"\0".join(contained_paths.kept_inside(word) for word in words.split(b"\0"))
    if kept == words:
        return _Layer()
    body = _packed(kept) if packed else kept
    head = struct.pack("<QQ", count, size) + (struct.pack("<Q", len(body)) if packed else b"")
    section = _SECTION.pack(b"TOKENS", len(content), len(head) + len(body))
    return _Layer([(entry, section)], head + body)


def _unpacked(block: bytes, size: int) -> bytes:
    """Return the `size` bytes of an LZ4 block. The block follows the number of its chunks, which is
    0 up to 2 GB."""
    if not block or block[0]:
        raise UnusableFile(_DAMAGED)
    out, position = bytearray(), 1
    while position < len(block):
        token = block[position]
        literals, position = _length(block, token >> 4, position + 1)
        out += block[position : position + literals]
        position += literals
        if position >= len(block):
            break
        distance = block[position] | block[position + 1] << 8
        count, position = _length(block, token & 15, position + 2)
        start = len(out) - distance
        if not distance or start < 0 or len(out) + count > size:
            raise UnusableFile(_DAMAGED)
        repeated = out[start : start + count + 4]
        out += (repeated * ((count + 4) // len(repeated) + 1))[: count + 4]
    if len(out) != size:
        raise UnusableFile(_DAMAGED)
    return bytes(out)


def _length(block: bytes, short: int, position: int) -> tuple[int, int]:
    """Return an LZ4 length that begins in the token, and the position after it."""
    if short == 15:
        while True:
            more = block[position]
            position += 1
            short += more
            if more != 255:
                break
    return short, position


def _packed(words: bytes) -> bytes:
    """Return an LZ4 block that stores the tokens uncompressed."""
    if len(words) < 15:
        return bytes((0, len(words) << 4)) + words
    rest = len(words) - 15
    return b"\0\xf0" + b"\xff" * (rest // 255) + bytes((rest % 255,)) + words
