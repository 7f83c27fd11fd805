"""Commands on jobs of the list: `jobs`, `history`, `resume`, `retry`, `cancel`, `attach`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from ..job_list.rows import needs_person
from ..messages import command_line as messages
from ..messages.prices import price
from ..scripting import job_list
from ..scripting.export import FORMATS, check_format
from . import payment, results
from .exit_code import ExitCode
from .terminal import Terminal

_LISTED: Final = 50


def _add_jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help=messages.ALL_HELP)
    _add_limit(parser)


def _add_limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=int, default=_LISTED, metavar="N", help=messages.LIMIT_HELP)


def _add_job(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", metavar="JOB", help=messages.JOB_HELP)


def _add_export(parser: argparse.ArgumentParser) -> None:
    _add_job(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", required=True, help=messages.out_help(FORMATS)
    )


def _add_retry(parser: argparse.ArgumentParser) -> None:
    _add_job(parser)
    payment.add_options(parser)


def _add_attach(parser: argparse.ArgumentParser) -> None:
    _add_job(parser)
    parser.add_argument("task", metavar="TASK", help=messages.TASK_HELP)


def _nothing(_parser: argparse.ArgumentParser) -> None:
    """Add no options."""


def list_jobs(order: Any, terminal: Terminal) -> ExitCode:
    """Print the jobs that are unfinished or need a person; sends nothing."""
    listed = job_list.jobs()
    wanted = [job for job in listed if order.all or not job.finished or needs_person(job.record)]
    results.show(wanted[: order.limit], terminal)
    return ExitCode.DONE


def history(order: Any, terminal: Terminal) -> ExitCode:
    """Print the finished jobs, newest first, and their total charge."""
    ended = [job for job in job_list.jobs() if job.finished][: order.limit]
    results.show(ended, terminal)
    spent: dict[str, float] = {}
    for job in ended:
        unit = str(job.as_dict()["unit"])
        spent[unit] = spent.get(unit, 0.0) + (job.charged or 0.0)
    if not terminal.as_json:
        terminal.print_line(messages.total(price(amount, unit) for unit, amount in spent.items()))
    return ExitCode.DONE


def resume(_order: Any, terminal: Terminal) -> ExitCode:
    """Continue the unfinished jobs, free, and print them."""
    unfinished = job_list.resume()
    if not unfinished and not terminal.as_json:
        terminal.print_line(messages.NOTHING_UNFINISHED)
        return ExitCode.DONE
    return results.watch(unfinished, terminal)


def retry(order: Any, terminal: Terminal) -> ExitCode:
    """Retry a job after its price was confirmed."""
    job = job_list.find_job(order.job)
    stopped = payment.confirm(terminal, job.retry_price(), order)
    if stopped is not None:
        return stopped
    return results.watch((job.retry(),), terminal)


def export(order: Any, terminal: Terminal) -> ExitCode:
    """Write the model of a job to a file."""
    check_format(order.out)
    job = job_list.find_job(order.job)
    return results.watch((job,), terminal, {job: order.out})


def cancel(order: Any, terminal: Terminal) -> ExitCode:
    """Stop a job and print it."""
    job = job_list.find_job(order.job)
    job.cancel()
    job_list.follow((job,), progress=terminal.progress)
    results.show((job,), terminal)
    return ExitCode.DONE


def attach(order: Any, terminal: Terminal) -> ExitCode:
    """Continue a job with a task that a person has found at the service."""
    job = job_list.find_job(order.job)
    return results.watch((job.attach(order.task),), terminal)


COMMANDS: Final = (
    ("jobs", _add_jobs, list_jobs),
    ("resume", _nothing, resume),
    ("retry", _add_retry, retry),
    ("cancel", _add_job, cancel),
    ("attach", _add_attach, attach),
    ("export", _add_export, export),
    ("history", _add_limit, history),
)
