"""Defines what each event does to a job. Pure: no socket, clock, thread or log.

A state says what to do next, an event what happened; `advance` returns the job after it. The table
`transitions.NEXT` lists where an event may lead; any other pair raises `IllegalTransition` and
changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from ...api.catalog.service_types import Pace
from ...api.catalog.task_kinds import Makes
from ...api.errors import Kind, Problem
from ...api.replies import Status, Task
from ...api.tasks import kind_of
from ..messages import rows as messages
from . import timing
from .events import (
    BlendLost,
    CancelRequested,
    Converted,
    Downloaded,
    Event,
    Failed,
    FilesLost,
    ImportRequested,
    LinksExpired,
    NotConverted,
    PicturesDownloaded,
    Placed,
    Polled,
    Progressed,
    Rehearsed,
    Rerouted,
    Retry,
    SourceGone,
    Started,
    Submitted,
    Unanswered,
    Uploaded,
)
from .job import Failure, Job, Landing, Placement, State
from .transitions import NEXT, WORKING


class IllegalTransition(Exception):
    """The event cannot happen in that state: a bug."""

    def __init__(self, job: Job, event: Event) -> None:
        super().__init__(f"{type(event).__name__} while {job.state.name}")


def begun(job: Job) -> Job:
    """Return a new job in its first state; one that can be rehearsed is, before payment."""
    return replace(job, state=State.REHEARSING if job.rehearses else State.PENDING)


def advance(job: Job, event: Event, now: float) -> Job:
    """Return the job after the event. Raises `IllegalTransition`."""
    moved = _advance(job, event, now)
    if moved.state not in NEXT.get((job.state, type(event)), ()):
        raise IllegalTransition(job, event)
    return moved if moved is job else replace(moved, revision=job.revision + 1)


def _advance(job: Job, event: Event, now: float) -> Job:
    match job.state, event:
        case State.REHEARSING, Rehearsed():
            return entering(job, State.PENDING, now)
        case State.PENDING, Started(request):
            ready = replace(job, request=request or job.request)
            return entering(
                ready, State.UPLOADING if ready.request.files else State.SUBMITTING, now
            )
        case State.REHEARSING | State.PENDING, Failed(failure, trouble):
            return failed(job, failure, trouble, now)
        case State.UPLOADING, Uploaded(files, remark, sent):
            submitting = entering(job, State.SUBMITTING, now)
            remarks = "; ".join(words for words in (job.remark, remark) if words)
            return replace(submitting, files=files, remark=remarks, sent=sent)
        case State.SUBMITTING, Submitted(task_id, pace, made):
            return replace(accepted(job, task_id, now, pace), task_made=made)
        case State.SUBMITTING, SourceGone(trouble):
            return failed(job, Failure.REJECTED, trouble, now)
        case State.SUBMITTING, Rerouted(request, after, remark):
            waiting = replace(entering(job, State.PENDING, now), files=(), sent=(), by_file=())
            return replace(waiting, request=request, after=after, remark=remark)
        case State.SUBMITTING, Unanswered():
            return _unanswered(job, event, now)
        case (
            State.SUBMITTING,
            Retry() | Failed() | CancelRequested(paying=False) as since,
        ) if job.is_unanswered:
            return _unanswered(job, since, now)
        case State.RUNNING, Polled():
            return _polled(job, event, now)
        case State.DOWNLOADING, Progressed(percent, note):
            # Once bytes arrive, the former error is outdated.
            return replace(job, progress=percent, note=note, trouble=None)
        case State.DOWNLOADING, LinksExpired():
            return _expired(job, now)
        case State.DOWNLOADING, Downloaded(model, clips, preview, note):
            entered = replace(entering(job, _after_download(job), now), note=note)
            fetched = replace(entered, links=(), clip_links=(), preview_link=None, expired=0)
            return replace(fetched, model=model, clips=clips, preview=preview)
        case State.DOWNLOADING, PicturesDownloaded(pictures, note):
            done = replace(entering(job, State.DONE, now), note=note)
            return replace(done, pictures=pictures, links=())
        case State.CONVERTING, Converted(blend, note):
            return replace(entering(job, State.READY, now), blend=blend, note=note)
        case State.CONVERTING, NotConverted(why):
            return replace(entering(job, State.READY, now), note=why)
        case State.READY, Placed(root, note):
            return replace(entering(job, State.DONE, now), root=root, note=note or job.note)
        case State.READY, BlendLost():
            return replace(entering(job, State.CONVERTING, now), blend=None)
        case State.CONVERTING | State.READY, FilesLost():
            return _files_lost(job, now)
        case State.READY, ImportRequested(placement):
            return _wanted(job, placement, now)
        case State.SUBMITTING, CancelRequested(paying=True):
            return replace(job, cancelling=True)
        case state, CancelRequested() if not state.final:
            return cancelled(job, now)
        case state, Retry(trouble, wait) if state in WORKING:
            return _retry(job, trouble, wait, now)
        case state, Failed(failure, trouble) if state in WORKING:
            return failed(job, failure, trouble, now)
        case _:
            raise IllegalTransition(job, event)


def entering(job: Job, state: State, now: float) -> Job:
    """Return the job in another state, due now, without the former state's errors and counts."""
    return replace(
        job,
        state=state,
        step=job.step + 1,
        attempt=0,
        failed_tries=0,
        due=now,
        entered=now,
        progress=0,
        trouble=None,
        note="",
    )


