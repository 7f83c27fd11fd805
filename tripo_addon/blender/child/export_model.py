"""Exports captured objects as a GLB for a service; for a second Blender.

Writes one file into the order's folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from . import messages
from .transfer import captured
from .transfer.axes import unit_of
from .transfer.triangles import move
from .unreadable import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

_OPTIONS: Final = {
    "export_format": "GLB",
    "export_yup": True,
    "export_apply": False,
    "export_animations": False,
    "export_skins": False,
    "export_morph": False,
    "export_cameras": False,
    "export_lights": False,
    "export_extras": False,
    "export_image_format": "AUTO",
    "use_active_scene": True,
}


def work(order: dict[str, Any]) -> dict[str, object]:
    """Write the GLB that an order asks for.

    The order: source (the .blend of a capture), folder, stem (of the file to write), most_bytes.
    The model is in the frame of the capture, centered, its longest side one meter. Returns {"ok":
    true, "path", "remark"} or {"ok": false, "sentence"}.
    """
    if "gltf" not in dir(bpy.ops.export_scene):
        bpy.ops.preferences.addon_enable(module="io_scene_gltf2")
    try:
        taken = captured.load(Path(order["source"]))
        _arrange(taken, captured.shapes(taken))
        target = Path(order["folder"]) / f"{order['stem']}.glb"
        remark = _write(target, order["most_bytes"])
    except Unreadable as error:
        return {"ok": False, "sentence": error.sentence}
    return {"ok": True, "path": str(target), "remark": remark}


def _arrange(taken: captured.Captured, shapes: list[captured.Shape]) -> None:
    """Put only the shapes into the scene, scaled to a size that any format can hold."""
    if not shapes:
        raise Unreadable(messages.NOTHING_TO_SEND)
    unit = unit_of(*captured.solid_of(shapes).bounds)
    home = bpy.context.scene.collection
    for obj in taken.objects.values():
        home.objects.unlink(obj)
    for shape in shapes:
        move(shape.mesh, unit)
        home.objects.link(bpy.data.objects.new(shape.name, shape.mesh))


def _write(target: Path, most: int) -> str:
    """Export the scene, without textures if the file would be too large. Returns a remark, or
    ""."""
    try:
        _export(target, export_materials="EXPORT")
        size = target.stat().st_size
        if size <= most:
            return ""
        remark = messages.without_textures(size)
    except RuntimeError:  # for instance because an image file is missing
        remark = messages.WITHOUT_MATERIALS
    try:
        _export(target, export_materials="NONE")
    except RuntimeError as error:
        raise Unreadable(messages.NOT_EXPORTED) from error
    size = target.stat().st_size
    if size > most:
        target.unlink()
        raise Unreadable(messages.too_large_to_send(size, most, _faces()))
    return remark


def _export(target: Path, **options: str) -> None:
    operator: Any = bpy.ops.export_scene.gltf
    allowed = operator.get_rna_type().properties.keys()
    wanted = _OPTIONS | options
    operator(filepath=str(target), **{key: wanted[key] for key in wanted if key in allowed})


def _faces() -> int:
    meshes: Iterable[Any] = (obj.data for obj in bpy.context.scene.objects)
    return sum(len(mesh.polygons) for mesh in meshes)
