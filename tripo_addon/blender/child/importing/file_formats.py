"""Blender's importers: which one reads a format, whether it is available, and what its errors mean.

Imports into the active scene and changes nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import messages
from ..unreadable import Unreadable
from . import datablocks, gltf_fixes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FBX_ORDER: Final = 22
"""The offset of the byte-order flag in a binary FBX."""
_NO_MEMORY: Final = ("MemoryError", "failed to map segment")


@dataclass(frozen=True)
class _Importer:
    """An import operator. `scale`: its option for units per meter, if it ignores the scene's unit.
    The USD importer's option has no effect (seen in 4.5)."""

    room: str
    operator: str
    options: Mapping[str, object] = field(default_factory=dict)
    scale: str = ""

    @property
    def present(self) -> bool:
        return self.operator in dir(getattr(bpy.ops, self.room))


_GLTF: Final = _Importer(
    "import_scene", "gltf", {"import_pack_images": True, "disable_bone_shape": True}
)
_FBX_OPTIONS: Final = {"use_anim": True, "anim_offset": 1.0}
_USD_OPTIONS: Final = {"import_textures_mode": "IMPORT_PACK", "create_world_material": False}
_IMPORTERS: Final = {
    "glb": (_GLTF,),
    "gltf": (_GLTF,),
    "fbx": (
        _Importer("wm", "fbx_import", _FBX_OPTIONS, "global_scale"),
        _Importer("import_scene", "fbx", _FBX_OPTIONS),
    ),
    "obj": (_Importer("wm", "obj_import", scale="global_scale"),),
    "stl": (_Importer("wm", "stl_import", scale="global_scale"),),
    "usdz": (_Importer("wm", "usd_import", _USD_OPTIONS),),
}


IN_METERS: Final = frozenset({"usdz"})
"""Formats that are imported in meters, whatever the scene's unit."""


def import_file(source: Path, kind: str, *, units_per_meter: float) -> list[str]:
    """Import a file of `kind` ("glb", "gltf", "fbx", "obj", "stl", "usdz").

    Returns warnings. Raises Unreadable, and MemoryError if an importer ran out of memory.
    """
    chosen = next((each for each in _IMPORTERS.get(kind, ()) if each.present), None)
    if chosen is None:
        raise Unreadable(_absent(kind))
    warnings = gltf_fixes.check(source) if chosen is _GLTF else []
    operator: Any = getattr(getattr(bpy.ops, chosen.room), chosen.operator)
    allowed = operator.get_rna_type().properties.keys()
    scale = {chosen.scale: units_per_meter} if units_per_meter != 1.0 else {}
    wanted = {**chosen.options, **scale}
    options = {option: value for option, value in wanted.items() if option in allowed}
    before = datablocks.known()
    try:
        outcome = operator(filepath=str(source), **options)
    except RuntimeError as error:
        # The importer may load a library only now, and the loader has its own error texts.
        if any(words in str(error) for words in _NO_MEMORY):
            raise MemoryError from error
        raise _unreadable(str(error), source, kind) from error
    if "FINISHED" not in outcome:
        raise _unreadable("", source, kind)
    if kind == "usdz" and not datablocks.since(before, bpy.data.meshes):
        # By default it leaves out hidden objects.
        datablocks.forget_since(before)
        operator(filepath=str(source), **options, import_visible_only=False)
        if datablocks.since(before, bpy.data.meshes):
            warnings.append(messages.ALL_HIDDEN)
    datablocks.recount_if_wrong(datablocks.since(before, bpy.data.objects))
    return warnings


def _absent(kind: str) -> str:
    if kind in {"glb", "gltf", "fbx"}:
        return messages.importer_off(kind)
    return messages.no_importer(kind)


def _is_big_endian(source: Path) -> bool:
    with source.open("rb") as file:
        head = file.read(_FBX_ORDER + 1)
    return head[_FBX_ORDER:] == b"\1" and head.startswith(b"Kaydara FBX Binary")


def _unreadable(message: str, source: Path, kind: str) -> Unreadable:
    # The message of a failed Python operator ends with a location in Blender's code.
    lines = [line for line in message.splitlines() if line.strip()]
    reasons = [line.strip() for line in lines if not line.startswith("Location:")]
    detail = reasons[-1].removeprefix("Error: ") if reasons else ""
    detail = detail.replace(str(source), source.name)
    needed = re.search(r"[Ee]xtension (\w+) .*not available", message)
    known = next((name for name in ("draco", "meshopt") if name in message.lower()), "")
    if needed:
        sentence = messages.extension_unreadable(needed[1])
    elif known:
        sentence = messages.extension_unreadable(known)
    elif kind == "fbx" and not _IMPORTERS["fbx"][0].present and _is_big_endian(source):
        sentence = messages.FBX_BIG_ENDIAN
    elif "ASCII FBX" in message:
        sentence = messages.FBX_TEXT
    else:
        sentence = messages.not_imported(kind)
    return Unreadable(sentence, detail)
