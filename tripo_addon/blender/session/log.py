"""The add-on's log file in the user folder, without keys, for a person to read or send.

Takes the records of the add-on's own loggers, from any thread, and never raises: if the folder
cannot be written, there is no log. Imports nothing of Blender.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...api.redaction import Redaction

if TYPE_CHECKING:
    from .log_file import RotatedFile

FILE_NAME: Final = "tripo_addon.log"
_TAIL_BYTES: Final = 32 * 1024
_LINE: Final = "%(asctime)s %(levelname)s [%(process)d %(threadName)s] %(name)s: %(message)s"
_HIDDEN: Final = (
    # Headers and fields that carry keys, in any spelling.
    (
        re.compile(
            r"(?i)\b((?:proxy-)?authorization|ocp-apim-[\w-]*key|x-api-key|api[_-]?key)"
            r"(\W{1,4})(?:(?:bearer|basic|token)\s+)?[^\s'\",;}]+"
        ),
        r"\1\2[hidden]",
    ),
    (re.compile(r"(?i)\bbearer\s+[^\s'\",;}]+"), "Bearer [hidden]"),
    (re.compile(r"\btsk_[\w-]+"), "tsk_[hidden]"),
    # The query of a signed link gives access to a file, and an address may contain a password.
    (re.compile(r"(\bhttps?://[^\s?#'\"<>]*)[?#][^\s'\"<>]*"), r"\1?[hidden]"),
    (re.compile(r"(\bhttps?://)[^\s/@'\"<>]+@"), r"\1[hidden]@"),
)


def cleaned(text: str, secrets: Iterable[str] = ()) -> str:
    """Remove from a text these secrets in any spelling, what looks like a key, queries of links,
    and the user's name in paths below the home folder."""
    text = Redaction(secrets).text(text)
    for pattern, instead in _HIDDEN:
        text = pattern.sub(instead, text)
    return _without_home(text)


class SessionLog:
    """The open log. Imports and writes nothing before the first record."""

    def __init__(self, folder: Path, name: str) -> None:
        """Write the records of the logger `name` and its children to a file in `folder`."""
        self._secrets: frozenset[str] = frozenset()
        self._log = logging.getLogger(name)
        self._former_level = self._log.level
        self._path = folder / FILE_NAME
        self._handler = _Handler(self._path)
        self._handler.setFormatter(_Cleaning(self))
        if self._log.getEffectiveLevel() > logging.INFO:
            self._log.setLevel(logging.INFO)
        self._log.addHandler(self._handler)

    @property
    def path(self) -> Path:
        """The log's file, which exists once there is a first record."""
        return self._path

    def redact(self, secrets: Iterable[str]) -> None:
        """Keep these secrets, and those of earlier calls, out of the log."""
        self._secrets |= frozenset(secrets)

    def cleaned(self, text: str) -> str:
        """The text without this log's secrets."""
        return cleaned(text, self._secrets)

    def tail(self, lines: int) -> tuple[str, ...]:
        """The last lines of the log; none if it cannot be read."""
        try:
            with self._path.open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - _TAIL_BYTES))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return ()
        return tuple(self.cleaned(text).splitlines()[-lines:])

    def close(self) -> None:
        """Stop logging."""
        self._log.removeHandler(self._handler)
        self._log.setLevel(self._former_level)
        self._handler.close()


class _Cleaning(logging.Formatter):
    """Cleans whole lines, tracebacks included."""

    def __init__(self, log: SessionLog) -> None:
        super().__init__(_LINE)
        self._log = log

    def format(self, record: logging.LogRecord) -> str:
        """Called by the file's handler."""
        return self._log.cleaned(super().format(record))


class _Handler(logging.Handler):
    """Opens the file with the first record."""

    def __init__(self, path: Path) -> None:
        super().__init__(logging.INFO)
        self._path = path
        self._file: RotatedFile | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Called in any thread, one at a time."""
        if self._file is None:
            from .log_file import RotatedFile

            self._file = RotatedFile(self._path)
            self._file.setFormatter(self.formatter)
        self._file.emit(record)

    def close(self) -> None:
        """Called when the log ends, or Python does."""
        if self._file is not None:
            self._file.close()
        super().close()


def _without_home(text: str) -> str:
    try:
        home = str(Path.home())
    except RuntimeError:
        return text
    if len(home) < len("/root"):
        return text
    for spelling in {home, home.replace("\\", "/"), home.replace("\\", "\\\\")}:
        text = re.sub(rf"{re.escape(spelling)}(?![\w-])", "~", text)
    return text
