"""Tells what a downloaded model file really is, by its first bytes and its structure.

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
from typing import BinaryIO, Final, cast

from ..api.dialect import never
from . import archive, gltf
from .unusable import UnusableFile

_HEAD_BYTES: Final = 4096
_JSON_LIMIT: Final = 64 * 1024 * 1024
_GLB_MAGIC: Final = b"glTF"
_GLB_JSON: Final = 0x4E4F534A
_GLB_BINARY: Final = 0x004E4942
_NO_3MF: Final = (
    "The file is a 3MF, and Blender has no importer for that. Have the service convert it to GLB."
)
_ZIP_MAGIC: Final = b"PK\x03\x04"
_TEXT_FBX: Final = re.compile(rb"(\xef\xbb\xbf)?\s*(;[^\n]*\n\s*)*FBXHeaderExtension\s*:")
_GLTF_WORDS: Final = re.compile(r'"(asset|buffers|scenes|meshes|accessors|bufferViews)"\s*:')
_OBJ_WORDS: Final = frozenset(
    {
        *("v", "vn", "vt", "vp", "f", "l", "p", "o", "g", "s", "mg", "usemtl", "mtllib", "usemap"),
        *("maplib", "lod", "cstype", "deg", "curv", "curv2", "surf", "parm", "trim", "hole"),
        *("scrv", "sp", "end", "con", "bevel", "c_interp", "d_interp", "shadow_obj", "trace_obj"),
        *("ctech", "stech", "bmat", "step"),
    }
)
"""The statements of a Wavefront OBJ."""
_OBJ_POINT: Final = re.compile(r"v[nt]?(\s+-?[\d.][\d.eE+-]*){2,}\s*$")
_FBX_MAGIC: Final = b"Kaydara FBX Binary  \x00\x1a"
"""Followed by 0 where numbers are little-endian, and by 1 where they are big-endian."""
_RECORDS_LIMIT: Final = 10_000
_QUOTED: Final = 80
_TOO_LONG: Final = "The file is damaged: the description of its model is far too long."
_NO_MODEL: Final = "The file is a ZIP archive without a model that this add-on knows."
_OTHER_KINDS: Final = (
    (b"\x1f\x8b", "The file is a gzip archive, not a model."),
    (b"\x89PNG", "The file is a picture (PNG), not a model."),
    (b"\xff\xd8\xff", "The file is a picture (JPEG), not a model."),
    (b"RIFF", "The file is a picture or a sound (RIFF), not a model."),
    (b"BLENDER", "The file is a .blend file, not a GLB or FBX model."),
)


class ModelFormat(Enum):
    """The kinds of file that services make, those first that the add-on likes best to bring in.

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


def recognise(path: Path) -> ModelFormat:
    """Return the format of a complete model file.

    Text FBX counts as FBX: Blender reads it from 4.5 on, and older ones refuse it when importing.
    Files that a glTF names are looked for beside it. Raises UnusableFile for everything else:
    empty, cut short, a web page, an unknown kind, or a file that cannot be opened. Sources: glTF
    2.0 specification §4.4 (GLB), the node records that Blender's io_scene_fbx/parse_fbx.py reads,
    and the USDZ specification.
    """
    try:
        with path.open("rb") as file:
            return _recognise(file, os.fstat(file.fileno()).st_size, path)
    except OSError as error:
        raise UnusableFile(f"The file cannot be read: {error.strerror or error}.") from error


