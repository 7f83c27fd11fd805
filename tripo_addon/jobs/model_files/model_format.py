"""Detects the format of a downloaded model file by its first bytes and its structure.

Never trusts a file's name, never reads a whole file into memory, never imports bpy.
"""

import os
import re
import shutil
import struct
from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import BinaryIO, Final

from ...api.dialect import never
from ..messages import model_files as messages
from . import archive, contained_paths, fbx, glb, usd, wavefront
from .unusable_file import UnusableFile

_HEAD_BYTES: Final = 64 * 1024
_ZIP_MAGIC: Final = b"PK\x03\x04"
_GLTF_WORDS: Final = re.compile(r'"(asset|buffers|scenes|meshes|accessors|bufferViews)"\s*:')
_QUOTED: Final = 80
# What nobody reads of a web page: its tags, also one that is cut off, and what they hide.
_NOT_READ: Final = re.compile(
    r"<(script|style)\b.*?(</\1\s*>|$)|<[^>]*(>|$)", re.DOTALL | re.IGNORECASE
)
_OTHER_KINDS: Final = (
    (b"\x1f\x8b", messages.IS_GZIP),
    (b"\x89PNG", messages.IS_PNG),
    (b"\xff\xd8\xff", messages.IS_JPEG),
    (b"RIFF", messages.IS_RIFF),
    (b"BLENDER", messages.IS_BLEND),
)


class ModelFormat(Enum):
    """The formats of files that services make, the preferred ones first.

    GLTF is the text of a glTF with its files beside it, ZIP an archive that holds one of the
    others. No Blender imports 3MF: it can only be saved.
    """

    GLB = "glb"
    FBX = "fbx"
    GLTF = "gltf"
    USDZ = "usdz"
    OBJ = "obj"
    STL = "stl"
    THREE_MF = "3mf"
    ZIP = "zip"


def recognize(path: Path) -> ModelFormat:
    """Return the format of a complete model file.

    Text FBX counts as FBX: Blender reads it from 4.5 on, and older ones refuse it when importing.
    Files that a glTF names are looked for beside it. Raises UnusableFile for everything else:
    empty, cut short, a web page, an unknown kind, or a file that cannot be opened. Sources: glTF
    2.0 specification §4.4 (GLB), the node records that Blender's io_scene_fbx/parse_fbx.py reads,
    and the USDZ specification.
    """
    try:
        with path.open("rb") as file:
            return _recognize(file, os.fstat(file.fileno()).st_size, path)
    except OSError as error:
        raise UnusableFile(messages.not_readable(error.strerror or error)) from error


@contextmanager
def laid_open(
    path: Path, folder: Path, *, stop: Callable[[], bool] = never
) -> Generator[tuple[Path, ModelFormat]]:
    """Yield the model file to import, and its format. A file that was unpacked, or changed so that
    it names nothing outside its own folder, is in `folder` until the block ends.

    Raises UnusableFile as `recognize` does, and for a format that no Blender imports, OSError, and
    Stopped.
    """
    form = recognize(path)
    if form is ModelFormat.THREE_MF:
        raise UnusableFile(messages.IS_3MF)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        model = path
        if form is ModelFormat.ZIP:
            archive.unpack(path, folder, stop=stop)
            model, form = _model_in(folder)
        yield _contained(model, form, folder), form
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _contained(model: Path, form: ModelFormat, folder: Path) -> Path:
    """Return the model, or a changed copy in `folder`, without paths that leave its own folder: a
    service's file must not read other files of the user."""
    match form:
        case ModelFormat.GLB | ModelFormat.GLTF:
            return glb.contain(model, folder)
        case ModelFormat.FBX:
            return contained_paths.changed(model, fbx.changes(model), folder)
        case ModelFormat.OBJ:
            return wavefront.contain(model, folder)
        case ModelFormat.USDZ:
            return usd.contain(model, folder)
        case _:
            return model


