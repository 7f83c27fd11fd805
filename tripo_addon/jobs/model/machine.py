"""The way of a job from wish to model. No socket, clock, thread or log: states and events only.

    REHEARSING ─Rehearsed──► PENDING, where a job with nothing to rehearse begins

    PENDING ─Started──► UPLOADING ─Uploaded──► SUBMITTING ─Submitted──► RUNNING
     ▲ └──────Started, nothing to upload──────────▲ │ │ ▲
     └─────────────────Rerouted─────────────────────┘ └─┘ Unanswered, where repeats are safe

    RUNNING ─Polled, success──► DOWNLOADING ─Downloaded──► CONVERTING, READY, DONE
     ▲   ▲ └─Polled, any other─┐     │
     │   └─────────────────────┘     │
     └──────────LinksExpired─────────┘

    CONVERTING ─Converted, NotConverted──► READY ─Placed──► DONE
     ▲                                      │
     └──────BlendLost, ImportRequested elsewhere─────┘

    CONVERTING, READY ─FilesLost──► RUNNING, once

    a check or an import is DONE with its success; pictures, and models that are only to be saved,
    are when they are downloaded; a model whose target is not captured yet is READY then

    any working state   ─Retry─────────► the same state, later
    any working state, REHEARSING and PENDING ─Failed─► FAILED
    any state not final ─CancelRequested──► CANCELLED

A state says what to do next, an event what happened, `advance` where that leaves the job. A pair
that is not listed raises `IllegalTransition` and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, assert_never

from ...api.catalog.records import Makes, Pace
from ...api.errors import Kind, Problem
from ...api.replies import FileRef, Status, Task
from ...api.tasks import TaskRequest, kind_of
from . import timing
from .job import Failure, Job, Landing, Placement, SentFile, State


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A child Blender has tried to put a result onto the captured objects, and it worked."""


@dataclass(frozen=True, slots=True)
class Started:
    """A slot of the service is free, and what had to come before is done: `request` is the wish
    with its result filled in."""

    request: TaskRequest | None = None


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The files are with the service, in the order of the request; `remark` says what had to be
    done to them, `sent` which ones they were."""

    files: tuple[FileRef, ...]
    remark: str = ""
    sent: tuple[SentFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Submitted:
    """The service accepted the task: credits are reserved from here on. `made` is when, in seconds
    since 1970."""

    task_id: str
    pace: Pace = timing.USUAL
    made: float | None = None


@dataclass(frozen=True, slots=True)
class SourceGone:
    """The service does not know the task that the request works on; it made nothing."""

    trouble: Problem


@dataclass(frozen=True, slots=True)
class Rerouted:
    """The same is done from a file: by this `request`, behind the job `after` where there is one.
    `remark` says so on the row."""

    request: TaskRequest
    after: str | None
    remark: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The answer to the paid request was lost, and the service would answer the same request with
    the task that it may have made: it is asked again after `wait` seconds."""

    trouble: Problem
    wait: float


@dataclass(frozen=True, slots=True)
class Polled:
    """What the service says of the task, and how often it likes to be asked; `jitter` is from 0
    to 1. `lapsed`: it does not know the task, and is known not to keep one of that age."""

    task: Task
    jitter: float = 0.0
    pace: Pace = timing.USUAL
    lapsed: bool = False


@dataclass(frozen=True, slots=True)
class Progressed:
    """Percent of the download; `note` is what there is to say where nobody knows of how much."""

    percent: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class LinksExpired:
    """The signed links no longer work."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """The model is on disk, complete and of a known format; `clips` are the files that belong to
    it, such as further animations; `note` says what did not go as asked."""

    model: Path
    clips: tuple[Path, ...] = ()
    preview: Path | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PicturesDownloaded:
    """The pictures are on disk, in the order of the service."""

    pictures: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Converted:
    """A child Blender made a .blend of it; `note` says what it had to warn of."""

    blend: Path
    note: str = ""


@dataclass(frozen=True, slots=True)
class NotConverted:
    """No child Blender could run; `why` is said on the row before Blender pauses for a direct
    import. Empty where none was wanted, since the pause is too short to be felt."""

    why: str


@dataclass(frozen=True, slots=True)
class Placed:
    """The model stands in the scene under this root object; `note` says what did not go as
    asked."""

    root: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class BlendLost:
    """The child's .blend is not on disk any more, but what it was made of is."""


