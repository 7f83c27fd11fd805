"""The history of an object, put together from its own records, its variants and the job list.

Main thread only; changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import bpy

from ...api.catalog.task_kinds import GENERATIONS, Makes, TaskKind
from ...jobs.model.routes import Origin
from ..messages import objects as messages
from ..one_drawing import once_a_drawing
from ..session import composition
from . import provenance

if TYPE_CHECKING:
    from ...jobs.model.job import Job
    from .provenance import Step

_GENERATED = frozenset(kind.value for kind in GENERATIONS)


@once_a_drawing
def history(anchor: bpy.types.Object) -> tuple[Step, ...]:
    """The steps that led to the object's current state, oldest first; empty if no service made
    it."""
    return _recorded(anchor.tripo_addon, tuple(_links_of_variants(anchor)))


def generation(anchor: bpy.types.Object) -> Step | None:
    """The latest step that generated a shape and whose request can be read, or None."""
    steps = reversed(history(anchor))
    return next((step for step in steps if _is_generation(step)), None)


def generation_request(anchor: bpy.types.Object) -> dict[str, object]:
    """The request of that step; empty if there is none."""
    made = generation(anchor)
    return provenance.request_of(made) if made is not None else {}


def rig_request(anchor: bpy.types.Object) -> dict[str, object]:
    """The request of the object's last rig; empty if there is none."""
    rigs = (step for step in reversed(history(anchor)) if step.kind == TaskKind.RIG.value)
    made = next(rigs, None)
    return provenance.request_of(made) if made is not None else {}


def origin(anchor: bpy.types.Object, service: str, address: str) -> Origin | None:
    """The task of this service that made the object's current state; None if it did not."""
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
    """Return the steps that lead to a job's model, its own last. Its source is searched for in the
    scene, then in the job list."""
    return _steps_to(job, frozenset())


def variant_texts(anchor: bpy.types.Object, index: int) -> tuple[str, ...]:
    """A variant's button texts, longest first."""
    steps = _variant_history(anchor, index)
    return _texts(steps) if steps else (anchor.tripo_addon.variants[index].name,)


def variant_tooltip(anchor: bpy.types.Object, index: int) -> str:
    """The history of a variant, a line for each step; "" if it is not known."""
    return "\n".join(step_lines(_variant_history(anchor, index)))


def step_lines(steps: tuple[Step, ...]) -> Iterator[str]:
    """Each step in a line, with its price."""
    for number, step in enumerate(steps):
        yield messages.step(_texts(steps[: number + 1])[0], step.price)


def _texts(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """The last step's texts; if it has no prompt, with that of the nearest step before it."""
    own = steps[-1]
    if not own.files:
        prompt = next((step.prompt for step in reversed(steps) if step.prompt), "")
        own = replace(own, prompt=prompt)
    return own.texts()


def _variant_history(anchor: bpy.types.Object, index: int) -> tuple[Step, ...]:
    shelf = anchor.tripo_addon.variants[index].shelf
    known = anchor.tripo_addon.uid
    copies = [each for each in shelf.objects if each.tripo_addon.uid == known] if shelf else []
    if not copies:
        return ()
    return _recorded(copies[0].tripo_addon, tuple(_links_of_variants(anchor)))


def _links_of_variants(anchor: bpy.types.Object) -> Iterator[Any]:
    """The links of the anchor's variants, the latest first."""
    for row in reversed(anchor.tripo_addon.variants):
        for obj in row.shelf.objects if row.shelf is not None else ():
            if obj.tripo_addon.task_id:
                yield obj.tripo_addon


def _recorded(made: Any, others: tuple[Any, ...]) -> tuple[Step, ...]:
    """Return the steps that a link has recorded. A link from a file without histories has only its
    own: earlier ones are put together from the `others` and the job list."""
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
    """Return the steps that made a job's source; `seen` are the jobs that were already followed."""
    seen |= {job.id}
    target = job.placement.target
    maker = (target.maker if target is not None else "") or _step_before(job)
    task = str(getattr(job.request, "source_task", None) or "")
    for obj in bpy.data.objects:
        made = obj.tripo_addon
        if made.task_id and (made.job_id == maker if maker else made.task_id == task):
            return _recorded(made, tuple(_links_of_variants(obj)))
    found = _job(maker) if maker else _job_with(task)
    return _steps_to(found, seen) if found is not None and found.id not in seen else ()


def _step_before(job: Job) -> str:
    """The ID of the nearest earlier step of the same chain that makes a model, or ""."""
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
