"""Builds shapes: standing letters, a picture in relief, a box with four views, a given mesh.

Everything is built facing +X with Z up, as Tripo v3 does by default. Then the subject's left is +Y,
which is on the right for a viewer of its front.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bmesh
import bpy
import numpy as np
from mathutils import Matrix, Vector

from ..orders import dice
from . import intake, surface, topology

# Columns: the X, Y and Z axes of flat lettering after it stands up facing +X.
UPRIGHT = Matrix(((0, 0, 1, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 0, 1)))


@dataclass(frozen=True)
class Form:
    """Raw meshes, and the function that gives them texture coordinates once their faces are final.

    `given` meshes keep their faces, size, place and, if they are parts, their `names`; those not
    `chosen` keep their texture as well.
    """

    meshes: tuple[bpy.types.Mesh, ...]
    wrap: Callable[[tuple[bpy.types.Mesh, ...]], None]
    given: bool = False
    names: tuple[str, ...] = ()
    chosen: tuple[bpy.types.Mesh, ...] = ()


def letters(order: dict) -> Form:
    """Build the prompt in solid letters, line by line, on a plinth."""
    chance = dice(order["geometry_seed"])
    depth, slant = chance.uniform(0.1, 0.25), chance.uniform(0.0, 0.25)
    rows = [
        _row(text, -1.05 * number, depth=depth, slant=slant, fine=order["fine"])
        for number, text in enumerate(order["lines"])
        if text.strip()
    ]
    low, high = surface.bounds(rows)
    foot = _plinth(chance, low, high)
    meshes = (*rows, foot)
    return Form(meshes, surface.box_wrap(*surface.bounds(meshes)))


def relief(order: dict) -> Form:
    """Build a picture as a standing plate whose front rises where the picture is bright."""
    chance = dice(order["geometry_seed"])
    heights = np.load(order["heights"])
    width, depth = float(order["aspects"][0]), chance.uniform(0.12, 0.22)
    plate = _plate(heights, width, rise=depth, thick=0.08)
    low, high = surface.bounds([plate])
    foot = _plinth(chance, low, high)
    return Form((plate, foot), surface.picture_wrap(low, high, strip=order["strip"]))


def box(order: dict) -> Form:
    """Build a rounded box on a plinth, with four pictures on its four sides."""
    chance = dice(order["geometry_seed"])
    width, depth = (min(max(float(aspect), 0.4), 2.5) for aspect in order["aspects"])
    body = _cuboid(
        Vector((-depth / 2, -width / 2, 0)),
        Vector((depth / 2, width / 2, 1)),
        soft=chance.uniform(0.02, 0.05),
        cuts=24 if order["fine"] else 10,
    )
    low, high = surface.bounds([body])
    foot = _plinth(chance, low, high)
    return Form((body, foot), surface.quadrant_wrap(low, high, strip=order["strip"]))


def given(order: dict) -> Form:
    """Use the meshes of a file, with transforms applied and their own faces."""
    named = intake.loose_meshes(Path(order["source"]))
    meshes = tuple(named.values())
    chosen = tuple(intake.chosen(named, order["delivery"]["parts"]).values())
    low, high = surface.bounds(meshes)
    views = surface.quadrant_wrap(low, high, strip=order["strip"])
    wrap = views if order["views"] == 4 else surface.box_wrap(low, high)
    return Form(meshes, wrap, given=True, names=tuple(named), chosen=chosen)


def stylized(order: dict) -> Form:
    """Build a given model from blocks, or for Voronoi as a lattice of a few beams."""
    meshes = tuple(intake.loose_meshes(Path(order["source"])).values())
    whole = topology.join(meshes)
    block = order["delivery"]["block"]
    made = topology.blocks(whole, block) if block else topology.lattice(whole)
    return Form((made,), surface.box_wrap(*surface.bounds([made])), given=True)


MAKERS: dict[str, Callable[[dict], Form]] = {
    "letters": letters,
    "relief": relief,
    "box": box,
    "retexture": given,
    "stylize": stylized,
}


def _row(text: str, offset: float, *, depth: float, slant: float, fine: bool) -> bpy.types.Mesh:
    curve = bpy.data.curves.new("row", "FONT")
    curve.body, curve.align_x, curve.shear = text, "CENTER", slant
    curve.extrude, curve.bevel_depth = depth, 0.012
    curve.resolution_u = 10 if fine else 3
    item = bpy.data.objects.new("row", curve)
    bpy.context.collection.objects.link(item)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    mesh = bpy.data.meshes.new_from_object(item.evaluated_get(depsgraph))
    bpy.data.objects.remove(item)
    mesh.transform(UPRIGHT @ Matrix.Translation((0, offset, 0)))
    topology.weld(mesh, share=5e-5)
    return mesh


def _plinth(chance: np.random.Generator, low: Vector, high: Vector) -> bpy.types.Mesh:
    height = (high.z - low.z) * chance.uniform(0.08, 0.16)
    margin = (high.y - low.y) * chance.uniform(0.03, 0.08)
    reach = max(high.x - low.x, 0.2 * (high.y - low.y)) * chance.uniform(0.6, 0.8)
    middle = (low.x + high.x) / 2
    return _cuboid(
        Vector((middle - reach, low.y - margin, low.z - height)),
        Vector((middle + reach, high.y + margin, low.z - 0.0001)),
        soft=height * chance.uniform(0.1, 0.3),
        cuts=0,
    )


def _cuboid(low: Vector, high: Vector, *, soft: float, cuts: int) -> bpy.types.Mesh:
    shape = bmesh.new()
    bmesh.ops.create_cube(shape, size=1)
    size, middle = high - low, (high + low) / 2
    for vertex in shape.verts:
        x, y, z = vertex.co.x * size.x, vertex.co.y * size.y, vertex.co.z * size.z
        vertex.co = Vector((x, y, z)) + middle
    bmesh.ops.bevel(
        shape, geom=shape.edges[:], offset=soft, segments=3, profile=0.5, affect="EDGES"
    )
    if cuts:
        long = [edge for edge in shape.edges if edge.calc_length() > 4 * soft]
        bmesh.ops.subdivide_edges(shape, edges=long, cuts=cuts, use_grid_fill=True)
    return topology.finish(shape, "cuboid")


def _plate(heights: np.ndarray, width: float, *, rise: float, thick: float) -> bpy.types.Mesh:
    """Build a closed grid: the front displaced by `heights` (row 0 is the top), the back flat."""
    rows, columns = heights.shape
    y, z = np.meshgrid(np.linspace(-width / 2, width / 2, columns), np.linspace(1, 0, rows))
    front = np.stack([heights * rise, y, z], axis=-1).reshape(-1, 3)
    back = np.stack([np.full_like(y, -thick), y, z], axis=-1).reshape(-1, 3)
    index = np.arange(rows * columns).reshape(rows, columns)
    cells = np.stack([index[1:, :-1], index[1:, 1:], index[:-1, 1:], index[:-1, :-1]], axis=-1)
    cells = cells.reshape(-1, 4)
    rim = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    ahead, behind = rim, rim + rows * columns
    walls = np.stack([ahead, np.roll(ahead, -1), np.roll(behind, -1), behind], axis=-1)
    mesh = bpy.data.meshes.new("plate")
    faces = np.concatenate([cells, cells[:, ::-1] + rows * columns, walls])
    mesh.from_pydata(np.concatenate([front, back]).tolist(), [], faces.tolist())
    mesh.update()
    return mesh
