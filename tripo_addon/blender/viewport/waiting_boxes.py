"""The boxes of expected models, and where the user moves them.

Drawing and gizmos read from here. Moving a box changes no scene and is not an undo step; the next
turn of the loop passes it to the engine, which saves it. Main thread only.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from ...api.record import mutable_record, record
from ...jobs.model.description import describe
from ..job_list import rows
from ..messages.jobs import title
from ..objects.waiting_models import waiting_models
from ..session import composition, timer

if TYPE_CHECKING:
    from ...jobs.model.job import Stand


@record
class WaitingBox:
    """A box as drawn: `fraction` is its progress, `text` its label, `scene` the session_uid of its
    scene."""

    job_id: str
    scene: int
    stand: Stand
    fraction: float
    text: str


@mutable_record
class WaitingBoxes:
    """The state of the boxes. `version` increases with every change of `shown`. `chosen` is the job
    whose box was grabbed, or whose row was chosen, last; `chosen_with` is the session_uid of the
    object that was active then; `choices` counts the chosen rows that were followed. `moved` holds
    moves not yet passed to the engine, with whether the size was changed."""

    shown: tuple[WaitingBox, ...] = ()
    version: int = 0
    chosen: str = ""
    chosen_with: int = 0
    choices: int = 0
    moved: dict[str, tuple[Stand, bool]] = field(default_factory=dict[str, "tuple[Stand, bool]"])
    _by_job: dict[str, WaitingBox] = field(default_factory=dict[str, WaitingBox])

    def of(self, job_id: str) -> WaitingBox | None:
        """Return the box of a job, or None."""
        return self._by_job.get(job_id)

    def show(self, boxes: tuple[WaitingBox, ...]) -> bool:
        """Set the boxes. Returns whether they changed."""
        if boxes == self.shown:
            return False
        self.shown = boxes
        self._by_job = {box.job_id: box for box in boxes}
        self.version += 1
        return True


BOXES: Final = WaitingBoxes()


def look() -> bool:
    """Update the boxes from the jobs. Returns whether any changed."""
    found = (
        WaitingBox(
            job.id,
            scene.session_uid,
            stand,
            round(describe(job).fraction or 0.0, 2),
            title(job.title, describe(job).headline),
        )
        for job, scene, stand in waiting_models()
    )
    return BOXES.show(tuple(found))


def move(job_id: str, stand: Stand, *, resized: bool = False) -> None:
    """Move a box; it is drawn there at once. Does nothing if the job no longer has one."""
    if BOXES.of(job_id) is None:
        return
    _before, was_resized = BOXES.moved.get(job_id, (stand, False))
    BOXES.moved[job_id] = (stand, resized or was_resized)
    BOXES.show(
        tuple(replace(box, stand=stand) if box.job_id == job_id else box for box in BOXES.shown)
    )
    timer.arm()


def follow_list(active: int) -> None:
    """Choose the box of the row that the artist has chosen in the job list since the last call;
    none if the row has no box. `active` is the session_uid of the active object, 0 for none."""
    if BOXES.choices == rows.ROWS.choices:
        return
    BOXES.choices = rows.ROWS.choices
    steps = rows.ROWS.steps_of(rows.ROWS.chosen)
    BOXES.chosen = next((step.id for step in steps if BOXES.of(step.id) is not None), "")
    BOXES.chosen_with = active


def settle() -> None:
    """Pass moved boxes to the engine, which saves them."""
    moved, BOXES.moved = BOXES.moved, {}
    engine = composition.WIRING.engine
    for job_id, (stand, resized) in moved.items() if engine is not None else ():
        engine.move(job_id, stand, fills=resized)


def forget() -> None:
    """Remove all boxes, after passing moves to the engine."""
    settle()
    BOXES.show(())
    BOXES.chosen = ""
