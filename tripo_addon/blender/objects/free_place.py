"""Finds the nearest free place for a box among other boxes, in reading order.

Pure geometry on arrays; reads no scene. A box is an array (2, 3): its minimum and maximum corner in
world space, in scene units.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ...api.record import record

ROW_LENGTH: Final = 6
"""The number of boxes of the model's width in a row."""
_GAP: Final = 0.1
"""Space to the next box, relative to the model's width or depth, whichever is greater."""
_TOUCHING: Final = 1e-3
"""How far two boxes may overlap and still only touch, relative to the model's size."""
_SURROUNDINGS: Final = 4.0
"""A box that is so many times as wide and deep as the model is a floor, a room or a landscape."""


@record
class FreePlace:
    """How far the model has to move in X and Y, and the index of the first box in its way; None if
    it can stay."""

    offset: tuple[float, float]
    obstacle: int | None = None


def free_place(model: Any, boxes: Any, counts: Callable[[int], bool]) -> FreePlace:
    """The first free place for `model`, an array (2, 3), among `boxes`, (n, 2, 3): where it is,
    else to the right along X, and after the end of the row in the next row toward −Y. Z stays.

    `counts` says whether a box matters; it is called once per box, and only for boxes in the way. A
    box much larger than the model surrounds it and is never in the way.
    """
    sides = model[1] - model[0]
    row = _Row(model, gap=_GAP * max(sides[:2]), slack=_TOUCHING * max(sides))
    numbers = _in_reach(model, boxes, row.slack)
    answers: dict[int, bool] = {}
    first, down = None, 0.0
    while True:
        level = row.holds(boxes[numbers], down)
        right, met = row.free(
            boxes, numbers[level], lambda number: _matters(number, answers, counts)
        )
        first = met[0] if met and first is None else first
        if right is not None:
            return FreePlace((right, down), first)
        down = float(boxes[met, 0, 1].min() - row.gap - model[1, 1])


@record
class _Row:
    """The places along X for `model`, beginning with its own."""

    model: Any
    gap: float
    slack: float

    def holds(self, boxes: Any, down: float) -> Any:
        """The boxes that overlap the row that is moved down by `down` along Y."""
        low, high = self.model[:, 1] + down
        return (boxes[:, 0, 1] < high - self.slack) & (boxes[:, 1, 1] > low + self.slack)

    def free(
        self, boxes: Any, numbers: Any, matters: Callable[[int], bool]
    ) -> tuple[float | None, list[int]]:
        """The distance to the first free place on the right, or None if the row is full; and the
        indices of the boxes in the way."""
        low, high = self.model[:, 0]
        last = (ROW_LENGTH - 1) * (high - low + self.gap)
        lows, highs = boxes[numbers, 0, 0], boxes[numbers, 1, 0]
        right, met = 0.0, list[int]()
        while right <= last:
            inside = (lows < high + right - self.slack) & (highs > low + right + self.slack)
            here = [int(number) for number in numbers[inside] if matters(int(number))]
            if not here:
                return right, met
            met += here
            right = float(boxes[here, 1, 0].max() + self.gap - low)
        return None, met


def _in_reach(model: Any, boxes: Any, slack: float) -> Any:
    """The indices of the boxes at the model's height that do not surround it."""
    import numpy as np

    sides = model[1] - model[0]
    level = (boxes[:, 0, 2] < model[1, 2] - slack) & (boxes[:, 1, 2] > model[0, 2] + slack)
    larger = boxes[:, 1, :2] - boxes[:, 0, :2] >= _SURROUNDINGS * sides[:2]
    usable = np.isfinite(boxes).all(axis=(1, 2))
    return np.nonzero(level & usable & ~larger.all(axis=1))[0]


def _matters(number: int, answers: dict[int, bool], counts: Callable[[int], bool]) -> bool:
    if number not in answers:
        answers[number] = counts(number)
    return answers[number]
