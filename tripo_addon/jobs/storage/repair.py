"""Renames a damaged job list and recovers what it can from it and from its last daily copy.

Deletes nothing. A job that was unsent in its last readable record may have been paid for since, so
it is recovered as announced, never as unsent. A receipt without its job becomes a job: the service
still has the task. So does an announcement: the service may have a task for it.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from ...api.catalog.task_kinds import Makes, TaskKind
from ...api.errors import Kind, Problem
from ...api.record import record
from ...api.tasks import TaskRequest, TextToImage, TextToModel
from ..messages import job_list as messages
from ..model.job import Failure, Job, State
from . import schema, table_rows
from .job_json import decode_or_none
from .payments import ANNOUNCED, PAID, PAYMENTS, Entry, forgotten, original_of

Identity = tuple[int, int, int, int]
_OUT_OF_REACH: Final = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_AUTH,
    }
)
_RECORD_START: Final = b'{"id":"'
_RECORD_BYTES: Final = 1 << 20
_BEGINNING_SECONDS: Final = 60.0
_WORDS: Final = ("job", "entry", "detail", "original_id", "account", "kind")
_UNSENT: Final = frozenset({State.REHEARSING, State.PENDING, State.UPLOADING, State.SUBMITTING})


@record
class Row:
    """A recovered job and the other columns of its row."""

    job: Job
    owner: str = ""
    until: float = 0.0
    original_id: str = ""


@record
class Recovered:
    """Recovered rows and journal entries. `restored` counts the rows from the daily copy."""

    rows: tuple[Row, ...] = ()
    journal: tuple[Entry, ...] = ()
    restored: int = 0

    @property
    def sentence(self) -> str:
        """The message that tells the user what was recovered."""
        lost = [row.job.task_id is not None for row in self.rows if row.job.details_lost]
        return messages.recovered(
            read=len(self.rows) - len(lost) - self.restored,
            restored=self.restored,
            paid=sum(lost),
            maybe_paid=len(lost) - sum(lost),
        )


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether the file itself is damaged, not just inaccessible. Our own SQL is correct, so
    every other sqlite error is about the file."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF not in _OUT_OF_REACH


def is_emptied(path: Path, wall: float) -> bool:
    """Return whether the file is empty and no other process is just creating it. `wall` is in
    seconds since 1970."""
    try:
        status = path.stat()
    except OSError:
        return False
    return status.st_size == 0 and abs(wall - status.st_mtime) > _BEGINNING_SECONDS


def identity(path: Path) -> Identity | None:
    """Return values that differ once the file is replaced; None if there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def set_aside(path: Path, seen: Identity | None) -> Path | None:
    """Rename the damaged file and return its new path; None if it is no longer the file that was
    `seen`, because another Blender was first. Raises `OSError`."""
    if seen is None or identity(path) != seen:
        return None
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    pending = _journal_of(path)
    if pending.exists():
        # Rename it first, or sqlite would roll it back into the new list.
        pending.rename(_journal_of(aside))
    path.rename(aside)
    return aside


def read(aside: Path, copy: Path | None = None) -> Recovered:
    """Recover all that is readable in the file, plus jobs found only in its daily copy. Works on
    copies of both files."""
    found = _of_copy(aside)
    return found if copy is None else _with_daily_copy(found, _of_copy(copy))


def _of_copy(path: Path) -> Recovered:
    copy = path.with_name(f"{path.name}.copy")
    try:
        shutil.copyfile(path, copy)
        if _journal_of(path).exists():
            shutil.copyfile(_journal_of(path), _journal_of(copy))
        return _read(copy)
    except OSError:
        return Recovered()
    finally:
        for file in (copy, _journal_of(copy)):
            file.unlink(missing_ok=True)


