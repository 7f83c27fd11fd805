"""Measures a model for a comparison; for a second Blender."""

from __future__ import annotations

from typing import Any

import numpy as np


def measure(objects: list[Any]) -> dict[str, Any]:
    """Return "faces", "triangles", "holes" (the number of closed lines of open edges), "texture"
    (the longest side of the largest image, 0 without one) and "size" (x, y, z in scene units)."""
    meshes = [(obj, obj.data) for obj in objects if obj.type == "MESH"]
    corners = [np.array(obj.bound_box) @ _rotation(obj).T + _place(obj) for obj, _mesh in meshes]
    low, high = (
        np.min(np.concatenate(corners), axis=0),
        np.max(np.concatenate(corners), axis=0),
    )
    return {
        "faces": sum(len(mesh.polygons) for _obj, mesh in meshes),
        "triangles": sum(len(mesh.loops) - 2 * len(mesh.polygons) for _obj, mesh in meshes),
        "holes": sum(_holes(mesh) for _obj, mesh in meshes),
        "texture": max((max(side) for side in _textures(meshes)), default=0),
        "size": [round(float(value), 4) for value in high - low],
    }


def _rotation(obj: Any) -> Any:
    return np.array(obj.matrix_world)[:3, :3]


def _place(obj: Any) -> Any:
    return np.array(obj.matrix_world)[:3, 3]


def _textures(meshes: list[tuple[Any, Any]]) -> set[tuple[int, ...]]:
    materials = {slot for _obj, mesh in meshes for slot in mesh.materials if slot is not None}
    nodes = [node for slot in materials if slot.node_tree for node in slot.node_tree.nodes]
    images = {node.image for node in nodes if node.type == "TEX_IMAGE" and node.image}
    return {tuple(image.size) for image in images}


def _holes(mesh: Any) -> int:
    """The number of boundary lines: connected groups of edges that one face alone has. Vertices in
    one place count as one, since textures split them."""
    edges = np.empty(len(mesh.loops), dtype=np.int32)
    mesh.loops.foreach_get("edge_index", edges)
    ends = np.empty(len(mesh.edges) * 2, dtype=np.int32)
    mesh.edges.foreach_get("vertices", ends)
    places = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", places)
    _places, merged = np.unique(places.reshape(-1, 3), axis=0, return_inverse=True)
    pairs = np.sort(merged.reshape(-1)[ends.reshape(-1, 2)], axis=1)
    lines, same = np.unique(pairs, axis=0, return_inverse=True)
    faces = np.bincount(same.reshape(-1)[edges], minlength=len(lines))
    return _groups(lines[(faces == 1) & (lines[:, 0] != lines[:, 1])])


def _groups(edges: Any) -> int:
    """The number of connected groups among these edges."""
    if not len(edges):
        return 0
    vertices, ends = np.unique(edges, return_inverse=True)
    ends = ends.reshape(-1, 2)
    label = np.arange(len(vertices))
    while True:
        lowest = np.minimum(label[ends[:, 0]], label[ends[:, 1]])
        new = label.copy()
        np.minimum.at(new, ends[:, 0], lowest)
        np.minimum.at(new, ends[:, 1], lowest)
        # Follow each label to its own: lines of thousands of edges take a few rounds.
        new = new[new]
        if (new == label).all():
            return len(np.unique(label))
        label = new
