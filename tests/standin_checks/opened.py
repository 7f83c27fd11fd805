"""Opens model files in Blender, in a separate process, and reports their contents.

Run by path with the files as arguments; `look` does so and reads the answer. Imports nothing of
this project except `Opened`'s own module.
"""

import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

FOUND = "FOUND"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A file as an artist sees it. `parts` are the different corners of each mesh, in the world, at
    rest; `sides` counts faces by their number of corners; `rims` counts edges that have only one
    face; `mapped` are the parts with texture coordinates; `skins` the materials by part. `pictures`
    are (width, height, format). `moves` are the mean positions of all corners at the start and in
    the middle of each animation."""

    parts: dict[str, list[list[float]]]
    sides: dict[str, int]
    rims: int
    mapped: list[str]
    skins: dict[str, str]
    pictures: list[list[object]]
    bones: list[str]
    actions: list[str]
    moves: list[list[list[float]]]

    @property
    def faces(self) -> int:
        """Return the number of polygons of all meshes."""
        return sum(self.sides.values())

    @property
    def corners(self) -> list[list[float]]:
        """Return the different corners of all meshes."""
        return sorted(point for points in self.parts.values() for point in points)

    @property
    def box(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return the lowest and highest corner."""
        axes = list(zip(*self.corners, strict=True))
        return tuple(map(min, axes)), tuple(map(max, axes))


def look(*paths: Path) -> list[Opened]:
    """Return the contents of these files, in the same order."""
    command = (sys.executable, __file__, *map(str, paths))
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line.removeprefix(FOUND) for line in run.stdout.splitlines() if FOUND in line[:5]]
    assert len(lines) == len(paths), run.stdout[-2000:] + run.stderr[-2000:]
    return [Opened(**json.loads(line)) for line in lines]


def _contents(path: Path) -> dict[str, object]:
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    _load(path)
    objs = [each for each in bpy.data.objects if each.type == "MESH"]
    rigs = [each for each in bpy.data.objects if each.type == "ARMATURE"]
    for rig in rigs:
        rig.data.pose_position = "REST"
    parts = {each.name: _points(each) for each in objs}
    sides: dict[str, int] = {}
    for face in (face for each in objs for face in each.data.polygons):
        sides[str(face.loop_total)] = sides.get(str(face.loop_total), 0) + 1
    for rig in rigs:
        rig.data.pose_position = "POSE"
    return {
        "parts": parts,
        "sides": sides,
        "rims": sum(_rims(each.data) for each in objs),
        "mapped": [each.name for each in objs if each.data.uv_layers],
        "skins": {each.name: each.data.materials[0].name for each in objs if each.data.materials},
        "pictures": [
            [*each.size, each.file_format] for each in bpy.data.images if each.size[0] * each.users
        ],
        "bones": [bone.name for rig in rigs for bone in rig.data.bones],
        "actions": sorted(action.name for action in bpy.data.actions),
        "moves": [_moves(action, objs) for action in bpy.data.actions] if rigs else [],
    }


def _load(path: Path) -> None:
    import bpy

    match path.suffix:
        case ".glb":
            bpy.ops.import_scene.gltf(filepath=str(path), disable_bone_shape=True)
        case ".fbx":
            bpy.ops.import_scene.fbx(filepath=str(path))
        case ".usdz":
            bpy.ops.wm.usd_import(filepath=str(path))
        case ".stl":
            bpy.ops.wm.stl_import(filepath=str(path))
        case _:
            folder = path.with_suffix("")
            with zipfile.ZipFile(path) as packed:
                packed.extractall(folder)
            bpy.ops.wm.obj_import(filepath=str(next(folder.glob("*.obj"))))


def _points(obj) -> list[list[float]]:
    import bpy

    bpy.context.view_layer.update()
    shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    places = (shown.matrix_world @ vertex.co for vertex in shown.data.vertices)
    return sorted(map(list, {tuple(round(axis, 4) + 0.0 for axis in place) for place in places}))


def _rims(mesh) -> int:
    """Return the number of edges with one face; corners in the same place count as one."""
    place = [tuple(round(axis, 5) for axis in vertex.co) for vertex in mesh.vertices]
    count: dict[frozenset, int] = {}
    for face in mesh.polygons:
        corners = [place[number] for number in face.vertices]
        for ends in zip(corners, corners[1:] + corners[:1], strict=True):
            count[frozenset(ends)] = count.get(frozenset(ends), 0) + 1
    return sum(number == 1 for ends, number in count.items() if len(ends) == 2)


def _moves(action, objs) -> list[list[float]]:
    import bpy

    first, last = action.frame_range
    means = []
    for frame in (first, (first + last) / 2):
        bpy.context.scene.frame_set(round(frame))
        points = [point for each in objs for point in _points(each)]
        axes = zip(*points, strict=True)
        means.append([sum(axis) / len(points) for axis in axes] if points else [])
    return means


if __name__ == "__main__":
    for name in sys.argv[1:]:
        report = json.dumps(_contents(Path(name)))
        sys.stdout.write(f"\n{FOUND}{report}\n")
        sys.stdout.flush()
