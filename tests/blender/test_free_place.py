"""Where a model goes if its place is taken: geometry alone, in units of the scene."""

from __future__ import annotations

import numpy as np
import pytest

from tripo_addon.blender.objects.free_place import ROW_LENGTH, FreePlace, free_place

MODEL = np.array([[-0.5, -0.5, 0.0], [0.5, 0.5, 1.0]])
GAP = 0.1


def box(x: float, y: float, z: float, size: float = 1.0) -> list[list[float]]:
    half = size / 2
    return [[x - half, y - half, z], [x + half, y + half, z + size]]


def place(*boxes: list[list[float]], seen: bool = True) -> FreePlace:
    return free_place(MODEL, np.array(boxes).reshape(-1, 2, 3), lambda _number: seen)


def test_model_stays_in_free_place() -> None:
    assert place() == FreePlace((0.0, 0.0))


def test_model_inside_a_cube_moves_right_on_the_same_floor() -> None:
    found = place(box(0, 0, -1, 2))
    assert (found.offset, found.obstacle) == ((pytest.approx(1.0 + GAP + 0.5), 0.0), 0)


@pytest.mark.parametrize(
    "beside",
    [box(1.0, 0, 0), box(0, -1.0, 0), box(0, 0, -1.0), box(0, 0, 1.0)],
    ids=["right", "front", "below", "above"],
)
def test_touching_objects_do_not_block_the_place(beside) -> None:
    assert place(beside).obstacle is None


@pytest.mark.parametrize(
    ("what", "taken"),
    [
        ("a floor that the model sinks into", [[-9, -9, -1], [9, 9, 0.2]]),
        ("a room", [[-3, -3, 0], [3, 3, 3]]),
        ("a box at no place", [[np.nan] * 3, [np.inf] * 3]),
    ],
)
def test_model_may_stand_inside_its_surroundings(what: str, taken) -> None:
    assert place(taken).obstacle is None, what


def test_long_wall_blocks_the_place() -> None:
    offset = place([[-20, -0.1, 0], [20, 0.1, 3]]).offset
    assert offset == (0.0, pytest.approx(-0.1 - GAP - 0.5))


def test_flat_plane_blocks_the_place() -> None:
    assert place([[-1, 0, 0], [1, 0, 2]]).obstacle == 0


def test_ignored_objects_do_not_block_the_place() -> None:
    assert place(box(0, 0, 0), seen=False) == FreePlace((0.0, 0.0))


def test_copies_fill_rows_left_to_right_without_overlap() -> None:
    boxes: list[np.ndarray] = []
    for _number in range(3 * ROW_LENGTH):
        x, y = place(*[each.tolist() for each in boxes]).offset
        boxes.append(MODEL + np.array((x, y, 0.0)))
    corners = [(round(each[0, 0], 3), round(each[0, 1], 3)) for each in boxes]
    columns = [round(-0.5 + number * (1 + GAP), 3) for number in range(ROW_LENGTH)]
    rows = [round(-0.5 - number * (1 + GAP), 3) for number in range(3)]
    assert corners == [(x, y) for y in rows for x in columns]


def test_ten_thousand_objects_leave_a_place_at_their_edge() -> None:
    crowd = np.array([box(x * 1.05, y * 1.05, 0) for x in range(-50, 50) for y in range(-50, 50)])
    looked_at: list[int] = []
    found = free_place(MODEL, crowd, lambda number: not looked_at.append(number))
    moved = MODEL[:, :2] + found.offset
    overlaps = (crowd[:, 0, :2] < moved[1]) & (crowd[:, 1, :2] > moved[0])
    assert not overlaps.all(axis=1).any()
    assert len(looked_at) == len(set(looked_at))
