"""Objects that no result could be applied to are found before anything is paid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender.accessors import geometry_nodes
from tests.blender.capturing import capture, run_order


def cube() -> Any:
    bpy.ops.mesh.primitive_cube_add(size=2.0)
    obj: Any = bpy.context.object
    obj.name = "Foot"
    return obj


def without_uvs(obj: Any) -> None:
    obj.data.uv_layers.remove(obj.data.uv_layers[0])


def made_of_nodes(obj: Any) -> None:
    """Replace the mesh by an icosphere, with geometry nodes."""
    group = geometry_nodes("Made")
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    source, output = (
        group.nodes.new(kind) for kind in ("GeometryNodeMeshIcoSphere", "NodeGroupOutput")
    )
    group.links.new(source.outputs[0], output.inputs[0])
    obj.modifiers.new("Made", "NODES").node_group = group


def empty_and_made_of_nodes(obj: Any) -> None:
    obj.data.clear_geometry()
    made_of_nodes(obj)


def one_corner_at(value: float) -> Callable[[Any], None]:
    def change(obj: Any) -> None:
        obj.data.vertices[0].co.x = value

    return change


def in_one_place(obj: Any) -> None:
    for vertex in obj.data.vertices:
        vertex.co = (1.0, 1.0, 1.0)


def only_edges(obj: Any) -> None:
    obj.data.clear_geometry()
    obj.data.from_pydata([(0, 0, 0), (1, 0, 0)], [(0, 1)], [])


def in_struts(obj: Any) -> None:
    obj.modifiers.new("Struts", "WIREFRAME")


def with_uvs_that_are_no_numbers(obj: Any) -> None:
    for corner in obj.data.uv_layers[0].data:
        corner.uv = (float("nan"), 0.0)


def mirrored_sheared_and_tiny(obj: Any) -> None:
    above = bpy.data.objects.new("Above", None)
    bpy.context.scene.collection.objects.link(above)
    above.scale, above.rotation_euler = (-1e-9, 3e-9, 2e-10), (0.4, 0.5, 0.6)
    obj.parent, obj.rotation_euler = above, (1.0, 0.2, 0.7)


NO_PLACE = "“Foot” has a vertex without a valid position"
CASES: dict[Callable[[Any], None], str] = {
    without_uvs: "",
    with_uvs_that_are_no_numbers: "",
    mirrored_sheared_and_tiny: "",
    empty_and_made_of_nodes: "“Foot” has no faces of its own",
    made_of_nodes: "The modifiers of “Foot” leave it no UV map to bake to",
    in_struts: "The UV map of “Foot” has no area",
    one_corner_at(float("nan")): NO_PLACE,
    one_corner_at(float("inf")): NO_PLACE,
    one_corner_at(1e30): NO_PLACE,
    in_one_place: "are in one place",
    only_edges: "shows no faces",
}


@pytest.mark.parametrize(("change", "reason"), CASES.items(), ids=range(len(CASES)))
def test_unbakeable_mesh_is_refused_with_the_true_reason(
    change: Callable[[Any], None], reason: str, tmp_path: Path
) -> None:
    bpy.ops.wm.read_homefile(use_empty=True)
    obj = cube()
    change(obj)
    blend = capture(tmp_path, obj)
    onto = {"capture": str(blend), "mode": "keep", "same_shape": True, "turn": 0.0}
    order: dict[str, object] = {
        "do": "rehearse",
        "name": "Foot",
        "onto": onto | {"texture_size": 512},
        "result": str(tmp_path / "result.json"),
        "seconds": 300,
    }
    result = run_order(order, tmp_path)
    assert result["ok"] is not bool(reason)
    assert reason in result.get("sentence", "")
    assert "failure" not in result or result["failure"] != "mistake"
