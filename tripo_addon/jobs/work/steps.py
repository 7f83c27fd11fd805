"""One state, one piece of work, one event: the only place where errors become events.

Runs in workers. Gets a frozen job and answers with exactly one event, never an exception. Its side
effects are the network, the job's download folder, and the journal entries around a paid request.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.records import Makes, ParamType
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
from ...api.http.downloads import Bounds, download
from ...api.messages import folders
from ...api.pictures import mime_type
from ...api.replies import FileRef, Status, Task, web_picture
from ...api.rules import refuse
from ...api.tasks import kind_of
from ..messages import steps as messages
from ..messages.children import imports_here
from ..model import timing
from ..model.events import (
    Downloaded,
    Event,
    Failed,
    FilesLost,
    LinksExpired,
    NotConverted,
    PicturesDownloaded,
    Polled,
    Progressed,
    Retry,
    SourceGone,
    Submitted,
    Unanswered,
    Uploaded,
)
from ..model.job import Failure, Job, Landing, SentFile, State
from ..model.recipes import source_of
from ..model_files.model_format import recognise
from ..model_files.unusable_file import UnusableFile
from ..storage.payments import SendDecision
from ..storage.store import LEASE_SECONDS, Store, StoreError
from .conversion import convert
from .converter import Converter
from .disk_space import BELOW_DOWNLOADS, DiskSpace, refuse_folder
from .prepare_upload import (
    CAPTURED,
    PreparedUpload,
    UploadPreparation,
    exported,
    prepare_upload,
    sha256_of,
)
from .rehearsal import rehearse
from .save_copy import saved

if TYPE_CHECKING:
    from ...api.catalog.records import Service
    from ...api.dialect import Dialect
    from ..model.clock import Clock
    from .warm_child import WarmChild

_log = logging.getLogger(__name__)
_UNKNOWN_TASK: Final = 2001
_OF_THE_LINK: Final = frozenset({Kind.LINK, Kind.RESULT})
"""What is wrong with where a link leads: it is not opened, or what is there is no model's size."""
_ASLEEP_SECONDS: Final = LEASE_SECONDS / 2


class StopFlag:
    """Raised by the main thread, looked at by a worker. Calling it tells whether it is raised."""

    __slots__ = ("_raised",)

    def __init__(self) -> None:
        self._raised = False

    def raise_(self) -> None:
        """From now on the work should end."""
        self._raised = True

    def __call__(self) -> bool:
        """Whether it is raised."""
        return self._raised


@dataclass(frozen=True, slots=True)
class Tools:
    """What a worker needs for one job. `dialect` is None where no service is needed; `report`
    may be called while the work goes on."""

    dialect: Dialect | None
    store: Store
    clock: Clock
    folder: Path
    converter: Converter | None
    stop: StopFlag
    report: Callable[[Event], None]
    room: DiskSpace = field(default_factory=DiskSpace)
    warm: WarmChild | None = None

    def preparation(self, number: int) -> UploadPreparation:
        """What it takes to make the picture of that number fit."""
        converter = self.converter or Converter((), {})
        return UploadPreparation(
            converter.command, converter.environment, self.folder, f"sent-{number}", self.stop
        )


def perform(job: Job, tools: Tools) -> Event | SendDecision | None:
    """Do what the job's state asks for. None where the stop flag ended it: nobody waits for
    that answer. A decision other than `GO`, where a paid request did not leave."""
    try:
        return None if tools.stop() else _STEPS[job.state](job, tools)
    except Stopped:
        return None
    except ServiceFault as fault:
        return _faulted(job, fault, tools)
    except UnusableFile as unusable:
        detail = unusable.sentence.rstrip(".")
        return Failed(Failure.BAD_FILE, Problem(kind=Kind.RESULT, detail=detail))
    except OSError as error:
        return _disk_failed(job, error, tools)
    except Exception as error:  # noqa: BLE001 - a worker that dies would leave its job waiting for ever
        return _unforeseen(job, error, tools)


def _disk_failed(job: Job, error: OSError, tools: Tools) -> Event:
    if job.state is State.CONVERTING and job.placement.target is None:
        return _unforeseen(job, error, tools)
    trouble = folder_trouble(error, folders.DOWNLOADS)
    if job.state is State.CONVERTING:
        # Without a second Blender nothing can be put onto an object.
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
            return _retry(job, fault.trouble, tools, asked=fault.retry_after)
        case _:
            return _refused(job, fault.trouble, tools)


