"""Brings what a result shows onto the UVs of another mesh, by Cycles: unlit, from the nearest side.

Sets up the scene of a child for itself; never loaded in the artist's Blender.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from mathutils import Matrix

from . import looks, texels, unwrap
from .shape import move, read, triangles_of
from .unreadable import Unreadable

if TYPE_CHECKING:
    from .captured import Shape
    from .surface import Piece

_SMALLEST_SIDE: Final = 512
_LARGEST_SIDE: Final = 4096
_USUAL_SIDE: Final = 1024
_LEAST_REACH: Final = 0.002
_MOST_REACH: Final = 0.05
_OVERLAP: Final = 1.05
_EVEN: Final = (0.5, 0.5, 1.0, 1.0)
_POSITION: Final = "Position"


@dataclass(frozen=True)
class Baked:
    """Pictures by what they are for, rows from below, as they are stored; the values of maps that
    are the same all over; and whether parts of the UVs lie on each other."""

    pictures: dict[str, Any]
    constants: dict[str, Any]
    overlapping: bool


class Easel:
    """The result, ready to be painted from; everything in a size in which `unit` is one."""

    def __init__(self, pieces: list[Piece], unit: Any, reach: float, side: int) -> None:
        _set_up()
        materials = [material for piece in pieces for material in piece.materials]
        self._constants = looks.constants(materials)
        self._normals = looks.has_normals(materials)
        own = looks.picture_side(materials) or _USUAL_SIDE
        self._side = min(side or max(own, _SMALLEST_SIDE), _LARGEST_SIDE)
        self._unit = unit
        self._reach = min(max(2 * reach + _LEAST_REACH, _LEAST_REACH), _MOST_REACH)
        self._copies: dict[bpy.types.Material | None, bpy.types.Material] = {}
        self._sources = [self._source(piece) for piece in pieces]
        self._image = bpy.data.images.new(
            "Easel", self._side, self._side, alpha=True, float_buffer=True, is_data=True
        )

    def paint(self, shape: Shape) -> Baked:
        """Paint onto the active UVs of a shape, whose mesh is used up. Raises Unreadable."""
        move(shape.mesh, self._unit)
        target = _show(shape.mesh, shape.name)
        if not self._normals and len(self._constants) == len(looks.DEFAULTS):
            return Baked({}, self._constants, overlapping=False)
        place = self._own(target)
        covered = _hit(place, (_POSITION,))
        pictures = self._paint_all(target, covered, place[..., :3].reshape(-1, 3))
        cut = triangles_of(shape.mesh)
        layer: Any = shape.mesh.uv_layers.active
        laid = unwrap.areas(read(layer.data, "uv", np.float32, 2), cut).sum()
        bpy.data.objects.remove(target)
        return Baked(pictures, self._constants, bool(laid > _OVERLAP * covered.mean()))

    def _paint_all(self, target: Any, covered: Any, positions: Any) -> dict[str, Any]:
        roles = tuple(role for role in looks.DEFAULTS if role not in self._constants)
        numbers = tuple(role for role in roles if role != "Base Color")
        pictures: dict[str, Any] = {}
        for wanted in (
            ("Normal",) if self._normals else (),
            roles[: len(roles) - len(numbers)],
            numbers,
        ):
            if not wanted:
                continue
            seen = self._from_sources(target, wanted)
            hit = _hit(seen, wanted) & covered
            owner = self._owners(covered, hit, positions)
            pictures |= _finished(wanted, seen, owner, hit)
        return pictures

    def _owners(self, covered: Any, hit: Any, positions: Any) -> Any:
        if not hit.any():
            raise Unreadable("The new surface lies nowhere near the object.")
        return texels.owners(covered, hit, positions, max(8, self._side // 64))

    def _source(self, piece: Piece) -> Any:
        mesh: Any = piece.thing.data.copy()
        move(mesh, self._unit @ piece.matrix)
        materials = [self._copy(material) for material in piece.materials]
        mesh.materials.clear()
        for material in materials:
            mesh.materials.append(material)
        return _show(mesh, "Source")

    def _copy(self, material: bpy.types.Material | None) -> bpy.types.Material:
        if material not in self._copies:
            copy = material.copy() if material else bpy.data.materials.new("Plain")
            if copy.node_tree is None:
                copy.use_nodes = True
            self._copies[material] = copy
        return self._copies[material]

    def _own(self, target: Any) -> Any:
        """Where in space each texel of the target is, and which are covered at all."""
        material = bpy.data.materials.new(_POSITION)
        material.use_nodes = True
        tree = material.node_tree
        tree.nodes.clear()
        output = tree.nodes.new("ShaderNodeOutputMaterial")
        glow = tree.nodes.new("ShaderNodeEmission")
        geometry = tree.nodes.new("ShaderNodeNewGeometry")
        more = tree.nodes.new("ShaderNodeVectorMath")
        more.operation = "ADD"
        more.inputs[1].default_value = (looks.GLOW, looks.GLOW, looks.GLOW)
        tree.links.new(geometry.outputs["Position"], more.inputs[0])
        tree.links.new(more.outputs[0], glow.inputs["Color"])
        tree.links.new(glow.outputs[0], output.inputs["Surface"])
        picture = tree.nodes.new("ShaderNodeTexImage")
        picture.image, tree.nodes.active = self._image, picture
        mesh = target.data
        mesh.materials.clear()
        mesh.materials.append(material)
        mesh.polygons.foreach_set("material_index", np.zeros(len(mesh.polygons), dtype=np.int32))
        return self._bake(target, (), type="EMIT")

    def _from_sources(self, target: Any, roles: tuple[str, ...]) -> Any:
        if roles == ("Normal",):
            return self._bake(target, self._sources, type="NORMAL", normal_space="TANGENT")
        for material in self._copies.values():
            looks.shine(material, roles)
        return self._bake(target, self._sources, type="EMIT")

    def _bake(self, target: Any, sources: Any, **options: Any) -> Any:
        layer = bpy.context.view_layer
        for thing in (*layer.objects, *sources, target):
            thing.select_set(thing == target or thing in sources)
            thing.hide_render = not thing.select_get()
        layer.objects.active = target
        bpy.ops.object.bake(
            use_selected_to_active=bool(sources),
            cage_extrusion=self._reach,
            max_ray_distance=2 * self._reach,
            margin=0,
            use_clear=True,
            **options,
        )
        values: Any = np.empty(4 * self._side**2, dtype=np.float32)
        self._image.pixels.foreach_get(values)
        return values.reshape(self._side, self._side, 4)


def _hit(seen: Any, roles: tuple[str, ...]) -> Any:
    """Which texels a bake has reached: now and then it leaves one black that it calls reached."""
    least = 0.0 if roles == ("Normal",) else looks.GLOW / 4
    return (seen[..., 3] > 0) & (seen[..., :3].max(axis=-1) > least)


def _finished(roles: tuple[str, ...], seen: Any, owner: Any, hit: Any) -> dict[str, Any]:
    """The pictures of a bake as they are stored, without gaps."""
    if roles == ("Normal",):
        # What was missed is flat: a normal of another place means nothing here.
        seen[~hit] = _EVEN
        return {"Normal": texels.filled(seen, owner, _EVEN)}
    seen[..., :3] -= looks.GLOW
    if roles == ("Base Color",):
        seen[..., :3] = texels.encoded(seen[..., :3])
    seen[..., 3] = 1.0
    whole = texels.filled(seen, owner, seen[hit].mean(axis=0))
    if roles == ("Base Color",):
        return {"Base Color": whole}
    pictures = {}
    for channel, role in enumerate(roles):
        picture = np.repeat(whole[..., channel if len(roles) > 1 else 0, None], 4, axis=-1)
        picture[..., 3] = 1.0
        pictures[role] = picture
    return pictures


def _set_up() -> None:
    scene = bpy.context.scene
    if not hasattr(scene, "cycles"):
        bpy.ops.preferences.addon_enable(module="cycles")
    if not hasattr(scene, "cycles"):
        raise Unreadable("This Blender was built without Cycles, which is needed to bake.")
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False
    scene.render.bake.target = "IMAGE_TEXTURES"
    scene.render.bake.use_pass_direct = scene.render.bake.use_pass_indirect = False
    # The artist is working beside this.
    scene.render.threads_mode = "FIXED"
    scene.render.threads = max(1, (os.cpu_count() or 2) - 1)


def _show(mesh: bpy.types.Mesh, name: str) -> Any:
    thing = bpy.data.objects.new(name, mesh)
    thing.matrix_world = Matrix()
    bpy.context.scene.collection.objects.link(thing)
    return thing