def next_revision(job: Job) -> Job:
    """Return the job with the next revision, so that the list takes the change."""
    return replace(job, revision=job.revision + 1)


def accepted(job: Job, task_id: str, now: float, pace: Pace = timing.USUAL) -> Job:
    """Return the job once the service has its task; canceled if the artist canceled meanwhile."""
    running = replace(entering(job, State.RUNNING, now), task_id=task_id, files=())
    if job.cancelling:
        return cancelled(running, now)
    return replace(running, due=now + pace.first)


def _expired(job: Job, now: float) -> Job:
    """Ask for a new link, at once the first time, then with growing waits; after too many the job
    fails."""
    if job.expired + 1 >= timing.REFUSED_LINKS:
        return failed(
            job, Failure.GAVE_UP, Problem(kind=Kind.RESULT, detail=messages.NO_WORKING_LINK), now
        )
    running = replace(entering(job, State.RUNNING, now), links=(), expired=job.expired + 1)
    if job.expired == 0:
        return running
    trouble = Problem(kind=Kind.RESULT, detail=messages.LINK_REFUSED)
    wait = timing.backoff(job.expired, jitter=0.0)
    return replace(running, due=now + wait, trouble=trouble, attempt=1)


def _files_lost(job: Job, now: float) -> Job:
    """Download a task's files again, which is free; fail if they disappear a second time."""
    if job.task_id is None or job.lost:
        trouble = Problem(kind=Kind.RESULT, detail=messages.FILE_GONE)
        return failed(job, Failure.BAD_FILE, trouble, now)
    running = replace(entering(job, State.RUNNING, now), model=None, clips=(), blend=None)
    return replace(running, lost=job.lost + 1, note=messages.FILES_GONE)


def _is_local(trouble: Problem) -> bool:
    """Whether the problem is on this machine, so that another link would not help."""
    return trouble.kind in {Kind.DISK, Kind.FOLDER}


def _with_new_link(job: Job, trouble: Problem, wait: float, now: float) -> Job:
    """Ask for a new link: the service may have moved the file to another host."""
    running = replace(entering(job, State.RUNNING, now), links=(), clip_links=())
    return replace(running, due=now + wait, trouble=trouble, attempt=job.attempt + 1)


def _after_download(job: Job) -> State:
    """Return the state after a download. Files alone are done; a result for an object is prepared
    once the object is captured."""
    if job.placement.landing is Landing.DOWNLOAD:
        return State.DONE
    return State.READY if job.placement.awaits_capture else State.CONVERTING


def _wanted(job: Job, placement: Placement, now: float) -> Job:
    """Prepare the .blend again if it was made for another front, frame rate, unit or target. A
    model that no child could prepare is still imported directly."""
    direct = job.blend is None and not (job.placement.target or placement.target)
    if direct or placement.awaits_capture or has_same_terms(job.placement, placement):
        return replace(job, placement=placement)
    return replace(entering(job, State.CONVERTING, now), placement=placement, blend=None)


def has_same_terms(one: Placement, other: Placement) -> bool:
    """Whether a .blend prepared for one placement fits the other."""
    return one.terms == other.terms


def cancelled(job: Job, now: float) -> Job:
    """Cancel the job. Most services cannot stop a task; the row says what that means."""
    if job.model is not None:
        note = messages.CANCELED_ON_DISK
    elif job.task_id is not None:
        note = messages.CANCELED_RUNNING
    else:
        note = messages.NOTHING_SENT
    return replace(entering(job, State.CANCELLED, now), note=note, cancelling=False)


def _retry(job: Job, trouble: Problem, wait: float, now: float) -> Job:
    """Schedule another try. Waiting for a free slot of the service is not a failed try."""
    if job.cancelling:
        return cancelled(job, now)
    tries = job.attempt + 1
    failed_tries = 0 if trouble.kind is Kind.BUSY else job.failed_tries + 1
    if (
        job.state is State.DOWNLOADING
        and tries >= timing.TRIES_WITH_A_LINK
        and not _is_local(trouble)
    ):
        return _with_new_link(job, trouble, wait, now)
    before_payment = job.state in {State.UPLOADING, State.SUBMITTING}
    if before_payment and failed_tries >= timing.TRIES_BEFORE_PAYMENT:
        return failed(job, Failure.GAVE_UP, trouble, now)
    later = replace(job, step=job.step + 1, attempt=tries, failed_tries=failed_tries)
    return replace(later, due=now + wait, trouble=trouble)


