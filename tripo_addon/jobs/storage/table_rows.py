"""Writes jobs and journal entries to the tables of the list, and checks that they are intact.

Works on the store's connection; opens and commits nothing. Each row has a checksum of its values
except the lease; a row without one was written before checksums were added.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final

from .job_json import decode_or_none, encode_job

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from ..model.job import Job
    from .payments import Entry

_JOB: Final = ("id", "revision", "state", "created", "record", "original_id")
_LINE: Final = ("job", "at", "entry", "detail", "original_id", "account", "kind")


def put_row(
    db: sqlite3.Connection, job: Job, owner: str, until: float, *, original_id: str
) -> None:
    """Insert or replace the job's row. `until` is the end of its lease, in seconds since 1970.
    Raises `NotText`."""
    record, state = encode_job(job), job.state.value
    values = (job.id, job.revision, state, float(job.created), record, original_id)
    db.execute(
        "INSERT OR REPLACE INTO jobs"
        " (id, revision, state, created, record, original_id, owner, until, sum)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, owner, float(until), _sum(values)),
    )


def put_entry(db: sqlite3.Connection, entry: Entry) -> None:
    """Add an entry to the journal."""
    values = (
        entry.job_id,
        float(entry.at),
        entry.entry,
        entry.detail,
        entry.original_id,
        entry.account,
        entry.kind,
    )
    db.execute(
        "INSERT INTO journal (job, at, entry, detail, original_id, account, kind, sum)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, _sum(values)),
    )


def are_as_written(db: sqlite3.Connection) -> bool:
    """Return whether the file and every row are intact. Raises `sqlite3.Error`."""
    if db.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        return False
    return all(
        is_sound(dict(zip(names, row, strict=True)))
        for names, table in (((*_JOB, "sum"), "jobs"), ((*_LINE, "sum"), "journal"))
        for row in db.execute(f"SELECT {', '.join(names)} FROM {table}")  # noqa: S608 - constants
    )


def is_sound(row: Mapping[str, Any]) -> bool:
    """Return whether a row, as values by column, is intact."""
    names = _JOB if "record" in row else _LINE
    if row.get("sum") is not None:
        return row["sum"] == _sum(tuple(row.get(name) for name in names))
    if "record" not in row:
        return isinstance(row.get("at"), float) and isinstance(row.get("entry"), str)
    job = decode_or_none(str(row["record"]))
    found = (row.get("id"), row.get("revision"), row.get("state"))
    return job is not None and (job.id, job.revision, job.state.value) == found


def text(raw: bytes) -> str:
    """Decode text for a connection: a damaged byte must not hide the whole list."""
    return raw.decode("utf-8", "replace")


def _sum(values: tuple[object, ...]) -> int:
    """Return the CRC-32 of values as they are read back."""
    return zlib.crc32("\x1f".join(map(repr, values)).encode("utf-8", "surrogatepass"))
