"""Runs a child process: one command to its end, or one that stays and takes orders.

The only module that uses subprocess; knows nothing of Blender. A command answers with a JSON file
that it writes last. Waiting blocks: call it on a worker, never on the main thread.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, cast

from ...api.record import record
from ..messages.children import exit_code, unknown_signal
from .memory import held_by, spare

_SHORTEST_SLICE: Final = 0.005
_LONGEST_SLICE: Final = 0.1
_SLICES: Final = 100
"""A child is checked at intervals that grow with its run time, so its end is noticed at most 1 %
late, or a tenth of a second."""
_GRACE: Final = 5.0
_FAREWELL: Final = 1.0
"""Seconds that a child may take to end after a signal; quitting Blender waits for it."""
_LAST_LINES: Final = 5
_TAIL_BYTES: Final = 16 * 1024


@record
class Finished:
    """The command wrote a result: a JSON object."""

    result: dict[str, object]


@record
class NotStarted:
    """The command could not be started; `reason` is the system's own message."""

    reason: str


@record
class Died:
    """The command ended without a result.

    `why` is short ("exit code 3", "SIGSEGV"); `code` is negative for the number of a signal
    (POSIX); `last_lines` are the last lines of its log.
    """

    why: str
    code: int
    last_lines: tuple[str, ...]

    @property
    def crashed(self) -> bool:
        """Whether it crashed: ended by a signal (a shell reports 128 plus its number) or, on
        Windows, by an exception (NTSTATUS 0xC…)."""
        return self.code < 0 or 128 < self.code < 160 or self.code >= 0xC000_0000


@record
class TimedOut:
    """The command was ended because it took longer than `seconds`."""

    seconds: float
    last_lines: tuple[str, ...]


@record
class Exhausted:
    """The command was ended because it used more than `limit` bytes of memory."""

    limit: int
    last_lines: tuple[str, ...]


@record
class Stopped:
    """The command was ended because the caller's stop flag was raised."""


ChildResult = Finished | NotStarted | Died | TimedOut | Exhausted | Stopped


def run_child(
    command: tuple[str, ...],
    *,
    environment: Mapping[str, str],
    result: Path,
    stop: Callable[[], bool],
    timeout: float,
    log: Path,
    memory: int | None = None,
) -> ChildResult:
    """Run `command` at low priority in its own process group, and return how it ended.

    `environment` is the command's whole environment. `result` is deleted first; the command writes
    it last, in one step, so a readable result counts as success whatever the exit code (Blender may
    crash while it quits). Both outputs go to `log`, which is overwritten. `stop` is called at least
    ten times a second. `timeout` is in seconds of waiting, so time while the machine is suspended
    does not count. `memory` is how many bytes the command may use; None for what the machine can
    spare when it starts.
    """
    try:
        result.unlink(missing_ok=True)
        child = ChildProcess.start(command, environment, folder=result.parent, log=log)
    except (OSError, ValueError) as error:
        return NotStarted(str(error))
    try:
        ending = child.wait(result, stop, timeout=timeout, memory=memory)
    finally:
        child.end()
    return _outcome(ending, result, log, timeout)


@record
class _TooMuch:
    limit: int


_Ending = int | Stopped | _TooMuch | None
"""An exit code, what ended the wait, or None on timeout or when the result is there."""


