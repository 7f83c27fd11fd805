"""Applies captured objects to themselves, to find out before paying whether a result could be
applied.

For a second Blender; its answer is the only output.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from .importing import datablocks
from .importing.import_model import Model
from .transfer import captured
from .transfer.transfer import transfer
from .unreadable import Unreadable


def work(order: dict[str, Any]) -> dict[str, object]:
    """Rehearse an order: `name`, and `onto` as `transfer.transfer` takes it.

    Returns {"ok": true, "warnings"} or {"ok": false, "failure", "sentence", "detail"}.
    """
    before = datablocks.known()
    try:
        transferred = transfer(
            _as_result(Path(order["onto"]["capture"])), order["onto"], order["name"], before
        )
    except Unreadable as error:
        return error.as_result()
    return {"ok": True, "warnings": transferred.model.warnings}


def _as_result(capture: Path) -> Model:
    """The captured objects as a service might return them: plain and without UVs, so that the
    slowest path is tried. Raises Unreadable."""
    taken = captured.load(capture)
    shapes = captured.shapes(taken)
    bpy.data.batch_remove(list(taken.objects.values()))
    collection = bpy.data.collections.new("Rehearsal")
    root = bpy.data.objects.new("Rehearsal", None)
    collection.objects.link(root)
    for shape in shapes:
        mesh = shape.mesh
        mesh.materials.clear()
        while mesh.uv_layers:
            mesh.uv_layers.remove(mesh.uv_layers[0])
        part = bpy.data.objects.new(shape.name, mesh)
        part.parent = root
        collection.objects.link(part)
    faces = sum(len(shape.mesh.polygons) for shape in shapes)
    return Model(collection, root, len(shapes) + 1, faces, 0, ())
