"""The jobs of the list, and what happens to them: waiting, resuming, events.

Main thread only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

import bpy

from ...api.catalog.task_kinds import Makes
from ...jobs.model.description import describe
from .. import settings
from ..messages import scripting as messages
from ..session import composition, timer
from ..session.job_events import EVENTS
from .job import Job
from .refused import JobFailed, NotReady, Refused

if TYPE_CHECKING:
    from ...jobs.engine.engine import JobEngine
    from ...jobs.model import job as model
    from ...jobs.model.events import Event

_LOOK_SECONDS: Final = 0.5
Place = Callable[["model.Job"], "Event | None"]


def started() -> JobEngine:
    """Return the engine, built if it does not exist yet. Raises `NotReady` if it cannot be."""
    try:
        return composition.engine()
    except RuntimeError as error:
        raise NotReady(str(error)) from None


def jobs() -> tuple[Job, ...]:
    """Return the jobs of the list, newest first."""
    return tuple(Job(each.id) for each in started().jobs())


def find_job(text: str) -> Job:
    """Return the newest job of this name, or the one with this id or beginning of an id. Raises
    `Refused` if there is none, or if several ids begin so."""
    listed = started().jobs()
    named = [each for each in listed if each.title == text and each.kind.makes is not Makes.FACTS]
    found = named[:1] or [each for each in listed if text and each.id.startswith(text)]
    if len(found) != 1:
        several = messages.several_jobs(text, len(found))
        raise Refused(several if found else messages.no_such_job(text))
    return Job(found[0].id)


def on_change(callback: Callable[[Job], None]) -> Callable[[], None]:
    """Call `callback` with each job that is new or changes its state, on the main thread, until the
    returned function is called. In background mode this happens during `wait`."""
    engine = started()
    return EVENTS.listen(lambda job_id: callback(Job(job_id)), engine.jobs())


def wait(*awaited: Job, progress: Callable[[Sequence[Job]], None] | None = None) -> tuple[Job, ...]:
    """**Block** until these jobs are finished, and place their models; background mode only.

    `progress` is called with the jobs about once a second. An exception from it ends the waiting:
    the jobs stay in the list, and `resume` continues them. After all jobs have ended, raises
    `JobFailed` for the first one that is not done.
    """
    if not bpy.app.background:
        raise RuntimeError(messages.WAITS_IN_WINDOW)
    follow(awaited, progress=progress)
    for job in awaited:
        if not job.succeeded:
            record = job.record
            sentence = describe(record)
            raise JobFailed(messages.failed(record.title, sentence.headline, sentence.detail), job)
    return tuple(awaited)


def resume() -> tuple[Job, ...]:
    """Continue what an earlier session left unfinished, free: nothing new is sent. Returns the
    unfinished jobs; in background mode they continue during `wait`."""
    engine = started()
    engine.refresh()
    timer.arm()
    return tuple(Job(each.id) for each in engine.jobs() if not each.state.final)


def follow(
    awaited: Iterable[Job],
    *,
    progress: Callable[[Sequence[Job]], None] | None = None,
    place: Place | None = None,
) -> None:
    """**Block** until none of these jobs can continue here. `place` imports a READY model, by
    default as the panel does."""
    from ..arrival import landing  # Only needed with a model

    engine, followed = started(), tuple(awaited)

    def turned() -> None:
        EVENTS.look(engine.jobs())
        if progress is not None:
            progress(followed)

    while True:
        engine.run_until_idle(
            place or landing.place,
            online=settings.online,
            until=[job.id for job in followed],
            turned=turned,
        )
        turned()
        if not await_others(followed, progress=progress):
            return


def await_others(
    awaited: Sequence[Job], *, progress: Callable[[Sequence[Job]], None] | None = None
) -> bool:
    """**Block** while another Blender works on one of these jobs; if it crashed, until its leases
    run out. Returns whether one of them was held."""
    engine, waited = started(), False
    while any(job.record.elsewhere for job in awaited):
        waited = True
        engine.refresh()
        engine.tick(online=settings.online())
        if progress is not None:
            progress(awaited)
        time.sleep(_LOOK_SECONDS)
    return waited
