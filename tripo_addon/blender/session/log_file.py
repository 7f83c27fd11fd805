"""The file that the diary is written in: a few of them in turn, and never a word to anybody.

A module of its own because `logging.handlers` brings sockets and pickles along, which a worker
loads with the first line.
"""

from __future__ import annotations

import contextlib
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

FILE_BYTES: Final = 512 * 1024
OLDER_FILES: Final = 2


class RotatedFile(RotatingFileHandler):
    """Loses a line rather than disturb anybody."""

    def __init__(self, path: Path) -> None:
        """Opens nothing before the first line."""
        super().__init__(
            path,
            maxBytes=FILE_BYTES,
            backupCount=OLDER_FILES,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Called by `emit` for whatever went wrong; the usual one writes to the terminal."""

    def doRollover(self) -> None:  # noqa: N802 - logging's name
        """Called when the file is full. Where another Blender has it open, Windows does not let
        it be renamed: then it grows on."""
        with contextlib.suppress(OSError):
            super().doRollover()

    def close(self) -> None:
        """A full disk is noticed here for the last time."""
        with contextlib.suppress(OSError, ValueError):
            super().close()