def _with_daily_copy(found: Recovered, daily: Recovered) -> Recovered:
    """Add jobs from the daily copy that the damaged file lacks or knows only by a receipt."""
    gone = forgotten(found.journal)
    whole = {row.job.id for row in found.rows if not row.job.details_lost}
    receipts = _receipts(found.journal)
    restored: dict[str, Row] = {}
    for row in daily.rows:
        if row.job.id not in whole | gone:
            job = _with_receipt(_maybe_sent(row.job), receipts)
            restored[row.job.id] = Row(job, original_id=row.original_id)
    known_entries = set(found.journal)
    journal = [
        each for each in daily.journal if each.job_id in restored and each not in known_entries
    ]
    doubtful = [row for row in restored.values() if row.job.state is State.SUBMITTING]
    rows_kept = [row for row in found.rows if row.job.id not in restored]
    return Recovered(
        (*rows_kept, *restored.values()),
        (*journal, *found.journal, *map(_announced, doubtful)),
        len(restored),
    )


def _with_receipt(job: Job, receipts: dict[str, Entry]) -> Job:
    """Apply a receipt from the newer list to a job that is unsent in the daily copy."""
    receipt = receipts.get(job.id)
    if receipt is None or job.task_id is not None or job.state.final:
        return job
    return replace(job, state=State.RUNNING, task_id=receipt.detail)


def write(db: sqlite3.Connection, found: Recovered) -> None:
    """Write the recovered rows and entries to a new list, skipping jobs that it already has."""
    for entry in found.journal:
        table_rows.put_entry(db, entry)
    for row in found.rows:
        if db.execute("SELECT 1 FROM jobs WHERE id = ?", (row.job.id,)).fetchone() is None:
            original_id = row.original_id or original_of(db, row.job)
            table_rows.put_row(db, row.job, row.owner, row.until, original_id=original_id)


def _read(path: Path) -> Recovered:
    listed, whole = _rows(path, "jobs")
    lines, all_lines = _rows(path, "journal")
    journal = [entry for line in lines if (entry := _entry(line)) and table_rows.is_sound(line)]
    receipts, content = _receipts(journal), path.read_bytes()
    found = {row.job.id: row for values in listed if (row := _row(values, receipts))}
    # A damaged file may also lack rows without raising an error.
    whole = whole and all_lines and all(map(table_rows.is_sound, (*listed, *lines)))
    if not (whole and _is_consistent(path)):
        gone = forgotten(journal)
        for job in (each for each in _scattered(content) if each.id not in gone):
            if job.id not in found or found[job.id].job.revision < job.revision:
                found[job.id] = Row(job)
        doubtful = {key for key, row in found.items() if row.job.state in _UNSENT}
        for job_id in sorted(doubtful - receipts.keys()):
            found[job_id] = replace(found[job_id], job=_maybe_sent(found[job_id].job))
            journal.append(_announced(found[job_id]))
    lost = [row for row in _lost(journal, content) if row.job.id not in found]
    return Recovered((*found.values(), *lost), tuple(journal))


def _receipts(journal: Iterable[Entry]) -> dict[str, Entry]:
    return {entry.job_id: entry for entry in journal if entry.entry == PAID}


def _announced(row: Row) -> Entry:
    job, original_id = row.job, row.original_id or row.job.original_id or row.job.id
    detail = "read from a damaged list"
    return Entry(job.id, 0.0, ANNOUNCED, detail, original_id, job.account, job.request.kind)


def _is_consistent(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path)) as db:
            return db.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
    # ValueError: sqlite quotes a damaged name in its message, which then is not valid UTF-8.
    except (sqlite3.Error, ValueError):
        return False


