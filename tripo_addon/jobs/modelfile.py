"""Tells what a downloaded model file really is, by its first bytes and its structure.

Never trusts a file's name, never reads a whole file into memory, never imports bpy.
"""

import json
import os
import re
import struct
from enum import Enum
from pathlib import Path
from typing import BinaryIO, Final, cast

_HEAD_BYTES: Final = 4096
_JSON_LIMIT: Final = 64 * 1024 * 1024
_GLB_MAGIC: Final = b"glTF"
_GLB_JSON: Final = 0x4E4F534A
_FBX_MAGIC: Final = b"Kaydara FBX Binary  \x00\x1a\x00"
_RECORDS_LIMIT: Final = 10_000
_QUOTED: Final = 80
_OTHER_KINDS: Final = (
    (b"PK\x03\x04", "The file is a ZIP archive, not a model. Unpack it and import what is inside."),
    (b"\x1f\x8b", "The file is a gzip archive, not a model."),
    (b"\x89PNG", "The file is a picture (PNG), not a model."),
    (b"\xff\xd8\xff", "The file is a picture (JPEG), not a model."),
    (b"RIFF", "The file is a picture or a sound (RIFF), not a model."),
    (b"BLENDER", "The file is a .blend file, not a GLB or FBX model."),
)


class ModelFormat(Enum):
    """The kinds of file the add-on can bring into Blender, preferred ones first."""

    GLB = "glb"
    FBX = "fbx"


class UnusableFile(Exception):
    """The file cannot become a model; `sentence` says why in the artist's words."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def recognise(path: Path) -> ModelFormat:
    """Return the format of a complete model file.

    Text FBX counts as FBX: Blender reads it from 4.5 on, and older ones refuse it when importing.
    Raises UnusableFile for everything else: empty, cut short, a web page, an unknown kind, or a
    file that cannot be opened. Sources: glTF 2.0 specification §4.4 (GLB), and the node records
    that Blender's io_scene_fbx/parse_fbx.py reads.
    """
    try:
        with path.open("rb") as file:
            return _recognise(file, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise UnusableFile(f"The file cannot be read: {error.strerror or error}.") from error


def _recognise(file: BinaryIO, size: int) -> ModelFormat:
    head = file.read(_HEAD_BYTES)
    if not head:
        raise UnusableFile("The file is empty.")
    if head.startswith(_GLB_MAGIC):
        _check_glb(file, size)
        return ModelFormat.GLB
    if head.startswith(_FBX_MAGIC):
        _check_binary_fbx(file, size)
        return ModelFormat.FBX
    if re.match(rb"(\xef\xbb\xbf)?\s*(;[^\n]*\n\s*)*FBXHeaderExtension\s*:", head):
        return ModelFormat.FBX
    raise UnusableFile(_what_else(head))


def _check_glb(file: BinaryIO, size: int) -> None:
    if size < 20:
        raise UnusableFile(f"The file is incomplete: it ends after {size} bytes.")
    version, declared, json_length, json_kind = _unpack(file, 4, "<4I")
    if version != 2:
        raise UnusableFile(f"The file is GLB version {version}; Blender reads version 2.")
    if declared > size:
        raise UnusableFile(_cut_short(size, declared))
    if declared < size:
        raise UnusableFile(f"The file is damaged: {size - declared:,} bytes too many at its end.")
    if json_kind != _GLB_JSON or json_length > size - 20:
        raise UnusableFile("The file is damaged: a GLB without the description of its model.")
    if json_length > _JSON_LIMIT:
        raise UnusableFile("The file is damaged: the description of its model is far too long.")
    _check_gltf_description(file.read(json_length))


def _check_gltf_description(text: bytes) -> None:
    try:
        description: object = json.loads(text)
    # RecursionError: brackets nested deeper than Python's own stack.
    except (ValueError, RecursionError) as error:
        raise UnusableFile(
            "The file is damaged: the description of its model cannot be read."
        ) from error
    if not isinstance(description, dict) or "asset" not in description:
        raise UnusableFile("The file is damaged: a GLB that does not describe a model.")


def _check_binary_fbx(file: BinaryIO, size: int) -> None:
    if size < 27:
        raise UnusableFile(f"The file is incomplete: it ends after {size} bytes.")
    (version,) = _unpack(file, 23, "<I")
    end_of_record = "<Q" if version >= 7500 else "<I"
    width = struct.calcsize(end_of_record)
    position = 27
    for _ in range(_RECORDS_LIMIT):
        if position + width > size:
            raise UnusableFile(f"The file is incomplete: it ends after {size:,} bytes.")
        (end,) = _unpack(file, position, end_of_record)
        if end == 0:
            return
        if end > size:
            raise UnusableFile(_cut_short(size, end))
        if end <= position:
            break
        position = end
    raise UnusableFile("The file is damaged: the parts of this FBX do not follow each other.")


def _unpack(file: BinaryIO, offset: int, layout: str) -> tuple[int, ...]:
    file.seek(offset)
    wanted = struct.calcsize(layout)
    data = file.read(wanted)
    if len(data) < wanted:
        raise UnusableFile(f"The file is incomplete: it ends after {offset + len(data):,} bytes.")
    # cast: every layout used here holds unsigned integers only.
    return cast("tuple[int, ...]", struct.unpack(layout, data))


def _cut_short(size: int, wanted: int) -> str:
    return f"The file is incomplete: {size:,} of at least {wanted:,} bytes arrived."


def _what_else(head: bytes) -> str:
    for magic, sentence in _OTHER_KINDS:
        if head.startswith(magic):
            return sentence
    text = head.decode("utf-8", "replace").lstrip("\ufeff").lstrip()
    lowered = text[:512].lower()
    if lowered.startswith(("<!doctype html", "<html")) or "<html" in lowered:
        return f"The service sent a web page instead of a model{_quote(text)}"
    if text.startswith("<"):
        return f"The service sent an XML message instead of a model{_quote(text)}"
    if text.startswith("{") and '"asset"' in text:
        return "The file is the text part of a glTF model; a GLB, which holds all parts, is needed."
    if text.startswith(("{", "[")):
        return f"The service sent a JSON message instead of a model{_quote(text)}"
    start = " ".join(f"{byte:02x}" for byte in head[:8])
    return f"The file is no model this add-on knows (it begins with {start})."


def _quote(text: str) -> str:
    """Return the end of a sentence: the text's start, unless a link or a long secret may show."""
    one_line = " ".join(text[:1024].split())
    # A link or a signature may begin inside the quotation and end outside.
    seen = one_line[: _QUOTED + 40]
    if re.search(r"https?:|www\.|//|\\/|[\w+/=-]{32}", seen.replace("<!--", "")):
        return "."
    shown = "".join(character for character in one_line[:_QUOTED] if character.isprintable())
    return f": “{shown}”."
