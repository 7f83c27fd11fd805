"""Does the work of each state; the only module where errors become events.

Runs in workers. Gets a frozen job and returns exactly one event, never an exception. Side effects:
network, the job's download folder, and the journal entries around a paid request.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...api.catalog.field_types import ParamType
from ...api.catalog.parameters import PARAMETERS
from ...api.errors import (
    Kind,
    LinkExpired,
    NotAccepted,
    OutcomeUnknown,
    Problem,
    Rejected,
    ServiceFault,
    Stopped,
    Transient,
)
from ...api.file_names import folder_trouble
from ...api.messages import folders
from ...api.replies import FileRef, Status, Task, web_picture
from ...api.rules import refuse
from ...api.tasks import kind_of
from ..messages import steps as messages
from ..messages.children import imports_here
from ..model import timing
from ..model.events import (
    Event,
    Failed,
    FilesLost,
    LinksExpired,
    NotConverted,
    Polled,
    Retry,
    SourceGone,
    Submitted,
    Unanswered,
    Uploaded,
)
from ..model.job import Failure, Job, Landing, SentFile, State
from ..model.recipes import source_of
from ..model_files.unusable_file import UnusableFile
from ..storage.claims import LEASE_SECONDS
from ..storage.payments import SendDecision
from ..storage.store import StoreError
from .conversion import convert
from .disk_space import BELOW_DOWNLOADS, refuse_folder
from .download_results import download_results
from .prepare_upload import (
    CAPTURED,
    PreparedUpload,
    UploadPreparation,
    exported,
    prepare_upload,
    sha256_of,
)
from .rehearsal import rehearse
from .tools import Tools

if TYPE_CHECKING:
    from ...api.catalog.service_types import Service
    from ...api.dialect import Dialect
    from ..model.clock import Clock

_log = logging.getLogger(__name__)
_UNKNOWN_TASK: Final = 2001
_OF_THE_LINK: Final = frozenset({Kind.LINK, Kind.RESULT})
"""Problems of a link: it is not opened, or the file behind it is implausibly large."""
_ASLEEP_SECONDS: Final = LEASE_SECONDS / 2


def perform(job: Job, tools: Tools) -> Event | SendDecision | None:
    """Do the work of the job's state. None if the stop flag ended it, because nobody waits for the
    result; a decision other than `GO` if a paid request was not sent."""
    try:
        return None if tools.stop() else _STEPS[job.state](job, tools)
    except Stopped:
        return None
    except ServiceFault as fault:
        return _faulted(job, fault, tools)
    except UnusableFile as unusable:
        return Failed(Failure.BAD_FILE, Problem(kind=Kind.RESULT, detail=unusable.sentence))
    except OSError as error:
        return _disk_failed(job, error, tools)
    except Exception as error:  # noqa: BLE001 - a worker that dies would leave its job waiting for ever
        return _unforeseen(job, error, tools)


def _disk_failed(job: Job, error: OSError, tools: Tools) -> Event:
    if job.state is State.CONVERTING and job.placement.target is None:
        return _unforeseen(job, error, tools)
    trouble = folder_trouble(error, folders.DOWNLOADS)
    if job.state is State.CONVERTING:
        # Without a second Blender, no result can be applied to an object.
        return Failed(Failure.IMPORT, trouble)
    return _refused(job, trouble, tools)


def _faulted(job: Job, fault: ServiceFault, tools: Tools) -> Event:
    match fault:
        case OutcomeUnknown():
            return Failed(Failure.OUTCOME_UNKNOWN, fault.trouble)
        case LinkExpired():
            return LinksExpired()
        case Rejected() if job.state is State.DOWNLOADING and fault.trouble.kind in _OF_THE_LINK:
            return _unopened(job, fault.trouble)
        case Rejected() if _is_about_source(job, fault.trouble):
            return SourceGone(replace(fault.trouble, kind=Kind.SOURCE_GONE))
        case Transient():
            return _retry(job, fault.trouble, tools, retry_after=fault.retry_after)
        case _:
            return _refused(job, fault.trouble, tools)


def _is_about_source(job: Job, trouble: Problem) -> bool:
    """Whether the task that the service does not know is the request's source."""
    refused = job.state is State.SUBMITTING and trouble.kind is Kind.NOT_FOUND
    return refused and source_of(job.request) is not None


