"""Changes faces: joins, decimates to a limit, makes quads.

Changes only shapes: texture coordinates are made after this step.
"""

from collections.abc import Sequence
from typing import Literal

import bmesh
import bpy
import numpy as np

from .surface import bounds, raw

# Fewer triangles hardly make a recognizable shape.
LEAST = 24


def faces(mesh: bpy.types.Mesh, *, quads: bool) -> int:
    """Count faces as users do: polygons of a quad mesh, triangles of any other."""
    if quads:
        return len(mesh.polygons)
    return sum(polygon.loop_total - 2 for polygon in mesh.polygons)


def join(meshes: Sequence[bpy.types.Mesh]) -> bpy.types.Mesh:
    """Join meshes into one, without their materials and coordinates."""
    shape = bmesh.new()
    for mesh in meshes:
        shape.from_mesh(mesh)
    return finish(shape, "joined")


def weld(mesh: bpy.types.Mesh, *, share: float = 1e-5) -> None:
    """Merge the seams that files, and Blender's text objects, have; `share` is the merge distance
    relative to the model's size."""
    low, high = bounds([mesh])
    shape = bmesh.new()
    shape.from_mesh(mesh)
    bmesh.ops.remove_doubles(shape, verts=shape.verts[:], dist=share * (high - low).length)
    shape.to_mesh(mesh)
    shape.free()


def finish(shape: bmesh.types.BMesh, name: str) -> bpy.types.Mesh:
    """Write an edited shape to a mesh and free the BMesh."""
    mesh = bpy.data.meshes.new(name)
    bmesh.ops.recalc_face_normals(shape, faces=shape.faces[:])
    shape.to_mesh(mesh)
    shape.free()
    return mesh


def within(
    meshes: Sequence[bpy.types.Mesh], *, limit: int | None, quads: bool
) -> tuple[bpy.types.Mesh, ...]:
    """Return the same shapes with at most `limit` faces together, shared by size."""
    wanted = [faces(mesh, quads=False) for mesh in meshes]
    share = _shares(wanted, limit, least=3 * LEAST if quads else LEAST)
    make = _quads if quads else _triangles
    made = tuple(make(mesh, most) for mesh, most in zip(meshes, share, strict=True))
    for before, after in zip(meshes, made, strict=True):
        if not after.materials:
            for material in before.materials:
                after.materials.append(material)
    return made