@contextmanager
def laid_open(
    path: Path, folder: Path, *, stop: Callable[[], bool] = never
) -> Generator[tuple[Path, ModelFormat]]:
    """The model file that Blender is to import, and its format: out of an archive, it lies in
    `folder` for the time of the block.

    Raises UnusableFile as `recognise` does, and for a format that no Blender imports, OSError, and
    Stopped.
    """
    form = recognise(path)
    if form is ModelFormat.THREE_MF:
        raise UnusableFile(_NO_3MF)
    if form is not ModelFormat.ZIP:
        yield path, form
        return
    shutil.rmtree(folder, ignore_errors=True)
    try:
        archive.unpack(path, folder, stop=stop)
        yield _model_in(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _model_in(folder: Path) -> tuple[Path, ModelFormat]:
    """The model among unpacked files: of the preferred kind, and of these the biggest.

    Raises UnusableFile as `recognise` does.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    named = [(path, _kind_of(_head(path), path.stat().st_size)) for path in files]
    models = [(path, kind) for path, kind in named if kind is not None]
    if not models:
        raise UnusableFile(_NO_MODEL)
    order = list(ModelFormat)
    path, _ = min(models, key=lambda found: (order.index(found[1]), -found[0].stat().st_size))
    form = recognise(path)
    # Some of Blender's importers go by the name.
    named = path.with_suffix(f".{form.value}")
    return path if named.exists() else path.rename(named), form


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _recognise(file: BinaryIO, size: int, path: Path) -> ModelFormat:
    head = file.read(_HEAD_BYTES)
    if not head:
        raise UnusableFile("The file is empty.")
    kind = _kind_of(head, size)
    match kind:
        case None:
            raise UnusableFile(_what_else(head))
        case ModelFormat.GLB:
            _check_glb(file, size, path)
        case ModelFormat.GLTF:
            if size > _JSON_LIMIT:
                raise UnusableFile(_TOO_LONG)
            file.seek(0)
            gltf.check(file.read(), binary=None, folder=path.parent)
        case ModelFormat.FBX if head.startswith(_FBX_MAGIC):
            _check_binary_fbx(file, size)
        case ModelFormat.ZIP:
            return _look_into(path)
        case _:
            pass
    return kind


def _kind_of(head: bytes, size: int) -> ModelFormat | None:
    """What the first bytes promise; None where that is no model."""
    if head.startswith(_GLB_MAGIC):
        return ModelFormat.GLB
    if head.startswith(_FBX_MAGIC) or _TEXT_FBX.match(head):
        return ModelFormat.FBX
    if head.startswith(_ZIP_MAGIC):
        return ModelFormat.ZIP
    if _is_stl(head, size):
        return ModelFormat.STL
    text = head.decode("utf-8", "replace").lstrip("\ufeff").lstrip()
    if text.startswith("{") and _GLTF_WORDS.search(text):
        return ModelFormat.GLTF
    return ModelFormat.OBJ if _is_obj(text, cut=len(head) < size) else None


def _is_obj(text: str, *, cut: bool) -> bool:
    """Whether every line is a statement of an OBJ, in whatever order, and some are points."""
    lines = text.replace("\\\n", " ").splitlines()
    if cut:
        lines = lines[:-1]
    said = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if any(line.split(maxsplit=1)[0] not in _OBJ_WORDS for line in said):
        return False
    return any(_OBJ_POINT.match(line) for line in said)


def _is_stl(head: bytes, size: int) -> bool:
    """Binary: a header of 80 bytes, the number of triangles, 50 bytes for each. Or text."""
    if re.match(rb"\s*solid\b[^\n]*\n\s*facet\s", head):
        return True
    if size < 84 or len(head) < 84:
        return False
    (triangles,) = struct.unpack_from("<I", head, 80)
    return size == 84 + 50 * triangles and triangles > 0


def _look_into(path: Path) -> ModelFormat:
    """An archive is a USDZ where its first file is a USD layer, uncompressed as its specification
    wants; else it has to hold a model."""
    found = archive.heads(path)
    if found and found[0][0].lower().endswith((".usdc", ".usda", ".usd")) and _is_usd(found[0][2]):
        return ModelFormat.USDZ
    if any(name.lower().endswith(".model") and name.startswith("3D/") for name, _, _ in found):
        return ModelFormat.THREE_MF
    if not any(_kind_of(head, size) not in {None, ModelFormat.ZIP} for _, size, head in found):
        raise UnusableFile(_NO_MODEL)
    return ModelFormat.ZIP


def _is_usd(head: bytes) -> bool:
    return head.startswith((b"PXR-USDC", b"#usda"))


def _check_glb(file: BinaryIO, size: int, path: Path) -> None:
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
        raise UnusableFile(_TOO_LONG)
    text = file.read(json_length)
    gltf.check(text, binary=_binary_length(file, 20 + json_length, size), folder=path.parent)


def _binary_length(file: BinaryIO, position: int, size: int) -> int | None:
    """The length of a GLB's own data; None where it has none."""
    if position + 8 > size:
        return None
    length, kind = _unpack(file, position, "<2I")
    if position + 8 + length > size:
        raise UnusableFile("The file is damaged: the data of its model ends too early.")
    return length if kind == _GLB_BINARY else None


def _check_binary_fbx(file: BinaryIO, size: int) -> None:
    if size < 27:
        raise UnusableFile(f"The file is incomplete: it ends after {size} bytes.")
    order = ">" if _unpack(file, len(_FBX_MAGIC), "<B") == (1,) else "<"
    (version,) = _unpack(file, 23, f"{order}I")
    end_of_record = f"{order}Q" if version >= 7500 else f"{order}I"
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
