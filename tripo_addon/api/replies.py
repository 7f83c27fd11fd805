"""What comes back from a service, in our words; no dialect shows through.

Links are signed and short-lived: they are kept out of every repr and never stored.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from .catalog.task_kinds import TaskKind
from .errors import Kind


class Status(Enum):
    """Where a task stands. `UNKNOWN` is any word that we do not know: asking goes on."""

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
    """What a request calls a file by: the service's token, its place in the service's storage, a
    public web address, or its path where the file is sent with the request itself.

    Short-lived, so made just before use and never stored. `format` is the usual extension.
    """

    format: str
    token: str = Field(default="", repr=False)
    storage: tuple[str, str] | None = Field(default=None, repr=False)
    address: str = Field(default="", repr=False)
    path: Path | None = None


def web_picture(address: str) -> FileRef:
    """The reference to a public picture; its format is what its address ends in, else JPEG."""
    ending = address.partition("?")[0].rpartition("/")[2].rpartition(".")[2].lower()
    return FileRef(
        format=ending if ending in {"jpg", "jpeg", "png", "webp"} else "jpeg", address=address
    )


class Output(_Reply):
    """Links to what a finished task made.

    `models` are several links to the same model, the best first; `clips` are further files that
    belong to the result, such as one an animation. `facts` is what a check found out, and
    `RESULT_TASK`.
    """

    models: tuple[str, ...] = Field(default=(), repr=False)
    clips: tuple[str, ...] = Field(default=(), repr=False)
    pictures: tuple[str, ...] = Field(default=(), repr=False)
    preview: str | None = Field(default=None, repr=False)
    facts: dict[str, str | bool] = Field(default_factory=dict)


class Task(_Reply):
    """One task as the service sees it: progress in percent, credits once it is finished.

    `fault` is what a failed task failed of, where the service says.
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
    """A task as the service's own list has it: `kind` is None for one that we do not know,
    `created` in seconds since 1970 by the service's clock, `prompt` what it was made from."""

    id: str
    kind: TaskKind | None = None
    created: float | None = None
    status: Status = Status.UNKNOWN
    prompt: str = ""


class RecentTasks(_Reply):
    """The newest of the key's own tasks, the newest first. `now` is when the service told them, by
    its own clock in seconds since 1970; None where it does not say."""

    tasks: tuple[RecentTask, ...] = ()
    now: float | None = None


class Balance(_Reply):
    """Credits of an account: what can be spent, and what running tasks have reserved."""

    available: float
    frozen: float = 0.0
