"""Carries out the parts of a test run side by side, each as soon as what it needs is prepared.

Parts share the cores, in the given order. Preparations wait for the network and the disk more than
for a core, so they take no place of theirs: all begin at once, each after those that it builds on.
What runs beside others keeps its output, which is printed as a whole when it ends. Standard library
only.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from threading import Condition, Lock
from typing import IO

_PRINTING = Lock()
_NOTEWORTHY = 1.0
"""Seconds; what took less was there before, and is not worth a line."""


@dataclass(frozen=True)
class Outcome:
    """How something ended: an exit code, and words for the closing summary."""

    code: int
    words: str


@dataclass(frozen=True)
class Preparation:
    """A command that makes what parts need, after these others, whether they succeed or not.

    With one of the exit codes `skips`, the parts are skipped for the reason that it printed last;
    with any other but 0 they fail.
    """

    name: str
    command: tuple[str, ...]
    after: tuple[Preparation, ...] = ()
    skips: tuple[int, ...] = ()


@dataclass(frozen=True)
class Part:
    """One part of the run. `group` is the line of the summary that it belongs to; `run` writes its
    output to a file, or to the terminal if there is none."""

    group: str
    name: str
    head: str
    run: Callable[[IO[str] | None], Outcome]
    needs: tuple[Preparation, ...] = ()


Ready = Mapping[Preparation, "Future[Outcome | None]"]
"""Each preparation's future: None once it is done, or the outcome of the parts that need it."""


def carry_out(parts: Sequence[Part], places: int) -> dict[str, Outcome]:
    """Run all parts, so many at a time, and return the outcome of each group."""
    alone = len(parts) == 1
    needed = _in_order(preparation for part in parts for preparation in part.needs)
    ended: dict[Part, Outcome] = {}
    line = _Line(parts)

    def work() -> None:
        while (part := line.take(ready)) is not None:
            ended[part] = _unmet(part, ready) or _run(part, alone=alone)

    with ThreadPoolExecutor(len(needed) or 1) as preparing, ThreadPoolExecutor(places) as running:
        ready: dict[Preparation, Future[Outcome | None]] = {}
        for each in needed:
            # Those before it are in the list before it, and each has a thread: none waits forever.
            before = [ready[other] for other in each.after]
            ready[each] = preparing.submit(_prepare, each, before, alone=alone)
            ready[each].add_done_callback(line.look_again)
        try:
            for worker in as_completed([running.submit(work) for _ in range(places)]):
                worker.result()
        except BaseException:
            line.close()
            raise
    groups: dict[str, dict[str, Outcome]] = {}
    for part in parts:
        groups.setdefault(part.group, {})[part.name] = ended[part]
    return {group: _together(ends) for group, ends in groups.items()}


class _Line:
    """The parts that wait for a place, in order. One whose needs are not met yet is passed over."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._waiting = list(parts)
        self._turn = Condition()

    def take(self, ready: Ready) -> Part | None:
        """Return the first part that can begin, waiting for one if need be; None at the end."""
        with self._turn:
            while self._waiting:
                for part in self._waiting:
                    if all(ready[each].done() for each in part.needs):
                        self._waiting.remove(part)
                        return part
                self._turn.wait()
        return None

    def look_again(self, _prepared: object = None) -> None:
        with self._turn:
            self._turn.notify_all()

    def close(self) -> None:
        with self._turn:
            self._waiting.clear()
            self._turn.notify_all()


def _in_order(wanted: Iterable[Preparation]) -> tuple[Preparation, ...]:
    """Return these preparations and all that they build on, each once, behind those before it."""
    found: dict[Preparation, None] = {}
    for each in wanted:
        found |= dict.fromkeys((*_in_order(each.after), each))
    return tuple(found)


def _prepare(
    preparation: Preparation, before: Sequence[Future[Outcome | None]], *, alone: bool
) -> Outcome | None:
    for other in before:
        other.result()
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as kept:
        code = subprocess.run(
            preparation.command,
            stdout=kept,
            stderr=None if alone else kept,
            check=False,
        ).returncode
        kept.seek(0)
        output = kept.read().strip()
    seconds = time.monotonic() - started
    if code == 0:
        if seconds > _NOTEWORTHY:
            _print(f"— prepared {preparation.name} in {seconds / 60:.1f} min —")
        return None
    if code in preparation.skips:
        reason = (output.splitlines() or [f"{preparation.name} is not here"])[-1].rstrip(".")
        _print(f"SKIPPED {preparation.name}:\n{output}")
        return Outcome(0, f"SKIPPED: {reason}.")
    _print(f"FAILED to prepare {preparation.name}:\n{output}")
    return Outcome(code, f"FAILED: {preparation.name} could not be prepared, as said above")


def _unmet(part: Part, ready: Ready) -> Outcome | None:
    """Return the outcome of a part whose needs cannot be met: a failure before a skip."""
    unmet = [outcome for each in part.needs if (outcome := ready[each].result()) is not None]
    return max(unmet, key=lambda outcome: abs(outcome.code), default=None)


def _run(part: Part, *, alone: bool) -> Outcome:
    if alone:
        _print(part.head)
        return part.run(None)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as kept:
        outcome = part.run(kept)
        kept.seek(0)
        _print(f"{part.head}\n{kept.read()}")
    return outcome


def _print(text: str) -> None:
    with _PRINTING:
        print(text, flush=True)


def _together(ends: Mapping[str, Outcome]) -> Outcome:
    code = max((abs(end.code) for end in ends.values()), default=0)
    return Outcome(code, "; ".join(f"{name}: {end.words}" for name, end in ends.items()))
