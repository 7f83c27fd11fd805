"""The process's exit codes, as documented in docs/scripting.md."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

from ...jobs.model.job import State

if TYPE_CHECKING:
    from ..scripting.job import Job


class ExitCode(IntEnum):
    """The exit codes; shells know 2 and 130."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    NOT_CONFIRMED = 4
    NEEDS_PERSON = 5
    NOT_READY = 6
    INTERRUPTED = 130


def code_of(jobs: Iterable[Job]) -> ExitCode:
    """Return the code for the jobs of a command: the worst one counts."""
    listed = tuple(jobs)
    if any(job.outcome_unknown for job in listed):
        return ExitCode.NEEDS_PERSON
    if any(job.finished and not job.succeeded for job in listed):
        return ExitCode.FAILED
    # A READY job waits for the .blend that it was made for, which is no error.
    if any(not job.finished and job.state != State.READY.value for job in listed):
        return ExitCode.NOT_READY
    return ExitCode.DONE
