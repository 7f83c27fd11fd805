"""Decides when the next step of a request with several steps may start.

Pure: jobs in, events and sentences out. Every step is a job from the beginning, so that a crash
between two of them loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.task_kinds import TaskKind
from ...api.errors import Kind, Problem
from ...api.record import record
from ...api.rigging import Rig, animations_for, refuse_animations, refuse_rig
from ...api.tasks import Retarget, TaskRequest
from ..messages import rows
from ..messages import steps as messages
from .events import CancelRequested, Failed, Started
from .job import Draft, Failure, Job, Placement, State

_FINISHED: Final = frozenset({State.DOWNLOADING, State.CONVERTING, State.READY, State.DONE})
_FAILED_AT_HOME: Final = frozenset({Failure.IMPORT, Failure.BAD_FILE})
_SOURCE: Final = {TaskKind.MULTIVIEW_TO_MODEL: "views_task"}
_BODIES: Final = frozenset(choice.id for choice in PARAMETERS["rig_type"].choices)


@record(kw_only=True)
class Step:
    """One of several requests in a row. Its source is filled in when the previous step is done.

    `placement` says where its result goes, `title` names it. `by_file` are the requests that do the
    same from a file, for a service that no longer knows the source task.
    `draft`, `keeps` and `style` as a job has them.
    """

    request: TaskRequest
    title: str
    placement: Placement
    by_file: tuple[TaskRequest, ...] = ()
    draft: Draft | None = None
    keeps: str = ""
    style: str = ""


def go_on(
    job: Job, before: Job | None, following: Job | None = None
) -> Started | Failed | CancelRequested | None:
    """Return the event for a job that has not started, from the state of the job before it; None
    while it waits. Without a previous job it may start. A rig is checked together with the
    animations of the job `following` it, once its body is known."""
    move = _go_on(job, before)
    if job.kind is TaskKind.RIG and isinstance(move, Started):
        sentence = _refuse_rig(move.request or job.request, following)
        if sentence:
            return Failed(Failure.GENERATION, Problem(kind=Kind.SOURCE, detail=sentence))
    return move


def _go_on(job: Job, before: Job | None) -> Started | Failed | CancelRequested | None:
    if job.after is None:
        return Started()
    if before is None and source_of(job.request):
        return Started()
    if before is None:
        return Failed(Failure.INTERRUPTED, Problem(kind=Kind.SOURCE, detail=messages.STEP_GONE))
    if before.state is State.CANCELLED:
        return CancelRequested()
    if has_failed(before):
        return Failed(Failure.REJECTED, Problem(kind=Kind.STEP_BEFORE))
    return _started(job, before) if _has_result(before) else None


def has_failed(job: Job) -> bool:
    """Whether the jobs that wait for this one get no result. A job with an unknown outcome may
    still have one."""
    failed = job.state is State.FAILED and job.failure is not Failure.OUTCOME_UNKNOWN
    return failed and not _has_result(job)


def _has_result(job: Job) -> bool:
    """Whether the service finished the job's task; the next step need not wait for its download."""
    finished = job.state in _FINISHED and job.task_id is not None
    return finished or (job.state is State.FAILED and job.failure in _FAILED_AT_HOME)


def waits_for(before: Job | None) -> str:
    """Return what a job that follows this one waits for, as a sentence for its row."""
    if before is not None and before.failure is Failure.OUTCOME_UNKNOWN:
        return rows.PREVIOUS_UNKNOWN
    return ""


def stands_still(job: Job, before: Job | None) -> bool:
    """Whether a job waits for one that does not continue by itself."""
    waits = job.state is State.PENDING and job.after is not None
    return waits and bool(waits_for(before))


def _started(job: Job, before: Job) -> Started | Failed:
    """Fill the previous result into the request. A check makes nothing: its own source is passed
    on, with the body that it found."""
    if before.kind is not TaskKind.CHECK_RIG:
        return _on(job.request, before.result_task, _moves(job.request, before))
    facts = dict(before.facts)
    if facts.get("riggable") is False:
        return Failed(Failure.GENERATION, Problem(kind=Kind.SOURCE, detail=messages.NOT_RIGGABLE))
    body = {"rig_type": facts["rig_type"]} if facts.get("rig_type") in _BODIES else {}
    return _on(job.request, source_of(before.request), body)


def _moves(request: TaskRequest, before: Job) -> dict[str, object]:
    """Return a request's animations under the names of the rig before it."""
    if not isinstance(request, Retarget) or before.kind is not TaskKind.RIG:
        return {}
    return {"animations": animations_for(Rig.of(before.request.model_dump()), request.animations)}


def _refuse_rig(request: TaskRequest, following: Job | None) -> str:
    """Return why a rig should not be paid for, as a sentence for its row, or ""."""
    rig = Rig.of(request.model_dump())
    if rig is None:
        return ""
    later = following.request if following is not None else None
    moves = animations_for(rig, later.animations) if isinstance(later, Retarget) else None
    sentence = refuse_rig(rig)
    if not sentence and moves is not None:
        sentence = refuse_animations(rig, moves)
    return messages.rig_refused(sentence) if sentence else ""


def source_of(request: TaskRequest) -> str | None:
    """Return the task that a request works on, if known."""
    return getattr(request, _SOURCE.get(TaskKind(request.kind), "source_task"), None)


def _on(
    request: TaskRequest, task_id: str | None, found: Mapping[str, object] | None = None
) -> Started:
    field = _SOURCE.get(TaskKind(request.kind), "source_task")
    return Started(request.model_copy(update={field: task_id, **(found or {})}))
