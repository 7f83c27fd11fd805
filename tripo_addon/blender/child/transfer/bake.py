"""Bakes a result's materials to another mesh's UVs with Cycles: unlit, from the nearest surface.

Changes the scene's settings; for a second Blender only.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from mathutils import Matrix

from .. import limits, messages
from ..unreadable import Unreadable
from . import dilate, emission_bake, unwrap
from .atlas import WHOLE, Cell, arrange
from .baked_material import image_of
from .triangles import Triangles, move, points_of, read, triangles_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .captured import Shape
    from .result_mesh import Piece

_SMALLEST_SIDE: Final = 512
_LARGEST_SIDE: Final = 4096
_USUAL_SIDE: Final = 1024
_START_BYTES: Final = 250_000_000
_BYTES_A_TEXEL: Final = 270
"""Measured: what a bake takes, Cycles itself and per texel; `jobs/model/bake_effort.py` predicts
it."""
_LEAST_REACH: Final = 0.002
_MOST_REACH: Final = 0.05
_OVERLAP: Final = 1.05
_LEAST_CELL: Final = 128
"""Average texels along a side for each of several objects, if the size was not chosen."""
_GAP: Final = 1 / 256
_ATLAS: Final = "Atlas"
_EVEN: Final = (0.5, 0.5, 1.0, 1.0)
_POSITION: Final = "Position"


@dataclass(frozen=True)
class Baked:
    """Textures by their role; the values of roles that are constant; the part of the textures that
    each object uses; and the names of objects whose UVs overlap."""

    images: dict[str, bpy.types.Image]
    constants: dict[str, Any]
    cells: dict[str, Cell]
    overlapping: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Spread:
    """How an object's UVs lie: their bounds, the area they cover, and how much length of the
    surface one UV unit covers."""

    low: Any
    high: Any
    covers: float
    density: float


class Baker:
    """The result, ready to be baked from; scaled so that `unit` becomes one."""

    def __init__(
        self, pieces: list[Piece], unit: Any, reach: float, side: int, count: int = 1
    ) -> None:
        _set_up()
        materials = [material for piece in pieces for material in piece.materials]
        self._constants = emission_bake.constants(materials)
        self._normals = emission_bake.has_normals(materials)
        own = emission_bake.picture_side(materials) or _USUAL_SIDE
        least = _SMALLEST_SIDE if count == 1 else _power(_LEAST_CELL * math.sqrt(count))
        self._wanted = min(side or max(own, _SMALLEST_SIDE, least), _LARGEST_SIDE)
        self._side = affordable(self._wanted, limits.free_memory())
        self._unit = unit
        self._reach = min(max(2 * reach + _LEAST_REACH, _LEAST_REACH), _MOST_REACH)
        self._copies: dict[bpy.types.Material | None, bpy.types.Material] = {}
        self._sources = [self._source(piece) for piece in pieces]
        self._image = bpy.data.images.new(
            "Tripo Bake", self._side, self._side, alpha=True, float_buffer=True, is_data=True
        )

    @property
    def warning(self) -> str:
        """A warning that the textures are smaller than requested, or ""."""
        if self._side == self._wanted:
            return ""
        return messages.smaller_textures(self._side, self._wanted)

    def paint(self, shapes: list[Shape]) -> Baked:
        """Bake to all shapes, on one set of textures with a part for each; their meshes are used
        up. A single shape keeps its active UVs. Raises Unreadable."""
        for shape in shapes:
            move(shape.mesh, self._unit)
        if not self._normals and len(self._constants) == len(emission_bake.DEFAULTS):
            return Baked({}, self._constants, {shape.name: WHOLE for shape in shapes})
        spreads = [_spread(shape.mesh) for shape in shapes]
        cells = _cells(spreads)
        target = _joined(shapes, cells)
        place = self._own(target)
        covered = _hit(place, (_POSITION,))
        positions = place[..., :3].reshape(-1, 3)  # a copy, so that the fourth channel can be freed
        del place
        images = self._paint_all(target, covered, positions)
        bpy.data.objects.remove(target)
        placed = zip(shapes, spreads, cells, strict=True)
        overlapping = [
            shape.name for shape, spread, cell in placed if _overlaps(spread, cell, covered)
        ]
        named = {shape.name: cell for shape, cell in zip(shapes, cells, strict=True)}
        return Baked(images, self._constants, named, tuple(overlapping))

    def _paint_all(self, target: Any, covered: Any, positions: Any) -> dict[str, bpy.types.Image]:
        """Bake one map after the other and store each as an image, which takes a quarter of the
        memory."""
        roles = tuple(role for role in emission_bake.DEFAULTS if role not in self._constants)
        numbers = tuple(role for role in roles if role != "Base Color")
        images: dict[str, bpy.types.Image] = {}
        for wanted in (
            ("Normal",) if self._normals else (),
            roles[: len(roles) - len(numbers)],
            numbers,
        ):
            if wanted:
                images |= self._painted(target, wanted, covered, positions)
        return images

    def _painted(
        self, target: Any, roles: tuple[str, ...], covered: Any, positions: Any
    ) -> dict[str, bpy.types.Image]:
        seen = self._from_sources(target, roles)
        hit = _hit(seen, roles) & covered
        owner = self._owners(covered, hit, positions)
        return {role: image_of(role, each) for role, each in _finished(roles, seen, owner, hit)}

    def _owners(self, covered: Any, hit: Any, positions: Any) -> Any:
        if not hit.any():
            raise Unreadable(messages.TOO_FAR)
        return dilate.source_texel(covered, hit, positions, max(8, self._side // 64))

    def _source(self, piece: Piece) -> Any:
        mesh: Any = piece.obj.data.copy()
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
        """The position in space of each texel of the target, and which texels are covered."""
        material = bpy.data.materials.new(_POSITION)
        material.use_nodes = True
        tree = material.node_tree
        tree.nodes.clear()
        output = tree.nodes.new("ShaderNodeOutputMaterial")
        glow = tree.nodes.new("ShaderNodeEmission")
        geometry = tree.nodes.new("ShaderNodeNewGeometry")
        more = tree.nodes.new("ShaderNodeVectorMath")
        more.operation = "ADD"
        more.inputs[1].default_value = (
            emission_bake.EMISSION_OFFSET,
            emission_bake.EMISSION_OFFSET,
            emission_bake.EMISSION_OFFSET,
        )
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
            emission_bake.emit(material, roles)
        return self._bake(target, self._sources, type="EMIT")

    def _bake(self, target: Any, sources: Any, **options: Any) -> Any:
        layer = bpy.context.view_layer
        for obj in (*layer.objects, *sources, target):
            obj.select_set(obj == target or obj in sources)
            obj.hide_render = not obj.select_get()
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


def affordable(side: int, free: int) -> int:
    """The texture size, halved until a bake fits into so many bytes of memory."""
    while side > _SMALLEST_SIDE and _START_BYTES + _BYTES_A_TEXEL * side**2 > free:
        side //= 2
    return side


def _power(value: float) -> int:
    """The next power of two."""
    return 1 << math.ceil(math.log2(value))


def _spread(mesh: bpy.types.Mesh) -> _Spread:
    cut, layer = triangles_of(mesh), mesh.uv_layers.active
    uvs = read(layer.data, "uv", np.float32, 2) if layer else np.zeros((1, 2))
    covers = float(unwrap.areas(uvs, cut).sum())
    surface = _surface(points_of(mesh), cut)
    low, high = uvs.min(axis=0).astype(np.float64), uvs.max(axis=0).astype(np.float64)
    return _Spread(low, high, covers, math.sqrt(surface / covers) if covers > 0 else math.inf)


def _surface(points: Any, cut: Triangles) -> float:
    one, two, three = (points[cut.vertices[:, corner]] for corner in range(3))
    return float(np.linalg.norm(np.cross(two - one, three - one), axis=1).sum()) / 2


def _cells(spreads: list[_Spread]) -> list[Cell]:
    if len(spreads) == 1:
        return [WHOLE]
    lows, highs = (np.array([getattr(each, end) for each in spreads]) for end in ("low", "high"))
    return arrange(lows, highs, np.array([each.density for each in spreads]), _GAP)


def _joined(shapes: list[Shape], cells: list[Cell]) -> Any:
    """One visible object of all shapes, with their UVs in their cells."""
    targets = []
    for shape, cell in zip(shapes, cells, strict=True):
        targets.append(_show(shape.mesh, shape.name))
        if cell.is_whole:
            return targets[0]
        _give_only(shape.mesh, cell)
    layer = bpy.context.view_layer
    # Objects linked just now are not in the layer's list yet.
    for obj in (*layer.objects, *targets):
        obj.select_set(obj in targets)
    layer.objects.active = targets[0]
    bpy.ops.object.join()
    return targets[0]


def _give_only(mesh: bpy.types.Mesh, cell: Cell) -> None:
    """Replace a mesh's UV maps by one, moved to its cell, under a name that is the same for all."""
    layers: Any = mesh.uv_layers
    uvs = cell.apply(read(layers.active.data, "uv", np.float32, 2))
    while layers:
        layers.remove(layers[0])
    unwrap.set_active(mesh, _ATLAS, uvs)
    mesh.materials.clear()


