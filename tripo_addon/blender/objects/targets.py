"""The objects that a finished job's result is applied to: finds them again, captures them if they
were not, and asks the artist if they have changed.

Main thread only. Reads the scene; the only thing written is a target's own ID.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from mathutils import Matrix

from ...jobs.model.job import Job, Placement, Target
from ...jobs.model.landings import Landing
from ...jobs.model.states import Failure, State
from .. import settings
from ..messages import arrival as messages
from ..session import composition
from . import capture, selection
from .object_group import ObjectGroup, find, is_replaceable, named

if TYPE_CHECKING:
    from ...jobs.model.events import Event


def question(job: Job, group: ObjectGroup | None = None) -> str:
    """Why a READY job's result is not placed yet, as a sentence for its row: the artist has to
    decide, or another result comes first. "" if it can be placed. `group` is the result of
    `found`, if the caller has it."""
    target = job.placement.target
    if target is None:
        return ""
    group, beside = group or found(job), job.placement.landing is Landing.NEW
    if group is None and beside and target.capture:
        return ""
    if _waits(job, target, group):
        return messages.PREVIOUS_STEP
    if group is None:
        step_gone = any(each.root for each in steps_before(job))
        return messages.PREVIOUS_STEP_GONE if step_gone else messages.TARGET_GONE
    return "" if beside else _change_question(group, target)


def _change_question(group: ObjectGroup, target: Target) -> str:
    """Return what the artist has to decide before an object of theirs is changed, or ""."""
    name, known = group.anchor.name, target.shape
    if not is_replaceable(group.anchor):
        return messages.target_linked(name)
    if not target.objects:
        known = known or group.anchor.tripo_addon.shape
    if known and selection.fingerprint(group) != known:
        return messages.target_changed(name)
    return ""


def found(job: Job) -> ObjectGroup | None:
    """The objects that the job's result goes to; for a later step, the results of earlier ones.

    They are found by ID. A file that was not saved after the request has none of the IDs: there it
    is an object of the same name and shape. The result of an earlier step may also have been lost
    and imported again.
    """
    target = job.placement.target
    if target is None:
        return None
    numbered = job.placement.document == composition.WIRING.document
    group = find(target.objects, target.parts, numbered=numbered)
    return group or _alike(job, target) or _brought(job)


def _alike(job: Job, target: Target) -> ObjectGroup | None:
    """Objects with the target's names and exactly its shape; only in the job's own file, since
    every file may have a Cube."""
    group = (
        named(target.objects, target.parts)
        if target.shape and composition.belongs_to_open_file(job)
        else None
    )
    if group is None or selection.fingerprint(group) != target.shape:
        return None
    return group


def _brought(job: Job) -> ObjectGroup | None:
    """The result of the nearest earlier step that is in a scene."""
    steps = steps_before(job)
    made = {each.id: list[bpy.types.Object]() for each in steps}
    for obj in bpy.data.objects if made else ():
        if obj.tripo_addon.job_id in made and obj.users_scene:
            made[obj.tripo_addon.job_id].append(obj)
    return next((ObjectGroup((objs[0],)) for objs in made.values() if objs), None)


def captured(job: Job) -> Event | None:
    """Capture the job's target if that has not been done, or the files are lost. Returns the event
    with the new capture, or None."""
    from ...jobs.model.events import ImportRequested

    target = job.placement.target
    if target is None or is_captured(target):
        return None
    group = found(job)
    if group is None:
        return None
    return ImportRequested(replace(job.placement, target=recapture(target, group)))


def recapture(target: Target, group: ObjectGroup) -> Target:
    """Capture the target as it is now, for the second Blender. Raises `capture.NotCaptured`,
    `OSError`."""
    stretch = _stretch(target, group)
    path = capture.capture(
        group,
        settings.captures(),
        stretch=stretch,
        materials=False,
        single_user=target.single_user,
    )
    return replace(
        target,
        objects=group.handles(),
        parts=group.part_handles(),
        shape=group.fingerprint(),
        frame=tuple(value for row in group.anchor.matrix_world for value in row),
        stretch=tuple(value for row in stretch for value in row),
        capture=str(path),
        faces=group.faces,
    )


def is_captured(target: Target) -> bool:
    """Whether the target's capture is on disk. Checks the files."""
    path = Path(target.capture)
    return bool(target.capture) and path.is_file() and path.with_suffix(".json").is_file()


def for_retry(job: Job) -> Placement | None:
    """The placement of a retry, or None for that of the job."""
    target = job.placement.target
    if target is None or not job.retry_is_free or found(job) is None:
        return None
    return replace(job.placement, target=reset_capture(job, target))


def reset_capture(job: Job, target: Target) -> Target:
    """The target for the new job of a retry. If the job failed, its capture may be the cause, so it
    is captured again."""
    return target if job.state in {State.DONE, State.READY} else replace(target, capture="")


def frame(target: Target, group: ObjectGroup | None) -> Matrix:
    """Return the anchor's matrix, or the one at its capture if it no longer exists."""
    if group is not None:
        return group.anchor.matrix_world.copy()
    numbers = target.frame
    rows = [numbers[start : start + 4] for start in range(0, 16, 4)]
    return Matrix(rows) if numbers else Matrix()


def _stretch(target: Target, group: ObjectGroup) -> Matrix:
    """The matrix to the service's coordinates: that of the capture, else that of the task that made
    the object; for an edited object, as it looks now."""
    if not target.objects and not selection.is_unedited(group):
        return capture.to_service_space(group.anchor)
    numbers = target.stretch if target.objects else group.anchor.tripo_addon.stretch
    return Matrix((numbers[0:3], numbers[3:6], numbers[6:9]))


def waits_for_step(job: Job) -> bool:
    """Whether the job's result goes to an object that an earlier step has not yet made or
    changed."""
    target = job.placement.target
    return target is not None and _waits(job, target, found(job))


def _waits(job: Job, target: Target, group: ObjectGroup | None) -> bool:
    missing = not target.objects or group is None
    return missing and any(not each.state.final for each in steps_before(job))


def steps_before(job: Job) -> list[Job]:
    """The earlier steps, the nearest first."""
    engine = composition.WIRING.engine
    if engine is None or not job.after:
        return []
    steps, before = list[Job](), engine.before(job)
    while before is not None:
        steps.append(before)
        before = engine.before(before)
    return steps


def asks_a_person(job: Job, known_question: str | None = None) -> bool:
    """Whether the artist has to decide how the result is placed: its target has changed, or the
    result could not be applied. `known_question` is the job's `question`, if the caller has it."""
    if job.failure is Failure.IMPORT:
        return job.placement.target is not None
    if job.state is not State.READY or not composition.belongs_to_open_file(job):
        return False
    found_question = question(job) if known_question is None else known_question
    return found_question not in {"", messages.PREVIOUS_STEP}
