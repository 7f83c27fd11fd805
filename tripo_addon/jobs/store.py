"""Jobs on disk: one sqlite file that survives undo, file load, crash and restart.

Every call opens a connection of its own and commits before it returns, so any thread may call and
nothing has to be closed. Rollback journal and full synchronisation: write-ahead logging does not
work on network home folders. Links and file tokens are never written.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..api.errors import Trouble
from ..api.tasks import TaskRequest
from .job import Failure, Job, Placement, State

_log = logging.getLogger(__name__)

SCHEMA_VERSION: Final = 1
_MIGRATIONS: Final = (
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
)
LEASE_SECONDS: Final = 30.0
_BUSY_SECONDS: Final = 10.0
_ABOUT_TO_PAY: Final = "about to pay"
_PAID: Final = "paid"
_NOT_ACCEPTED: Final = "not accepted"
# Failed for want of an answer that a worker of a closed session wrote down after all.
_PAID_IN_VAIN: Final = (
    "state = 'failed' AND id IN (SELECT job FROM journal WHERE entry = 'paid')"
    " AND instr(record, '\"outcome unknown\"') > 0"
)
_FINAL: Final = tuple(state.value for state in State if state.final)


class StoreError(Exception):
    """The store cannot be read or written; `sentence` says why, for the artist."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a job's journal; `at` is in seconds since 1970."""

    at: float
    entry: str
    detail: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A job as it was found: with the task id of its receipt, and whether a payment was
    announced."""

    job: Job
    paid: str | None
    asked: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """Jobs that are ours from now on, and how many another Blender holds: they may come free
    later."""

    kept: tuple[Kept, ...]
    held: int


class Store:
    """The jobs of one user folder. `owner` names this Blender in the leases."""

    def __init__(self, path: Path, owner: str) -> None:
        self._path = path
        self._owner = owner

    def prepare(self) -> None:
        """Create or migrate the file. Raises `StoreError`; a newer file is left as it is."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"The job folder cannot be made: {error.strerror}") from None
        with self._connect() as db, db:
            if _version(db) > SCHEMA_VERSION:
                raise StoreError(
                    "The job list was written by a newer version of this add-on: update the add-on"
                )
            if _version(db) < SCHEMA_VERSION:
                _migrate(db)

    def save(self, job: Job, wall: float) -> bool:
        """Write a job whose state changed, unless a newer revision of it stands there, and journal
        it.

        False where another Blender holds the job: this one has to let go. Raises `StoreError`.
        """
        with self._connect() as db, db:
            db.execute("BEGIN IMMEDIATE")
            if not self._write(db, job, wall):
                return False
            detail = job.trouble.sentence if job.trouble else ""
            self._note(db, job.id, wall, job.state.value, detail)
        return True

    def about_to_pay(self, job: Job, wall: float) -> bool:
        """Commit that the paid request of this job leaves now. False: another Blender has the
        job or has taken it further, or the request was announced before, so it must not be sent.
        Raises `StoreError`: then neither."""
        with self._connect() as db, db:
            db.execute("BEGIN IMMEDIATE")
            if job.replaces is not None and self._paid_in_vain(db, job.replaces):
                return False
            entry, _detail = self._payment(db, job.id)
            if entry in {_ABOUT_TO_PAY, _PAID} or self._revision(db, job.id) > job.revision:
                return False
            if not self._write(db, job, wall):
                return False
            self._note(db, job.id, wall, _ABOUT_TO_PAY, "")
        return True

    def paid(self, job_id: str, task_id: str, wall: float) -> None:
        """Commit the answer of the paid request. Raises `StoreError`."""
        with self._connect() as db, db:
            self._note(db, job_id, wall, _PAID, task_id)

    def not_paid(self, job_id: str, wall: float, reason: str) -> None:
        """Commit that the service took nothing for the request announced last. Raises
        `StoreError`."""
        with self._connect() as db, db:
            self._note(db, job_id, wall, _NOT_ACCEPTED, reason)

    def claim(self, wall: float) -> Claim:
        """Take every unfinished job that no living Blender holds and that was not ours before.
        Raises `StoreError`."""
        final = ",".join("?" * len(_FINAL))
        unfinished = f"(state NOT IN ({final}) AND owner != ?) OR ({_PAID_IN_VAIN})"
        with self._connect() as db, db:
            db.execute("BEGIN IMMEDIATE")
            rows = db.execute(
                f"SELECT id, record, until, owner FROM jobs WHERE {unfinished} ORDER BY created",  # noqa: S608
                (*_FINAL, self._owner),
            ).fetchall()
            mine = self._owner
            free = [
                (str(job_id), str(record))
                for job_id, record, until, owner in rows
                if owner == mine or until < wall
            ]
            found = (self._kept(db, job_id, record) for job_id, record in free)
            kept = tuple(row for row in found if row is not None and _goes_on(row))
            for row in kept:
                hold = "UPDATE jobs SET owner = ?, until = ? WHERE id = ?"
                db.execute(hold, (self._owner, wall + LEASE_SECONDS, row.job.id))
        return Claim(kept, held=sum(o != mine and u >= wall for _i, _r, u, o in rows))

    def renew(self, wall: float, job_ids: Iterable[str] = ()) -> frozenset[str]:
        """Hold on to the jobs that are ours; those of `job_ids` that another Blender has taken
        are given back. Raises `StoreError`."""
        with self._connect() as db, db:
            db.execute(
                "UPDATE jobs SET until = ? WHERE owner = ?", (wall + LEASE_SECONDS, self._owner)
            )
            theirs = "SELECT 1 FROM jobs WHERE id = ? AND owner != ?"
            return frozenset(
                job_id
                for job_id in job_ids
                if db.execute(theirs, (job_id, self._owner)).fetchone() is not None
            )

    def release(self) -> None:
        """Let go of everything: the next Blender may go on at once. Raises `StoreError`."""
        with self._connect() as db, db:
            db.execute("UPDATE jobs SET until = 0 WHERE owner = ?", (self._owner,))

    def finished(self, limit: int) -> tuple[Job, ...]:
        """The newest finished jobs, oldest first. Raises `StoreError`."""
        final = ",".join("?" * len(_FINAL))
        with self._connect() as db:
            rows = db.execute(
                f"SELECT record FROM jobs WHERE state IN ({final}) ORDER BY created DESC LIMIT ?",  # noqa: S608
                (*_FINAL, limit),
            ).fetchall()
        jobs = (_decode_or_none(str(record)) for (record,) in reversed(rows))
        return tuple(job for job in jobs if job is not None)

    def remove(self, job_id: str) -> None:
        """Take a finished job off the list; its journal stays. Raises `StoreError`."""
        with self._connect() as db, db:
            db.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def timeline(self, job_id: str) -> tuple[Entry, ...]:
        """The journal of one job, oldest first. Raises `StoreError`."""
        with self._connect() as db:
            rows = db.execute(
                "SELECT at, entry, detail FROM journal WHERE job = ? ORDER BY at, seq", (job_id,)
            ).fetchall()
        return tuple(Entry(float(at), str(entry), str(detail)) for at, entry, detail in rows)

    @contextmanager
    def _connect(self) -> Generator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS)) as db:
                db.execute("PRAGMA synchronous = FULL")
                yield db
        except sqlite3.Error as error:
            raise StoreError(f"The job list cannot be read or written: {error}") from error
        except ValueError as error:
            # Linux allows file names that are no valid text, and a title is often a file's name.
            raise StoreError("A name in this job is not valid text: rename the file") from error

    def _write(self, db: sqlite3.Connection, job: Job, wall: float) -> bool:
        """Insert or update one row under our lease; an older revision never replaces a newer
        one. Only `claim` takes a row from another owner, however old his lease is."""
        row = db.execute("SELECT revision, owner FROM jobs WHERE id = ?", (job.id,)).fetchone()
        if row is not None:
            revision, owner = int(row[0]), str(row[1])
            if owner != self._owner:
                return False
            if revision > job.revision:
                return True
        db.execute(
            "INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                job.id,
                job.revision,
                job.state.value,
                job.created,
                self._owner,
                wall + LEASE_SECONDS,
                encode_job(job),
            ),
        )
        return True

    def _paid_in_vain(self, db: sqlite3.Connection, job_id: str) -> bool:
        """Whether the receipt of a job that was given up for lost has come after all."""
        late = f"SELECT 1 FROM jobs WHERE id = ? AND {_PAID_IN_VAIN}"  # noqa: S608 - a constant
        return db.execute(late, (job_id,)).fetchone() is not None

    def _revision(self, db: sqlite3.Connection, job_id: str) -> int:
        row = db.execute("SELECT revision FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return int(row[0]) if row else -1

    def _note(
        self, db: sqlite3.Connection, job_id: str, at: float, entry: str, detail: str
    ) -> None:
        db.execute(
            "INSERT INTO journal (job, at, entry, detail) VALUES (?, ?, ?, ?)",
            (job_id, at, entry, detail),
        )

    def _payment(self, db: sqlite3.Connection, job_id: str) -> tuple[str, str]:
        """The last journal entry about a payment of the job, and its detail; empty where
        there is none."""
        row = db.execute(
            "SELECT entry, detail FROM journal WHERE job = ? AND entry IN (?, ?, ?)"
            " ORDER BY seq DESC LIMIT 1",
            (job_id, _ABOUT_TO_PAY, _PAID, _NOT_ACCEPTED),
        ).fetchone()
        return (str(row[0]), str(row[1])) if row else ("", "")

    def _kept(self, db: sqlite3.Connection, job_id: str, record: str) -> Kept | None:
        job = _decode_or_none(record)
        if job is None:
            return None
        entry, detail = self._payment(db, job_id)
        return Kept(job, paid=detail if entry == _PAID else None, asked=entry == _ABOUT_TO_PAY)


def _goes_on(row: Kept) -> bool:
    """Unfinished, or given up for lost before its receipt came."""
    late = row.job.failure is Failure.OUTCOME_UNKNOWN and row.paid is not None
    return late or not row.job.state.final


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _migrate(db: sqlite3.Connection) -> None:
    """In one transaction; whoever waited for another Blender's migration finds nothing left
    to do."""
    db.execute("BEGIN IMMEDIATE")
    for number, statements in enumerate(_MIGRATIONS[_version(db) :], start=_version(db) + 1):
        for statement in statements:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number}")


