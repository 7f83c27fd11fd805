"""Checks whether this Blender supports the extensions of a glTF file, before it is imported."""

from __future__ import annotations

import contextlib
import importlib
import json
import struct
from typing import TYPE_CHECKING, Any, Final

from .. import messages
from ..unreadable import Unreadable

if TYPE_CHECKING:
    from pathlib import Path

_DRACO: Final = "KHR_draco_mesh_compression"
_COMMON: Final = "io_scene_gltf2.io.com"
_DRACO_MODULES: Final = ("draco", "gltf2_io_draco_compression_extension")
"""Where Blenders before 5.2 load their only library: since 4.3, and before."""
_KTX2: Final = "KHR_texture_basisu"


def check(source: Path) -> list[str]:
    """Check the extensions of a GLB or glTF.

    Returns warnings about missing textures. Raises Unreadable if this Blender lacks something that
    the file requires. Source: glTF 2.0 §3.12, `extensionsRequired`.
    """
    description = _description(source)
    required = _names(description, "extensionsRequired")
    # Blender's importer decodes Draco even if the file has an uncompressed copy.
    needed = {*required, *{_DRACO}.intersection(_names(description, "extensionsUsed"))}
    for name in sorted(needed):
        if not reads(name):
            raise Unreadable(messages.extension_unreadable(name), name)
    return _missing_textures(description)


def reads(extension: str) -> bool:
    """Whether Blender's importer supports an extension and has the library for it."""
    reader = importlib.import_module("io_scene_gltf2.io.imp.gltf2_io_gltf").glTFImporter
    if extension not in reader("", {"import_user_extensions": []}).extensions_managed:
        return False
    if extension == _DRACO:
        return has_draco()
    return "meshopt" not in extension or _has_library("meshopt")


def has_draco() -> bool:
    """Whether the Draco library is available, which some builds of Blender lack."""
    return _has_library("draco")


def _description(source: Path) -> dict[str, Any]:
    with source.open("rb") as file:
        head = file.read(20)
        if head.startswith(b"glTF") and len(head) == 20:
            text = file.read(struct.unpack_from("<I", head, 12)[0])
        else:
            text = head + file.read()
    try:
        description = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(messages.GLTF_UNREADABLE, str(error)) from error
    return description if isinstance(description, dict) else {}


def _names(description: dict[str, Any], field: str) -> tuple[str, ...]:
    names = description.get(field)
    return tuple(map(str, names)) if isinstance(names, list) else ()


def _has_library(kind: str) -> bool:
    """Whether the library for a compression is available.

    True in a Blender whose importer cannot be asked: the import will tell.
    """
    for name in _DRACO_MODULES:
        with contextlib.suppress(ImportError):
            older = importlib.import_module(f"{_COMMON}.{name}")
            return kind == "draco" and bool(older.dll_exists(quiet=True))
    try:
        library = importlib.import_module(f"{_COMMON}.library")
    except ImportError:
        return True
    path = library.dll_path(f"bf_intern_{kind}_bridge", kind)
    return path is not None and path.is_file()


def _missing_textures(description: dict[str, Any]) -> list[str]:
    textures = description.get("textures")
    listed = [each for each in textures if isinstance(each, dict)] if textures else []
    bare = [each for each in listed if "source" not in each]
    ktx2 = sum(_KTX2 in (each.get("extensions") or {}) for each in bare)
    lost = sum(not _names_a_source(each) for each in bare)
    warnings = []
    if ktx2:
        warnings.append(messages.textures_ktx2(ktx2))
    if lost:
        warnings.append(messages.textures_not_delivered(lost))
    return warnings


def _names_a_source(texture: dict[str, Any]) -> bool:
    """Whether an extension of a texture refers to an image."""
    extensions = texture.get("extensions")
    others = extensions.values() if isinstance(extensions, dict) else ()
    return any(isinstance(each, dict) and "source" in each for each in others)