def _lost(journal: list[Entry], content: bytes) -> Iterator[Row]:
    """Yield a job for each receipt and each unresolved announcement, for use if its record is lost.
    A job with a receipt starts in `RUNNING`, so that its result can be downloaded."""
    gone = forgotten(journal)
    last = {entry.job_id: entry for entry in journal if entry.entry in PAYMENTS}
    announced = {key: entry for key, entry in last.items() if entry.entry == ANNOUNCED}
    for entry in {**announced, **_receipts(journal)}.values():
        request = _request_like(entry.kind)
        if entry.job_id in gone or request is None:
            continue
        job = Job(
            id=entry.job_id,
            account=entry.account or _account_near(content, entry.job_id),
            title=messages.MAYBE_PAID_TITLE,
            request=request,
            created=entry.at,
            updated=entry.at,
            original_id=entry.original_id,
            state=State.FAILED,
            failure=Failure.OUTCOME_UNKNOWN,
            trouble=Problem(kind=Kind.LOST_ANSWER),
            details_lost=True,
        )
        yield Row(
            _fetched(job, entry) if entry.entry == PAID else job, original_id=entry.original_id
        )


def _fetched(job: Job, receipt: Entry) -> Job:
    known = replace(
        job, title=messages.PAID_TITLE, remark=messages.REQUEST_LOST, task_id=receipt.detail
    )
    return replace(known, state=State.RUNNING, failure=None, trouble=None)


def _request_like(kind: str) -> TaskRequest | None:
    """Return a request whose result is downloaded like that of `kind`; None if it has no result."""
    makes = TaskKind(kind).makes if kind in {each.value for each in TaskKind} else Makes.MODEL
    if makes is Makes.MODEL:
        return TextToModel(model="", prompt=messages.PAID_TITLE)
    return TextToImage(model="", prompt=messages.PAID_TITLE) if makes is Makes.PICTURES else None


def _account_near(content: bytes, job_id: str) -> str:
    """Return the account in the remains of the record; else the account of most records."""
    named = rb'"account":"([^"\\]{1,200})"'
    own = re.search(rb'"id":"' + re.escape(job_id.encode()) + rb'"[^{}]{0,40}?' + named, content)
    if own is not None:
        return table_rows.text(own[1])
    accounts = re.findall(named, content)
    return table_rows.text(max(accounts, key=accounts.count)) if accounts else ""


def _row(values: dict[str, object], receipts: dict[str, Entry]) -> Row | None:
    job, until = decode_or_none(str(values.get("record"))), values.get("until")
    if job is None:
        return None
    if not table_rows.is_sound(values):
        # The checksum is wrong, so a receipt is more reliable about the task id.
        receipt = receipts.get(job.id)
        return Row(replace(job, task_id=receipt.detail) if receipt is not None else job)
    ends = until if isinstance(until, float) else 0.0
    return Row(job, str(values.get("owner")), ends, str(values.get("original_id", "")))


def _entry(values: dict[str, object]) -> Entry | None:
    at = values.get("at")
    if not isinstance(at, float):
        return None
    job_id, *words = (str(values.get(name, "")) for name in _WORDS)
    return Entry(job_id, at, *words)


def _maybe_sent(job: Job) -> Job:
    """Mark an unsent job as submitting: it may have been paid for since its record was written."""
    return replace(job, state=State.SUBMITTING) if job.state in _UNSENT else job


def _rows(path: Path, table: str) -> tuple[list[dict[str, object]], bool]:
    """Read a table from both ends. Return its rows in order, as values by column, and whether that
    is all of them."""
    found: dict[int, dict[str, object]] = {}
    whole = True
    for order in ("rowid", "rowid DESC"):
        query = f"SELECT rowid, * FROM {table} ORDER BY {order}"  # noqa: S608 - constants
        try:
            with closing(sqlite3.connect(path)) as db:
                db.text_factory = table_rows.text
                listed = db.execute(query)
                names = [schema.RENAMED.get(name, name) for name, *_ in listed.description]
                for row in listed:
                    found.setdefault(row[0], dict(zip(names[1:], row[1:], strict=True)))
        except (sqlite3.Error, ValueError):
            whole = False
    return [found[number] for number in sorted(found)], whole


def _scattered(content: bytes) -> Iterator[Job]:
    """Yield the jobs whose record is intact anywhere in the file."""
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
    """Return the path of sqlite's rollback journal."""
    return path.with_name(f"{path.name}-journal")
