"""What a finished job is to land on, as it is by now: found again, captured where it was not yet,
and asked about where the artist has changed it meanwhile.

Main thread only; the scene is read, and only the target's own id is written.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy
from mathutils import Matrix

from ...jobs.model.job import Failure, Job, Landing, Placement, State, Target
from .. import settings
from ..session import composition
from . import capture, selection
from .object_group import ObjectGroup, find, is_replaceable, named

if TYPE_CHECKING:
    from ...jobs.model.events import Event

_GONE: Final = "The object it was made for is gone: bring it in as a new object"
_STEP_GONE: Final = "The model of the step before is gone: import that, or this as a new object"
_BEFORE: Final = "Waiting for the step before it to be placed"


def question(job: Job, family: ObjectGroup | None = None) -> str:
    """Why a job that is ready does not land by itself, as a sentence for its row: something has to
    be decided by a person, or placed before. Nothing for a job that may land. `family`: what was
    `found` for it, for a caller who has it."""
    target = job.placement.target
    if target is None:
        return ""
    family, beside = family or found(job), job.placement.landing is Landing.NEW
    if family is None and beside and target.capture:
        return ""
    if _waits(job, target, family):
        return _BEFORE
    if family is None:
        return _STEP_GONE if any(each.root for each in steps_before(job)) else _GONE
    return "" if beside else _asked_of(family, target)


def _asked_of(family: ObjectGroup, target: Target) -> str:
    """What a person has to decide before something of theirs is exchanged."""
    name, known = family.anchor.name, target.shape
    if not is_replaceable(family.anchor):
        return f"{name} belongs to another file: bring it in as a new object"
    if not target.objects:
        known = known or family.anchor.tripo_addon.shape
    if known and selection.fingerprint(family) != known:
        return f"{name} was edited meanwhile: land it anyway, or as new"
    return ""


def found(job: Job) -> ObjectGroup | None:
    """The objects that the job lands on; for a later step, what the steps before have brought.

    A file that was not saved since the job was asked for knows none of its ids: there it is an
    object of the same name, as long as its shape is the one that was captured. And what a step
    before brought may have been lost, and imported again.
    """
    target = job.placement.target
    if target is None:
        return None
    numbered = job.placement.document == composition.WIRING.document
    family = find(target.objects, target.parts, numbered=numbered)
    return family or _alike(job, target) or _brought(job)


def _alike(job: Job, target: Target) -> ObjectGroup | None:
    """What is called as the target was, and has its shape to the last point; in its own file
    alone, since in another everybody has a Cube."""
    family = (
        named(target.objects, target.parts)
        if target.shape and composition.belongs_to_open_file(job)
        else None
    )
    if family is None or selection.fingerprint(family) != target.shape:
        return None
    return family


def _brought(job: Job) -> ObjectGroup | None:
    """What the nearest step before has brought that is in a scene."""
    steps = steps_before(job)
    made = {each.id: list[bpy.types.Object]() for each in steps}
    for obj in bpy.data.objects if made else ():
        if obj.tripo_addon.job_id in made and obj.users_scene:
            made[obj.tripo_addon.job_id].append(obj)
    return next((ObjectGroup((objs[0],)) for objs in made.values() if objs), None)


def captured(job: Job) -> Event | None:
    """Capture what the job lands on, where that has not been done, or was lost; the event that says
    so."""
    from ...jobs.model.events import ImportRequested

    target = job.placement.target
    if target is None or is_captured(target):
        return None
    family = found(job)
    if family is None:
        return None
    return ImportRequested(replace(job.placement, target=recapture(target, family)))


def recapture(target: Target, family: ObjectGroup) -> Target:
    """The target as it is now, written to disk for a child to work on. Raises
    `capture.NotCaptured`, `OSError`."""
    stretch = _stretch(target, family)
    path = capture.capture(
        family,
        settings.captures(),
        stretch=stretch,
        materials=False,
        single_user=target.single_user,
    )
    return replace(
        target,
        objects=family.handles(),
        parts=family.part_handles(),
        shape=family.fingerprint(),
        frame=tuple(value for row in family.anchor.matrix_world for value in row),
        stretch=tuple(value for row in stretch for value in row),
        capture=str(path),
        faces=family.faces,
    )


def is_captured(target: Target) -> bool:
    """Whether what a child needs to know of the target is on disk. Looks there."""
    path = Path(target.capture)
    return bool(target.capture) and path.is_file() and path.with_suffix(".json").is_file()


def for_retry(job: Job) -> Placement | None:
    """Where a new try lands, or None for where the last one did."""
    target = job.placement.target
    if target is None or not job.retry_is_free or found(job) is None:
        return None
    return replace(job.placement, target=reset_capture(job, target))


def reset_capture(job: Job, target: Target) -> Target:
    """The target for a job that goes on in a new one. What was kept of it may be what the last one
    failed with: then it is captured anew."""
    return target if job.state in {State.DONE, State.READY} else replace(target, capture="")


def frame(target: Target, family: ObjectGroup | None) -> Matrix:
    """Where the anchor is, or was when it was captured."""
    if family is not None:
        return family.anchor.matrix_world.copy()
    numbers = target.frame
    rows = [numbers[start : start + 4] for start in range(0, 16, 4)]
    return Matrix(rows) if numbers else Matrix()


def _stretch(target: Target, family: ObjectGroup) -> Matrix:
    """What was not captured yet is known as its maker knows it, as long as it is as that made it;
    else as it is seen."""
    if not target.objects and not selection.is_unedited(family):
        return capture.to_service_space(family.anchor)
    numbers = target.stretch if target.objects else family.anchor.tripo_addon.stretch
    return Matrix((numbers[0:3], numbers[3:6], numbers[6:9]))


def waits_for_step(job: Job) -> bool:
    """Whether the job lands on what a step before has yet to bring, or to work on: on what is there
    by now, this one would meet the next."""
    target = job.placement.target
    return target is not None and _waits(job, target, found(job))


def _waits(job: Job, target: Target, family: ObjectGroup | None) -> bool:
    missing = not target.objects or family is None
    return missing and any(not each.state.final for each in steps_before(job))


def steps_before(job: Job) -> list[Job]:
    """The steps before this one, the last first."""
    engine, steps = composition.WIRING.engine, list[Job]()
    before = engine.before(job) if engine is not None else None
    while before is not None and engine is not None:
        steps.append(before)
        before = engine.before(before)
    return steps


def asks_a_person(job: Job, asked: str | None = None) -> bool:
    """Whether a person has to decide how the result lands: it is ready and its target is not what
    it was, or it could not be put there. `asked`: the job's `question`, for a caller who has it."""
    if job.failure is Failure.IMPORT:
        return job.placement.target is not None
    if job.state is not State.READY or not composition.belongs_to_open_file(job):
        return False
    return (question(job) if asked is None else asked) not in {"", _BEFORE}
