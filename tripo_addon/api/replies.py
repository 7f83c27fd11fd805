"""Replies from a service, independent of its dialect.

Links are presigned and short-lived: they are kept out of every repr and never stored.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from .catalog.task_kinds import TaskKind
from .errors import Kind


class Status(Enum):
    """The status of a task. `UNKNOWN` is any status that we do not know: polling continues."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    REFUSED = "refused"
    TIMED_OUT = "timed out"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class _Reply(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileRef(_Reply):
    """A reference to a file in a request: the service's token, its location in the service's
    storage, a public URL, or its path if the file is sent with the request itself.

    Short-lived, so created just before use and never stored. `format` is the usual extension.
    """

    format: str
    token: str = Field(default="", repr=False)
    storage: tuple[str, str] | None = Field(default=None, repr=False)
    address: str = Field(default="", repr=False)
    path: Path | None = None


def web_picture(address: str) -> FileRef:
    """Return a reference to a public picture; its format is its URL's extension, else JPEG."""
    ending = address.partition("?")[0].rpartition("/")[2].rpartition(".")[2].lower()
    return FileRef(
        format=ending if ending in {"jpg", "jpeg", "png", "webp"} else "jpeg", address=address
    )


class Output(_Reply):
    """Links to the results of a finished task.

    `models` are several links to the same model, the best first; `clips` are further files of the
    result, such as one per animation. `facts` are the results of a check, and `RESULT_TASK`.
    """

    models: tuple[str, ...] = Field(default=(), repr=False)
    clips: tuple[str, ...] = Field(default=(), repr=False)
    pictures: tuple[str, ...] = Field(default=(), repr=False)
    preview: str | None = Field(default=None, repr=False)
    facts: dict[str, str | bool] = Field(default_factory=dict)


class Task(_Reply):
    """One task as the service sees it: progress in percent, credits once it is finished.

    `fault` is why a task failed, if the service says.
    """

    id: str
    status: Status
    progress: int = 0
    output: Output = Output()
    credits: float | None = None
    fault: Kind | None = None
    error_code: int | str | None = None
    error_message: str = ""


class RecentTask(_Reply):
    """A task in the service's own list. `kind` is None if unknown to us; `created` is in seconds
    since 1970 by the service's clock."""

    id: str
    kind: TaskKind | None = None
    created: float | None = None
    status: Status = Status.UNKNOWN
    prompt: str = ""


class RecentTasks(_Reply):
    """The key's latest tasks, newest first. `now` is the time of the answer by the service's clock
    in seconds since 1970, or None if not given."""

    tasks: tuple[RecentTask, ...] = ()
    now: float | None = None


class Balance(_Reply):
    """Credits of an account: what can be spent, and what running tasks have reserved."""

    available: float
    frozen: float = 0.0
