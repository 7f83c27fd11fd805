"""Drives the engine: one turn per call of Blender's timer, or to the end in background mode.

A call imports at most one piece of one model; network, downloads and conversion run in workers. The
timer stops when nothing is left to do; new work arms it again.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import bpy

from . import settings
from .job_list import window_properties
from .logs import logger
from .objects import resolved_target
from .previews import image_palettes, model_pictures, thumbnails, turntables
from .session import composition, job_events, notifications, redraw, set_up, timer
from .viewport import box_drawing, waiting_boxes

if TYPE_CHECKING:
    from ..jobs.model.job import Job
    from ..jobs.model.recipes import Step

_log = logger(__name__)

_FIRST_LOOK_SECONDS: Final = 1.0
_SOON: Final = 0.1
_NEXT_PIECE_SECONDS: Final = 0.001
"""Between two pieces of a model. Blender handles events and draws in between, however short it
is."""
_BLOCKED_SECONDS: Final = 0.5
_AFTER_TROUBLE_SECONDS: Final = 1.0
_AFTER_FAULT_SECONDS: Final = 30.0
_LOOK_AROUND_SECONDS: Final = 10.0
_BRINGS_MODELS: Final = (
    "arrival.importer",
    "arrival.landing",
    "arrival.mesh_builder",
    "arrival.object_builder",
    "child.importing.hierarchy",
    "messages.arrival",
    "messages.objects",
    "objects.ancestry",
    "objects.capture",
    "objects.stand_clear",
    "objects.targets",
    "viewport.highlight",
)


def pump() -> float | None:
    """One turn of the loop. Returns seconds until the next, or None to retire (bpy.app.timers)."""
    try:
        return _turn()
    except Exception:  # noqa: BLE001 - Blender would remove the timer, and all jobs would stop
        _log.exception("The job loop stumbled")
        return _AFTER_TROUBLE_SECONDS


def submit(steps: Sequence[Step], *, key: str = "") -> list[Job]:
    """Submit the steps to the engine and return their jobs. In background mode **blocks** until the
    last one is final, or none of them can go on. `key` as in `JobEngine.submit`."""
    jobs = start(steps, key=key)
    go_on(jobs[-1])
    return [composition.engine().job(job.id) or job for job in jobs]


def start(steps: Sequence[Step], *, key: str = "") -> tuple[Job, ...]:
    """Submit the steps to the engine and arm the timer; in background mode nothing goes on before
    `follow`. `key` as in `JobEngine.submit`."""
    jobs = composition.engine().submit(composition.WIRING.account, steps, key=key)
    set_up.close()
    timer.arm()
    return jobs


def submit_drafts(steps: Sequence[Step]) -> list[Job]:
    """Submit the drafts of a model to the engine and return their jobs. In background mode
    **blocks** until each is final or cannot go on."""
    jobs = composition.engine().submit_drafts(composition.WIRING.account, steps)
    set_up.close()
    return [go_on(job) for job in jobs]


def go_on(job: Job) -> Job:
    """Arm the timer for a job; in background mode, where timers never fire, **blocks** until it is
    done."""
    if not bpy.app.background:
        timer.arm()
        return job
    from .arrival import landing  # needed with a model only

    composition.engine().run_until_idle(landing.place, online=settings.online, until=(job.id,))
    return composition.engine().job(job.id) or job


def _turn() -> float | None:
    pictures = [
        each.tick()
        for each in (
            thumbnails.THUMBNAILS,
            turntables.TURNTABLES,
            image_palettes.PALETTES,
            *model_pictures.ALL,
        )
    ]
    turns = (_jobs_turn(), *pictures)
    waits = [seconds for seconds in turns if seconds is not None]
    return min(waits) if waits else None


def _jobs_turn() -> float | None:
    composition.collect()
    engine = composition.WIRING.engine
    if engine is None:
        window_properties.sync()
        redraw.panels()
        if composition.WIRING.pending is None and composition.WIRING.fault:
            return _try_again()
        return _SOON if composition.WIRING.pending is not None else None
    _load_ahead()
    composition.reconnect()
    waiting_boxes.settle()
    tick = engine.tick(online=settings.online())
    shown = composition.WIRING.waiting_for
    resolved_target.RESOLVED.tick()
    waiting = [
        job
        for job in tick.ready
        if composition.belongs_to_open_file(job) and not resolved_target.RESOLVED.of(job).question
    ]
    composition.abandon_arrival(unless=waiting[0] if waiting else None)
    wait = _place(waiting[0]) if waiting else None
    window_properties.sync()
    box_drawing.update()
    if tick.changed and (listed := composition.jobs()):
        set_up.close()
        notifications.NOTIFIER.look(listed)
        job_events.EVENTS.look(listed)
    if tick.changed or shown != composition.WIRING.waiting_for:
        redraw.panels()
    waits = [seconds for seconds in (tick.wait, wait) if seconds is not None]
    return min(waits) if waits else _refresh()


@functools.cache
def _load_ahead() -> None:
    """Load what brings models in, once and in a worker, so that the first model does not wait for
    it on the main thread."""
    composition.workers().start("look", _load)


def _load() -> None:
    import numpy  # noqa: F401 - by far the largest

    for name in _BRINGS_MODELS:
        importlib.import_module(f".{name}", __package__)


def _try_again() -> float:
    """Try to start again, because the cause of the fault, such as a full disk, may be gone."""
    composition.prepare()
    return _AFTER_FAULT_SECONDS


def _refresh() -> float | None:
    """Refresh the job list while another Blender works on its jobs. Returns seconds until the next
    refresh, or None."""
    if not any(job.elsewhere for job in composition.jobs()):
        return None
    composition.engine().refresh()
    return _LOOK_AROUND_SECONDS


def _place(job: Job) -> float:
    """Place the job if Blender is ready for it. Returns seconds until it is worth looking again."""
    from .arrival import landing  # needed with a model only

    reason = landing.obstacle(bpy.context)
    composition.WIRING.waiting_for = reason or ""
    if reason is not None:
        composition.WIRING.waited.add(job.id)
        return _BLOCKED_SECONDS
    # A direct import with a note blocks Blender for a while: show the note first.
    if job.blend is None and job.note and job.id not in composition.WIRING.announced:
        composition.WIRING.announced.add(job.id)
        return _BLOCKED_SECONDS
    event = landing.step(job)
    if event is None:
        return _NEXT_PIECE_SECONDS
    if composition.WIRING.engine is not None:
        composition.WIRING.engine.placed(job.id, event)
    return _SOON


def _first_look() -> None:
    """Load the engine shortly after Blender's start, only if there is a job list."""
    try:
        listed = settings.store_path().exists()
    except OSError as error:
        composition.WIRING.fault = str(error)
        return
    if listed:
        composition.warm_up()


def register() -> None:
    """Look for unfinished jobs once Blender has started."""
    timer.drive(pump)
    if not bpy.app.background:
        bpy.app.timers.register(_first_look, first_interval=_FIRST_LOOK_SECONDS, persistent=True)


def unregister() -> None:
    """Stop all timers, and forget the scripts' listeners."""
    timer.stop()
    job_events.EVENTS.clear()
    if bpy.app.timers.is_registered(_first_look):
        bpy.app.timers.unregister(_first_look)
