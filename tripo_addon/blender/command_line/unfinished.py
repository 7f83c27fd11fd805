"""A command that is run again continues the request that it left unfinished, and pays nothing.

A request is identified by the command's options, the content of its files, and the account. Once
its result was shown, or a day after it was finished, the same command is a new request. A mark on
disk says that it was shown, since another Blender may have finished the job without showing it at
this terminal.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...api.catalog.field_types import ParamType
from ...api.catalog.parameters import PARAMETERS
from ...api.record import record
from ...jobs.model.job import Failure
from .. import settings
from ..messages import command_line as messages
from ..scripting import job_list
from ..scripting.refused import Refused
from ..scripting.sent_requests import Removed, steps_sent_before
from ..session import composition
from . import payment

if TYPE_CHECKING:
    from ..scripting.job import Job
    from .exit_code import ExitCode
    from .terminal import Terminal

# The output format and how the price is confirmed are not part of the request.
_ASIDE: Final = frozenset(
    {"run", "json", "service", "yes", "max_price", "plan", "another", "out", "folder"}
)
_PICTURES: Final = frozenset(
    name for name, row in PARAMETERS.items() if row.type in (ParamType.PICTURE, ParamType.PICTURES)
)
_FILES: Final = _PICTURES | {"image", "views", "source"}
_DAY_SECONDS: Final = 24 * 60 * 60.0


@record(kw_only=True)
class Request:
    """The request of a command. `job` is the last step that was sent for it before; None if it has
    to be sent, with `key`. `unsent` are its steps that a crash kept from being sent."""

    key: str
    job: Job | None = None
    unsent: tuple[Job, ...] = ()


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that sends the same request despite an unfinished one."""
    parser.add_argument("--another", action="store_true", help=messages.ANOTHER_HELP)


def request_of(command: str, order: argparse.Namespace, terminal: Terminal) -> Request:
    """Find the request of a command in the list. **Blocks** while another Blender, or one that has
    just crashed, holds it. Raises `Refused` if it is unknown whether the service accepted it."""
    _sweep()
    content = _content(command, order)
    keys = (f"{content}-{number}" for number in itertools.count(1))
    for key in keys:
        steps = () if _mark(key).exists() else _steps(key)
        if steps is None:
            return Request(key=key)
        if not steps or order.another:
            continue
        _settle(steps, terminal)
        if any(job.outcome_unknown for job in steps):
            raise Refused(messages.SENT_BEFORE_UNKNOWN)
        unsent = _unsent(steps)
        if unsent or not steps[-1].finished or _waits_to_be_shown(steps[-1]):
            return Request(key=key, job=steps[-1], unsent=unsent)
    raise AssertionError


def go_on(request: Request, order: argparse.Namespace, terminal: Terminal) -> ExitCode | None:
    """Continue a request that was sent before; its unsent steps are sent once their price is
    confirmed. Returns None if it continues, else the exit code."""
    if request.job is None:
        return None
    terminal.print_line(messages.goes_on(request.job.name, request.job.id[:8]))
    if request.unsent:
        prices = [job.retry_price() for job in request.unsent]
        known = [each for each in prices if each is not None]
        amount = sum(known) if len(known) == len(prices) else None
        stopped = payment.confirm(terminal, amount, order)
        if stopped is not None:
            return stopped
        # The later ones are retried with it.
        request.unsent[0].retry()
    return None


def close(request: Request, job: Job, terminal: Terminal) -> None:
    """Mark the request as over when the command ends, since the result of its job was shown. If the
    command is killed before, its caller may not have got the result."""
    if job.finished:
        mark = _mark(request.key)
        mark.parent.mkdir(parents=True, exist_ok=True)
        terminal.at_end(mark.touch)


def _steps(key: str) -> Sequence[Job] | None:
    """Return the jobs of a request; an empty tuple if they were removed from the list, None if it
    was never sent."""
    try:
        return steps_sent_before(key) or None
    except Removed:
        return ()


def _waits_to_be_shown(job: Job) -> bool:
    return job.succeeded and time.time() - job.record.updated < _DAY_SECONDS


def _unsent(steps: Sequence[Job]) -> tuple[Job, ...]:
    """Return the steps from the first one on that a crash kept from being sent; none if there is
    none."""
    for number, job in enumerate(steps):
        if job.record.failure is Failure.INTERRUPTED:
            return tuple(steps[number:])
    return ()


def _settle(steps: Sequence[Job], terminal: Terminal) -> None:
    """Wait until another Blender's lease on these jobs ends; then the effect of a crash is
    known."""
    held = sum(job.record.elsewhere for job in steps)
    if held:
        terminal.print_line(messages.held_elsewhere(held))
        job_list.await_others(steps, progress=terminal.progress)
    composition.engine().tick(online=settings.online())


def _mark(key: str) -> Path:
    return settings.user_folder() / "commands" / key


def _sweep() -> None:
    """Delete marks that are no longer needed: their jobs are old enough to count as shown."""
    oldest = time.time() - 2 * _DAY_SECONDS
    folder = _mark("").parent
    for mark in folder.iterdir() if folder.is_dir() else ():
        if mark.stat().st_mtime < oldest:
            mark.unlink(missing_ok=True)


def _content(command: str, order: argparse.Namespace) -> str:
    """Return a hash of the command's arguments and of the paying account."""
    job_list.started()
    arguments = {
        name: _hashed(value) if name in _FILES else value
        for name, value in vars(order).items()
        if name not in _ASIDE and value is not None
    }
    whole = [command, composition.WIRING.account, arguments]
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _hashed(value: object) -> object:
    """Return the hash of a file's content; other text, such as a job or a web address, as it is."""
    if isinstance(value, list | tuple):
        return [_hashed(each) for each in value]
    path = Path(str(value)).expanduser()
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return str(value)
