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
from .records import decode_or_none, encode_job

Identity = tuple[int, int, int, int]
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_RECORD_START: Final = b'{"id":"'
_RECORD_BYTES: Final = 1 << 20
_UNSENT: Final = frozenset({State.REHEARSING, State.PENDING, State.UPLOADING, State.SUBMITTING})


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What could be read: jobs with their owners and leases, and lines of the journal."""

    jobs: tuple[tuple[Job, str, float], ...]
    journal: tuple[tuple[str, float, str, str], ...]


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
    db.executemany(
        "INSERT INTO journal (job, at, entry, detail) VALUES (?, ?, ?, ?)", found.journal
    )
    db.executemany(
        "INSERT OR IGNORE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (job.id, job.revision, job.state.value, job.created, owner, until, encode_job(job))
            for job, owner, until in found.jobs
        ),
    )


def _read(path: Path) -> Salvaged:
    rows, whole = _rows(path, "id, record, owner, until", "jobs")
    lines, all_lines = _rows(path, "seq, job, at, entry, detail", "journal")
    found = {
        job.id: (job, str(owner), until if isinstance(until, float) else 0.0)
        for _id, record, owner, until in rows
        if (job := decode_or_none(str(record))) is not None
    }
    if not whole:
        for job in _scattered(path.read_bytes()):
            if job.id not in found or found[job.id][0].revision < job.revision:
                found[job.id] = (job, "", 0.0)
    journal = [
        (str(job_id), at, str(entry), str(detail))
        for _seq, job_id, at, entry, detail in lines
        if isinstance(at, float)
    ]
    if whole and all_lines:
        return Salvaged(tuple(found.values()), tuple(journal))
    told = {job_id for job_id, _at, entry, _detail in journal if entry == "paid"}
    doubtful = {key for key, (job, _o, _u) in found.items() if job.state in _UNSENT} - told
    journal += [(job_id, 0.0, "about to pay", "read from a damaged list") for job_id in doubtful]
    jobs = (
        (_asked(job) if job.id in doubtful else job, owner, until)
        for job, owner, until in found.values()
    )
    return Salvaged(tuple(jobs), tuple(journal))


def _asked(job: Job) -> Job:
    return replace(job, state=State.SUBMITTING)


def _rows(path: Path, columns: str, table: str) -> tuple[list[tuple[object, ...]], bool]:
    """What can be read from either end of a table, in the order of its rows; and whether that is
    all of it."""
    found: dict[object, tuple[object, ...]] = {}
    whole = True
    for order in ("rowid", "rowid DESC"):
        query = f"SELECT {columns} FROM {table} ORDER BY {order}"  # noqa: S608 - constants
        try:
            with closing(sqlite3.connect(path)) as db:
                db.text_factory = _text
                for row in db.execute(query):
                    found.setdefault(row[0], row)
        except sqlite3.Error:
            whole = False
    rows = list(found.values())
    return (sorted(rows, key=lambda row: str(row[0]).zfill(20)) if table == "journal" else rows), (
        whole
    )


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
