"""Watches the jobs of a command, and prints their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..messages import command_line as messages
from ..messages import styles
from ..messages.prices import price
from ..scripting import job_list
from .delivery import Delivery
from .exit_code import ExitCode, code_of
from .terminal import Terminal, table

if TYPE_CHECKING:
    from ..scripting.job import Job
    from ..scripting.plan import Plan

_HEADINGS = ("JOB", "NAME", "KIND", "STATE", "CHARGED", "STATUS")


def watch(
    jobs: Sequence[Job], terminal: Terminal, files: Mapping[Job, Path] = MappingProxyType({})
) -> ExitCode:
    """Watch the jobs to their end, write the files for their models, and print the jobs."""
    if files:
        delivery = Delivery(files, terminal)
        delivery.follow(jobs)
        show(jobs, terminal, delivery.written, delivery.errors)
        code = code_of(jobs)
        return ExitCode.FAILED if code is ExitCode.DONE and delivery.errors else code
    job_list.follow(jobs, progress=terminal.progress)
    show(jobs, terminal)
    return code_of(jobs)


def show(
    jobs: Sequence[Job],
    terminal: Terminal,
    written: Mapping[Job, Path] = MappingProxyType({}),
    errors: Mapping[Job, str] = MappingProxyType({}),
) -> None:
    """Print jobs: their whole records as JSON, else a table and the file of each."""
    lines = [table(map(_row, jobs), _HEADINGS)] if jobs else [messages.NO_JOBS]
    lines += [str(path) for job in jobs for path in _files(job, written)]
    lines += [*errors.values(), *(job.advice for job in jobs if job.advice)]
    lines += [messages.NEEDS_PERSON] * any(job.outcome_unknown for job in jobs)
    documents = [_document(job, written, errors) for job in jobs]
    terminal.result(documents, "\n".join(lines))


def plan_lines(planned: Plan) -> list[str]:
    """Return a request that is not sent, as text lines."""
    return [
        f"{planned.method} {planned.url}",
        planned.body.decode("utf-8", "replace"),
        *(messages.upload(file) for file in planned.uploads),
        *_style_lines(planned),
        messages.cost(planned.price, planned.unit),
    ]


def _style_lines(planned: Plan) -> list[str]:
    """What a style added to a request, and what of it is not sent."""
    lines = (styles.adds(planned.added), styles.left_out(planned.left_out))
    return [line for line in lines if line]


def _document(
    job: Job, written: Mapping[Job, Path], errors: Mapping[Job, str]
) -> dict[str, object]:
    exported = written.get(job)
    document = job.as_dict()
    document["exported"] = str(exported) if exported is not None else None
    if job in errors:
        document["error"] = errors[job]
    return document


def _files(job: Job, written: Mapping[Job, Path]) -> Sequence[Path]:
    """Return the model of a finished job, in the requested format, else as delivered; or all images
    that it made."""
    if job in written:
        return (written[job],)
    files = job.files if job.finished else ()
    return files if job.record.pictures else files[:1]


def _row(job: Job) -> tuple[str, ...]:
    record = job.as_dict()
    charged = price(job.charged, str(record["unit"])) if job.charged is not None else ""
    return (job.id[:8], job.name, job.kind, job.state, charged, job.status)
