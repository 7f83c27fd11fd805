"""The boxes of waiting models, moved by their handles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import bpy
import pytest
from mathutils import Matrix, Vector

from tests.blender import addon, submitting
from tests.standin.service import StandIn
from tripo_addon.blender.job_list import rows, window_properties
from tripo_addon.blender.session import composition
from tripo_addon.blender.viewport import box_moves, waiting_boxes
from tripo_addon.jobs.model.job import Stand

BOX = Stand(foot=(1.0, 2.0, 0.5), sides=(1.0, 2.0, 4.0), turn=math.pi / 2)
LEVEL = replace(BOX, turn=0.0)


@pytest.fixture
def context() -> Iterator[bpy.types.Context]:
    bpy.ops.wm.read_homefile(use_empty=True)
    with StandIn(seconds=100, keys=(addon.KEY,)) as service, addon.enabled(service) as context:
        yield context


def grown(sides: tuple[float, float, float], side: tuple[int, int, int]) -> Matrix:
    """Return the cage of `LEVEL` or `BOX` after moving a handle at this side (-1, 0 or 1 along each
    axis)."""
    middle = [at * (now - was) / 2 for at, now, was in zip(side, sides, BOX.sides, strict=True)]
    return Matrix.Translation(middle) @ Matrix.Diagonal((*sides, 1.0))


def test_dragged_face_moves_away_from_the_opposite_face() -> None:
    grabbed = grown((1.0, 2.0, 4.1), (0, 0, 1))
    pulled = box_moves.resized(BOX, grabbed, grown((1.0, 2.0, 6.1), (0, 0, 1)))
    assert pulled.sides == pytest.approx((1.0, 2.0, 6.0)), "it jumped when it was grabbed"
    assert pulled.foot == pytest.approx(BOX.foot)
    # After a rotation by a right angle, the box's own X is the world's Y.
    along = box_moves.resized(
        BOX, grown((1.0 + 1e-3, 2.0, 4.0), (-1, 0, 0)), grown((3.0, 2.0, 4.0), (-1, 0, 0))
    )
    assert along.foot == pytest.approx((1.0, 1.0, 0.5), abs=1e-3)


def test_dragged_corner_scales_all_sides_from_the_opposite_corner() -> None:
    grabbed = grown((1.1, 2.1, 4.1), (1, -1, 1))
    pulled = box_moves.resized(LEVEL, grabbed, grown((2.2, 4.2, 8.2), (1, -1, 1)))
    assert pulled.sides == pytest.approx((2.0, 4.0, 8.0))
    assert pulled.foot == pytest.approx((1.5, 1.0, 0.5))
    assert pulled.turn == LEVEL.turn


def test_invalid_sizes_leave_the_box_unchanged() -> None:
    nowhere = Matrix.Scale(math.nan, 4)
    first = grown((1.1, 2.0, 4.0), (1, 0, 0))
    assert box_moves.resized(BOX, nowhere, nowhere) == BOX
    assert box_moves.resized(BOX, first, nowhere) == BOX
    # As Blender sets it when the artist cancels.
    assert box_moves.resized(BOX, first, Matrix.Diagonal((*BOX.sides, 1.0))) == BOX
    least = box_moves.resized(BOX, first, grown((0.0, 2.0, 4.0), (1, 0, 0)))
    assert least.sides[0] > 0.0


@pytest.mark.parametrize("perspective", [True, False])
def test_box_slides_on_its_floor_in_top_view(perspective: bool) -> None:
    camera = Matrix.Translation((0.0, -10.0, 10.0)) @ Matrix.Rotation(math.radians(45), 4, "X")
    across = camera.to_3x3() @ Vector((1.0, 1.0, 0.0))
    moved = box_moves.moved(BOX, across[:], camera.inverted(), perspective=perspective)
    assert moved.foot[2] == pytest.approx(BOX.foot[2])
    assert moved.foot[0] > BOX.foot[0]
    assert moved.foot[1] > BOX.foot[1]
    pulled = Vector(BOX.foot) + across
    seen = [camera.inverted() @ each for each in (Vector(moved.foot), pulled)]
    if perspective:
        seen = [each / -each.z for each in seen]
    assert seen[0].xy[:] == pytest.approx(seen[1].xy[:], abs=1e-4), "it left the mouse"


def test_box_can_be_lifted_in_front_view() -> None:
    camera = Matrix.Translation((0.0, -10.0, 0.0)) @ Matrix.Rotation(math.pi / 2, 4, "X")
    moved = box_moves.moved(BOX, (0.0, 0.0, 2.0), camera.inverted(), perspective=False)
    assert moved.foot == pytest.approx((1.0, 2.0, 2.5))


def test_selecting_a_row_shows_its_box(context) -> None:
    # What was chosen in the list before.
    waiting_boxes.follow_list(0)
    jobs = [submitting.submitted_text(context) for _twice in range(2)]
    waiting_boxes.look()
    window_properties.sync()
    window, boxes = context.window_manager.tripo_addon, waiting_boxes.BOXES
    waiting_boxes.follow_list(0)
    assert boxes.chosen == "", "a row that was not chosen by the artist has brought out a box"
    for number, job_id in enumerate(rows.ROWS.order):
        window.job_number = number
        waiting_boxes.follow_list(7)
        assert (boxes.chosen, boxes.chosen_with) == (job_id, 7)
    boxes.chosen = jobs[0].id
    waiting_boxes.follow_list(8)
    assert (boxes.chosen, boxes.chosen_with) == (jobs[0].id, 7), "the box that was grabbed is lost"
    composition.engine().cancel(jobs[0].id)
    waiting_boxes.look()
    window_properties.sync()
    window.job_number = rows.ROWS.order.index(jobs[0].id)
    waiting_boxes.follow_list(9)
    assert boxes.chosen == "", "a row without a box shows the handles of another's"


def test_moved_box_is_submitted_once_and_shows_its_rows_text(context) -> None:
    job = submitting.submitted_text(context)
    assert waiting_boxes.look()
    assert not waiting_boxes.look(), "nothing has changed"
    (box,) = waiting_boxes.BOXES.shown
    assert box.text.startswith(job.title)
    assert box.stand.sides == (1.0, 1.0, 1.0)
    waiting_boxes.move(job.id, BOX, resized=True)
    waiting_boxes.move(job.id, LEVEL)
    assert waiting_boxes.BOXES.shown[0].stand == LEVEL
    assert submitting.current(job).placement.stand is None
    waiting_boxes.settle()
    moved = submitting.current(job).placement
    assert (moved.stand, moved.fills) == (LEVEL, True)
    waiting_boxes.settle()
    assert submitting.current(job).placement is moved
    waiting_boxes.look()
    assert waiting_boxes.BOXES.shown[0].stand == LEVEL
    composition.engine().cancel(job.id)
    waiting_boxes.look()
    assert waiting_boxes.BOXES.shown == ()
    waiting_boxes.move(job.id, BOX)
    assert not waiting_boxes.BOXES.moved