def _unopened(job: Job, trouble: Problem) -> Event:
    """Renew a bad link once. A second bad link fails the job; a retry requests a new one, free."""
    return LinksExpired() if job.expired == 0 else Failed(Failure.GAVE_UP, trouble)


def look_up(jobs: Sequence[Job], dialect: Dialect, clock: Clock) -> dict[str, Event]:
    """Look up all these running jobs in one request; return an event for each, by job id."""
    ids = [job.task_id for job in jobs if job.task_id is not None]
    try:
        tasks = dialect.look_up(ids)
    except (Transient, Rejected) as fault:
        retry_after = fault.retry_after if isinstance(fault, Transient) else None
        return {job.id: _later(job, fault.trouble, clock, retry_after) for job in jobs}
    except Exception as error:  # noqa: BLE001 - as above
        _log.exception("Looking up tasks failed")
        trouble = Problem(kind=Kind.ADDON, detail=type(error).__name__)
        return {job.id: _later(job, trouble, clock, None) for job in jobs}
    pace, keeps, wall = dialect.service.pace, dialect.service.keeps, clock.wall()
    # One jitter for all, so that tasks looked up together stay together.
    jitter = clock.jitter()
    gone = {
        job.id
        for job in jobs
        if job.task_id not in tasks and keeps is not None and keeps.ran_out(job.task_made, wall)
    }
    return {job.id: Polled(_found(job, tasks), jitter, pace, lapsed=job.id in gone) for job in jobs}


def _found(job: Job, tasks: Mapping[str, Task]) -> Task:
    missing = Task(id=job.task_id or "", status=Status.UNKNOWN, error_code=_UNKNOWN_TASK)
    return tasks.get(missing.id, missing)


def _connected(tools: Tools) -> Dialect:
    if tools.dialect is None:
        raise Transient(Problem(kind=Kind.OFFLINE, detail=messages.NO_KEY))
    return tools.dialect


def _upload(job: Job, tools: Tools) -> Event:
    dialect = _connected(tools)
    _make_sure_of_offer(job, dialect)
    _make_sure_of_room(job, tools)
    request = job.request
    # Prepare all files before uploading the first: if one fails, nothing was sent.
    prepared = [
        _prepare(name, file, dialect.service, tools.preparation(number), turn)
        for number, (name, file, turn) in enumerate(
            zip(request.file_fields, request.files, request.file_turns, strict=True), start=1
        )
    ]
    files: list[FileRef] = []
    sent: list[SentFile] = []
    for name, file, ready in zip(request.file_fields, request.files, prepared, strict=True):
        if tools.stop():
            raise Stopped
        if isinstance(file, Path) and ready is not None:
            files.append(dialect.upload(ready.path, stop=tools.stop))
            shown = ready.path if file.suffix == CAPTURED else file
            sent.append(SentFile(name, shown.name, sha256_of(shown)))
        else:
            files.append(web_picture(str(file)))
            sent.append(SentFile(name, str(file)))
    remark = "; ".join(ready.remark for ready in prepared if ready is not None and ready.remark)
    return Uploaded(tuple(files), remark, tuple(sent))


def _prepare(
    name: str, file: Path | str, service: Service, preparation: UploadPreparation, turn: int
) -> PreparedUpload | None:
    """Prepare an image, turned by so many quarters, a model, or captured objects for upload; None
    for a web address. Raises `Stopped`, `Rejected`."""
    if preparation.stop():
        raise Stopped
    if isinstance(file, str):
        return None
    if PARAMETERS[name].type is ParamType.MODEL_FILE:
        return exported(file, service.max_model_bytes, preparation)
    return prepare_upload(file, service.pictures, preparation, turn=turn)


