"""Renders a thumbnail of a model file for the job list; for a second Blender."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

from . import messages, model_facts, surface_points
from .importing import datablocks
from .importing.import_model import bring_in
from .importing.options import options_of
from .unreadable import Unreadable

_TEXTURE_SIDE: Final = 512
"""Textures are scaled down to this size, which is larger than the thumbnail."""
_PLAIN: Final = np.array((0.8, 0.8, 0.8))

_Paint = Callable[[Any, Any], Any]
"""Returns the colors of points from their corners and weights: see `Surface`."""


def work(order: dict[str, Any]) -> dict[str, object]:
    """Render the model of an order.

    The order: source (a path), format, name and the fields of `ImportOptions`, as for an import;
    picture (the path of the PNG to write) and side (its size in pixels). If there is "turned"
    (a path), it is drawn in so many "frames" turned once around instead of as one picture; the file
    has their pixels, compressed. What can be measured of the model is written as JSON to "facts" (a
    path). Returns {"ok": true} or {"ok": false, "failure",
    "sentence", "detail"}.
    """
    if "gltf" not in dir(bpy.ops.import_scene):
        bpy.ops.preferences.addon_enable(module="io_scene_gltf2")
    try:
        model = bring_in(
            Path(order["source"]),
            kind=order["format"],
            name=order["name"],
            terms=options_of(order),
            before=datablocks.known(),
        )
        # World matrices are only computed for objects in a scene.
        bpy.context.scene.collection.children.link(model.collection)
        bpy.context.view_layer.update()
        solid = [obj for obj in model.collection.objects if _has_faces(obj)]
        # Before the surfaces, for which textures are scaled down.
        measured = model_facts.measure(solid) if "facts" in order and solid else {}
        surfaces = [_surface(obj) for obj in solid]
        if not surfaces:
            raise Unreadable(messages.NO_FACES)
    except Unreadable as error:
        return error.as_result()
    side, turned = order["side"], order.get("turned")
    if not turned:
        _write(surface_points.draw(surfaces, side), Path(order["picture"]))
        return {"ok": True}
    Path(order["facts"]).write_text(json.dumps(measured), encoding="utf-8")
    # Last: with this file, all is there.
    _write_pixels(surface_points.draw_turned(surfaces, side, order["frames"]), Path(turned))
    return {"ok": True}


def _has_faces(obj: bpy.types.Object) -> bool:
    return obj.type == "MESH" and len(obj.data.polygons) > 0


def _surface(obj: bpy.types.Object) -> surface_points.Surface:
    mesh: Any = obj.data
    mesh.calc_loop_triangles()
    triangles = mesh.loop_triangles
    matrix = np.array(obj.matrix_world)
    places = _read(mesh.vertices, "co", 3, np.float32) @ matrix[:3, :3].T + matrix[:3, 3]
    paints = [_paint(mesh, material) for material in mesh.materials] or [_plainly(_PLAIN)]
    slots = _read(triangles, "material_index", 1, np.int32)[:, 0]
    return surface_points.Surface(
        places=places,
        triangles=_read(triangles, "vertices", 3, np.int32),
        corners=_read(triangles, "loops", 3, np.int32),
        materials=np.minimum(slots, len(paints) - 1),
        paint=lambda slot, corners, weights: paints[slot](corners, weights),
    )


def _read(items: Any, field: str, width: int, kind: Any) -> Any:
    values = np.empty(len(items) * width, dtype=kind)
    items.foreach_get(field, values)
    return values.reshape(-1, width)


def _paint(mesh: Any, material: Any) -> _Paint:
    """How to color points with this material: by its base color."""
    tree = material.node_tree if material is not None else None
    nodes = tree.nodes if tree is not None else ()
    shader = next((node for node in nodes if node.type == "BSDF_PRINCIPLED"), None)
    if shader is None:
        return _plainly(_PLAIN if material is None else _srgb(np.array(material.diffuse_color[:3])))
    socket = shader.inputs["Base Color"]
    source = _source(socket)
    if source is not None and source.type == "TEX_IMAGE":
        return _by_image(mesh, source.image)
    if source is not None and source.type == "VERTEX_COLOR":
        return _by_attribute(mesh, source.layer_name)
    return _plainly(_srgb(np.array(socket.default_value[:3])))


def _source(socket: Any) -> Any:
    """The texture or color attribute that a color comes from, through any nodes between."""
    seen = 0
    while socket is not None and socket.is_linked and seen < 10:
        node, seen = socket.links[0].from_node, seen + 1
        if node.type in {"TEX_IMAGE", "VERTEX_COLOR"}:
            return node
        socket = next((each for each in node.inputs if each.is_linked), None)
    return None


def _plainly(color: Any) -> _Paint:
    return lambda corners, _weights: np.broadcast_to(color, (len(corners), 3))


def _by_image(mesh: Any, image: Any) -> _Paint:
    layer = next((each for each in mesh.uv_layers if each.active_render), None)
    if layer is None or not all(image.size):
        return _plainly(_PLAIN)
    width, height = (min(side, _TEXTURE_SIDE) for side in image.size)
    image.scale(width, height)
    pixels = np.empty(width * height * image.channels, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(height, width, image.channels)
    maps = _read(layer.uv, "vector", 2, np.float32)

    def paint(corners: Any, weights: Any) -> Any:
        at = np.einsum("ij,ijk->ik", weights, maps[corners]) % 1.0
        columns, rows = (at * (width, height)).astype(np.int64).T
        found = pixels[np.minimum(rows, height - 1), np.minimum(columns, width - 1)]
        return found[:, :3] if image.channels > 2 else np.repeat(found[:, :1], 3, axis=1)

    return paint


def _by_attribute(mesh: Any, name: str) -> _Paint:
    layer = mesh.color_attributes.get(name) or mesh.color_attributes.active_color
    if layer is None:
        return _plainly(_PLAIN)
    values = _srgb(_read(layer.data, "color", 4, np.float32)[:, :3])
    if layer.domain == "POINT":
        values = values[_read(mesh.loops, "vertex_index", 1, np.int32)[:, 0]]
    return lambda corners, weights: np.einsum("ij,ijk->ik", weights, values[corners])


def _srgb(linear: Any) -> Any:
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _write_pixels(pictures: Iterable[Any], path: Path) -> None:
    """Write all pictures to one file, four bytes a pixel, as Blender's icons take them."""
    planes = [np.clip(np.asarray(each) * 255.0 + 0.5, 0, 255).astype(np.uint8) for each in pictures]
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_bytes(zlib.compress(np.stack(planes).tobytes(), 1))
    unfinished.replace(path)


def _write(picture: Any, path: Path) -> None:
    """Write atomically, so that nobody reads half a file."""
    side = len(picture)
    image = bpy.data.images.new("Picture", side, side, alpha=True)
    image.pixels.foreach_set(np.ascontiguousarray(picture, dtype=np.float32).ravel())
    image.file_format = "PNG"
    unfinished = path.with_name(f"{path.stem}.part.png")
    image.save(filepath=str(unfinished))
    unfinished.replace(path)
