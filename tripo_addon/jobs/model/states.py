"""The states of a job, and the reasons why it failed."""

from __future__ import annotations

from enum import Enum
from typing import Final

_FINAL: Final = frozenset({"done", "failed", "cancelled"})


class State(Enum):
    """What a job does next; `transitions` lists the ways between states."""

    REHEARSING = "rehearsing"
    PENDING = "pending"
    UPLOADING = "uploading"
    SUBMITTING = "submitting"
    RUNNING = "running"
    DOWNLOADING = "downloading"
    CONVERTING = "converting"
    READY = "ready"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    # Each is the only one of its kind; Enum's own hash is Python code, and slow.
    __hash__ = object.__hash__

    @property
    def final(self) -> bool:
        """Whether the job never changes again; a retry is a new job."""
        # Compare the value, which is fast: panels ask this for a thousand jobs per redraw.
        return self._value_ in _FINAL


class Failure(Enum):
    """Why a job failed, grouped by what can be done next."""

    REJECTED = "rejected"
    OUTCOME_UNKNOWN = "outcome unknown"
    GENERATION = "generation"
    GAVE_UP = "gave up"
    BAD_FILE = "bad file"
    IMPORT = "import"
    INTERRUPTED = "interrupted"
    STORE = "store"
    LAPSED = "lapsed"

    # Each is the only one of its kind; Enum's own hash is Python code, and slow.
    __hash__ = object.__hash__