def _submit(job: Job, tools: Tools) -> Event | SendDecision:
    """Journal, POST, journal. Without a commit there is no POST; after a lost answer the request is
    repeated only if the service makes that safe."""
    clock, store, dialect = tools.clock, tools.store, _connected(tools)
    _make_sure_of_offer(job, dialect)
    _make_sure_of_room(job, tools)
    wall = clock.wall()
    try:
        decision = store.about_to_pay(job, wall, stop=tools.stop)
    except StoreError as error:
        return Failed(Failure.STORE, Problem(kind=Kind.JOURNAL, detail=error.sentence))
    again = decision is SendDecision.ANNOUNCED and _may_repeat(job, dialect, tools)
    if decision is SendDecision.ANNOUNCED and not again:
        return Failed(Failure.OUTCOME_UNKNOWN, job.trouble or Problem(kind=Kind.LOST_ANSWER))
    if decision is not SendDecision.GO and not again:
        return decision
    if abs(clock.wall() - wall) > _ASLEEP_SECONDS:
        # Another Blender may have taken the job over, and a retry may have been made there.
        if again:
            return Unanswered(job.trouble or Problem(kind=Kind.LOST_ANSWER), 0.0)
        _journal(lambda: store.not_paid(job.id, clock.wall(), messages.SLEPT))
        raise Transient(Problem(kind=Kind.OFFLINE, detail=messages.SLEPT))
    try:
        task_id = _paid_for(job, dialect, tools, again=again)
    except OutcomeUnknown as lost:
        if not dialect.service.repeat_seconds:
            raise
        return Unanswered(lost.trouble, timing.backoff(job.attempt, jitter=clock.jitter()))
    accepted = clock.wall()
    _journal(lambda: store.paid(job, task_id, accepted))
    return Submitted(task_id, dialect.service.pace, accepted)


def _may_repeat(job: Job, dialect: Dialect, tools: Tools) -> bool:
    """Whether the service still answers a repeat of the journaled request with the first one's
    task. False if the clock was set back."""
    at = tools.store.announced(job.id)
    return at is not None and 0 <= tools.clock.wall() - at < dialect.service.repeat_seconds


def _paid_for(job: Job, dialect: Dialect, tools: Tools, *, again: bool) -> str:
    """Send the paid request and return the task's id. From here on the request may have left; only
    `NotAccepted` proves otherwise, or `Stopped`, which comes between two requests. Any other
    exception is raised as `OutcomeUnknown`. So is the refusal of a request that is sent `again`,
    because it proves nothing about the first."""
    try:
        return dialect.submit(job.request, job.files, repeat_key=job.repeat_key, stop=tools.stop)
    except (NotAccepted, Stopped) as refused:
        if again:
            raise _still_unknown(refused) from None
        reason = str(refused)
        _journal(lambda: tools.store.not_paid(job.id, tools.clock.wall(), reason))
        raise
    except OutcomeUnknown:
        raise
    except BaseException as error:
        _log.exception("Job %s: the answer to the paid request was lost", job.id)
        trouble = Problem(kind=Kind.LOST_ANSWER, detail=type(error).__name__)
        raise OutcomeUnknown(trouble) from error


def _still_unknown(refused: NotAccepted | Stopped) -> OutcomeUnknown | Stopped:
    """Return the outcome after a repeat was refused: that proves nothing about the first
    request."""
    if isinstance(refused, Stopped):
        return refused
    detail = messages.still_unknown(refused.trouble.sentence)
    return OutcomeUnknown(Problem(kind=Kind.LOST_ANSWER, detail=detail))


def stop_there(job: Job, dialect: Dialect) -> None:
    """Ask the service to stop the task of a canceled job. Never raises: the job's row promises
    nothing."""
    try:
        dialect.cancel(job.task_id or "")
    except ServiceFault as fault:
        _log.warning("Job %s was not stopped at the service: %s", job.id[:8], fault)
    except Exception:  # noqa: BLE001 - as above
        _log.exception("Stopping a task failed")


