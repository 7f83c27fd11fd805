"""The tables of the job list, and how an older file becomes a newer one.

Statements only; `store` opens the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

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
)
"""What leads from each version of the file to the next, from an empty one on."""
VERSION: Final = len(_STEPS)


def version(db: sqlite3.Connection) -> int:
    """Which version the file is of; 0 for an empty one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: sqlite3.Connection) -> None:
    """Bring the file up to `VERSION` in one transaction, which the caller commits; whoever waited
    for another Blender's migration finds nothing left to do."""
    if version(db) >= VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    for number, statements in enumerate(_STEPS[version(db) :], start=version(db) + 1):
        for statement in statements:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number}")
