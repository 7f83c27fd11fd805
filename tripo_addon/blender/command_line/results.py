"""Watching the jobs of a command, and printing what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..messages import command_line as messages
from ..messages.prices import price
from ..scripting import job_list
from .exit_code import ExitCode, code_of
from .terminal import Terminal, table

if TYPE_CHECKING:
    from ..scripting.job import Job

_HEADINGS = ("JOB", "NAME", "KIND", "STATE", "CHARGED", "STATUS")


def watch(jobs: Sequence[Job], terminal: Terminal) -> ExitCode:
    """Watch the jobs to their end and print them."""
    job_list.follow(jobs, progress=terminal.progress)
    show(jobs, terminal)
    return code_of(jobs)


def show(jobs: Sequence[Job], terminal: Terminal) -> None:
    """Print jobs: their whole records as JSON, else a table and the files of each."""
    lines = [table(map(_row, jobs), _HEADINGS)] if jobs else [messages.NO_JOBS]
    lines += [str(path) for job in jobs if job.finished for path in job.files[:1]]
    lines += [job.advice for job in jobs if job.advice]
    lines += [messages.NEEDS_PERSON] * any(job.outcome_unknown for job in jobs)
    terminal.result([job.as_dict() for job in jobs], "\n".join(lines))


def _row(job: Job) -> tuple[str, ...]:
    record = job.as_dict()
    charged = price(job.charged, str(record["unit"])) if job.charged is not None else ""
    return (job.id[:8], job.name, job.kind, job.state, charged, job.status)
