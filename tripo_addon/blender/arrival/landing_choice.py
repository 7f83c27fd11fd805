"""Where Import places a model, on its target or as a new object, and which choices there are.

Main thread only. Reads the scene; only a target that is captured again is given new IDs.
"""

from __future__ import annotations

from dataclasses import replace

import bpy

from ...jobs.model.job import Job, Landing, Placement, State, Target
from ..messages import arrival as messages
from ..messages import objects as object_messages
from ..objects import selection, targets, variants
from ..objects.landing_rules import refuse_landing
from ..objects.object_group import ObjectGroup
from ..objects.placement import placement
from ..objects.resolved_target import RESOLVED
from ..objects.stand_clear import reserved, reserved_beside
from ..session import composition


class NotDecided(Exception):
    """The result cannot be placed as chosen; the text tells the artist why."""


def default_choice(job: Job, context: bpy.types.Context) -> Placement:
    """Return where Import places a model: on its target, if that exists and does not have the
    result yet; else as a new object."""
    target, place = job.placement.target, placement(context)
    if target is not None and _lacking(job) is not None:
        return _on(place, job.placement.landing, targets.reset_capture(job, target))
    # The target's recorded location is meaningful only in its own file.
    known = composition.belongs_to_open_file(job) or targets.found(job) is not None
    return _as_new(job, place, context) if known else reserved(place, context.scene)


def default_choice_message(job: Job) -> str:
    """Return the tooltip of Import for a job."""
    group = None if targets.waits_for_step(job) else targets.found(job)
    if group is None and job.placement.target is not None and composition.belongs_to_open_file(job):
        return messages.IMPORT_TARGET_GONE
    if group is None:
        return messages.IMPORT_AT_CURSOR
    name = group.anchor.name
    if _lacking(job) is None:
        return messages.import_copy(name)
    if job.placement.landing is Landing.NEW:
        return messages.import_beside(name)
    return messages.import_onto(name)


def choices(job: Job, context: bpy.types.Context) -> tuple[str, ...]:
    """Return the choices for a result that waits for a decision, as `resolve_choice` takes them."""
    known = RESOLVED.of(job)
    if not known.asks:
        return ()
    chosen = selection.selected(context)
    anyway = job.state is State.READY and known.replaceable
    other = chosen is not None and chosen.anchor.session_uid != known.anchor
    selected = other and chosen is not None and not _refused_selected(job, chosen)
    return (*(("ANYWAY",) if anyway else ()), "NEW", *(("SELECTED",) if selected else ()))


def resolve_choice(job: Job, how: str, context: bpy.types.Context) -> Placement:
    """The placement that the artist chose: ANYWAY on the target as it is now, as a NEW object, or
    on the SELECTED object, whose mesh is kept if that was requested. Raises `NotDecided`,
    `OSError`."""
    from ..objects.capture import NotCaptured

    target, place = job.placement.target, placement(context)
    if how == "NEW":
        return _as_new(job, place, context)
    group = targets.found(job) if how == "ANYWAY" else selection.selected(context)
    if group is None:
        gone = how == "ANYWAY"
        raise NotDecided(messages.OBJECT_GONE if gone else object_messages.SELECT_OBJECT)
    refused = _refused_selected(job, group) if how == "SELECTED" else ""
    if refused:
        raise NotDecided(refused)
    try:
        now = targets.recapture(target or _selected_target(group, place), group)
    except NotCaptured as error:
        raise NotDecided(str(error)) from error
    return _on(place, job.placement.landing if how == "ANYWAY" else _on_selected(job), now)


def _lacking(job: Job) -> ObjectGroup | None:
    """The job's target, if it exists and does not have the result yet; else None."""
    group = targets.found(job)
    if group is None or targets.waits_for_step(job) or variants.has(group.anchor, job.task_id):
        return None
    return group


def _on(place: Placement, how: Landing, target: Target | None) -> Placement:
    """Return a placement on a target, without a placeholder."""
    return replace(place, landing=how, target=target, box=None)


def _as_new(job: Job, place: Placement, context: bpy.types.Context) -> Placement:
    """Return a placement as a new object: beside the target or where it was, at its size; at the 3D
    cursor if that is unknown, or if the job failed with this target."""
    target = job.placement.target
    if target is None or job.state is State.FAILED or not targets.is_captured(target):
        return reserved(place, context.scene)
    placed, group = _on(place, Landing.NEW, target), targets.found(job)
    return reserved_beside(placed, group, context.scene) if group is not None else placed


def _on_selected(job: Job) -> Landing:
    return Landing.KEEP if job.placement.landing is Landing.KEEP else Landing.REPLACE


def _refused_selected(job: Job, group: ObjectGroup) -> str:
    """Return why the job's result cannot be applied to the selected object, as a sentence, or
    ""."""
    target = job.placement.target
    single_user = target is not None and target.single_user
    return refuse_landing(group, _on_selected(job), single_user=single_user)


def _selected_target(group: ObjectGroup, place: Placement) -> Target:
    """Return a target for a result that had none, rotated to the front of the selected object."""
    return Target(turn=0.0 if selection.is_unedited(group) else place.turn)