def _unanswered(job: Job, since: Unanswered | Retry | Failed | CancelRequested, now: float) -> Job:
    """Repeat a request whose answer was lost, for a while. It may have been paid for, whatever
    happened since, and only its task can prove otherwise. After too many tries, or if the artist
    cancels, the outcome is unknown."""
    trouble = since.trouble if isinstance(since, Unanswered) else job.trouble
    trouble = trouble or Problem(kind=Kind.LOST_ANSWER)
    tries = job.attempt + 1 if job.is_unanswered else 1
    given_up = job.cancelling or tries >= timing.TRIES_BEFORE_PAYMENT
    if given_up or isinstance(since, Failed | CancelRequested):
        return failed(job, Failure.OUTCOME_UNKNOWN, trouble, now)
    return replace(job, step=job.step + 1, attempt=tries, due=now + since.wait, trouble=trouble)


def failed(job: Job, failure: Failure, trouble: Problem, now: float) -> Job:
    """Return the job as failed."""
    failed = entering(job, State.FAILED, now)
    return replace(failed, failure=failure, trouble=trouble, cancelling=False)


def _polled(job: Job, seen: Polled, now: float) -> Job:
    task = seen.task
    if seen.lapsed:
        return failed(job, Failure.LAPSED, Problem(kind=Kind.LAPSED, code=task.error_code), now)
    match task.status:
        case Status.SUCCESS:
            return _succeeded(job, seen, now)
        case Status.QUEUED | Status.RUNNING:
            return _look_later(job, seen, now, attempt=0)
        case Status.UNKNOWN:
            return _unknown(job, seen, now)
        case Status.FAILED:
            return _ended(job, task, task.fault or Kind.SERVICE, now)
        case Status.REFUSED:
            return _ended(job, task, Kind.CONTENT, now)
        case Status.TIMED_OUT:
            return _ended(job, task, Kind.TIMED_OUT, now)
        case Status.CANCELLED:
            return _ended(job, task, Kind.CANCELLED, now)
        case _:
            assert_never(task.status)


def _look_later(job: Job, seen: Polled, now: float, *, attempt: int) -> Job:
    task, jitter = seen.task, seen.jitter
    progress = max(job.progress, task.progress)
    wait = timing.until_next_look(
        now - job.entered, jitter=jitter, pace=seen.pace, progress=progress
    )
    if attempt:
        wait = max(wait, timing.backoff(attempt, jitter=jitter))
    return replace(
        job,
        step=job.step + 1,
        attempt=attempt,
        due=now + wait,
        progress=progress,
        trouble=None,
        note=messages.IN_QUEUE if task.status is Status.QUEUED else "",
    )


def _succeeded(job: Job, seen: Polled, now: float) -> Job:
    """Start the download. Links may come a moment after the success; if they never come, the job
    fails."""
    task, makes = seen.task, kind_of(job.request).makes
    if makes is Makes.FACTS:
        facts = tuple(task.output.facts.items())
        return replace(entering(job, State.DONE, now), credits=task.credits, facts=facts)
    links = task.output.models if makes is Makes.MODEL else task.output.pictures
    if links:
        downloading = entering(job, State.DOWNLOADING, now)
        return replace(
            downloading,
            attempt=job.attempt if job.attempt >= timing.TRIES_WITH_A_LINK else 0,
            links=links,
            clip_links=task.output.clips,
            preview_link=task.output.preview,
            facts=tuple(task.output.facts.items()),
            credits=task.credits,
        )
    looks = _vain_looks(job) + 1
    if looks < timing.LOOKS_WITHOUT_A_LINK:
        return _look_later(job, seen, now, attempt=looks)
    detail = messages.without_file(_NAMES[makes])
    return failed(job, Failure.GAVE_UP, Problem(kind=Kind.RESULT, detail=detail), now)


_NAMES: Final = {Makes.MODEL: "model", Makes.PICTURES: "picture"}


def _unknown(job: Job, seen: Polled, now: float) -> Job:
    """Look again later at a task with an unknown status, or one that the service does not list;
    then fail, but keep the id for a retry."""
    looks = _vain_looks(job) + 1
    if looks < timing.MISSING_LOOKS:
        return _look_later(job, seen, now, attempt=looks)
    task = seen.task
    kind = Kind.NOT_FOUND if task.error_code else Kind.SERVICE
    trouble = Problem(kind=kind, code=task.error_code, message=task.error_message)
    return failed(job, Failure.GAVE_UP, trouble, now)


def _vain_looks(job: Job) -> int:
    """Return how many answers in a row led nowhere; requests without an answer do not count."""
    return 0 if job.trouble is not None else job.attempt


def _ended(job: Job, task: Task, kind: Kind, now: float) -> Job:
    trouble = Problem(kind=kind, code=task.error_code, message=task.error_message)
    return failed(replace(job, credits=task.credits), Failure.GENERATION, trouble, now)