class ChildProcess:
    """A running command, at low priority, in its own process group."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @classmethod
    def start(
        cls,
        command: tuple[str, ...],
        environment: Mapping[str, str],
        *,
        folder: Path,
        log: Path | None,
        takes_orders: bool = False,
    ) -> ChildProcess:
        """Start `command` in `folder`. Both outputs go to `log`, which is overwritten, or nowhere;
        `takes_orders` keeps its standard input open. Raises OSError, ValueError."""
        # A file, not a pipe: a full pipe that nobody reads would block the child.
        with Path(log or os.devnull).open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - composed by the add-on, no shell
                command,
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.PIPE if takes_orders else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                creationflags=_creation_flags(),
                start_new_session=sys.platform != "win32",
            )
        if sys.platform != "win32":
            # Fails if the command has already ended or the system forbids it; priority is optional.
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, 10)
        return cls(process)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process is still running."""
        return self._process.poll() is None

    def give(
        self,
        order: Mapping[str, object],
        *,
        result: Path,
        stop: Callable[[], bool],
        timeout: float,
        log: Path,
        memory: int | None,
        patience: float,
    ) -> ChildResult | None:
        """Send the next order to a child that takes orders, and return its result; the child stays.

        `order` is written to its standard input as a line of JSON. The child creates `log` anew
        when it begins; returns None if that takes more than `patience` seconds. Otherwise as
        `run_child`.
        """
        try:
            result.unlink(missing_ok=True)
            log.unlink(missing_ok=True)
            self._write_line(json.dumps(order))
        except (OSError, ValueError):
            return None
        taken_up = self.wait(log, stop, timeout=patience, memory=None, lingers=True)
        if isinstance(taken_up, Stopped):
            return taken_up
        if not log.exists():
            return None
        ending = self.wait(result, stop, timeout=timeout, memory=memory, lingers=True)
        return _outcome(ending, result, log, timeout)

    def _write_line(self, line: str) -> None:
        """Write a line to the child. A line fits into any pipe's buffer, so this does not block.
        Raises OSError."""
        if self._process.stdin is None:
            raise OSError("it takes no orders")
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def wait(
        self,
        file: Path,
        stop: Callable[[], bool],
        *,
        timeout: float,
        memory: int | None,
        lingers: bool = False,
    ) -> _Ending:
        """Wait until the child ends, or, if it `lingers`, until it has written `file`."""
        most = spare() if memory is None else memory
        passed = 0.0
        while passed < timeout:
            if stop():
                return Stopped()
            if lingers and file.exists():
                return None
            if most is not None and (held_by(self.pid) or 0) > most:
                return _TooMuch(most)
            part = min(max(passed / _SLICES, _SHORTEST_SLICE), _LONGEST_SLICE)
            try:
                return self._process.wait(timeout=part)
            except subprocess.TimeoutExpired:
                passed += part
            # The bpy module can hang while it quits; the result has been written by then.
            if timeout - passed > _GRACE and not lingers and file.exists():
                timeout = passed + _GRACE
        return None

    def end(self, *, patience: float = 0.0) -> None:
        """End the command and its children. One that takes orders gets `patience` seconds to end by
        itself after its standard input is closed; then all are terminated, and finally killed."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=patience)
        _end(self._process)


def _outcome(ending: _Ending, result: Path, log: Path, timeout: float) -> ChildResult:
    if isinstance(ending, Stopped):
        return ending
    found = _read(result)
    if found is not None:
        return Finished(found)
    lines = _last_lines(log)
    if ending is None:
        return TimedOut(timeout, lines)
    if isinstance(ending, _TooMuch):
        return Exhausted(ending.limit, lines)
    return Died(_ending(ending), ending, lines)


def _creation_flags() -> int:
    if sys.platform != "win32":
        return 0
    return (
        subprocess.CREATE_NEW_PROCESS_GROUP
        | subprocess.CREATE_NO_WINDOW
        | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Terminate the command and its children, then kill what is left."""
    if sys.platform == "win32":
        if process.poll() is None:
            _end_tree_on_windows(process.pid)
            process.kill()
        process.wait()
        return
    if process.poll() is None:
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_FAREWELL)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _signal_group(group: int, number: int) -> None:
    if sys.platform != "win32":
        # The group may be empty: macOS reports EPERM for one that has just ended.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _end_tree_on_windows(pid: int) -> None:
    system = os.environ.get("SYSTEMROOT", r"C:\Windows")
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(  # noqa: S603 - a fixed system tool and a number
            (rf"{system}\System32\taskkill.exe", "/T", "/F", "/PID", str(pid)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            creationflags=_creation_flags(),
            timeout=_GRACE,
            check=False,
        )


def _ending(code: int) -> str:
    if code >= 0:
        return exit_code(code)
    try:
        return signal.Signals(-code).name
    except ValueError:
        return unknown_signal(-code)


def _read(result: Path) -> dict[str, object] | None:
    try:
        content: object = json.loads(result.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    return cast("dict[str, object]", content)


def _last_lines(log: Path) -> tuple[str, ...]:
    try:
        with log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
            text = file.read(_TAIL_BYTES).decode("utf-8", "replace")
    except OSError:
        return ()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return tuple(lines[-_LAST_LINES:])
