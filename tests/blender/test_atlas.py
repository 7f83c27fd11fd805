"""Several objects share one set of baked textures, each with its own area."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.blender.capturing import apply_to_capture, capture, carriers, export, service_result
from tripo_addon.blender.child.transfer.atlas import arrange

GAP = 1 / 256
COLORS = {
    "Red": (0.8, 0.1, 0.1),
    "Green": (0.1, 0.8, 0.1),
    "Twin": (0.1, 0.1, 0.8),
    "Bare": (0.8, 0.8, 0.1),
    "Far": (0.1, 0.8, 0.8),
}


@pytest.mark.parametrize("count", [2, 10, 60, 4000])
def test_objects_get_separate_cells_with_equal_texel_density(count: int) -> None:
    numbers = np.random.default_rng(count)
    lows = numbers.uniform(-3, 3, (count, 2))
    highs = lows + numbers.uniform(0.1, 1, (count, 2))
    densities = numbers.uniform(0.5, 2, count)
    densities[0] = np.inf
    cells = arrange(lows, highs, densities, GAP)
    corners = [cell.apply(np.array(ends)) for cell, *ends in zip(cells, lows, highs, strict=True)]
    boxes = np.array(corners)
    assert boxes.min() >= 0
    assert boxes.max() <= 1
    if count < 100:
        starts, ends = boxes[:, 0] - GAP, boxes[:, 1] + GAP
        meet = np.minimum(ends[:, None], ends) - np.maximum(starts[:, None], starts)
        meet[np.arange(count), np.arange(count)] = -1
        assert (meet.min(axis=2) < 1e-5).all()
        assert np.prod(boxes[:, 1] - boxes[:, 0], axis=1).sum() > 0.4
    sizes = np.array([cell.scale for cell in cells]) / densities[:, None]
    assert np.allclose(sizes[1:], sizes[1], rtol=1e-3)


def test_several_objects_share_one_texture_with_their_own_colors(tmp_path: Path) -> None:
    objs = [cube(name, number) for number, name in enumerate(COLORS)]
    objs[2].data = objs[1].data
    objs[3].data.uv_layers.remove(objs[3].data.uv_layers[0])
    for loop in objs[4].data.uv_layers[0].data:
        loop.uv = loop.uv * 3 + type(loop.uv)((7, -2))
    blend = capture(tmp_path, *objs)
    source = Path(export(blend, tmp_path)["path"])
    result = apply_to_capture(service_result(source, painted), blend, tmp_path, "keep")
    assert set(result["how"].values()) == {"baked"}
    assert result["images"] == 1
    assert not [each for each in result["warnings"] if "overlap" in each or "outside" in each]
    carried = carriers(tmp_path)
    pictures = {picture_of(mesh)[0].name for mesh, _details in carried.values()}
    assert pictures == {"Made Base Color"}
    for obj in objs:
        mesh, details = carried[obj.name]
        seen = colors_of(obj, mesh, details)
        assert np.allclose(seen, COLORS[obj.name], atol=0.02), obj.name


def cube(name: str, number: int) -> Any:
    bpy.ops.mesh.primitive_cube_add(location=(3 * number, 0, 0))
    obj: Any = bpy.context.object
    obj.name = obj.data.name = name
    return obj


def painted(obj: Any) -> None:
    """Return the result: other faces, and a material of one color for each object."""
    for each in bpy.context.view_layer.objects:
        each.select_set(each == obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.subdivide(number_cuts=2)
    bpy.ops.object.mode_set(mode="OBJECT")
    name = next(each for each in COLORS if each in obj.name)
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    linear = [((value + 0.055) / 1.055) ** 2.4 for value in COLORS[name]]
    entry = material.node_tree.nodes["Principled BSDF"].inputs["Base Color"]
    entry.default_value = (*linear, 1.0)
    obj.data.materials.clear()
    obj.data.materials.append(material)


def picture_of(mesh: Any) -> tuple[Any, Any]:
    nodes = mesh.materials[0].node_tree.nodes
    (picture,) = (node for node in nodes if node.type == "TEX_IMAGE")
    (mapping,) = (node for node in nodes if node.type == "MAPPING")
    return picture.image, mapping


def colors_of(obj: Any, mesh: Any, details: dict[str, Any]) -> Any:
    """Return the colors at the centers of the faces, as a renderer reads the material."""
    image, mapping = picture_of(mesh)
    side = image.size[0]
    texels = np.empty(4 * side * side, dtype=np.float32)
    image.pixels.foreach_get(texels)
    uvs = np.empty(2 * len(obj.data.loops), dtype=np.float32)
    if details["uv"]:
        uvs = np.fromfile(details["uv"], dtype=np.float32)
    else:
        obj.data.uv_layers[details["uv_name"]].data.foreach_get("uv", uvs)
    scale, shift = (mapping.inputs[name].default_value[:2] for name in ("Scale", "Location"))
    middles = np.array(
        [uvs.reshape(-1, 2)[list(face.loop_indices)].mean(axis=0) for face in obj.data.polygons]
    )
    places = ((middles * scale + shift) * side).astype(int)
    return texels.reshape(side, side, 4)[places[:, 1], places[:, 0], :3]
