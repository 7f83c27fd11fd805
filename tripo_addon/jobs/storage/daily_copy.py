"""Keeps a copy of the job list for each of the last seven days of use, to repair a damaged list.

Runs in a worker, as the store does.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

KEPT: Final = 7
_FOLDER: Final = "daily-copies"


def is_due(path: Path, wall: float) -> bool:
    """Whether there is no copy of that day yet. `wall` is in seconds since 1970."""
    return not _of_day(path, wall).exists()


def make(db: sqlite3.Connection, path: Path, wall: float) -> None:
    """Copy the open list with sqlite's backup. Raises `sqlite3.Error`, also if another Blender
    writes for longer than the connection waits, and `OSError` if the disk is full."""
    target = _of_day(path, wall)
    target.parent.mkdir(exist_ok=True)
    part = target.with_suffix(".part")
    try:
        with closing(sqlite3.connect(part)) as copy:
            db.backup(copy, progress=_demand_reach)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    for old in _all(path)[:-KEPT]:
        old.unlink(missing_ok=True)


def _demand_reach(status: int, _left: int, _pages: int) -> None:
    """Raise `sqlite3.OperationalError` if the list stayed locked for as long as the connection
    waits: Python would retry forever."""
    if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        raise sqlite3.OperationalError("another program keeps the list locked")


def newest(path: Path) -> Path | None:
    """Return the newest copy, or None."""
    return next(reversed(_all(path)), None)


def _all(path: Path) -> list[Path]:
    return sorted((path.parent / _FOLDER).glob(f"{path.stem}-*{path.suffix}"))


def _of_day(path: Path, wall: float) -> Path:
    day = datetime.fromtimestamp(wall, UTC).date().isoformat()
    return path.parent / _FOLDER / f"{path.stem}-{day}{path.suffix}"
