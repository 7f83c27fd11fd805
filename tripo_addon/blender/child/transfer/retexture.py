"""New materials for the artist's own meshes: the result's if its UVs fit, else baked ones.

Each mesh gets a carrier: an object whose mesh has no vertices, only the materials and the property
ONTO_KEY, as JSON: {"object", "uv": a file of float32, two for each loop of the object's own mesh,
or "", "uv_name", "loops", "indices": a file of int32, one for each face, or ""}.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from .. import messages
from ..importing.mesh_files import ONTO_KEY
from ..unreadable import Unreadable
from . import captured, unwrap
from .axes import unit_of
from .bake import Baker
from .baked_material import compose, point_at
from .exact_copy import Exact, exact
from .triangles import triangles_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .align import Alignment
    from .result_mesh import Piece

TRANSFERRED: Final = "transferred"
BAKED: Final = "baked"
_SAME_UV: Final = 2e-6


@dataclass(frozen=True)
class Target:
    """What gets the materials. `side`: the size of new textures in pixels; 0 for the result's
    size."""

    taken: captured.Captured
    shapes: tuple[captured.Shape, ...]
    side: int

    @property
    def meshes(self) -> list[captured.Shape]:
        """The shapes that can have their own UVs."""
        return [
            shape
            for shape in self.shapes
            if shape.loops is not None and self.taken.objects[shape.name].type == "MESH"
        ]


@dataclass(frozen=True)
class Load:
    """The content of a carrier. `uvs` and `indices` are None if they do not change."""

    name: str
    uv_name: str
    uvs: Any
    indices: Any
    materials: tuple[bpy.types.Material, ...]
    loops: int


@dataclass
class Retextured:
    """The carriers, and how each object got its materials."""

    objects: list[bpy.types.Object] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    how: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def assign_names(self, name: str) -> None:
        """Name the baked materials after the model, once the names are free."""
        # If some textures are the result's own, the baked ones get another name.
        pictures = f"{name} Baked" if TRANSFERRED in self.how.values() else name
        for obj, load in zip(self.objects, self.loads, strict=True):
            obj.name = obj.data.name = load.name
            if self.how[load.name] == BAKED:
                (material,) = load.materials
                material.name = name if len(self.objects) == 1 else f"{name} {load.name}"
                for node in material.node_tree.nodes:
                    if node.type == "TEX_IMAGE":
                        node.image.name = f"{pictures} {node.label}"

    def write(self, folder: Path) -> None:
        """Write the arrays into `folder`, and their paths into each carrier."""
        for number, (obj, load) in enumerate(zip(self.objects, self.loads, strict=True)):
            obj.data[ONTO_KEY] = json.dumps(
                {
                    "object": load.name,
                    "uv": _write(load.uvs, folder / f"uv-{number}"),
                    "uv_name": load.uv_name,
                    "loops": load.loops,
                    "indices": _write(load.indices, folder / f"indices-{number}"),
                }
            )


def retexture(pieces: list[Piece], target: Target, found: Alignment) -> Retextured:
    """Make a carrier for each mesh of the target. Raises Unreadable."""
    if not target.meshes:
        raise Unreadable(messages.ONLY_MESHES)
    loads: dict[str, Load] = {}
    carried, shared, points = Retextured(), _Layers(target.taken), _Points()
    reasons: dict[str, None] = {}
    for shape in target.meshes:
        base = target.taken.mesh(shape.name)
        own = exact(shape, base, pieces)
        if own is not None and shared.accept(shape.name, own.uvs):
            loads[shape.name] = points.load(shape.name, own, shared)
            carried.how[shape.name] = TRANSFERRED
        else:
            reasons[_why_baked(own, shape, base, pieces, target)] = None
    rest = [shape.name for shape in target.meshes if shape.name not in loads]
    if rest:
        baked, warnings = _bake(rest, pieces, target, found, shared)
        note = messages.baked(tuple(reasons))
        loads, carried.warnings = loads | baked, (note, *warnings)
        carried.how |= dict.fromkeys(rest, BAKED)
    for shape in target.meshes:
        load = loads[shape.name]
        mesh = bpy.data.meshes.new(load.name)
        for material in load.materials:
            mesh.materials.append(material)
        carried.objects.append(bpy.data.objects.new(load.name, mesh))
        carried.loads.append(load)
    return carried


class _Layers:
    """The UVs that meshes will have; two objects may share a mesh."""

    def __init__(self, taken: captured.Captured) -> None:
        self._taken = taken
        self._given: dict[str, Any] = {}

    def accept(self, name: str, uvs: Any) -> bool:
        """Whether the object can have these UVs: they equal its own, or a UV map of ours can be
        added."""
        mesh = self._taken.mesh(name)
        given = self._given.get(mesh.name)
        if given is not None:
            return _alike(given, uvs)
        if _alike(unwrap.active_uvs(mesh), uvs):
            return True
        if not unwrap.may_add(self._taken, name):
            return False
        self._given[mesh.name] = uvs
        return True

    def prepare(self, name: str) -> None:
        """Make sure that the object's mesh has UVs to bake to. Raises Unreadable."""
        mesh = self._taken.mesh(name)
        if unwrap.active_uvs(mesh) is not None:
            return
        if mesh.name in self._given:
            unwrap.set_active(mesh, unwrap.LAYER, self._given[mesh.name])
        else:
            self._given[mesh.name] = unwrap.unwrap(self._taken, name)

    def layer(self, name: str, *, baked: bool) -> tuple[str, Any]:
        """The name of the UV map to use, and its UVs if they are new."""
        mesh = self._taken.mesh(name)
        active = mesh.uv_layers.active
        given = self._given.get(mesh.name)
        if given is not None and not (baked and active.name != unwrap.LAYER):
            return unwrap.LAYER, given
        return active.name, None

    def loops(self, name: str) -> int:
        """The number of face corners of the object's own mesh."""
        return len(self._taken.mesh(name).loops)


