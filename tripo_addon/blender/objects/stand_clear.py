"""Finds the place for a model: beside visible objects and expected models, or in the box that the
artist has moved.

Main thread only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Matrix, Vector

from ..messages.jobs import placed_beside
from .expected_stand import bounds_of_stand, expected_stand
from .free_place import free_place
from .waiting_models import waiting_models
from .world_bounds import bounds_at_rest, bounds_of, surroundings

if TYPE_CHECKING:
    from ...jobs.model.job import Placement, Stand
    from .object_group import ObjectGroup

_BESIDE: Final = 1.1
"""The distance of a result beside its object, in widths of the object."""
_FLAT: Final = 0.05
"""A side shorter than this share of the longest says nothing about the model's size."""
_MOST_STRETCH: Final = 1.5
"""The limit for stretching one side of a model more than another to fill a blockout's box. Beyond
it the shape would change, so the model keeps its proportions."""


def reserved(placement: Placement, scene: bpy.types.Scene) -> Placement:
    """The placement of a new model at the nearest free place, with its expected size."""
    if placement.box is not None or placement.stand is not None:
        return placement
    (x, y), beside = _offset(bounds_of_stand(expected_stand(placement)), scene)
    across, along, up = placement.location
    return replace(placement, location=(across + x, along + y, up), beside=beside)


def reserved_row(placement: Placement, scene: bpy.types.Scene, count: int) -> Iterator[Placement]:
    """Yield placements for `count` models of the same size beside the place of this one, which
    stays free."""
    own = expected_stand(placement)
    taken = [own]
    for _number in range(count):
        (x, y), _obstacle = _offset(bounds_of_stand(own), scene, taken=taken)
        across, along, up = placement.location
        beside = replace(placement, location=(across + x, along + y, up), beside="")
        taken.append(expected_stand(beside))
        yield beside


def reserved_beside(placement: Placement, group: ObjectGroup, scene: bpy.types.Scene) -> Placement:
    """The placement of a result beside its object, with about that object's size."""
    bounds = bounds_of(group.shaped)
    if bounds is None:
        return placement
    wide, deep, high = map(float, bounds[1] - bounds[0])
    x, y = map(float, (bounds[0] + bounds[1])[:2] / 2)
    foot = (x + _BESIDE * wide, y, float(bounds[0][2]))
    return reserved(replace(placement, location=foot, expected=(wide, deep, high)), scene)


def stand_clear(
    root: bpy.types.Object,
    objects: Sequence[bpy.types.Object],
    scene: bpy.types.Scene,
    job_id: str = "",
) -> str:
    """Move `root`, which has no parent, to the nearest free place on its floor if something is in
    the way of its `objects`, which the job `job_id` brought. Returns a note about that, or ""."""
    model = bounds_at_rest(objects)
    if model is None or not (model[1] > model[0]).any():
        return ""
    (x, y), beside = _offset(model, scene, own=frozenset(objects), job_id=job_id)
    root.location.x += x
    root.location.y += y
    return placed_beside(beside) if beside else ""


def stand_in_box(
    root: bpy.types.Object,
    objects: Sequence[bpy.types.Object],
    stand: Stand,
    *,
    fills: bool,
    stretches: bool = False,
) -> bool:
    """Move and rotate `root`, which has no parent, so that its `objects` stand in the middle of a
    box; `fills`: also scale them to fill it; `stretches`: side by side, unless that would spoil
    their shape. Returns False if it would have."""
    model = bounds_at_rest(objects)
    if model is None:
        return True
    x, y = map(float, (model[0] + model[1])[:2] / 2)
    to_origin = Matrix.Translation(-Vector((x, y, float(model[0][2])))) @ root.matrix_basis
    factors = _factors(model[1] - model[0], stand) if fills else [1.0] * 3
    stretched = stretches and _may_stretch(factors) and _is_plain(_scale(factors) @ to_origin)
    if not stretched:
        factors = [min(factors)] * 3
    root.matrix_basis = (
        Matrix.Translation(stand.foot)
        @ Matrix.Rotation(stand.turn, 4, "Z")
        @ _scale(factors)
        @ to_origin
    )
    return stretched or not stretches


def _factors(size: Any, stand: Stand) -> list[float]:
    """The scale factors with which each side of a model reaches the box's; a flat side gets the
    least of the others."""
    flat = _FLAT * max(size)
    shares = [
        side / own if own > flat else None
        for side, own in zip(stand.sides, size.tolist(), strict=True)
    ]
    least = min((share for share in shares if share is not None), default=1.0)
    return [least if share is None else share for share in shares]


def _may_stretch(factors: Sequence[float]) -> bool:
    return min(factors) > 0 and max(factors) <= _MOST_STRETCH * min(factors)


def _scale(factors: Sequence[float]) -> Matrix:
    return Matrix.Diagonal((*factors, 1.0))


def _is_plain(matrix: Matrix) -> bool:
    """Whether location, rotation and scale can express it, without shear."""
    rows = zip(Matrix.LocRotScale(*matrix.decompose())[:], matrix[:], strict=True)
    return all((one - other).length <= 1e-5 * max(1.0, other.length) for one, other in rows)


def _offset(
    model: Any,
    scene: bpy.types.Scene,
    *,
    own: Collection[bpy.types.Object] = (),
    job_id: str = "",
    taken: Sequence[Stand] = (),
) -> tuple[tuple[float, float], str]:
    """How far a box (2, 3) has to move in X and Y to be free, and the name of the first object in
    its way; "" if it can stay."""
    import numpy as np

    around = surroundings(_layer(scene))
    others = [
        (job.title, bounds_of_stand(stand))
        for job, home, stand in waiting_models()
        if home == scene and job.id != job_id
    ]
    others += [("", bounds_of_stand(stand)) for stand in taken]
    seen = len(around.objects)
    place = free_place(
        model,
        np.concatenate((around.boxes, np.array([box for _, box in others]).reshape(-1, 2, 3))),
        lambda number: (
            number >= seen or (around.objects[number] not in own and around.is_seen(number))
        ),
    )
    if place.obstacle is None:
        return (0.0, 0.0), ""
    names = [*(obj.name for obj in around.objects), *(name for name, _ in others)]
    return place.offset, names[place.obstacle]


def _layer(scene: bpy.types.Scene) -> bpy.types.ViewLayer:
    """The view layer in which the artist sees the scene, updated: changes by a script are not
    evaluated before."""
    layer = bpy.context.view_layer if bpy.context.scene == scene else scene.view_layers[0]
    if bpy.app.background:
        layer.update()
    return layer
