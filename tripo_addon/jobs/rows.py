"""How a job and a line of its journal stand in the tables of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .records import encode_job

if TYPE_CHECKING:
    import sqlite3

    from .job import Job
    from .payments import Entry


def put_row(db: sqlite3.Connection, job: Job, owner: str, until: float, *, wish_id: str) -> None:
    """Write the job's row, in the place of the one that is there. `until` is the end of its lease,
    in seconds since 1970."""
    db.execute(
        "INSERT OR REPLACE INTO jobs (id, revision, state, created, owner, until, record, wish_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            job.id,
            job.revision,
            job.state.value,
            job.created,
            owner,
            until,
            encode_job(job),
            wish_id,
        ),
    )


def put_entry(db: sqlite3.Connection, entry: Entry) -> None:
    """Add a line to the journal."""
    db.execute(
        "INSERT INTO journal (job, at, entry, detail, wish_id, account, kind)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            entry.job_id,
            entry.at,
            entry.entry,
            entry.detail,
            entry.wish_id,
            entry.account,
            entry.kind,
        ),
    )
