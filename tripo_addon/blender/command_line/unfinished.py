"""A command that is run again goes on with the request that it left unfinished, and pays nothing.

The request is known by what the command was told: its options, the content of its files, and the
account. Once its result was shown, or a day after it was finished, the same command is a new
request. That it was shown is a mark on disk, since a job may be finished by another Blender, for
which nobody at this terminal has seen it.
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

# How the result is wanted and how the price is confirmed are no part of the request.
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
    """The request of a command. `job` is the last step of what was sent for it before; None if it
    has to be sent, with `key`. `unsent` are the steps of it that a crash kept from being sent."""

    key: str
    job: Job | None = None
    unsent: tuple[Job, ...] = ()


def add_option(parser: argparse.ArgumentParser) -> None:
    """The option that sends the same request beside an unfinished one."""
    parser.add_argument("--another", action="store_true", help=messages.ANOTHER_HELP)


def request_of(command: str, order: argparse.Namespace, terminal: Terminal) -> Request:
    """Find the request of a command in the list. **Blocks** while another Blender, or one that has
    just crashed, holds it. Raises `Refused` if nobody knows whether the service took it."""
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
    """Go on with a request that was sent before; the steps that were not sent are, once their price
    is confirmed. Returns None if it goes on, else how the command ends."""
    if request.job is None:
        return None
    terminal.say(messages.goes_on(request.job.name, request.job.id[:8]))
    if request.unsent:
        prices = [job.retry_price() for job in request.unsent]
        known = [each for each in prices if each is not None]
        amount = sum(known) if len(known) == len(prices) else None
        stopped = payment.confirm(terminal, amount, order)
        if stopped is not None:
            return stopped
        # The later ones are tried again with it.
        request.unsent[0].retry()
    return None


def close(request: Request, job: Job, terminal: Terminal) -> None:
    """Mark the request as over when the command ends, since the result of its job was shown. Until
    then, whoever runs the command may yet see it killed."""
    if job.finished:
        mark = _mark(request.key)
        mark.parent.mkdir(parents=True, exist_ok=True)
        terminal.at_end(mark.touch)


def _steps(key: str) -> Sequence[Job] | None:
    """The jobs of a request; none if they were removed from the list, None if it was never sent."""
    try:
        return steps_sent_before(key) or None
    except Removed:
        return ()


def _waits_to_be_shown(job: Job) -> bool:
    return job.succeeded and time.time() - job.record.updated < _DAY_SECONDS


def _unsent(steps: Sequence[Job]) -> tuple[Job, ...]:
    """The steps from the first one on that a crash kept from being sent; none if there is none."""
    for number, job in enumerate(steps):
        if job.record.failure is Failure.INTERRUPTED:
            return tuple(steps[number:])
    return ()


def _settle(steps: Sequence[Job], terminal: Terminal) -> None:
    """Wait for another Blender's hold on these jobs to end; then what a crash did is known."""
    held = sum(job.record.elsewhere for job in steps)
    if held:
        terminal.say(messages.held_elsewhere(held))
        job_list.await_others(steps, progress=terminal.progress)
    composition.engine().tick(online=settings.online())


def _mark(key: str) -> Path:
    return settings.user_folder() / "commands" / key


def _sweep() -> None:
    """Delete the marks that are not needed any more: their jobs count as shown by their age."""
    oldest = time.time() - 2 * _DAY_SECONDS
    folder = _mark("").parent
    for mark in folder.iterdir() if folder.is_dir() else ():
        if mark.stat().st_mtime < oldest:
            mark.unlink(missing_ok=True)


def _content(command: str, order: argparse.Namespace) -> str:
    """A hash of what the command was told and of the account that pays."""
    job_list.started()
    told = {
        name: _hashed(value) if name in _FILES else value
        for name, value in vars(order).items()
        if name not in _ASIDE and value is not None
    }
    whole = [command, composition.WIRING.account, told]
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _hashed(value: object) -> object:
    """The content of a file; what names none, such as a job or a web address, as it is."""
    if isinstance(value, list | tuple):
        return [_hashed(each) for each in value]
    path = Path(str(value)).expanduser()
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return str(value)
