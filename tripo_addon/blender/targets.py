"""What a finished job is to land on, as it is by now: found again, captured where it was not yet,
and asked about where the artist has changed it meanwhile.

Main thread only; the scene is read, and only the target's own id is written.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import bpy
from mathutils import Matrix

from ..jobs.job import Job, Landing, Placement, State, Target
from . import access, capture, sources, wiring
from .family import Family, find, is_replaceable

if TYPE_CHECKING:
    from ..jobs.machine import Event

_GONE: Final = "The object it was made for is gone: bring it in as a new object"
_BEFORE: Final = "Waiting for the step before it to be placed"


def question(job: Job) -> str:
    """Why a job that is ready does not land by itself, as a sentence for its row: something has to
    be decided by a person, or placed before. Nothing for a job that may land."""
    target = job.placement.target
    if target is None:
        return ""
    family, beside = found(job), job.placement.landing is Landing.NEW
    if family is None and beside and target.capture:
        return ""
    # What is there by now may be of an earlier step yet: on it, this one would meet the next.
    if _waits_for_step(job, target):
        return _BEFORE
    if family is None:
        return _GONE
    return "" if beside else _asked_of(family, target)


def _asked_of(family: Family, target: Target) -> str:
    """What a person has to decide before something of theirs is exchanged."""
    name, known = family.anchor.name, target.shape
    if not is_replaceable(family.anchor):
        return f"{name} belongs to another file: bring it in as a new object"
    if not target.objects:
        known = known or family.anchor.tripo_addon.shape
    if known and sources.fingerprint(family) != known:
        return f"{name} was edited meanwhile: land it anyway, or as new"
    return ""


def found(job: Job) -> Family | None:
    """The objects that the job lands on; for a later step, what the steps before have brought."""
    target = job.placement.target
    if target is None:
        return None
    if target.objects:
        return find(target.objects)
    brought = {each.id for each in _before(job)}
    for thing in bpy.data.objects:
        if thing.tripo_addon.job_id in brought and thing.users_scene:
            return Family((thing,))
    return None


def captured(job: Job) -> Event | None:
    """Capture what the job lands on, where that has not been done; the event that says so."""
    from ..jobs.machine import Wanted

    target = job.placement.target
    if target is None or target.capture:
        return None
    family = found(job)
    if family is None:
        return None
    return Wanted(replace(job.placement, target=anew(target, family)))


def anew(target: Target, family: Family) -> Target:
    """The target as it is now, written to disk for a child to work on. Raises
    `capture.NotCaptured`, `OSError`."""
    stretch = _stretch(target, family)
    path = capture.capture(
        family,
        access.captures(),
        stretch=stretch,
        materials=False,
        single_user=target.single_user,
    )
    return replace(
        target,
        objects=family.handles(),
        shape=family.fingerprint(),
        frame=tuple(value for row in family.anchor.matrix_world for value in row),
        stretch=tuple(value for row in stretch for value in row),
        capture=str(path),
    )


def for_retry(job: Job) -> Placement | None:
    """Where a new try lands, or None for where the last one did. What was kept of an object may be
    what failed: as long as that is there, it is captured anew."""
    target = job.placement.target
    if target is None or not job.retry_is_free or found(job) is None:
        return None
    return replace(job.placement, target=replace(target, capture=""))


def frame(target: Target, family: Family | None) -> Matrix:
    """Where the anchor is, or was when it was captured."""
    if family is not None:
        return family.anchor.matrix_world.copy()
    numbers = target.frame
    rows = [numbers[start : start + 4] for start in range(0, 16, 4)]
    return Matrix(rows) if numbers else Matrix()


def _stretch(target: Target, family: Family) -> Matrix:
    """What was not captured yet is known as its maker knows it, as long as it is as that made it;
    else as it is seen."""
    if not target.objects and not sources.is_unedited(family):
        return capture.upright(family.anchor)
    numbers = target.stretch if target.objects else family.anchor.tripo_addon.stretch
    return Matrix((numbers[0:3], numbers[3:6], numbers[6:9]))


def _waits_for_step(job: Job, target: Target) -> bool:
    return not target.objects and any(not each.state.final for each in _before(job))


def _before(job: Job) -> list[Job]:
    """The steps before this one, the last first."""
    engine, steps = wiring.WIRING.engine, list[Job]()
    before = engine.before(job) if engine is not None else None
    while before is not None and engine is not None:
        steps.append(before)
        before = engine.before(before)
    return steps


def asks_a_person(job: Job) -> bool:
    """Whether a job that is ready waits for a decision about its target."""
    return job.state is State.READY and question(job) not in {"", _BEFORE}
