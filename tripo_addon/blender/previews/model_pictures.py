"""Pictures of imported models, requested while drawing: one for the row in the job list, and for a
comparison the model as it turns, with what was measured of it.

Main thread only; drawing reads nothing from disk. A worker has a second Blender draw a model once
its job is done, one at a time and at low priority, so that no import waits for it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from ...api.record import record
from ...jobs.model.states import State
from ..session import composition, redraw, timer
from . import kept_pictures, thumbnails

if TYPE_CHECKING:
    from ...jobs.engine.workers import Pending
    from ...jobs.model.job import Job

Made = TypeVar("Made")
_Stop = Callable[[], bool]
_log = logging.getLogger(__name__)
MOST: Final = 256
"""Maximum number of models whose picture paths are kept in memory."""
FRAMES: Final = 8
"""Images of a model that turns once around."""
_PICTURE: Final = "model.png"
_FACTS: Final = "facts.json"
_IMAGES: Final = "turned.pixels"
_SECONDS: Final = 120.0
_LEAST_FREE: Final = 3 * 1024**3
"""With less free memory no model is drawn: the artist's work comes first."""
_SOON: Final = 0.1


@record
class Turned:
    """A model from all sides, as a file with the pixels of eight images, and what was measured of
    it."""

    images: Path
    facts: Mapping[str, Any]


class ModelPictures(Generic[Made]):
    """What is drawn of models, by job."""

    def __init__(self, draw: Callable[[Job, kept_pictures.PictureMaker, _Stop], Made]) -> None:
        """Create it empty. `draw` makes what is kept of a model, or finds it on disk."""
        self._draw = draw
        # None stands for a model that cannot be drawn.
        self._known: dict[str, Made | None] = {}
        self._wanted: dict[str, Job] = {}
        self._making: tuple[str, Pending[tuple[Made | None]]] | None = None
        # Raised to stop the picture that is being drawn.
        self._round = 0

    def of(self, job: Job) -> Made | None:
        """Return what is drawn of the job's model, None while there is nothing. For draw(): reads
        nothing from disk, but requests it."""
        if job.id in self._known:
            return self._known[job.id]
        if _has_come(job) and job.id not in self._wanted:
            self._wanted[job.id] = job
            timer.arm()
        return None

    def tick(self) -> float | None:
        """Collect a picture and start the next one. Returns seconds until the next call, or None if
        none is needed."""
        if self._making is not None:
            job_id, pending = self._making
            made = pending.value()
            if made is None:
                return _SOON
            self._making = None
            self._note(job_id, made[0])
            redraw.panels()
        if not self._wanted:
            return None
        job_id, job = next(iter(self._wanted.items()))
        maker = thumbnails.picture_maker()
        if maker is None:
            self._note(job_id, None)
            return _SOON
        own = self._round
        work = partial(_made, self._draw, job, maker, lambda: self._round != own)
        self._making = (job_id, composition.workers().ask("turn", work))
        return _SOON

    def clear(self) -> None:
        """Forget all pictures, and end the Blender that draws one."""
        self._round += 1
        self._known.clear()
        self._wanted.clear()
        self._making = None

    def fails(self, job: Job) -> bool:
        """Whether the job's model cannot be drawn."""
        return job.id in self._known and self._known[job.id] is None

    def _note(self, job_id: str, made: Made | None) -> None:
        self._wanted.pop(job_id, None)
        self._known[job_id] = made
        for old in list(self._known)[: max(0, len(self._known) - MOST)]:
            del self._known[old]


def _has_come(job: Job) -> bool:
    """Return whether the model is on disk and no longer waiting to be imported. A draft waits as
    READY to be chosen, so its picture is needed then."""
    over = job.state is State.DONE or (job.state is State.READY and job.draft is not None)
    return over and job.model is not None


def _made(
    draw: Callable[[Job, kept_pictures.PictureMaker, _Stop], Made],
    job: Job,
    maker: kept_pictures.PictureMaker,
    stop: _Stop,
) -> tuple[Made | None]:
    """Return what is drawn of the job's model. Blocks: for workers. Never raises."""
    try:
        return (draw(job, maker, stop),)
    except Exception as error:  # noqa: BLE001 - a model that cannot be drawn is no error here
        _log.info("A model could not be drawn: %s", type(error).__name__)
        return (None,)


def _one_picture(job: Job, maker: kept_pictures.PictureMaker, stop: _Stop) -> Path | None:
    picture = maker.folder_of(job.id) / _PICTURE
    if not picture.is_file() and _may_draw(job):
        _run(job, maker, {"picture": str(picture)}, stop)
    return picture if picture.is_file() else None


def turned(job: Job, maker: kept_pictures.PictureMaker, stop: _Stop) -> Turned | None:
    """Return the model from all sides, drawn if that is not on disk; None if it cannot be. Blocks:
    for workers."""
    folder = maker.folder_of(f"{job.id} turned")
    facts, images = folder / _FACTS, folder / _IMAGES
    if not images.is_file() and _may_draw(job):
        order = {"turned": str(images), "frames": FRAMES, "facts": str(facts)}
        _run(job, maker, order, stop)
    if not images.is_file():
        return None
    return Turned(images, json.loads(facts.read_text(encoding="utf-8")))


def _may_draw(job: Job) -> bool:
    from ...jobs.work.memory import available

    free = available()
    return job.files_on_disk and (free is None or free >= _LEAST_FREE)


def _run(
    job: Job, maker: kept_pictures.PictureMaker, what: Mapping[str, object], stop: _Stop
) -> None:
    from ...jobs.work.conversion import files_of, run_order
    from ...jobs.work.converter import Converter

    maker.make_room()
    folder = Path(str(what.get("picture") or what["facts"])).parent
    folder.mkdir(parents=True, exist_ok=True)
    converter = Converter(maker.command, maker.environment, timeout=_SECONDS)
    with files_of(job, folder, stop=stop) as ((source, form), *_clips):
        order = {
            "do": "draw model",
            "source": str(source),
            "format": form.value,
            "name": job.title,
            "turn": job.placement.turn,
            "side": kept_pictures.SIDE,
            **what,
        }
        run_order(order, converter, folder, stop)


MODEL_PICTURES: Final = ModelPictures(_one_picture)
TURNED: Final = ModelPictures(turned)
ALL: Final[tuple[ModelPictures[Any], ...]] = (MODEL_PICTURES, TURNED)


def unregister() -> None:
    """Forget all pictures, and end the Blender that draws one."""
    for each in ALL:
        each.clear()
