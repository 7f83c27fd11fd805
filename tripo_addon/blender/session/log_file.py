"""Rotating log file that never raises and never prints.

A module of its own, because `logging.handlers` imports sockets and pickle: a worker imports it with
the first record.
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
    """Drops a record if it cannot be written."""

    def __init__(self, path: Path) -> None:
        """Opens nothing before the first record."""
        super().__init__(
            path,
            maxBytes=FILE_BYTES,
            backupCount=OLDER_FILES,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Called by `emit` after an exception; logging's own prints a traceback."""

    def doRollover(self) -> None:  # noqa: N802 - logging's name
        """Called when the file is full. Windows cannot rename it while another Blender has it open;
        then it keeps growing."""
        with contextlib.suppress(OSError):
            super().doRollover()

    def close(self) -> None:
        """Ignore a full disk, which shows when the last buffer is written."""
        with contextlib.suppress(OSError, ValueError):
            super().close()