def _make_sure_of_offer(job: Job, dialect: Dialect) -> None:
    """Check the request against the catalog again: a retry may use another service, or its model
    version may be gone. Raises `Rejected`."""
    refused = refuse(dialect.service, kind_of(job.request), job.request.model_dump())
    if refused is not None:
        raise Rejected(Problem(kind=Kind.OFFER, detail=refused.sentence))


def _make_sure_of_room(job: Job, tools: Tools) -> None:
    """Check before payment that every folder the result goes to is writable and has room. Raises
    `Rejected`."""
    room = tools.room
    refused = refuse_folder(tools.store.folder, folders.JOB_LIST, room.job_list) or refuse_folder(
        tools.folder.parent, folders.DOWNLOADS, room.downloads, below=BELOW_DOWNLOADS
    )
    for folder, what in _chosen_folders(job):
        refused = refused or refuse_folder(folder, what, room.downloads)
    if refused is not None:
        raise Rejected(refused)


def _chosen_folders(job: Job) -> Iterator[tuple[Path, str]]:
    """Return the folders that the artist chose for the result, each with its name for messages."""
    place = job.placement
    files_only = place.landing is Landing.DOWNLOAD
    named = (
        (place.save_to, folders.CHOSEN),
        ("" if files_only else place.finish.textures, folders.TEXTURES),
        ("" if files_only else place.finish.library, folders.ASSET_LIBRARY),
    )
    return ((Path(folder), what) for folder, what in named if folder)


def _journal(write: Callable[[], None]) -> None:
    """Write a journal entry after the answer. It may be lost: the job carries the same fact to the
    store."""
    try:
        write()
    except Exception as error:  # noqa: BLE001 - what has been paid for must reach the engine
        _log.error("The journal could not be written: %s", error)


def _rehearse(job: Job, tools: Tools) -> Event:
    return rehearse(job, tools.converter, folder=tools.folder / "rehearsal", stop=tools.stop)


def _convert(job: Job, tools: Tools) -> Event:
    """Prepare the model. If its files are gone, any other error does not matter."""
    try:
        event = convert(job, tools.converter, folder=tools.folder, stop=tools.stop, warm=tools.warm)
    except (OSError, UnusableFile):
        if job.files_on_disk:
            raise
        return FilesLost()
    return event if job.files_on_disk else FilesLost()


_STEPS: Final[dict[State, Callable[[Job, Tools], Event | SendDecision]]] = {
    State.REHEARSING: _rehearse,
    State.UPLOADING: _upload,
    State.SUBMITTING: _submit,
    State.DOWNLOADING: download_results,
    State.CONVERTING: _convert,
}


def _retry(job: Job, trouble: Problem, tools: Tools, *, retry_after: float | None) -> Event:
    return _later(job, trouble, tools.clock, retry_after)


def _later(job: Job, trouble: Problem, clock: Clock, retry_after: float | None) -> Event:
    return Retry(
        trouble, timing.backoff(job.attempt, jitter=clock.jitter(), retry_after=retry_after)
    )


def _refused(job: Job, trouble: Problem, tools: Tools) -> Event:
    """Before payment a refusal fails the job; afterwards the job waits and says why."""
    if job.state in {State.REHEARSING, State.UPLOADING, State.SUBMITTING}:
        return Failed(Failure.REJECTED, trouble)
    return _retry(job, trouble, tools, retry_after=None)


def _unforeseen(job: Job, error: Exception, tools: Tools) -> Event:
    _log.exception("Job %s: %s failed", job.id, job.state.value)
    trouble = Problem(kind=Kind.MISTAKE, detail=messages.unforeseen(error, job.state.value))
    if job.state is State.REHEARSING:
        return Failed(Failure.REJECTED, trouble)
    if job.state is State.CONVERTING and job.placement.target is not None:
        return Failed(Failure.IMPORT, trouble)
    if job.state is State.CONVERTING:
        return NotConverted(imports_here(messages.NOT_PREPARED))
    return _retry(job, trouble, tools, retry_after=None)
