"""The artist's blockout objects, and four views of them for a service.

Main thread only. Draws copies in a temporary scene: neither the objects nor the artist's scene
change.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...api.record import record
from ...jobs.model.job import Handle, Stand
from ..objects import selection
from ..objects.object_group import handles_of
from ..objects.parts import Tree
from ..objects.world_bounds import bounds_of
from .kept_files import keep_raster
from .studio import View, around, drawn, rendered

if TYPE_CHECKING:
    from bpy.types import Context, Object, Scene

    from .raster import Raster

PIXELS: Final = 1024
STROKES: Final = frozenset({"GPENCIL", "GREASEPENCIL"})
_EVALUATED: Final = frozenset({"MESH", "CURVE", "SURFACE", "FONT", "META"})
_THIN: Final = 0.01
"""The radius given to a curve without one, which would be invisible, as a share of the blockout's
longest side."""


@record(kw_only=True)
class Blockout:
    """The blockout at the time its views were taken: its name, its box along the world's axes,
    handles of its objects, and the file of each view."""

    name: str
    stand: Stand
    objects: tuple[Handle, ...]
    views: tuple[tuple[str, str], ...] = ()

    def shows(self, view: str, path: str) -> bool:
        """Return whether a file is that view."""
        return bool(path) and dict(self.views).get(view) == path

    def text(self) -> str:
        """Return the blockout as JSON, for a property."""
        return json.dumps(
            {
                "name": self.name,
                "foot": self.stand.foot,
                "sides": self.stand.sides,
                "objects": [[each.name, each.uid, each.number] for each in self.objects],
                "views": self.views,
            }
        )


def blockout_from(text: str) -> Blockout | None:
    """Read a blockout from a property; None if that is empty or was written by another version."""
    if not text:
        return None
    try:
        data = json.loads(text)
        return Blockout(
            name=data["name"],
            stand=Stand(foot=tuple(data["foot"]), sides=tuple(data["sides"])),
            objects=tuple(Handle(*each) for each in data["objects"]),
            views=tuple((view, path) for view, path in data["views"]),
        )
    except (ValueError, LookupError, TypeError):
        return None


def selected_blockout(context: Context) -> tuple[Object, ...]:
    """Return the selected objects and their children, as far as they are visible: surfaces, curves
    and Grease Pencil strokes; the object that gives the name first."""
    group = selection.selected(context)
    taken = group.shaped if group is not None else ()
    tree = Tree.now()
    below = (each for obj in context.selected_objects for each in (obj, *tree.below(obj)))
    strokes = (obj for obj in below if obj.type in STROKES and obj.visible_get())
    return tuple(dict.fromkeys((*taken, *strokes)))


def taken_views(
    objects: tuple[Object, ...], context: Context, *, pixels: int = PIXELS, samples: int = 4
) -> Blockout | None:
    """Take the four views of these objects; None if they have no extent. Without a window
    **blocks** for some seconds, because Cycles renders them. Raises `RuntimeError` if Blender
    cannot draw them, and `OSError`."""
    box = _box(objects, context)
    if box is None or not (box[1] > box[0]).any():
        return None
    low, high = box[0].tolist(), box[1].tolist()
    name = objects[0].name
    views = around(low, high)
    with _scene_of(objects, max(high[axis] - low[axis] for axis in range(3))) as scene:
        seen = list(_seen(scene, views, context, pixels=pixels, samples=samples))
    files = [
        (view.name, str(keep_raster(raster, f"{name} {view.name}")))
        for view, raster in zip(views, seen, strict=True)
    ]
    middle = [(low[axis] + high[axis]) / 2 for axis in range(2)]
    return Blockout(
        name=name,
        stand=Stand(
            foot=(middle[0], middle[1], low[2]),
            sides=(high[0] - low[0], high[1] - low[1], high[2] - low[2]),
        ),
        objects=handles_of(objects),
        views=tuple(files),
    )


def _seen(
    scene: Scene, views: tuple[View, ...], context: Context, *, pixels: int, samples: int
) -> Iterator[Raster]:
    if bpy.app.background:
        return rendered(scene, views, pixels=pixels, samples=samples)
    return drawn(scene, views, context, pixels=pixels)


def _box(objects: Iterable[Object], context: Context) -> Any | None:
    """Return the box (2, 3) around the visible parts of the objects, from their points: the box of
    a rotated object's box would be too large."""
    import numpy as np

    graph = context.evaluated_depsgraph_get()
    boxes: list[Any] = []
    for obj in objects:
        points = _points(obj.evaluated_get(graph)) if obj.type in _EVALUATED else None
        if points is None or not len(points):
            box = bounds_of((obj,))
        else:
            box = np.stack((points.min(axis=0), points.max(axis=0)))
        if box is not None and np.isfinite(box).all():
            boxes.append(box)
    if not boxes:
        return None
    ends = np.stack(boxes)
    return np.stack((ends[:, 0].min(axis=0), ends[:, 1].max(axis=0)))


def _points(evaluated: Object) -> Any:
    """Return the points of an evaluated object in the world, (n, 3)."""
    import numpy as np

    mesh: Any = evaluated.to_mesh()
    if mesh is None:
        return None
    points: Any = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    mesh.vertices.foreach_get("co", points)
    evaluated.to_mesh_clear()
    matrix: Any = np.array(evaluated.matrix_world)
    return points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


@contextmanager
def _scene_of(objects: Iterable[Object], longest: float) -> Iterator[Scene]:
    """Yield a temporary scene that only has copies of these objects."""
    scene = bpy.data.scenes.new("Tripo Blockout")
    made: list[Any] = [scene]
    try:
        for obj in objects:
            copy = obj.copy()
            made.append(copy)
            copy.tripo_addon.variants.clear()
            copy.hide_viewport = copy.hide_render = False
            scene.collection.objects.link(copy)
            if copy.type == "CURVE" and _is_thin(copy.data):
                copy.data = copy.data.copy()
                made.append(copy.data)
                scale = max(map(math.fabs, copy.matrix_world.to_scale()[:]))
                copy.data.bevel_depth = _THIN * longest / (scale or 1.0)
                copy.data.fill_mode = "FULL"
        yield scene
    finally:
        bpy.data.batch_remove(made)


def _is_thin(curve: Any) -> bool:
    """Return whether a curve is a line without a surface."""
    if curve.bevel_depth or curve.extrude or curve.bevel_object is not None:
        return False
    return curve.dimensions == "3D" or curve.fill_mode == "NONE"
