"""The boxes of the models that are still to come: which ones there are, and where the artist puts
them.

What is drawn is read from here. Moving a box changes no scene and is no undo step; the engine is
told with the next turn of the loop, which writes it down. Main thread only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ...api.record import record
from ...jobs.model.description import describe
from ..messages.jobs import title
from ..objects.waiting_models import waiting_models
from ..session import composition, timer

if TYPE_CHECKING:
    from ...jobs.model.job import Stand


@record
class WaitingBox:
    """A box as it is drawn: `fraction` of it is full, and `text` stands above it. `scene` is the
    session_uid of its scene."""

    job_id: str
    scene: int
    stand: Stand
    fraction: float
    text: str


@dataclass(slots=True)
class WaitingBoxes:
    """`version` is raised with every change of `shown`; `chosen` is the job whose box was grabbed
    last, while the object with the session_uid `chosen_with` was active; and `moved` are the boxes
    that the engine does not know of yet, with whether their size was changed."""

    shown: tuple[WaitingBox, ...] = ()
    version: int = 0
    chosen: str = ""
    chosen_with: int = 0
    moved: dict[str, tuple[Stand, bool]] = field(default_factory=dict[str, "tuple[Stand, bool]"])

    def of(self, job_id: str) -> WaitingBox | None:
        """The box of a job."""
        return next((box for box in self.shown if box.job_id == job_id), None)

    def show(self, boxes: tuple[WaitingBox, ...]) -> bool:
        """Take these for the boxes that there are. Returns whether that changes anything."""
        if boxes == self.shown:
            return False
        self.shown = boxes
        self.version += 1
        return True


BOXES: Final = WaitingBoxes()


def look() -> bool:
    """Compare the boxes with the jobs. Returns whether any has come, gone, moved or filled."""
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
    """Put a box elsewhere, for the eye at once. Does nothing for a job that has none any more."""
    if BOXES.of(job_id) is None:
        return
    _before, was_resized = BOXES.moved.get(job_id, (stand, False))
    BOXES.moved[job_id] = (stand, resized or was_resized)
    BOXES.show(
        tuple(replace(box, stand=stand) if box.job_id == job_id else box for box in BOXES.shown)
    )
    timer.arm()


def settle() -> None:
    """Have the engine write down where the artist has put boxes."""
    moved, BOXES.moved = BOXES.moved, {}
    engine = composition.WIRING.engine
    for job_id, (stand, resized) in moved.items() if engine is not None else ():
        engine.move(job_id, stand, fills=resized)


def forget() -> None:
    """Keep no box; what was moved is settled first."""
    settle()
    BOXES.show(())
    BOXES.chosen = ""
