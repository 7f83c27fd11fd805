"""What can happen to a job. `machine.advance` says where each event leads."""

from __future__ import annotations

from pathlib import Path

from ...api.catalog.service_types import Pace
from ...api.errors import Problem
from ...api.record import record
from ...api.replies import FileRef, Task
from ...api.tasks import TaskRequest
from . import timing
from .job import Failure, Placement, SentFile


@record
class Rehearsed:
    """A child Blender applied the captured objects to themselves, so a result can be applied."""


@record
class Started:
    """A slot of the service is free and the previous step is done. `request` is the job's request
    with that step's result filled in."""

    request: TaskRequest | None = None


@record
class Uploaded:
    """The files were uploaded, in the order of the request. `remark` says how they were changed,
    `sent` which files they were."""

    files: tuple[FileRef, ...]
    remark: str = ""
    sent: tuple[SentFile, ...] = ()


@record
class Submitted:
    """The service accepted the task: credits are reserved from here on. `made` is in seconds since
    1970."""

    task_id: str
    pace: Pace = timing.USUAL
    made: float | None = None


@record
class SourceGone:
    """The service does not know the task that the request works on; it made nothing."""

    trouble: Problem


@record
class Rerouted:
    """The job continues with a file: by this `request`, after the job `after` if there is one.
    `remark` says so in its row."""

    request: TaskRequest
    after: str | None
    remark: str


@record
class Unanswered:
    """The answer to the paid request was lost, at a service that answers a repeat with the same
    task: it is repeated after `wait` seconds."""

    trouble: Problem
    wait: float


@record
class Polled:
    """The service's answer about the task, and how often it wants to be asked; `jitter` is from 0
    to 1. `lapsed`: it does not know the task, and is known not to keep one of that age."""

    task: Task
    jitter: float = 0.0
    pace: Pace = timing.USUAL
    lapsed: bool = False


@record
class Progressed:
    """Percent of the download; `note` is the text if the total size is unknown."""

    percent: int
    note: str = ""


@record
class LinksExpired:
    """The signed links no longer work."""


@record
class Downloaded:
    """The model is on disk, complete and of a known format. `clips` are its other files, such as
    further animations; `note` says what did not go as requested."""

    model: Path
    clips: tuple[Path, ...] = ()
    preview: Path | None = None
    note: str = ""


@record
class PicturesDownloaded:
    """The pictures are on disk, in the order of the service; `note` says what else there is to
    know."""

    pictures: tuple[Path, ...]
    note: str = ""


@record
class Converted:
    """A child Blender made a .blend of the model; `note` has its warnings."""

    blend: Path
    note: str = ""


@record
class NotConverted:
    """No child Blender could run. `why` is shown in the row before Blender pauses for a direct
    import; empty if no child was wanted, because that pause is too short to notice."""

    why: str


@record
class Placed:
    """The model is in the scene, under this root object; `note` says what did not go as
    requested."""

    root: str
    note: str = ""


@record
class BlendLost:
    """The prepared .blend is gone from disk, but the downloaded files are there."""


@record
class FilesLost:
    """The downloaded files are gone from disk."""


@record
class ImportRequested:
    """The artist asked to import a READY model here and now, wherever it was to go before."""

    placement: Placement


@record
class CancelRequested:
    """The artist canceled. `paying`: the paid request has left, and its answer must still be
    received."""

    paying: bool = False


@record
class Retry:
    """The step changed nothing and may be tried again after `wait` seconds."""

    trouble: Problem
    wait: float


@record
class Failed:
    """The step cannot succeed."""

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
