"""Pictures of imported models for their rows in the job list, requested while drawing.

Main thread only; drawing reads nothing from disk. A worker has a second Blender draw a model once
its job is done, one at a time and at low priority, so that no import waits for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...jobs.model.states import State
from ..session import composition, redraw, timer
from . import kept_pictures, thumbnails

if TYPE_CHECKING:
    from ...jobs.engine.workers import Pending
    from ...jobs.model.job import Job

_log = logging.getLogger(__name__)
MOST: Final = 256
"""Maximum number of models whose picture paths are kept in memory."""
_PICTURE: Final = "model.png"
_SECONDS: Final = 120.0
_LEAST_FREE: Final = 3 * 1024**3
"""With less free memory no model is drawn: the artist's work comes first."""
_SOON: Final = 0.1


class ModelPictures:
    """The pictures of models, by job."""

    def __init__(self) -> None:
        """Create it empty."""
        # None is the path of a model that cannot be drawn.
        self._paths: dict[str, Path | None] = {}
        self._wanted: dict[str, Job] = {}
        self._making: tuple[str, Pending[tuple[Path | None]]] | None = None
        # Raised to stop the picture that is being drawn.
        self._round = 0

    def path(self, job: Job) -> Path | None:
        """Return the picture of the job's model, None while there is none. For draw(): reads
        nothing from disk, but requests the picture."""
        if job.id in self._paths:
            return self._paths[job.id]
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
        work = partial(_drawn, job, maker, lambda: self._round != own)
        self._making = (job_id, composition.workers().ask("turn", work))
        return _SOON

    def clear(self) -> None:
        """Forget all pictures, and end the Blender that draws one."""
        self._round += 1
        self._paths.clear()
        self._wanted.clear()
        self._making = None

    def _note(self, job_id: str, path: Path | None) -> None:
        self._wanted.pop(job_id, None)
        self._paths[job_id] = path
        for old in list(self._paths)[: max(0, len(self._paths) - MOST)]:
            del self._paths[old]


def _has_come(job: Job) -> bool:
    """Return whether the model is on disk and no longer waiting to be imported. A draft waits as
    READY to be chosen, so its picture is needed then."""
    over = job.state is State.DONE or (job.state is State.READY and job.draft is not None)
    return over and job.model is not None


def _drawn(
    job: Job, maker: kept_pictures.PictureMaker, stop: Callable[[], bool]
) -> tuple[Path | None]:
    """Return the picture of the job's model, and draw it if it does not exist. Blocks: for workers.
    Never raises."""
    folder = maker.folder_of(job.id)
    try:
        if not (folder / _PICTURE).is_file() and _may_draw(job):
            maker.make_room()
            folder.mkdir(parents=True, exist_ok=True)
            _draw(job, maker, folder, stop)
        return (folder / _PICTURE if (folder / _PICTURE).is_file() else None,)
    except Exception as error:  # noqa: BLE001 - a model that cannot be drawn is no error here
        _log.info("A model could not be drawn: %s", type(error).__name__)
        return (None,)


def _may_draw(job: Job) -> bool:
    from ...jobs.work.memory import available

    free = available()
    return job.files_on_disk and (free is None or free >= _LEAST_FREE)


def _draw(
    job: Job, maker: kept_pictures.PictureMaker, folder: Path, stop: Callable[[], bool]
) -> None:
    from ...jobs.work.conversion import files_of, run_order
    from ...jobs.work.converter import Converter

    converter = Converter(maker.command, maker.environment, timeout=_SECONDS)
    with files_of(job, folder, stop=stop) as ((source, form), *_clips):
        order = {
            "do": "draw model",
            "source": str(source),
            "format": form.value,
            "name": job.title,
            "turn": job.placement.turn,
            "picture": str(folder / _PICTURE),
            "side": kept_pictures.SIDE,
        }
        run_order(order, converter, folder, stop)


MODEL_PICTURES: Final = ModelPictures()


def unregister() -> None:
    """Forget all pictures, and end the Blender that draws one."""
    MODEL_PICTURES.clear()
