"""The tables of the job list and the migrations from older versions.

`store` opens the file.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Final, cast

_STEPS: Final = (
    (
        """
        CREATE TABLE jobs (
            id TEXT PRIMARY KEY,
            revision INTEGER NOT NULL,
            state TEXT NOT NULL,
            created REAL NOT NULL,
            owner TEXT NOT NULL,
            until REAL NOT NULL,
            record TEXT NOT NULL
        )
        """,
        "CREATE INDEX jobs_by_age ON jobs (created)",
        """
        CREATE TABLE journal (
            seq INTEGER PRIMARY KEY,
            job TEXT NOT NULL,
            at REAL NOT NULL,
            entry TEXT NOT NULL,
            detail TEXT NOT NULL DEFAULT ''
        )
        """,
        "CREATE INDEX journal_by_job ON journal (job)",
    ),
    ("CREATE INDEX journal_by_entry ON journal (entry)",),
    # Finds all tries of a request, also those removed from the list; and lets a receipt alone say
    # where its task is.
    (
        "ALTER TABLE jobs ADD COLUMN wish_id TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE journal ADD COLUMN wish_id TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE journal ADD COLUMN account TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE journal ADD COLUMN kind TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX jobs_by_wish ON jobs (wish_id)",
        "CREATE INDEX journal_by_wish ON journal (wish_id)",
    ),
    # A checksum of each row, see `table_rows`.
    (
        "ALTER TABLE jobs ADD COLUMN sum INTEGER",
        "ALTER TABLE journal ADD COLUMN sum INTEGER",
    ),
    # The column's own name, and that of its indexes.
    (
        "ALTER TABLE jobs RENAME COLUMN wish_id TO original_id",
        "ALTER TABLE journal RENAME COLUMN wish_id TO original_id",
        "DROP INDEX jobs_by_wish",
        "DROP INDEX journal_by_wish",
        "CREATE INDEX jobs_by_original ON jobs (original_id)",
        "CREATE INDEX journal_by_original ON journal (original_id)",
    ),
)
"""The statements that migrate each version of the file to the next, from an empty one on."""
VERSION: Final = len(_STEPS)
_FARTHEST: Final = 20
"""How many versions ahead a file may be; a higher number means that it is damaged."""
_WITH_ORIGINALS: Final = 3
RENAMED: Final = {"wish_id": "original_id"}
"""Former names of columns, which an older copy of the file still has."""


def version(db: sqlite3.Connection) -> int:
    """Return the file's version; 0 for an empty one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def is_newer(db: sqlite3.Connection) -> bool:
    """Return whether a newer version of the add-on wrote the file. Raises `sqlite3.DatabaseError`
    if the number is out of range."""
    number = version(db)
    if not 0 <= number <= VERSION + _FARTHEST:
        damaged = sqlite3.DatabaseError(f"version {number}")
        damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damaged
    return number > VERSION


def migrate(db: sqlite3.Connection) -> None:
    """Migrate the file to `VERSION` in one transaction, which the caller commits. Does nothing if
    another Blender has just migrated it."""
    if version(db) >= VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    former = version(db)
    for number, statements in enumerate(_STEPS[former:], start=former + 1):
        for statement in statements:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number}")
    if former < _WITH_ORIGINALS:
        _fill_in_originals(db)


def _fill_in_originals(db: sqlite3.Connection) -> None:
    """Set the original of each job that an older version wrote, and the original, account and kind
    of each payment."""
    read = {str(job): _read(record) for job, record in db.execute("SELECT id, record FROM jobs")}
    for job in read:
        root, passed = job, {job}
        while (former := read.get(root, {}).get("replaces")) and former not in passed:
            root = str(former)
            passed.add(root)
        kind = _mapping(read[job].get("request")).get("kind")
        db.execute("UPDATE jobs SET original_id = ? WHERE id = ?", (root, job))
        db.execute(
            "UPDATE journal SET original_id = ?, account = ?, kind = ? WHERE job = ?"
            " AND entry IN ('about to pay', 'paid')",
            (root, str(read[job].get("account") or ""), str(kind or ""), job),
        )


def _read(record: object) -> dict[str, Any]:
    try:
        return _mapping(json.loads(str(record)))
    except ValueError:
        return {}


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