def _model_in(folder: Path) -> tuple[Path, ModelFormat]:
    """Return the model among unpacked files: the largest of the preferred format.

    Raises UnusableFile as `recognize` does.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    named = [(path, _kind_of(_head(path), path.stat().st_size)) for path in files]
    models = [(path, kind) for path, kind in named if kind is not None]
    if not models:
        raise UnusableFile(messages.ARCHIVE_WITHOUT_MODEL)
    order = list(ModelFormat)
    path, _ = min(models, key=lambda found: (order.index(found[1]), -found[0].stat().st_size))
    form = recognize(path)
    # Some of Blender's importers rely on the file extension.
    named = path.with_suffix(f".{form.value}")
    return path if named.exists() else path.rename(named), form


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _recognize(file: BinaryIO, size: int, path: Path) -> ModelFormat:
    head = file.read(_HEAD_BYTES)
    if not head:
        raise UnusableFile(messages.EMPTY)
    kind = _kind_of(head, size)
    match kind:
        case None:
            raise UnusableFile(_what_else(head))
        case ModelFormat.GLB | ModelFormat.GLTF:
            glb.check(path)
        case ModelFormat.FBX if fbx.is_binary(head):
            fbx.check(path)
        case ModelFormat.ZIP:
            return _look_into(path)
        case _:
            pass
    return kind


def _kind_of(head: bytes, size: int) -> ModelFormat | None:
    """Return the format that the first bytes indicate; None if it is not a model."""
    if head.startswith(glb.MAGIC):
        return ModelFormat.GLB
    if fbx.is_binary(head) or fbx.is_text(head):
        return ModelFormat.FBX
    if head.startswith(_ZIP_MAGIC):
        return ModelFormat.ZIP
    if _is_stl(head, size):
        return ModelFormat.STL
    text = head.decode("utf-8", "replace").lstrip("\ufeff").lstrip()
    if text.startswith("{") and _GLTF_WORDS.search(text):
        return ModelFormat.GLTF
    return ModelFormat.OBJ if wavefront.is_obj(head) else None


def _is_stl(head: bytes, size: int) -> bool:
    """Whether it is an STL. Binary: a header of 80 bytes, the number of triangles, 50 bytes for
    each. Or text."""
    if re.match(rb"\s*solid\b[^\n]*\n\s*facet\s", head):
        return True
    if size < 84 or len(head) < 84:
        return False
    (triangles,) = struct.unpack_from("<I", head, 80)
    return size == 84 + 50 * triangles and triangles > 0


def _look_into(path: Path) -> ModelFormat:
    """Return the format of an archive: USDZ if its first file is a USD layer, 3MF if it holds one,
    else ZIP, which must hold a model. Raises UnusableFile."""
    found = archive.heads(path)
    if found and found[0][0].lower().endswith((".usdc", ".usda", ".usd")) and _is_usd(found[0][2]):
        return ModelFormat.USDZ
    if any(name.lower().endswith(".model") and name.startswith("3D/") for name, _, _ in found):
        return ModelFormat.THREE_MF
    if not any(_kind_of(head, size) not in {None, ModelFormat.ZIP} for _, size, head in found):
        raise UnusableFile(messages.ARCHIVE_WITHOUT_MODEL)
    return ModelFormat.ZIP


def _is_usd(head: bytes) -> bool:
    return head.startswith((b"PXR-USDC", b"#usda"))


def _what_else(head: bytes) -> str:
    for magic, sentence in _OTHER_KINDS:
        if head.startswith(magic):
            return sentence
    text = head.decode("utf-8", "replace").lstrip("\ufeff").lstrip()
    lowered = text[:512].lower()
    if lowered.startswith(("<!doctype html", "<html")) or "<html" in lowered:
        return messages.web_page(_start_of(_NOT_READ.sub(" ", text)))
    if text.startswith("<"):
        return messages.xml(_start_of(text))
    if text.startswith(("{", "[")):
        return messages.json_text(_start_of(text))
    return messages.unknown(head[:8])


def _start_of(text: str) -> str:
    """Return the text's start, or "" if it may show a link or a long secret."""
    one_line = " ".join(text[:1024].split())
    # A link or a signature may begin inside the quotation and end outside.
    seen = one_line[: _QUOTED + 40]
    if re.search(r"https?:|www\.|//|\\/|[\w+/=-]{32}", seen.replace("<!--", "")):
        return ""
    return "".join(character for character in one_line[:_QUOTED] if character.isprintable())
