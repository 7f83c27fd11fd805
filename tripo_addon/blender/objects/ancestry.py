"""The steps that led to what an object is now: from its own records, its variants and the job list.

Main thread only; reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import bpy

from ...api.catalog.records import GENERATIONS, Makes, TaskKind
from ...jobs.model.routes import Origin
from ..session import composition
from . import provenance

if TYPE_CHECKING:
    from ...jobs.model.job import Job
    from .provenance import Step

_GENERATED = frozenset(kind.value for kind in GENERATIONS)


def history(anchor: bpy.types.Object) -> tuple[Step, ...]:
    """The steps that led to what the object is now, the first one first; none for what no service
    made."""
    return _recorded(anchor.tripo_addon, tuple(_laid_aside(anchor)))


def generation(anchor: bpy.types.Object) -> Step | None:
    """The nearest step back that made a shape from nothing, whose request can be read."""
    steps = reversed(history(anchor))
    return next((step for step in steps if _is_generation(step)), None)


def generation_request(anchor: bpy.types.Object) -> dict[str, object]:
    """What that step asked for; empty where there is none."""
    made = generation(anchor)
    return provenance.request_of(made) if made is not None else {}


def rig_request(anchor: bpy.types.Object) -> dict[str, object]:
    """What the last rig of the object was asked for with; empty where none is known."""
    rigs = (step for step in reversed(history(anchor)) if step.kind == TaskKind.RIG.value)
    made = next(rigs, None)
    return provenance.request_of(made) if made is not None else {}


def origin(anchor: bpy.types.Object, service: str, address: str) -> Origin | None:
    """The task by which this service made what the object is now; None where it did not."""
    made = anchor.tripo_addon
    if not made.task_id or (made.service, made.address) != (service, address):
        return None
    own = provenance.read(made)
    parent = own.parent_task
    if not parent:
        return provenance.origin_of(own, None)
    before = next((step for step in history(anchor) if step.task_id == parent), None)
    if before is None and (job := _job_with(parent)) is not None:
        before = provenance.step_of(job)
    if before is None:
        return provenance.origin_of(own, Origin(task_id=parent, kind="", request={}))
    return provenance.origin_of(own, provenance.origin_of(before, None))


def steps_to(job: Job) -> tuple[Step, ...]:
    """The steps that lead to a job's model, of which its own is the last: what it was made from is
    looked for in the scene, and then in the job list."""
    return _steps_to(job, frozenset())


def variant_texts(anchor: bpy.types.Object, index: int) -> tuple[str, ...]:
    """What a variant is, in a line; the longest first, for a button that takes what fits."""
    steps = _variant_history(anchor, index)
    return _texts(steps) if steps else (anchor.tripo_addon.variants[index].name,)


def variant_tooltip(anchor: bpy.types.Object, index: int) -> str:
    """All that is known of how a variant was made, a line for each step."""
    return "\n".join(step_lines(_variant_history(anchor, index)))


def step_lines(steps: tuple[Step, ...]) -> Iterator[str]:
    """Each step in a line, with what it cost."""
    for number in range(len(steps)):
        step = steps[number]
        yield " · ".join(each for each in (_texts(steps[: number + 1])[0], step.price) if each)


def _texts(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """The last step in a line; one without words goes by those of the nearest before it."""
    own = steps[-1]
    if not own.files:
        prompt = next((step.prompt for step in reversed(steps) if step.prompt), "")
        own = replace(own, prompt=prompt)
    return own.texts()


def _variant_history(anchor: bpy.types.Object, index: int) -> tuple[Step, ...]:
    shelf = anchor.tripo_addon.variants[index].shelf
    known = anchor.tripo_addon.uid
    faces = [each for each in shelf.objects if each.tripo_addon.uid == known] if shelf else []
    if not faces:
        return ()
    return _recorded(faces[0].tripo_addon, tuple(_laid_aside(anchor)))


def _laid_aside(anchor: bpy.types.Object) -> Iterator[Any]:
    """The links of the anchor's variants, the latest first."""
    for row in reversed(anchor.tripo_addon.variants):
        for face in row.shelf.objects if row.shelf is not None else ():
            if face.tripo_addon.task_id:
                yield face.tripo_addon


def _recorded(made: Any, others: tuple[Any, ...]) -> tuple[Step, ...]:
    """What a link has recorded. One of a file from before histories were kept knows its own step
    alone: the steps before are put together from the object's `others` and the job list."""
    if not made.task_id:
        return ()
    own = provenance.read(made)
    if made.traced or own.kind in _GENERATED:
        return (*(provenance.read(each) for each in made.steps), own)
    others = tuple(each for each in others if each.task_id != own.task_id)
    parent = next((each for each in others if each.task_id == own.parent_task), None)
    if parent is not None:
        return (*_recorded(parent, others), own)
    job = _job(own.job_id)
    before = _before(job, frozenset()) if job is not None else ()
    generated = (each for each in others if each.kind in _GENERATED)
    return (*(before or map(provenance.read, list(generated)[:1])), own)


def _steps_to(job: Job, seen: frozenset[str]) -> tuple[Step, ...]:
    own = provenance.step_of(job)
    return (own,) if job.kind in GENERATIONS else (*_before(job, seen), own)


def _before(job: Job, seen: frozenset[str]) -> tuple[Step, ...]:
    """The steps to what a job was made from; `seen` are the jobs that have been followed."""
    seen |= {job.id}
    target = job.placement.target
    maker = (target.maker if target is not None else "") or _step_before(job)
    task = str(getattr(job.request, "source_task", None) or "")
    for obj in bpy.data.objects:
        made = obj.tripo_addon
        if made.task_id and (made.job_id == maker if maker else made.task_id == task):
            return _recorded(made, tuple(_laid_aside(obj)))
    found = _job(maker) if maker else _job_with(task)
    return _steps_to(found, seen) if found is not None and found.id not in seen else ()


def _step_before(job: Job) -> str:
    """The nearest step of the same wish that makes a model."""
    engine = composition.WIRING.engine
    before = engine.before(job) if engine is not None else None
    while engine is not None and before is not None and before.kind.makes is not Makes.MODEL:
        before = engine.before(before)
    return before.id if before is not None else ""


def _job(job_id: str) -> Job | None:
    engine = composition.WIRING.engine
    return engine.job(job_id) if engine is not None and job_id else None


def _job_with(task_id: str) -> Job | None:
    made = (job for job in composition.jobs() if job.kind.makes is Makes.MODEL)
    return next((job for job in made if task_id and job.result_task == task_id), None)


def _is_generation(step: Step) -> bool:
    return provenance.request_of(step).get("kind") in _GENERATED
