"""Captures as the artist's Blender writes them, children that work on them, and measurements."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from tests.blender.accessors import mesh_of
from tests.blender.arriving import order_for, run_in_child
from tripo_addon.blender.arrival.importer import Arrival
from tripo_addon.jobs.work.child_process import Finished

KEY = "tripo_addon_onto"
SIDE = 256


def capture(
    folder: Path,
    *objs: bpy.types.Object,
    anchor: bpy.types.Object | None = None,
    swap: bool | None = None,
    uv_allowed: bool = True,
) -> Path:
    """Capture the objects; the first is the anchor by default."""
    bpy.context.view_layer.update()
    main = anchor or objs[0]
    blend = folder / "capture.blend"
    bpy.data.libraries.write(
        str(blend), {*objs, main}, path_remap="ABSOLUTE", fake_user=True, compress=False
    )
    alone = objs == (main,) and main.type == "MESH"
    description = {
        "objects": [obj.name for obj in objs],
        "anchor": main.name,
        "matrices": {
            obj.name: [number for row in obj.matrix_world for number in row]
            for obj in (*objs, main)
        },
        "swap": alone if swap is None else swap,
        "uv_allowed": {obj.name: uv_allowed for obj in objs},
    }
    blend.with_suffix(".json").write_text(json.dumps(description), encoding="utf-8")
    return blend


def run_order(order: dict[str, object], folder: Path) -> dict[str, Any]:
    ended = run_in_child(order, folder)
    log = folder / "log.txt"
    assert isinstance(ended, Finished), (ended, log.read_text(encoding="utf-8")[-3000:])
    return ended.result


def export(blend: Path, folder: Path, most_bytes: int = 150_000_000) -> dict[str, Any]:
    order = {
        "do": "export model",
        "source": str(blend),
        "folder": str(folder),
        "stem": "sent",
        "most_bytes": most_bytes,
        "result": str(folder / "result.json"),
        "seconds": 300,
    }
    return run_order(order, folder)


def apply_to_capture(
    source: Path,
    blend: Path,
    folder: Path,
    mode: str = "replace",
    *,
    same_shape: bool = True,
    turn: float = -90.0,
    name: str = "Made",
    **more: object,
) -> dict[str, Any]:
    onto = {
        "capture": str(blend),
        "mode": mode,
        "same_shape": same_shape,
        "turn": turn,
        "texture_size": SIDE,
    } | more
    return run_order(order_for(source, folder, name, onto=onto), folder)


def loaded(folder: Path) -> bpy.types.Collection:
    """Load the result as the artist's Blender does, with its sidecar files."""
    coming = Arrival(folder / "model.blend")
    while not coming.complete:
        coming.advance()
    collection, _root = coming.model()
    return collection


def carriers(folder: Path) -> dict[str, tuple[bpy.types.Mesh, dict[str, Any]]]:
    """Return for each object the mesh with the new materials, and its entry of the result."""
    carried = {}
    for obj in loaded(folder).objects:
        note = json.loads(obj.data[KEY])
        assert not obj.data.vertices
        carried[note["object"]] = (obj.data, note)
    return carried


def world_points(*objs: bpy.types.Object) -> Any:
    """Return the vertices in world space, in double precision."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    parts = []
    for obj in objs:
        seen = obj.evaluated_get(graph)
        mesh = seen.to_mesh()
        parts.append(placed(mesh, np.array(obj.matrix_world)))
        seen.to_mesh_clear()
    return np.concatenate(parts)


def placed(mesh: bpy.types.Mesh, matrix: Any) -> Any:
    flat: Any = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    mesh.vertices.foreach_get("co", flat)
    return flat.reshape(-1, 3).astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]


def placed_points_and_volume(
    result: dict[str, Any], folder: Path, target: bpy.types.Object
) -> tuple[Any, float]:
    """Return the points of a result once it is placed at its target, and its volume."""
    collection = loaded(folder)
    root = next(obj for obj in collection.objects if obj.parent is None)
    if result["onto"]["placed"] == "mesh":
        root.matrix_basis = target.matrix_world
        matrices = {root: np.array(target.matrix_world)}
    else:
        root.matrix_basis = Matrix(np.array(result["onto"]["frame"]).reshape(4, 4).tolist()) @ (
            root.matrix_basis
        )
        matrices = {}
    for obj in collection.objects:
        bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.update()
    points, volume = [], 0.0
    for obj in collection.objects:
        if obj.type == "MESH":
            matrix = matrices.get(obj, np.array(obj.matrix_world))
            points.append(placed(mesh_of(obj), matrix))
            volume += signed_volume(mesh_of(obj), matrix)
    return np.concatenate(points), volume


def signed_volume(mesh: bpy.types.Mesh, matrix: Any) -> float:
    """Return the volume, positive if the faces point outwards, as the renderer sees them."""
    mesh.calc_loop_triangles()
    corners: Any = np.empty(3 * len(mesh.loop_triangles), dtype=np.int32)
    mesh.loop_triangles.foreach_get("vertices", corners)
    points = placed(mesh, matrix)
    one, two, three = (points[part] - points.mean(axis=0) for part in corners.reshape(-1, 3).T)
    # Blender flips the faces of a mirrored object itself.
    sense = math.copysign(1.0, float(np.linalg.det(matrix[:3, :3])))
    return sense * float((one * np.cross(two, three)).sum()) / 6


def relative_distance(points: Any, wanted: Any) -> float:
    """Return the distance between two sets of points, in both directions, as a share of the longest
    side. Unlike bounds, it detects a rotation."""
    from mathutils.kdtree import KDTree

    side = (wanted.max(axis=0) - wanted.min(axis=0)).max()
    middle = (wanted.max(axis=0) + wanted.min(axis=0)) / 2
    clouds = [(cloud - middle) / side for cloud in (points, wanted)]
    worst = 0.0
    for one, other in (clouds, clouds[::-1]):
        tree = KDTree(len(other))
        for number, point in enumerate(other.tolist()):
            tree.insert(point, number)
        tree.balance()
        some = one[:: max(1, len(one) // 2000)].tolist()
        worst = max(worst, *(tree.find(point)[2] for point in some))
    return worst


def service_result(source: Path, change: Callable[[bpy.types.Object], None] | Matrix) -> Path:
    """Return the same model as a service sends it back, changed; the open file stays as it is."""
    import contextlib
    import io

    known = set(bpy.data.objects)
    with contextlib.redirect_stdout(io.StringIO()):
        bpy.ops.import_scene.gltf(filepath=str(source))
    new = [obj for obj in bpy.data.objects if obj not in known]
    if isinstance(change, Matrix):
        for obj in (obj for obj in new if obj.parent is None):
            obj.rotation_mode = "QUATERNION"
            obj.matrix_basis = change @ obj.matrix_basis
    else:
        for obj in (obj for obj in new if obj.type == "MESH"):
            change(obj)
    bpy.context.view_layer.update()
    made = source.with_name("answer.glb")
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj in new)
    with contextlib.redirect_stdout(io.StringIO()):
        bpy.ops.export_scene.gltf(filepath=str(made), use_selection=True)
    bpy.data.batch_remove(new)
    return made
