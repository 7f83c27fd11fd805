"""A command that is run again goes on with the request that it left unfinished, and pays nothing.

The request is known by what the command was told: its options, the content of its files, and the
account. Once it is finished, the same command is a new request.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...api.catalog.field_types import ParamType
from ...api.catalog.parameters import PARAMETERS
from ...api.record import record
from ..messages import command_line as messages
from ..scripting import job_list
from ..scripting.refused import Refused
from ..scripting.sent_requests import Removed, steps_sent_before
from ..session import composition

if TYPE_CHECKING:
    from ..scripting.job import Job
    from .terminal import Terminal

# How the result is wanted and how the price is confirmed are no part of the request.
_ASIDE: Final = frozenset(
    {"run", "json", "service", "yes", "max_price", "plan", "another", "out", "folder"}
)
_PICTURES: Final = frozenset(
    name for name, row in PARAMETERS.items() if row.type in (ParamType.PICTURE, ParamType.PICTURES)
)
_FILES: Final = _PICTURES | {"image", "views", "source"}


@record(kw_only=True)
class Request:
    """The request of a command. `job` is the last step of it if it is unfinished; None if it has to
    be sent, with `key`."""

    key: str
    job: Job | None = None


def add_option(parser: argparse.ArgumentParser) -> None:
    """The option that sends the same request beside an unfinished one."""
    parser.add_argument("--another", action="store_true", help=messages.ANOTHER_HELP)


def request_of(command: str, order: argparse.Namespace, terminal: Terminal) -> Request:
    """Find the request of a command in the list. **Blocks** while another Blender, or one that has
    just crashed, holds it. Raises `Refused` if nobody knows whether the service took it."""
    content = _content(command, order)
    for number in itertools.count(1):
        key = f"{content} {number}"
        try:
            steps = steps_sent_before(key)
        except Removed:
            continue
        if not steps:
            return Request(key=key)
        waited = _wait_for_others(steps, terminal)
        if order.another:
            continue
        if any(job.outcome_unknown for job in steps):
            raise Refused(messages.SENT_BEFORE_UNKNOWN)
        last = steps[-1]
        # What another Blender has finished meanwhile is what this command asks for.
        if not last.finished or (waited and last.succeeded):
            terminal.say(messages.goes_on(last.name, last.id[:8]))
            return Request(key=key, job=last)
    raise AssertionError


def _wait_for_others(steps: Sequence[Job], terminal: Terminal) -> bool:
    held = sum(job.record.elsewhere for job in steps)
    if held:
        terminal.say(messages.held_elsewhere(held))
        job_list.await_others(steps, progress=terminal.progress)
    return bool(held)


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
