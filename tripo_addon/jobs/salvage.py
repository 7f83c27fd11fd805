"""A job list that sqlite can no longer read: set aside, and read as far as it can be.

Deletes nothing. What was to be paid when its last record was written may have been paid since, so
it is taken up as announced, never as unsent.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from .job import Job, State
from .payments import ANNOUNCED, PAID, Entry, wish_of
from .records import decode_or_none
from .rows import put_entry, put_row

Identity = tuple[int, int, int, int]
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_RECORD_START: Final = b'{"id":"'
_RECORD_BYTES: Final = 1 << 20
_WORDS: Final = ("job", "entry", "detail", "wish_id", "account", "kind")
_UNSENT: Final = frozenset({State.REHEARSING, State.PENDING, State.UPLOADING, State.SUBMITTING})


@dataclass(frozen=True, slots=True)
class Row:
    """A job that could be read, and what its row said besides."""

    job: Job
    owner: str = ""
    until: float = 0.0
    wish_id: str = ""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What could be read: rows, and lines of the journal."""

    rows: tuple[Row, ...]
    journal: tuple[Entry, ...]


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken, and not only out of reach."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in _DAMAGE


def identity(path: Path) -> Identity | None:
    """What tells this very file from one that takes its place; None where there is none."""
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns


def set_aside(path: Path, seen: Identity | None) -> Path | None:
    """Rename the file; None where it is not the one that was `seen` any more: another Blender
    was first. Raises `OSError`."""
    if seen is None or identity(path) != seen:
        return None
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    pending = _journal_of(path)
    if pending.exists():
        # First, or sqlite would play it back into the file that takes this one's place.
        pending.rename(_journal_of(aside))
    path.rename(aside)
    return aside


def read(aside: Path) -> Salvaged:
    """Everything in the file that can still be read. It works on a copy."""
    copy = aside.with_name(f"{aside.name}.copy")
    try:
        shutil.copyfile(aside, copy)
        if _journal_of(aside).exists():
            shutil.copyfile(_journal_of(aside), _journal_of(copy))
        return _read(copy)
    except OSError:
        return Salvaged((), ())
    finally:
        for file in (copy, _journal_of(copy)):
            file.unlink(missing_ok=True)


def write(db: sqlite3.Connection, found: Salvaged) -> None:
    """Put what was found into a new list, where it is not there already."""
    for entry in found.journal:
        put_entry(db, entry)
    for row in found.rows:
        if db.execute("SELECT 1 FROM jobs WHERE id = ?", (row.job.id,)).fetchone() is None:
            wish_id = row.wish_id or wish_of(db, row.job)
            put_row(db, row.job, row.owner, row.until, wish_id=wish_id)


def _read(path: Path) -> Salvaged:
    rows, whole = _rows(path, "jobs")
    lines, all_lines = _rows(path, "journal")
    found = {row.job.id: row for row in map(_row, rows) if row is not None}
    if not whole:
        for job in _scattered(path.read_bytes()):
            if job.id not in found or found[job.id].job.revision < job.revision:
                found[job.id] = Row(job)
    journal = [entry for entry in map(_entry, lines) if entry is not None]
    if whole and all_lines:
        return Salvaged(tuple(found.values()), tuple(journal))
    told = {entry.job_id for entry in journal if entry.entry == PAID}
    doubtful = {key for key, row in found.items() if row.job.state in _UNSENT} - told
    for job_id in doubtful:
        row = found[job_id]
        found[job_id] = replace(row, job=_asked(row.job))
        detail = "read from a damaged list"
        job, wish_id = row.job, row.wish_id or row.job.wish_id or job_id
        journal.append(
            Entry(job_id, 0.0, ANNOUNCED, detail, wish_id, job.account, job.request.kind)
        )
    return Salvaged(tuple(found.values()), tuple(journal))


def _row(told: dict[str, object]) -> Row | None:
    job, until = decode_or_none(str(told.get("record"))), told.get("until")
    if job is None:
        return None
    ends = until if isinstance(until, float) else 0.0
    return Row(job, str(told.get("owner")), ends, str(told.get("wish_id", "")))


def _entry(told: dict[str, object]) -> Entry | None:
    at = told.get("at")
    if not isinstance(at, float):
        return None
    job_id, *words = (str(told.get(name, "")) for name in _WORDS)
    return Entry(job_id, at, *words)


def _asked(job: Job) -> Job:
    return replace(job, state=State.SUBMITTING)


def _rows(path: Path, table: str) -> tuple[list[dict[str, object]], bool]:
    """What can be read from either end of a table, in the order of its rows, as values by column;
    and whether that is all of it."""
    found: dict[int, dict[str, object]] = {}
    whole = True
    for order in ("rowid", "rowid DESC"):
        query = f"SELECT rowid, * FROM {table} ORDER BY {order}"  # noqa: S608 - constants
        try:
            with closing(sqlite3.connect(path)) as db:
                db.text_factory = _text
                rows = db.execute(query)
                names = [name for name, *_ in rows.description]
                for row in rows:
                    found.setdefault(row[0], dict(zip(names[1:], row[1:], strict=True)))
        except sqlite3.Error:
            whole = False
    return [found[number] for number in sorted(found)], whole


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _scattered(content: bytes) -> Iterator[Job]:
    """Jobs whose record stands somewhere in the file in one piece."""
    decoder = json.JSONDecoder()
    start = content.find(_RECORD_START)
    while start >= 0:
        text = content[start : start + _RECORD_BYTES].decode("utf-8", "replace")
        try:
            _value, end = decoder.raw_decode(text)
        except (ValueError, RecursionError):
            end = 0
        job = decode_or_none(text[:end]) if end else None
        if job is not None:
            yield job
        start = content.find(_RECORD_START, start + 1)


def _journal_of(path: Path) -> Path:
    """The file beside it from which sqlite undoes a write that was cut short."""
    return path.with_name(f"{path.name}-journal")