@dataclass(frozen=True, slots=True)
class FilesLost:
    """What was downloaded is not on disk any more."""


@dataclass(frozen=True, slots=True)
class ImportRequested:
    """The artist asked for a READY model here and now, wherever it was meant for."""

    placement: Placement


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """The artist cancelled. `paying`: the paid request is out, and its answer must still be
    heard."""

    paying: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """The step changed nothing and may be taken again after `wait` seconds."""

    trouble: Problem
    wait: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The step cannot be taken."""

    failure: Failure
    trouble: Problem


Event = (
    Rehearsed
    | Started
    | Uploaded
    | Submitted
    | SourceGone
    | Rerouted
    | Unanswered
    | Polled
    | Progressed
    | LinksExpired
    | Downloaded
    | PicturesDownloaded
    | Converted
    | NotConverted
    | Placed
    | BlendLost
    | FilesLost
    | ImportRequested
    | CancelRequested
    | Retry
    | Failed
)

WORKING: Final = frozenset(
    {
        State.UPLOADING,
        State.SUBMITTING,
        State.RUNNING,
        State.DOWNLOADING,
        State.CONVERTING,
        State.READY,
    }
)
TRIES_BEFORE_PAYMENT: Final = 6
LOOKS_WITHOUT_A_LINK: Final = 6
MISSING_LOOKS: Final = 5
REFUSED_LINKS: Final = 12
TRIES_WITH_A_LINK: Final = 5
_NO_LINK: Final = "the file server refuses every link to it"


class IllegalTransition(Exception):
    """The event cannot happen in that state: an error of ours."""

    def __init__(self, job: Job, event: Event) -> None:
        super().__init__(f"{type(event).__name__} while {job.state.name}")


def begun(job: Job) -> Job:
    """A new job in its first state: what can be tried before it is paid for, is."""
    return replace(job, state=State.REHEARSING if job.rehearses else State.PENDING)


def advance(job: Job, event: Event, now: float) -> Job:
    """The job after the event. Raises `IllegalTransition`."""
    moved = _advance(job, event, now)
    return moved if moved is job else replace(moved, revision=job.revision + 1)


def _advance(job: Job, event: Event, now: float) -> Job:
    match job.state, event:
        case State.REHEARSING, Rehearsed():
            return _entering(job, State.PENDING, now)
        case State.PENDING, Started(request):
            wish = replace(job, request=request or job.request)
            return _entering(wish, State.UPLOADING if wish.request.files else State.SUBMITTING, now)
        case State.REHEARSING | State.PENDING, Failed(failure, trouble):
            return _failed(job, failure, trouble, now)
        case State.UPLOADING, Uploaded(files, remark, sent):
            submitting = _entering(job, State.SUBMITTING, now)
            said = "; ".join(words for words in (job.remark, remark) if words)
            return replace(submitting, files=files, remark=said, sent=sent)
        case State.SUBMITTING, Submitted(task_id, pace, made):
            return replace(_accepted(job, task_id, now, pace), task_made=made)
        case State.SUBMITTING, SourceGone(trouble):
            return _failed(job, Failure.REJECTED, trouble, now)
        case State.SUBMITTING, Rerouted(request, after, remark):
            waiting = replace(_entering(job, State.PENDING, now), files=(), sent=(), by_file=())
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
            # What an earlier try failed of is over once bytes come.
            return replace(job, progress=percent, note=note, trouble=None)
        case State.DOWNLOADING, LinksExpired():
            return _expired(job, now)
        case State.DOWNLOADING, Downloaded(model, clips, preview, note):
            entered = replace(_entering(job, _after_download(job), now), note=note)
            fetched = replace(entered, links=(), clip_links=(), preview_link=None, expired=0)
            return replace(fetched, model=model, clips=clips, preview=preview)
        case State.DOWNLOADING, PicturesDownloaded(pictures):
            return replace(_entering(job, State.DONE, now), pictures=pictures, links=())
        case State.CONVERTING, Converted(blend, note):
            return replace(_entering(job, State.READY, now), blend=blend, note=note)
        case State.CONVERTING, NotConverted(why):
            return replace(_entering(job, State.READY, now), note=why)
        case State.READY, Placed(root, note):
            return replace(_entering(job, State.DONE, now), root=root, note=note or job.note)
        case State.READY, BlendLost():
            return replace(_entering(job, State.CONVERTING, now), blend=None)
        case State.CONVERTING | State.READY, FilesLost():
            return _files_lost(job, now)
        case State.READY, ImportRequested(placement):
            return _wanted(job, placement, now)
        case State.SUBMITTING, CancelRequested(paying=True):
            return replace(job, cancelling=True)
        case state, CancelRequested() if not state.final:
            return _cancelled(job, now)
        case state, Retry(trouble, wait) if state in WORKING:
            return _retry(job, trouble, wait, now)
        case state, Failed(failure, trouble) if state in WORKING:
            return _failed(job, failure, trouble, now)
        case _:
            raise IllegalTransition(job, event)


def recover(
    job: Job,
    *,
    paid: str | None,
    asked: bool,
    now: float,
    goes_on: bool = False,
    repeats: bool = False,
) -> Job:
    """The job as a new session takes it up. `paid` is the task id of the journal's receipt, `asked`
    whether the journal says that a paid request was about to leave. What was not sent yet fails,
    unless `goes_on`: Blender and its file stayed open, and the add-on alone was off. `repeats`: the
    very request can be sent again, and would not be paid for twice."""
    if job.failure is Failure.OUTCOME_UNKNOWN and paid is not None:
        return _raised(_accepted(replace(job, failure=None), paid, now))
    if job.state.final:
        return job
    if job.state is State.SUBMITTING and paid is not None:
        return _raised(_accepted(job, paid, now))
    if job.state is State.SUBMITTING and asked:
        trouble = Problem(kind=Kind.LOST_ANSWER, detail="Blender was closed before the answer came")
        if repeats:
            return _raised(replace(job, due=now, entered=now, attempt=1, trouble=trouble))
        return _raised(_failed(job, Failure.OUTCOME_UNKNOWN, trouble, now))
    if job.state in {State.REHEARSING, State.PENDING} and job.after is not None:
        return _raised(replace(job, due=now, entered=now))
    unsent = job.state in {State.REHEARSING, State.PENDING, State.UPLOADING, State.SUBMITTING}
    if unsent and not goes_on:
        trouble = Problem(kind=Kind.CLOSED)
        return _raised(_failed(job, Failure.INTERRUPTED, trouble, now))
    if job.state is State.DOWNLOADING:
        return _raised(_entering(job, State.RUNNING, now))
    if job.state is State.READY and job.blend is None and not job.placement.awaits_capture:
        return _raised(_entering(job, State.CONVERTING, now))
    return _raised(replace(job, due=now, entered=now))


def attached(job: Job, task_id: str, now: float) -> Job:
    """The job as it goes on once a person has said which task of the service it is."""
    if not job.may_be_attached:
        raise IllegalTransition(job, Submitted(task_id))
    known = replace(job, failure=None, candidates=(), cancelling=False)
    return _raised(_accepted(known, task_id, now))


def new_try(
    job: Job,
    *,
    id: str,
    wall: float,
    account: str | None = None,
    placement: Placement | None = None,
) -> Job:
    """A new job for the same wish: from the file where there is one, from the task where the
    service has it (both free), else from the start, which costs credits of `account`, by
    default the one that the job was sent with."""
    if not job.state.final:
        raise IllegalTransition(job, CancelRequested())
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
        wish_id=job.wish_id or job.id,
        after=job.after,
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
    return begun(replace(fresh, account=account or job.account))


def _from_file(job: Job, *, former: Job) -> Job:
    """Go on with the prepared .blend, unless it failed or was made for another front or unit. What
    no child could prepare is imported directly: the artist has seen it fail, and asks for it. What
    could not be put onto an object may well come as one of its own."""
    failed = former.failure is Failure.IMPORT
    direct = not (job.placement.target or former.placement.target)
    if job.placement.landing is Landing.DOWNLOAD:
        return replace(job, state=State.DONE)
    if job.placement.awaits_capture:
        return replace(job, state=State.READY)
    if failed and former.blend is None and direct:
        return replace(
            job, state=State.READY, note="Imported in this Blender, which pauses meanwhile"
        )
    if failed or former.blend is None or not _same_terms(job.placement, former.placement):
        return replace(job, state=State.CONVERTING)
    return replace(job, state=State.READY, blend=former.blend)


def _entering(job: Job, state: State, now: float) -> Job:
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


def _raised(job: Job) -> Job:
    return replace(job, revision=job.revision + 1)


def _accepted(job: Job, task_id: str, now: float, pace: Pace = timing.USUAL) -> Job:
    running = replace(_entering(job, State.RUNNING, now), task_id=task_id, files=())
    if job.cancelling:
        return _cancelled(running, now)
    return replace(running, due=now + pace.first)


def _expired(job: Job, now: float) -> Job:
    """A link that was left too long is renewed at once; one that is refused again and again, less
    and less often, and the row says so, until nothing is to be hoped for from it."""
    if job.expired + 1 >= REFUSED_LINKS:
        return _failed(job, Failure.GAVE_UP, Problem(kind=Kind.RESULT, detail=_NO_LINK), now)
    running = replace(_entering(job, State.RUNNING, now), links=(), expired=job.expired + 1)
    if job.expired == 0:
        return running
    trouble = Problem(kind=Kind.RESULT, detail="the file server refuses the link")
    wait = timing.backoff(job.expired, jitter=0.0)
    return replace(running, due=now + wait, trouble=trouble, attempt=1)


def _files_lost(job: Job, now: float) -> Job:
    """A task that the service knows is fetched again, which is free; what takes the files away
    time and again is not fought."""
    if job.task_id is None or job.lost:
        trouble = Problem(kind=Kind.RESULT, detail="the file is not on disk any more")
        return _failed(job, Failure.BAD_FILE, trouble, now)
    running = replace(_entering(job, State.RUNNING, now), model=None, clips=(), blend=None)
    return replace(running, lost=job.lost + 1, note="The files are gone; fetching them again")


def _is_local(trouble: Problem) -> bool:
    """Whether it is this machine that the trouble is with, and no other link would help."""
    return trouble.kind in {Kind.DISK, Kind.FOLDER}


def _asked_anew(job: Job, trouble: Problem, wait: float, now: float) -> Job:
    """A host that does not answer may not be where the service has the file by now."""
    running = replace(_entering(job, State.RUNNING, now), links=(), clip_links=())
    return replace(running, due=now + wait, trouble=trouble, attempt=job.attempt + 1)


def _after_download(job: Job) -> State:
    """Files alone are all there is to come; a result for something in the scene is prepared once
    that has been captured."""
    if job.placement.landing is Landing.DOWNLOAD:
        return State.DONE
    return State.READY if job.placement.awaits_capture else State.CONVERTING


def _wanted(job: Job, placement: Placement, now: float) -> Job:
    """A .blend made for another front, frame rate, unit or target is made anew; what no child
    could prepare stays to be imported directly."""
    direct = job.blend is None and not (job.placement.target or placement.target)
    if direct or placement.awaits_capture or _same_terms(job.placement, placement):
        return replace(job, placement=placement)
    return replace(_entering(job, State.CONVERTING, now), placement=placement, blend=None)


def _same_terms(one: Placement, other: Placement) -> bool:
    return one.terms == other.terms


def _cancelled(job: Job, now: float) -> Job:
    """Services cannot stop a task: we stop watching, and the row says what that means."""
    if job.model is not None:
        note = "The model is on disk: Retry brings it in, free"
    elif job.task_id is not None:
        note = "Stopped watching; the service finishes the task and its credits are spent"
    else:
        note = "Nothing was sent"
    return replace(_entering(job, State.CANCELLED, now), note=note, cancelling=False)


def _retry(job: Job, trouble: Problem, wait: float, now: float) -> Job:
    """Waiting for a free slot of the service is not a failed try, however long it lasts."""
    if job.cancelling:
        return _cancelled(job, now)
    tries = job.attempt + 1
    failed_tries = 0 if trouble.kind is Kind.BUSY else job.failed_tries + 1
    if job.state is State.DOWNLOADING and tries >= TRIES_WITH_A_LINK and not _is_local(trouble):
        return _asked_anew(job, trouble, wait, now)
    before_payment = job.state in {State.UPLOADING, State.SUBMITTING}
    if before_payment and failed_tries >= TRIES_BEFORE_PAYMENT:
        return _failed(job, Failure.GAVE_UP, trouble, now)
    later = replace(job, step=job.step + 1, attempt=tries, failed_tries=failed_tries)
    return replace(later, due=now + wait, trouble=trouble)


def _unanswered(job: Job, since: Unanswered | Retry | Failed | CancelRequested, now: float) -> Job:
    """The first request may be paid for, whatever has happened since: only its task proves what
    came of it. The same is asked again for a while; then, or once a person will not wait for it,
    nobody knows."""
    trouble = since.trouble if isinstance(since, Unanswered) else job.trouble
    trouble = trouble or Problem(kind=Kind.LOST_ANSWER)
    tries = job.attempt + 1 if job.is_unanswered else 1
    given_up = job.cancelling or tries >= TRIES_BEFORE_PAYMENT
    if given_up or isinstance(since, Failed | CancelRequested):
        return _failed(job, Failure.OUTCOME_UNKNOWN, trouble, now)
    return replace(job, step=job.step + 1, attempt=tries, due=now + since.wait, trouble=trouble)


def _failed(job: Job, failure: Failure, trouble: Problem, now: float) -> Job:
    failed = _entering(job, State.FAILED, now)
    return replace(failed, failure=failure, trouble=trouble, cancelling=False)


def _polled(job: Job, seen: Polled, now: float) -> Job:
    task = seen.task
    if seen.lapsed:
        return _failed(job, Failure.LAPSED, Problem(kind=Kind.LAPSED, code=task.error_code), now)
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
        note="In the service's queue" if task.status is Status.QUEUED else "",
    )


def _succeeded(job: Job, seen: Polled, now: float) -> Job:
    """Links may come a moment after the success; one that never comes is a fault of the service."""
    task, makes = seen.task, kind_of(job.request).makes
    if makes is Makes.FACTS:
        facts = tuple(task.output.facts.items())
        return replace(_entering(job, State.DONE, now), credits=task.credits, facts=facts)
    links = task.output.models if makes is Makes.MODEL else task.output.pictures
    if links:
        downloading = _entering(job, State.DOWNLOADING, now)
        return replace(
            downloading,
            attempt=job.attempt if job.attempt >= TRIES_WITH_A_LINK else 0,
            links=links,
            clip_links=task.output.clips,
            preview_link=task.output.preview,
            facts=tuple(task.output.facts.items()),
            credits=task.credits,
        )
    looks = _vain_looks(job) + 1
    if looks < LOOKS_WITHOUT_A_LINK:
        return _look_later(job, seen, now, attempt=looks)
    detail = f"the task is finished, but there is no {_NAMES[makes]} in it"
    return _failed(job, Failure.GAVE_UP, Problem(kind=Kind.RESULT, detail=detail), now)


_NAMES: Final = {Makes.MODEL: "model", Makes.PICTURES: "picture"}


def _unknown(job: Job, seen: Polled, now: float) -> Job:
    """A word we do not know, or a task that the service does not list: the id stays, for a
    later try."""
    looks = _vain_looks(job) + 1
    if looks < MISSING_LOOKS:
        return _look_later(job, seen, now, attempt=looks)
    task = seen.task
    kind = Kind.NOT_FOUND if task.error_code else Kind.SERVICE
    trouble = Problem(kind=kind, code=task.error_code, message=task.error_message)
    return _failed(job, Failure.GAVE_UP, trouble, now)


def _vain_looks(job: Job) -> int:
    """Answers in a row that led nowhere; requests that got no answer are not among them."""
    return 0 if job.trouble is not None else job.attempt


def _ended(job: Job, task: Task, kind: Kind, now: float) -> Job:
    trouble = Problem(kind=kind, code=task.error_code, message=task.error_message)
    return _failed(replace(job, credits=task.credits), Failure.GENERATION, trouble, now)