def _is_about_source(job: Job, trouble: Problem) -> bool:
    """Whether it is the task that the request works on which the service does not know."""
    asked = job.state is State.SUBMITTING and trouble.kind is Kind.NOT_FOUND
    return asked and source_of(job.request) is not None


def _unopened(job: Job, trouble: Problem) -> Event:
    """A service that gives such a link twice will go on doing so: the task is known, and whoever
    tries again asks for its link anew, free."""
    return LinksExpired() if job.expired == 0 else Failed(Failure.GAVE_UP, trouble)


def look_up(jobs: Sequence[Job], dialect: Dialect, clock: Clock) -> dict[str, Event]:
    """Ask for all these running jobs at once: an event for each, by job id."""
    ids = [job.task_id for job in jobs if job.task_id is not None]
    try:
        tasks = dialect.look_up(ids)
    except (Transient, Rejected) as fault:
        asked = fault.retry_after if isinstance(fault, Transient) else None
        return {job.id: _later(job, fault.trouble, clock, asked) for job in jobs}
    except Exception as error:  # noqa: BLE001 - as above
        _log.exception("Looking up tasks failed")
        trouble = Problem(kind=Kind.ADDON, detail=type(error).__name__)
        return {job.id: _later(job, trouble, clock, None) for job in jobs}
    pace, keeps, wall = dialect.service.pace, dialect.service.keeps, clock.wall()
    # One chance for all: tasks that were asked for together stay together.
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
    # All are made fit before the first is sent: where one cannot be, nothing was.
    fits = [
        _prepare(name, file, dialect.service, tools.preparation(number))
        for number, (name, file) in enumerate(
            zip(request.file_fields, request.files, strict=True), start=1
        )
    ]
    files: list[FileRef] = []
    sent: list[SentFile] = []
    for name, file, fit in zip(request.file_fields, request.files, fits, strict=True):
        if tools.stop():
            raise Stopped
        if isinstance(file, Path) and fit is not None:
            files.append(dialect.upload(fit.path, stop=tools.stop))
            shown = fit.path if file.suffix == CAPTURED else file
            sent.append(SentFile(name, shown.name, sha256_of(shown)))
        else:
            files.append(web_picture(str(file)))
            sent.append(SentFile(name, str(file)))
    remark = "; ".join(fit.remark for fit in fits if fit is not None and fit.remark)
    return Uploaded(tuple(files), remark, tuple(sent))


def _prepare(
    name: str, file: Path | str, service: Service, fitting: UploadPreparation
) -> PreparedUpload | None:
    """What is sent for a picture, a model, or objects that were captured; for a web address
    nothing. Raises `Stopped`, `Rejected`."""
    if fitting.stop():
        raise Stopped
    if isinstance(file, str):
        return None
    if PARAMETERS[name].type is ParamType.MODEL_FILE:
        return exported(file, service.max_model_bytes, fitting)
    return prepare_upload(file, service.pictures, fitting)


def _submit(job: Job, tools: Tools) -> Event | SendDecision:
    """Journal, POST, journal. No commit, no POST; a lost answer is sent for again only where the
    service makes that safe."""
    clock, store, dialect = tools.clock, tools.store, _connected(tools)
    _make_sure_of_offer(job, dialect)
    _make_sure_of_room(job, tools)
    wall = clock.wall()
    try:
        leave = store.about_to_pay(job, wall, stop=tools.stop)
    except StoreError as error:
        return Failed(Failure.STORE, Problem(kind=Kind.JOURNAL, detail=error.sentence))
    again = leave is SendDecision.ANNOUNCED and _may_repeat(job, dialect, tools)
    if leave is SendDecision.ANNOUNCED and not again:
        return Failed(Failure.OUTCOME_UNKNOWN, job.trouble or Problem(kind=Kind.LOST_ANSWER))
    if leave is not SendDecision.GO and not again:
        return leave
    if abs(clock.wall() - wall) > _ASLEEP_SECONDS:
        # Another Blender may have taken the job for a dead one's, and a person tried it again.
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
    """Whether the service still remembers the request that was announced, and would answer it with
    the task that it made. A clock that was set back proves nothing."""
    at = tools.store.announced(job.id)
    return at is not None and 0 <= tools.clock.wall() - at < dialect.service.repeat_seconds