class _Points:
    """The result's materials, set to use a UV map by name; a copy for each further name."""

    def __init__(self) -> None:
        self._first: dict[bpy.types.Material | None, str] = {}
        self._ready: dict[tuple[bpy.types.Material | None, str], bpy.types.Material] = {}

    def load(self, name: str, own: Exact, layers: _Layers) -> Load:
        """The content of the carrier of an object that takes over the result's materials."""
        uv_name, uvs = layers.layer(name, baked=False)
        used, indices = np.unique(own.indices, return_inverse=True)
        materials = tuple(self._pointed(own.materials[number], uv_name) for number in used)
        several = indices.ravel().astype(np.int32) if len(used) > 1 else None
        return Load(name, uv_name, uvs, several, materials, layers.loops(name))

    def _pointed(self, material: bpy.types.Material | None, uv_name: str) -> bpy.types.Material:
        key = (material, uv_name)
        if key not in self._ready:
            if material is None:
                pointed = bpy.data.materials.new("Plain")
            else:
                pointed = material.copy() if material in self._first else material
            self._first[material] = uv_name
            point_at(pointed, uv_name)
            self._ready[key] = pointed
        return self._ready[key]


def _bake(
    names: list[str], pieces: list[Piece], target: Target, found: Alignment, layers: _Layers
) -> tuple[dict[str, Load], tuple[str, ...]]:
    for name in names:
        layers.prepare(name)
    # Evaluated again, with the UVs that were added.
    seen = captured.shapes(target.taken)
    home = bpy.context.scene.collection
    for obj in target.taken.objects.values():
        home.objects.unlink(obj)
    unit = unit_of(*captured.solid_of(seen).bounds)
    shapes = [shape for shape in seen if shape.name in names and shape.loops is not None]
    baker = Baker(pieces, unit, found.most, target.side, len(shapes))
    maps = {shape.name: layers.layer(shape.name, baked=True) for shape in shapes}
    outside = []
    for shape in shapes:
        unwrap.show(shape, maps[shape.name][0])
        # If several share the textures, each has room for all of its UVs.
        if len(shapes) == 1 and unwrap.bring_home(shape):
            outside.append(shape.name)
    baked = baker.paint(shapes)
    loads = dict[str, Load]()
    for name, (uv_name, uvs) in maps.items():
        material = compose(baked.images, baked.constants, uv_name, baked.cells[name])
        loads[name] = Load(name, uv_name, uvs, None, (material,), layers.loops(name))
    smaller = (baker.warning,) if baker.warning else ()
    return loads, (*smaller, *_warnings(outside, baked.overlapping))


def _why_baked(
    own: Exact | None,
    shape: captured.Shape,
    base: bpy.types.Mesh,
    pieces: list[Piece],
    target: Target,
) -> str:
    """Why the result's own UVs could not be used."""
    if own is not None:
        return messages.no_second_uv_map(shape.name)
    if len(shape.mesh.loops) != len(base.loops):
        return messages.other_faces(shape.name)
    new = sum(len(piece.cut.faces) for piece in pieces)
    mine = sum(len(triangles_of(each.mesh).faces) for each in target.meshes)
    if new != mine:
        return messages.triangle_counts(new, mine)
    return messages.OTHER_TRIANGLES


def _warnings(outside: Sequence[str], overlapping: Sequence[str]) -> list[str]:
    warnings = []
    if outside:
        warnings.append(messages.uvs_outside(outside))
    if overlapping:
        warnings.append(messages.uvs_overlap(overlapping))
    return warnings


def _alike(one: Any, other: Any) -> bool:
    return (
        one is not None and one.shape == other.shape and bool(np.allclose(one, other, 0, _SAME_UV))
    )


def _write(values: Any, file: Path) -> str:
    if values is None:
        return ""
    values.tofile(file)
    return str(file)
