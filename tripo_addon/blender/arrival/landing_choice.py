"""Where a model comes to when a person brings it in: onto what it was made for, or as an object of
its own, and which of these can be chosen.

Main thread only; reads the scene, but for the ids of a target that is captured anew.
"""

from __future__ import annotations

from dataclasses import replace

import bpy

from ...jobs.model.job import Job, Landing, Placement, State, Target
from ..objects import selection, targets, variants
from ..objects.landing_rules import refuse_landing
from ..objects.object_group import ObjectGroup
from ..objects.placement import placement
from ..objects.resolved_target import RESOLVED
from ..session import composition


class NotDecided(Exception):
    """The result cannot land so; the text says why, for the artist."""


def default_choice(job: Job, context: bpy.types.Context) -> Placement:
    """Where Import brings a model: onto what it was made for, where that is there and does not have
    it; else as an object of its own."""
    target, place = job.placement.target, placement(context)
    if target is not None and _lacking(job) is not None:
        return _on(place, job.placement.landing, targets.reset_capture(job, target))
    # Where an object stood means something in its own file alone.
    known = composition.belongs_to_open_file(job) or targets.found(job) is not None
    return _as_new(job, place) if known else place


def default_choice_message(job: Job) -> str:
    """What Import does with a job's model, as a tooltip."""
    family = None if targets.waits_for_step(job) else targets.found(job)
    if (
        family is None
        and job.placement.target is not None
        and composition.belongs_to_open_file(job)
    ):
        return "Bring it in as a new object: what it was made for is not there; free"
    if family is None:
        return "Import this model at the 3D cursor, or beside what stands there; free"
    name = family.anchor.name
    if _lacking(job) is None:
        return f"Bring a copy in beside {name}, which has this result, or keeps it; free"
    if job.placement.landing is Landing.NEW:
        return f"Bring it in beside {name}; free"
    return f"Land it on {name}, as it was asked for; what is there is kept as a variant; free"


def choices(job: Job, context: bpy.types.Context) -> tuple[str, ...]:
    """How a person may have a result land that does not by itself, as `decided` takes them."""
    known = RESOLVED.of(job)
    if not known.asks:
        return ()
    chosen = selection.selected(context)
    asked = job.state is State.READY and known.replaceable
    other = chosen is not None and chosen.anchor.session_uid != known.anchor
    fits = other and chosen is not None and not _refused_selected(job, chosen)
    return (*(("ANYWAY",) if asked else ()), "NEW", *(("SELECTED",) if fits else ()))


def resolve_choice(job: Job, how: str, context: bpy.types.Context) -> Placement:
    """Where a result lands as the artist decides: ANYWAY on its target as that is now, as a NEW
    object, or on what is SELECTED, whose mesh is kept where that was asked for. Raises
    `NotDecided`, `OSError`."""
    from ..objects.capture import NotCaptured

    target, place = job.placement.target, placement(context)
    if how == "NEW":
        return _as_new(job, place)
    family = targets.found(job) if how == "ANYWAY" else selection.selected(context)
    if family is None:
        raise NotDecided("The object is gone" if how == "ANYWAY" else "Select the object first")
    refused = _refused_selected(job, family) if how == "SELECTED" else ""
    if refused:
        raise NotDecided(refused)
    try:
        now = targets.recapture(target or _selected_target(family, place), family)
    except NotCaptured as error:
        raise NotDecided(str(error)) from error
    return _on(place, job.placement.landing if how == "ANYWAY" else _on_selected(job), now)


def _lacking(job: Job) -> ObjectGroup | None:
    """What the job's model was made for, where that is there without it."""
    family = targets.found(job)
    if family is None or targets.waits_for_step(job) or variants.has(family.anchor, job.task_id):
        return None
    return family


def _on(place: Placement, how: Landing, target: Target | None) -> Placement:
    """A result has the size of what it was made for: no placeholder's."""
    return replace(place, landing=how, target=target, box=None)


def _as_new(job: Job, place: Placement) -> Placement:
    """Beside what it was made for, or where that stood, in its size; at the 3D cursor where that
    is not known, or what is known of it may be what the last try failed with."""
    target = job.placement.target
    if target is None or job.state is State.FAILED or not targets.is_captured(target):
        return place
    return _on(place, Landing.NEW, target)


def _on_selected(job: Job) -> Landing:
    return Landing.KEEP if job.placement.landing is Landing.KEEP else Landing.REPLACE


def _refused_selected(job: Job, family: ObjectGroup) -> str:
    """Why the job's result cannot land on what is selected, as a sentence, or nothing."""
    target = job.placement.target
    alone = target is not None and target.single_user
    return refuse_landing(family, _on_selected(job), single_user=alone)


def _selected_target(family: ObjectGroup, place: Placement) -> Target:
    """What was made for nothing in particular is turned to the front of what it is put on."""
    return Target(turn=0.0 if selection.is_unedited(family) else place.turn)