def _paid_for(job: Job, dialect: Dialect, tools: Tools, *, again: bool) -> str:
    """Send the paid request: the id of its task. From here on the request may have left, and only
    `NotAccepted` proves the contrary, or `Stopped`, which comes between two requests. Any other
    exception, of whatever type, is raised as `OutcomeUnknown`; and so is the refusal of a request
    that is sent `again`, which says nothing of the first."""
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
    """What the refusal of a repeat says of the request that it repeats: nothing."""
    if isinstance(refused, Stopped):
        return refused
    detail = messages.still_unknown(refused.trouble.sentence)
    return OutcomeUnknown(Problem(kind=Kind.LOST_ANSWER, detail=detail))


def stop_there(job: Job, dialect: Dialect) -> None:
    """Ask the service to stop the task of a job that was cancelled; never raises, since the row
    promises nothing."""
    try:
        dialect.cancel(job.task_id or "")
    except ServiceFault as fault:
        _log.warning("Job %s was not stopped at the service: %s", job.id[:8], fault)
    except Exception:  # noqa: BLE001 - as above
        _log.exception("Stopping a task failed")


def _make_sure_of_offer(job: Job, dialect: Dialect) -> None:
    """A wish may be tried again at another service than it was made for, or once its model version
    has gone: what the catalogue refuses is not sent. Raises `Rejected`."""
    refused = refuse(dialect.service, kind_of(job.request), job.request.model_dump())
    if refused is not None:
        raise Rejected(Problem(kind=Kind.OFFER, detail=refused.sentence))


def _make_sure_of_room(job: Job, tools: Tools) -> None:
    """What is paid for must find room, wherever it is to be written. Raises `Rejected`."""
    room = tools.room
    refused = refuse_folder(tools.store.folder, folders.JOB_LIST, room.job_list) or refuse_folder(
        tools.folder.parent, folders.DOWNLOADS, room.downloads, below=BELOW_DOWNLOADS
    )
    for folder, what in _chosen_folders(job):
        refused = refused or refuse_folder(folder, what, room.downloads)
    if refused is not None:
        raise Rejected(refused)


def _chosen_folders(job: Job) -> Iterator[tuple[Path, str]]:
    """The folders of the artist's own choice that the result is to be written to, each with what
    it is called."""
    place = job.placement
    files_only = place.landing is Landing.DOWNLOAD
    named = (
        (place.save_to, folders.CHOSEN),
        ("" if files_only else place.finish.textures, folders.TEXTURES),
        ("" if files_only else place.finish.library, folders.ASSET_LIBRARY),
    )
    return ((Path(folder), what) for folder, what in named if folder)


def _journal(write: Callable[[], None]) -> None:
    """An entry after the answer. Its loss is survived: the job itself carries the same fact
    to the store."""
    try:
        write()
    except Exception as error:  # noqa: BLE001 - what has been paid for must reach the engine
        _log.error("The journal could not be written: %s", error)


def _download(job: Job, tools: Tools) -> Event:
    """Fetch what the task made; names follow the first bytes, never the link."""
    if kind_of(job.request).makes is Makes.PICTURES:
        names = (f"picture-{number}" for number in range(1, len(job.links) + 1))
        pairs = zip(job.links, names, strict=True)
        return PicturesDownloaded(tuple(_picture(link, name, tools) for link, name in pairs))
    names = (f"clip-{number}" for number in range(1, len(job.clip_links) + 1))
    pairs = zip(job.clip_links, names, strict=True)
    clips = tuple(_model(link, name, tools) for link, name in pairs)
    fetched = Downloaded(_best_model(job, tools), clips, _preview(job, tools))
    return _saved(job, fetched) if job.placement.save_to else fetched


def _saved(job: Job, fetched: Downloaded) -> Downloaded:
    """The files in the folder that was chosen for them. Where that does not take them any more,
    they stay where they are, and the row says so: they are not fetched again for it."""
    folder = Path(job.placement.save_to)
    try:
        model = saved(fetched.model, folder, job.title)
        clips = tuple(saved(clip, folder, job.title) for clip in fetched.clips)
    except OSError as error:
        why = folder_trouble(error, folders.CHOSEN).sentence
        _log.warning("Job %s: %s", job.id, why)
        return replace(fetched, note=messages.files_stay(why, fetched.model.parent))
    return replace(fetched, model=model, clips=clips)