class _Record(BaseModel):
    """What is stored of a job. Links, file tokens and the waits of a session are not."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)

    id: str
    account: str
    title: str
    request: Annotated[TaskRequest, Field(discriminator="kind")]
    placement: Placement = Placement()
    price: int | None = None
    created: float = 0.0
    updated: float = 0.0
    replaces: str | None = None
    state: State
    revision: int = 0
    cancelling: bool = False
    task_id: str | None = None
    credits: float | None = None
    model: Path | None = None
    blend: Path | None = None
    clips: tuple[Path, ...] = ()
    pictures: tuple[Path, ...] = ()
    facts: tuple[tuple[str, str | bool], ...] = ()
    root: str = ""
    failure: Failure | None = None
    trouble: Trouble | None = None
    note: str = ""
    remark: str = ""


def encode_job(job: Job) -> str:
    """The job as JSON text."""
    return _Record.model_validate(job).model_dump_json()


def decode_job(record: str) -> Job:
    """The job of a JSON text; fields that are missing get their default.

    Raises `pydantic.ValidationError` for what is no job.
    """
    fields = _Record.model_validate_json(record)
    return Job(**{name: getattr(fields, name) for name in _Record.model_fields})


def _decode_or_none(record: str) -> Job | None:
    """A row that cannot be read is passed over and left on disk: it must not hide the others."""
    try:
        return decode_job(record)
    except ValidationError:
        _log.debug("A job in the list cannot be read and is passed over")
        return None
