"""What comes back from a service, in our words; no dialect shows through.

Links are signed and short-lived: they are kept out of every repr and never stored.
"""

from __future__ import annotations

from enum import Enum

from pydantic import BaseModel, ConfigDict, Field


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
    """A file that the service holds for a later request; short-lived, so uploaded just before
    use."""

    token: str
    mime: str


class Output(_Reply):
    """Links to what a finished task made, the best model first."""

    models: tuple[str, ...] = Field(default=(), repr=False)
    preview: str | None = Field(default=None, repr=False)


class Task(_Reply):
    """One task as the service sees it: progress in percent, credits once it is finished."""

    id: str
    status: Status
    progress: int = 0
    output: Output = Output()
    credits: float | None = None
    error_code: int | None = None
    error_message: str = ""


class Balance(_Reply):
    """Credits of an account: what can be spent, and what running tasks have reserved."""

    available: float
    frozen: float = 0.0