def _preview(job: Job, tools: Tools) -> Path | None:
    """The service's own picture of the model, for the Asset Browser. Nothing hangs on it, so it is
    tried once, and done without where it does not come."""
    if not (job.placement.finish.asset and job.preview_link):
        return None
    try:
        return _picture(job.preview_link, "preview", tools)
    except (ServiceFault, UnusableFile) as error:
        _log.info("There is no preview: %s", error)
        return None


def _best_model(job: Job, tools: Tools) -> Path:
    """The model behind the best link; one that was refused although it was fresh gives way to the
    next, and so does at once one that is not opened."""
    best = max(0, job.expired - 1) % len(job.links)
    *others, last = (*job.links[best:], *job.links[:best])
    for link in others:
        try:
            return _model(link, "model", tools)
        except Rejected as refused:
            if refused.trouble.kind is not Kind.LINK:
                raise
    return _model(last, "model", tools)


def _picture(link: str, name: str, tools: Tools) -> Path:
    """One picture, under the extension of its content."""
    raw = _fetched(link, name, tools)
    kind = mime_type(raw)
    if kind is None:
        raw.replace(raw.with_name(f"{name}.unusable"))
        raise UnusableFile(messages.NOT_AN_IMAGE)
    return raw.replace(raw.with_name(f"{name}.{kind[1]}"))


def _model(link: str, name: str, tools: Tools) -> Path:
    """One model, under the extension of its content."""
    raw = _fetched(link, name, tools)
    try:
        model = raw.with_name(f"{name}.{recognise(raw).value}")
    except UnusableFile:
        raw.replace(raw.with_name(f"{name}.unusable"))
        raise
    return raw.replace(model)


def _fetched(link: str, name: str, tools: Tools) -> Path:
    """The file behind a link, whatever it is."""
    raw = tools.folder / f"{name}.download"
    shown = -1

    def progress(done: int, total: int | None) -> None:
        nonlocal shown
        reached = done * 100 // total if total else done // 10**6
        if reached > shown:
            shown = reached
            note = messages.size_so_far(reached)
            tools.report(Progressed(reached) if total else Progressed(0, note))

    local = tools.dialect is not None and tools.dialect.is_local
    bounds = Bounds(local=local, spare=tools.room.spare)
    download(link, raw, stop=tools.stop, progress=progress, bounds=bounds)
    return raw


def _rehearse(job: Job, tools: Tools) -> Event:
    return rehearse(job, tools.converter, folder=tools.folder / "rehearsal", stop=tools.stop)


def _convert(job: Job, tools: Tools) -> Event:
    """Prepare the model. Where its files are gone by then, nothing else that failed matters."""
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
    State.DOWNLOADING: _download,
    State.CONVERTING: _convert,
}


def _retry(job: Job, trouble: Problem, tools: Tools, *, asked: float | None) -> Event:
    return _later(job, trouble, tools.clock, asked)


def _later(job: Job, trouble: Problem, clock: Clock, asked: float | None) -> Event:
    return Retry(trouble, timing.backoff(job.attempt, jitter=clock.jitter(), asked=asked))


def _refused(job: Job, trouble: Problem, tools: Tools) -> Event:
    """Before payment a refusal is final; after it the job waits and says for what."""
    if job.state in {State.REHEARSING, State.UPLOADING, State.SUBMITTING}:
        return Failed(Failure.REJECTED, trouble)
    return _retry(job, trouble, tools, asked=None)


def _unforeseen(job: Job, error: Exception, tools: Tools) -> Event:
    _log.exception("Job %s: %s failed", job.id, job.state.value)
    trouble = Problem(kind=Kind.MISTAKE, detail=messages.unforeseen(error, job.state.value))
    if job.state is State.REHEARSING:
        return Failed(Failure.REJECTED, trouble)
    if job.state is State.CONVERTING and job.placement.target is not None:
        return Failed(Failure.IMPORT, trouble)
    if job.state is State.CONVERTING:
        return NotConverted(imports_here(messages.NOT_PREPARED))
    return _retry(job, trouble, tools, asked=None)
