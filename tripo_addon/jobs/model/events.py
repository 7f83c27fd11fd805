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
    """A child Blender has tried to put a result onto the captured objects, and it worked."""


@record
class Started:
    """A slot of the service is free, and what had to come before is done: `request` is the wish
    with its result filled in."""

    request: TaskRequest | None = None


@record
class Uploaded:
    """The files are with the service, in the order of the request; `remark` says what had to be
    done to them, `sent` which ones they were."""

    files: tuple[FileRef, ...]
    remark: str = ""
    sent: tuple[SentFile, ...] = ()


@record
class Submitted:
    """The service accepted the task: credits are reserved from here on. `made` is when, in seconds
    since 1970."""

    task_id: str
    pace: Pace = timing.USUAL
    made: float | None = None


@record
class SourceGone:
    """The service does not know the task that the request works on; it made nothing."""

    trouble: Problem


@record
class Rerouted:
    """The same is done from a file: by this `request`, behind the job `after` where there is one.
    `remark` says so on the row."""

    request: TaskRequest
    after: str | None
    remark: str


@record
class Unanswered:
    """The answer to the paid request was lost, and the service would answer the same request with
    the task that it may have made: it is asked again after `wait` seconds."""

    trouble: Problem
    wait: float


@record
class Polled:
    """What the service says of the task, and how often it likes to be asked; `jitter` is from 0
    to 1. `lapsed`: it does not know the task, and is known not to keep one of that age."""

    task: Task
    jitter: float = 0.0
    pace: Pace = timing.USUAL
    lapsed: bool = False


@record
class Progressed:
    """Percent of the download; `note` is what there is to say where nobody knows of how much."""

    percent: int
    note: str = ""


@record
class LinksExpired:
    """The signed links no longer work."""


@record
class Downloaded:
    """The model is on disk, complete and of a known format; `clips` are the files that belong to
    it, such as further animations; `note` says what did not go as asked."""

    model: Path
    clips: tuple[Path, ...] = ()
    preview: Path | None = None
    note: str = ""


@record
class PicturesDownloaded:
    """The pictures are on disk, in the order of the service."""

    pictures: tuple[Path, ...]


@record
class Converted:
    """A child Blender made a .blend of it; `note` says what it had to warn of."""

    blend: Path
    note: str = ""


@record
class NotConverted:
    """No child Blender could run; `why` is said on the row before Blender pauses for a direct
    import. Empty where none was wanted, since the pause is too short to be felt."""

    why: str


@record
class Placed:
    """The model stands in the scene under this root object; `note` says what did not go as
    asked."""

    root: str
    note: str = ""


@record
class BlendLost:
    """The child's .blend is not on disk any more, but what it was made of is."""


@record
class FilesLost:
    """What was downloaded is not on disk any more."""


@record
class ImportRequested:
    """The artist asked for a READY model here and now, wherever it was meant for."""

    placement: Placement


@record
class CancelRequested:
    """The artist cancelled. `paying`: the paid request is out, and its answer must still be
    heard."""

    paying: bool = False


@record
class Retry:
    """The step changed nothing and may be taken again after `wait` seconds."""

    trouble: Problem
    wait: float


@record
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
