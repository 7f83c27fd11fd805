"""Runs one command: parses it, dispatches it, and turns the result into an exit code.

Main thread only.
"""

from __future__ import annotations

import argparse
import logging
import signal
from collections.abc import Generator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...api.redaction import Redaction
from .. import settings
from ..messages import command_line as messages
from ..scripting.refused import NotReady, Refused
from ..session import composition
from . import (
    account_commands,
    batch,
    generate_commands,
    image_commands,
    job_commands,
    work_commands,
)
from .exit_code import ExitCode
from .terminal import Terminal, own_output

if TYPE_CHECKING:
    from types import FrameType

_log = logging.getLogger(__name__)
_COMMANDS: Final = (
    *generate_commands.COMMANDS,
    *batch.COMMANDS,
    *work_commands.COMMANDS,
    *image_commands.COMMANDS,
    *job_commands.COMMANDS,
    *account_commands.COMMANDS,
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; each sets `run` to its function."""
    whole = argparse.ArgumentParser(
        prog=messages.PROGRAM,
        description=messages.ABOUT,
        epilog=messages.EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = whole.add_subparsers(metavar="COMMAND", required=True)
    for name, add, function in _COMMANDS:
        about = messages.COMMANDS[name]
        sentence = about[:1].upper() + about[1:]
        each = commands.add_parser(name, help=about, description=sentence, allow_abbrev=False)
        each.add_argument("--json", action="store_true", help=messages.JSON_HELP)
        each.add_argument("--service", choices=_services(), help=messages.SERVICE_HELP)
        add(each)
        each.set_defaults(run=function)
    return whole


def run_command(arguments: Sequence[str]) -> int:
    """Run a command; returns its exit code. Never raises."""
    with own_output() as output, _interruptible():
        terminal = Terminal(output)
        try:
            with redirect_stdout(output):  # argparse prints its help there
                order = parser().parse_args(arguments)
            return int(_run(order, terminal))
        except SystemExit as ended:
            # argparse has printed why.
            return ended.code if isinstance(ended.code, int) else int(ExitCode.USAGE)
        except KeyboardInterrupt:
            terminal.print_line(messages.INTERRUPTED)
            return int(ExitCode.INTERRUPTED)
        except NotReady as error:
            return _refused(terminal, error, ExitCode.NOT_READY)
        except Refused as error:
            return _refused(terminal, error, ExitCode.REFUSED)
        except Exception as error:  # noqa: BLE001 - Blender would print it, with what it quotes
            _log.exception("A command failed")
            sentence = Redaction(settings.keys()).anything(str(error), 500)
            terminal.print_line(
                messages.error(messages.internal(type(error).__name__, str(sentence)))
            )
            return int(ExitCode.FAILED)
        finally:
            # Release the jobs, so that the next Blender can continue them at once.
            composition.stop()
            terminal.end()


def _run(order: Any, terminal: Terminal) -> ExitCode:
    terminal.as_json = order.json
    if not bpy.data.filepath:
        # The cube of the startup file would be in the way.
        bpy.ops.wm.read_homefile(use_empty=True)
    if order.service:
        preferences: Any = settings.preferences()
        preferences.service = order.service
    return order.run(order, terminal)


def _refused(terminal: Terminal, error: Refused, code: ExitCode) -> int:
    offline = code is ExitCode.NOT_READY and not settings.online()
    sentence = messages.offline(error.sentence) if offline else error.sentence
    if terminal.as_json:
        document = {"error": sentence, "field": error.field, "exit_code": int(code)}
        terminal.result(document, "")
    else:
        terminal.print_line(messages.error(sentence))
    return int(code)


def _services() -> tuple[str, ...]:
    from ...api.catalog import SERVICES

    return tuple(SERVICES)


@contextmanager
def _interruptible() -> Generator[None]:
    """Have Ctrl+C raise `KeyboardInterrupt`: Blender itself would only record it."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        # None: Blender's own handler, which Python cannot restore; the process ends now.
        if former is not None:
            signal.signal(signal.SIGINT, former)
