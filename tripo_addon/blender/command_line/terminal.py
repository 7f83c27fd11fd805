"""Standard output, the terminal's progress line, and the question before payment.

Blender and its exporters print to standard output at any time. While a command runs, that is
dropped, so that the output only has results.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

from ..messages import command_line as messages

if TYPE_CHECKING:
    from ..scripting.job import Job

_NARROWEST: Final = 20


class Terminal:
    """Where a command writes: results to `output`, everything else to standard error. With
    `as_json` the results are one JSON document, and no question is asked."""

    def __init__(self, output: TextIO, *, as_json: bool = False) -> None:
        self._output = output
        self._shown = ""
        self._endings: list[Callable[[], None]] = []
        self.as_json = as_json

    def result(self, document: object, text: str) -> None:
        """Print the result of the command: the document as JSON, else the text."""
        self.clear()
        shown = json.dumps(document, ensure_ascii=False, indent=2) if self.as_json else text
        self._output.write(f"{shown}\n")
        self._output.flush()

    def print_line(self, text: str) -> None:
        """Print a sentence for a person."""
        self.clear()
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def confirms(self) -> bool | None:
        """Ask before payment. Returns None if there is no terminal to ask on."""
        if self.as_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
            return None
        self.clear()
        sys.stderr.write(messages.QUESTION)
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in messages.AFFIRMATIVE

    def progress(self, jobs: Sequence[Job]) -> None:
        """Show the progress on a terminal; in a pipe nothing is printed."""
        if not sys.stderr.isatty():
            return
        done = sum(job.finished for job in jobs)
        current = next((job for job in jobs if not job.finished), None)
        status = messages.current(current.name, current.status) if current is not None else ""
        self._show(messages.progress(done, len(jobs), status))

    def at_end(self, action: Callable[[], None]) -> None:
        """Run something last, when the command ends."""
        self._endings.append(action)

    def end(self) -> None:
        """Run what was left for the end."""
        while self._endings:
            self._endings.pop()()

    def clear(self) -> None:
        """Remove the progress line."""
        if self._shown:
            sys.stderr.write("\r" + " " * len(self._shown) + "\r")
            sys.stderr.flush()
            self._shown = ""

    def _show(self, line: str) -> None:
        width = max(_NARROWEST, shutil.get_terminal_size().columns - 1)
        line = line[:width]
        if line != self._shown:
            self.clear()
            sys.stderr.write(line)
            sys.stderr.flush()
            self._shown = line


@contextmanager
def own_output() -> Generator[TextIO]:
    """Yield the process's standard output for results only. Anything else printed there is dropped
    until the process ends, because Blender still prints then."""
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace") as output:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        yield output


def table(rows: Iterable[Sequence[object]], headings: Sequence[str]) -> str:
    """Return rows as aligned columns below their headings."""
    texts = [[str(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(headings))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in texts
    )
    return "\n".join(line.rstrip() for line in lines)