def _shares(counts: Sequence[int], limit: int | None, *, least: int) -> list[int]:
    """Return how many faces each shape may have. Small ones keep enough to be recognizable."""
    if limit is None:
        return [6 * count for count in counts]
    floors = [min(3 * count, least) for count in counts]
    room, rest = limit - sum(floors), sum(counts)
    if room < 0:
        return [max(1, limit * count // rest) for count in counts]
    return [floor + room * count // rest for floor, count in zip(floors, counts, strict=True)]


def blocks(mesh: bpy.types.Mesh, count: int) -> bpy.types.Mesh:
    """Rebuild the shape from cubes, about `count` of them along its longest side."""
    depth = max(3, min(8, (count - 1).bit_length() - 1))
    return _modified(
        mesh, "REMESH", mode="BLOCKS", octree_depth=depth, use_remove_disconnected=False
    )


def lattice(mesh: bpy.types.Mesh) -> bpy.types.Mesh:
    """Return beams along the edges of a coarse version of the shape."""
    coarse = _triangles(mesh, 800)
    return _modified(coarse, "WIREFRAME", thickness=0.02, use_even_offset=False, use_replace=True)


def islands(mesh: bpy.types.Mesh) -> np.ndarray:
    """Return for each face the number of its connected piece, the largest piece first.

    Corners in the same place count as one, because files split meshes along texture seams.
    """
    points = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", raw(points))
    welded = np.unique(points.reshape(-1, 3).round(5), axis=0, return_inverse=True)[1].ravel()
    edges = np.empty(len(mesh.edges) * 2, dtype=np.int32)
    mesh.edges.foreach_get("vertices", raw(edges))
    ends = welded[edges.reshape(-1, 2)]
    label = np.arange(welded.max() + 1)
    while True:
        low = label[ends].min(axis=1)
        before = label.copy()
        np.minimum.at(label, ends[:, 0], low)
        np.minimum.at(label, ends[:, 1], low)
        label = label[label]
        if np.array_equal(label, before):
            break
    first = np.array([mesh.loops[face.loop_start].vertex_index for face in mesh.polygons])
    found = label[welded[first]]
    names, counts = np.unique(found, return_counts=True)
    rank = np.empty(len(names), dtype=int)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(names))
    return rank[np.searchsorted(names, found)]


def taken(mesh: bpy.types.Mesh, chosen: np.ndarray) -> bpy.types.Mesh:
    """Return a new mesh of only the chosen faces, with coordinates and materials."""
    part = mesh.copy()
    shape = bmesh.new()
    shape.from_mesh(part)
    shape.faces.ensure_lookup_table()
    gone = [shape.faces[number] for number in np.flatnonzero(~chosen)]
    bmesh.ops.delete(shape, geom=gone, context="FACES")
    shape.to_mesh(part)
    shape.free()
    return part


def close(mesh: bpy.types.Mesh) -> None:
    """Fill every hole."""
    shape = bmesh.new()
    shape.from_mesh(mesh)
    bmesh.ops.remove_doubles(shape, verts=shape.verts[:], dist=0.00001)
    for fill in (_fill_loops, _fill_rest):
        rims = [edge for edge in shape.edges if edge.is_boundary]
        if rims:
            fill(shape, rims)
    shape.to_mesh(mesh)
    shape.free()


def _fill_loops(shape: bmesh.types.BMesh, rims: list[bmesh.types.BMEdge]) -> None:
    bmesh.ops.edgeloop_fill(shape, edges=rims)


def _fill_rest(shape: bmesh.types.BMesh, rims: list[bmesh.types.BMEdge]) -> None:
    bmesh.ops.holes_fill(shape, edges=rims, sides=0)


def _triangles(mesh: bpy.types.Mesh, limit: int) -> bpy.types.Mesh:
    if faces(mesh, quads=False) <= limit:
        return mesh
    for attempt in (mesh, _hull(mesh)):
        thin = _thinned(attempt, limit)
        if 0 < faces(thin, quads=False) <= limit:
            return thin
    return _card(mesh, 3 if limit < 2 else 4)


def _quads(mesh: bpy.types.Mesh, limit: int) -> bpy.types.Mesh:
    """Convert to quads. Subdividing a triangle gives three, so a third as many triangles are
    kept."""
    if all(polygon.loop_total == 4 for polygon in mesh.polygons) and len(mesh.polygons) <= limit:
        return mesh
    thin = _triangles(mesh, limit // 3) if limit >= 12 else _card(mesh, 4)
    if thin.polygons[0].loop_total == 4 and len(thin.polygons) == 1:
        return thin
    shape = bmesh.new()
    shape.from_mesh(thin)
    if sum(polygon.loop_total for polygon in thin.polygons) > limit:
        bmesh.ops.triangulate(shape, faces=shape.faces[:])
    half = finish(shape, "half")
    return _modified(half, "SUBSURF", subdivision_type="SIMPLE", levels=1, render_levels=1)


def _thinned(mesh: bpy.types.Mesh, limit: int) -> bpy.types.Mesh:
    thin = mesh
    for _ in range(6):
        count = faces(thin, quads=False)
        if count <= limit:
            break
        thin = _modified(
            thin, "DECIMATE", ratio=0.97 * limit / count, use_collapse_triangulate=True
        )
    return thin


def _modified(
    mesh: bpy.types.Mesh,
    kind: Literal["DECIMATE", "SUBSURF", "REMESH", "WIREFRAME"],
    **settings: object,
) -> bpy.types.Mesh:
    item = bpy.data.objects.new("work", mesh)
    bpy.context.collection.objects.link(item)
    modifier = item.modifiers.new("work", kind)
    for name, value in settings.items():
        setattr(modifier, name, value)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    result = bpy.data.meshes.new_from_object(item.evaluated_get(depsgraph))
    bpy.data.objects.remove(item)
    return result


def _hull(mesh: bpy.types.Mesh) -> bpy.types.Mesh:
    shape = bmesh.new()
    shape.from_mesh(mesh)
    result = bmesh.ops.convex_hull(shape, input=shape.verts[:])
    loose = {each for each in result["geom_interior"] if isinstance(each, bmesh.types.BMVert)}
    bmesh.ops.delete(shape, geom=list(loose), context="VERTS")
    return finish(shape, "hull")


def _card(mesh: bpy.types.Mesh, corners: int) -> bpy.types.Mesh:
    """Return the smallest shape, for a limit of one or two faces: a flat card facing +X."""
    xs = [vertex.co.x for vertex in mesh.vertices]
    x = (min(xs) + max(xs)) / 2
    ys = [vertex.co.y for vertex in mesh.vertices]
    zs = [vertex.co.z for vertex in mesh.vertices]
    outline = [
        (x, min(ys), min(zs)),
        (x, max(ys), min(zs)),
        (x, max(ys), max(zs)),
        (x, min(ys), max(zs)),
    ]
    card = bpy.data.meshes.new("card")
    card.from_pydata(outline[:corners], [], [tuple(range(corners))])
    card.update()
    return card


def mirror(mesh: bpy.types.Mesh, middle: float) -> None:
    """Return the subject's left half with its mirror image as the right; `middle` is the Y
    between."""
    shape = bmesh.new()
    shape.from_mesh(mesh)
    bmesh.ops.translate(shape, verts=shape.verts[:], vec=(0, -middle, 0))
    geometry = [*shape.verts, *shape.edges, *shape.faces]
    bmesh.ops.symmetrize(shape, input=geometry, direction="Y", dist=0.0001)
    bmesh.ops.translate(shape, verts=shape.verts[:], vec=(0, middle, 0))
    shape.to_mesh(mesh)
    shape.free()
