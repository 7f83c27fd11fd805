"""Continues a job after a break: in a new session, with a task id, or as a new try."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ...api.errors import Kind, Problem
from ..messages import rows as messages
from . import machine
from .events import CancelRequested, Submitted
from .job import Failure, Job, Landing, Placement, State


def recover(
    job: Job,
    *,
    paid: str | None,
    announced: bool,
    now: float,
    goes_on: bool = False,
    repeats: bool = False,
) -> Job:
    """Return the job as a new session takes it over. `paid`: the task id of the journal's receipt.
    `announced`: the journal says that a paid request was about to be sent. A job that was not sent
    yet fails, unless `goes_on`: the file stayed open, and only the add-on was disabled. `repeats`:
    the service answers the same request again without charging twice."""
    if paid is not None and job.failure is Failure.OUTCOME_UNKNOWN:
        return machine.next_revision(machine.accepted(replace(job, failure=None), paid, now))
    if job.state.final:
        return job
    if job.state is State.SUBMITTING and (paid is not None or announced):
        return machine.next_revision(_recover_paid(job, paid, now, repeats=repeats))
    if job.state in _UNSENT and not goes_on and not _waits_for_a_step(job):
        trouble = Problem(kind=Kind.CLOSED)
        return machine.next_revision(machine.failed(job, Failure.INTERRUPTED, trouble, now))
    if job.state is State.DOWNLOADING:
        return machine.next_revision(machine.entering(job, State.RUNNING, now))
    if job.state is State.READY and job.blend is None and not job.placement.awaits_capture:
        return machine.next_revision(machine.entering(job, State.CONVERTING, now))
    return machine.next_revision(replace(job, due=now, entered=now))


_UNSENT: Final = frozenset({State.REHEARSING, State.PENDING, State.UPLOADING, State.SUBMITTING})


def _recover_paid(job: Job, paid: str | None, now: float, *, repeats: bool) -> Job:
    """Continue after a paid request that was or may have been sent: with a receipt the job is
    running; without one, only a service that makes repeats safe can tell."""
    if paid is not None:
        return machine.accepted(job, paid, now)
    trouble = Problem(kind=Kind.LOST_ANSWER, detail=messages.CLOSED_BEFORE_ANSWER)
    if repeats:
        return replace(job, due=now, entered=now, attempt=1, trouble=trouble)
    return machine.failed(job, Failure.OUTCOME_UNKNOWN, trouble, now)


def _waits_for_a_step(job: Job) -> bool:
    return job.state in {State.REHEARSING, State.PENDING} and job.after is not None


def attached(job: Job, task_id: str, now: float) -> Job:
    """Return the job after a person has entered its task's id."""
    if not job.may_be_attached:
        raise machine.IllegalTransition(job, Submitted(task_id))
    known = replace(job, failure=None, candidates=(), cancelling=False)
    return machine.next_revision(machine.accepted(known, task_id, now))


def new_try(
    job: Job,
    *,
    id: str,
    wall: float,
    account: str | None = None,
    placement: Placement | None = None,
) -> Job:
    """Return a new job for the same request: from the file if there is one, from the task if the
    service has it (both free), else from the start, which costs credits of `account`, by default
    the one that the job was sent with."""
    if not job.state.final:
        raise machine.IllegalTransition(job, CancelRequested())
    fresh = Job(
        id=id,
        account=job.account,
        title=job.title,
        request=job.request,
        placement=placement or job.placement,
        price=job.price,
        created=wall,
        updated=wall,
        replaces=job.id,
        original_id=job.original_id or job.id,
        after=job.after,
        draft=job.draft,
        keeps=job.keeps,
        style=job.style,
        details_lost=job.details_lost,
        by_file=job.by_file,
    )
    if not job.retry_needs_service:
        kept = replace(fresh, task_id=job.task_id, model=job.model, credits=job.credits)
        kept = replace(kept, task_made=job.task_made)
        made = replace(kept, clips=job.clips, preview=job.preview, sent=job.sent)
        return _from_file(made, former=job)
    if job.retry_is_free:
        known = replace(fresh, task_id=job.task_id, task_made=job.task_made)
        return replace(known, state=State.RUNNING)
    return machine.begun(replace(fresh, account=account or job.account))


def _from_file(job: Job, *, former: Job) -> Job:
    """Continue with the prepared .blend, unless it failed or was made for another front or unit. A
    model that no child could prepare is imported directly, because the artist saw it fail and asks
    for it. A result that could not be applied to an object may still work as a new object."""
    failed = former.failure is Failure.IMPORT
    direct = not (job.placement.target or former.placement.target)
    if job.placement.landing is Landing.DOWNLOAD:
        return replace(job, state=State.DONE)
    if job.placement.awaits_capture:
        return replace(job, state=State.READY)
    if failed and former.blend is None and direct:
        return replace(job, state=State.READY, note=messages.IMPORTED_HERE)
    if (
        failed
        or former.blend is None
        or not machine.has_same_terms(job.placement, former.placement)
    ):
        return replace(job, state=State.CONVERTING)
    return replace(job, state=State.READY, blend=former.blend)