def _overlaps(spread: _Spread, cell: Cell, covered: Any) -> bool:
    """Whether UVs cover fewer texels than they would without overlaps."""
    side = covered.shape[0]
    if cell.is_whole:
        return spread.covers > _OVERLAP * covered.mean()
    seen = covered[cell.rows_and_columns(spread.low, spread.high, side)]
    across, up = cell.scale
    edges = sum(seen.shape) / 2  # a texel more or less along the edges is no overlap
    return spread.covers * across * up * side**2 > _OVERLAP * seen.sum() + edges


def _hit(seen: Any, roles: tuple[str, ...]) -> Any:
    """The texels that a bake reached: it sometimes marks one as reached and leaves it black."""
    least = 0.0 if roles == ("Normal",) else emission_bake.EMISSION_OFFSET / 4
    return (seen[..., 3] > 0) & (seen[..., :3].max(axis=-1) > least)


def _finished(roles: tuple[str, ...], seen: Any, owner: Any, hit: Any) -> Iterator[tuple[str, Any]]:
    """The textures as they are stored, bottom row first and without gaps. `seen` is modified."""
    if roles == ("Normal",):
        # Missed texels get a flat normal: one from elsewhere would be wrong here.
        seen[~hit] = _EVEN
        yield "Normal", dilate.filled(seen, owner, _EVEN)
        return
    seen[..., :3] -= emission_bake.EMISSION_OFFSET
    if roles == ("Base Color",):
        for row in seen:  # row by row: all at once would take four times the memory
            row[:, :3] = dilate.encoded(row[:, :3])
    seen[..., 3] = 1.0
    whole = dilate.filled(seen, owner, seen[hit].mean(axis=0))
    if roles == ("Base Color",):
        yield "Base Color", whole
        return
    for channel, role in enumerate(roles):
        picture = np.repeat(whole[..., channel if len(roles) > 1 else 0, None], 4, axis=-1)
        picture[..., 3] = 1.0
        yield role, picture


def _set_up() -> None:
    scene = bpy.context.scene
    if not hasattr(scene, "cycles"):
        bpy.ops.preferences.addon_enable(module="cycles")
    if not hasattr(scene, "cycles"):
        raise Unreadable(messages.NO_CYCLES)
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False
    scene.render.bake.target = "IMAGE_TEXTURES"
    scene.render.bake.use_pass_direct = scene.render.bake.use_pass_indirect = False
    # Leave a core to the artist's Blender.
    scene.render.threads_mode = "FIXED"
    scene.render.threads = max(1, (os.cpu_count() or 2) - 1)


def _show(mesh: bpy.types.Mesh, name: str) -> Any:
    obj = bpy.data.objects.new(name, mesh)
    obj.matrix_world = Matrix()
    bpy.context.scene.collection.objects.link(obj)
    return obj
