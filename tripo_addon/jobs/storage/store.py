"""The job list on disk: one SQLite file that survives undo, file load, crash, and restart.

Every call opens its own connection and commits before it returns, so any thread may call and
nothing has to be closed. A missing file is created; a damaged one is set aside and read as far as
possible. Rollback journal and full synchronization, because write-ahead logging does not work on
network home folders. Links and file tokens are never written."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

from ...api.dialect import Stop, never
from ...api.record import record
from ..messages import job_list as messages
from ..model.job import Failure, Job
from . import daily_copy, payments, repair, schema, table_rows
from .claims import FINAL, IS_FINAL, LEASE_SECONDS, Claim, LeaseClaims
from .job_json import NotText, decode_or_none
from .payments import SendDecision
from .table_rows import put_entry, put_row

_log = logging.getLogger(__name__)

Value = TypeVar("Value")
_FINISHED_ROWS: Final = f"SELECT record FROM jobs WHERE {IS_FINAL} ORDER BY created DESC LIMIT ?"  # noqa: S608


class StoreError(Exception):
    """The store cannot be read or written; `sentence` says why, for the user."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@record
class Entry:
    """One entry of a job's journal; `at` is in seconds since 1970."""

    at: float
    entry: str
    detail: str


class Store:
    """The jobs of one user folder. `owner` names this Blender in the leases.

    `repair_note` is what was done to repair the file, as a sentence for the user. Every method may
    raise `StoreError`. A write by another Blender is waited for up to `patience` seconds.
    """

    patience = 10.0

    def __init__(self, path: Path, owner: str) -> None:
        self._path = path
        self._owner = owner
        self._claims = LeaseClaims(owner)
        self.repair_note = ""

    @property
    def folder(self) -> Path:
        """The folder of the file."""
        return self._path.parent

    def prepare(self, wall: float | None = None) -> None:
        """Create, migrate and check the file, and repair a damaged one. A newer one is kept as is.
        With `wall`, in seconds since 1970, an emptied file counts as damaged, and an intact one is
        copied once a day."""
        emptied = wall is not None and repair.is_emptied(self._path, wall)
        if emptied or not self._run(table_rows.are_as_written):
            self._replace_damaged(repair.identity(self._path))
        if wall is not None:
            self.copy_daily(wall)

    def copy_daily(self, wall: float) -> None:
        """Copy the list, unless there is a copy of today; keeps the last seven copies."""
        if not daily_copy.is_due(self._path, wall):
            return
        try:
            self._run(lambda db: daily_copy.make(db, self._path, wall))
        except (StoreError, OSError) as error:
            _log.warning("The job list could not be copied: %s", error)

    def save(self, job: Job, wall: float, *, announced: bool = False) -> bool:
        """Write and journal a job whose state changed, unless the list has a newer revision.
        `announced`: its paid request was sent, which a list created again must record. Return False
        if another Blender holds the job: this one must release it."""
        return self._run(lambda db: self._save(db, (job,), wall, announced=announced))

    def save_all(self, jobs: Sequence[Job], wall: float) -> bool:
        """Write and journal several jobs: all of them or, if the machine stops, none."""
        return self._run(lambda db: self._save(db, jobs, wall))

    def _save(
        self, db: sqlite3.Connection, jobs: Sequence[Job], wall: float, *, announced: bool = False
    ) -> bool:
        db.execute("BEGIN IMMEDIATE")
        for job in jobs:
            if not self._write(db, job, wall):
                return False
            _note(db, job.id, wall, job.state.value, job.trouble.sentence if job.trouble else "")
            last = payments.last_payment(db, job.id)[0]
            if announced and not last:
                put_entry(db, payments.entry_of(db, job, wall, payments.ANNOUNCED))
            if job.failure is Failure.GENERATION and last != payments.MADE_NOTHING:
                put_entry(db, payments.entry_of(db, job, wall, payments.MADE_NOTHING))
        return True

    def take(self, job_id: str, wall: float) -> None:
        """Make this Blender the owner of a final job, because the user resumes it."""
        take = f"UPDATE jobs SET owner = ?, until = ? WHERE id = ? AND {IS_FINAL}"  # noqa: S608 - a constant
        row = (self._owner, wall + LEASE_SECONDS, job_id, *FINAL)
        self._run(lambda db: db.execute(take, row))

    def about_to_pay(self, job: Job, wall: float, *, stop: Stop = never) -> SendDecision:
        """Commit that the paid request of this job is sent now, and return `SendDecision.GO`; with
        any other decision, or a `StoreError`, it must not be sent. `stop` is called inside the
        write transaction: a Blender that has released the job by then does not pay for it."""

        def announce(db: sqlite3.Connection) -> SendDecision:
            db.execute("BEGIN IMMEDIATE")
            decision = SendDecision.MOVED_ON if stop() else payments.may_leave(db, job, self._owner)
            if decision is SendDecision.GO:
                self._write(db, job, wall)
                put_entry(db, payments.entry_of(db, job, wall, payments.ANNOUNCED))
            return decision

        return self._run(announce)

    def paid(self, job: Job, task_id: str, wall: float) -> None:
        """Commit the answer to the paid request. Restores the job if the list has lost it."""

        def receive(db: sqlite3.Connection) -> None:
            db.execute("BEGIN IMMEDIATE")
            if db.execute("SELECT 1 FROM jobs WHERE id = ?", (job.id,)).fetchone() is None:
                self._write(db, job, wall)
            put_entry(db, payments.entry_of(db, job, wall, payments.PAID, task_id))

        self._run(receive)

    def not_paid(self, job_id: str, wall: float, reason: str) -> None:
        """Commit that the service did not accept the last announced request. The journal numbers
        such tries and keeps the last few."""

        def refuse(db: sqlite3.Connection) -> None:
            db.execute("BEGIN IMMEDIATE")
            tries = payments.forget_refused(db, job_id) + 1
            detail = f"{reason} (try {tries})" if tries > payments.TRIES_KEPT else reason
            _note(db, job_id, wall, payments.NOT_ACCEPTED, detail)

        self._run(refuse)

    def announced(self, job_id: str) -> float | None:
        """Return when the paid request of this job was last announced, in seconds since 1970."""
        query = "SELECT at FROM journal WHERE job = ? AND entry = ? ORDER BY seq DESC LIMIT 1"
        row = self._run(lambda db: db.execute(query, (job_id, payments.ANNOUNCED)).fetchone())
        return float(row[0]) if row else None

    def receipts(self, *, but: str = "") -> frozenset[str]:
        """Return the ids of all tasks ever paid for from this list, except for job `but`."""
        query = "SELECT detail FROM journal WHERE entry = ? AND job != ?"
        rows = self._run(lambda db: db.execute(query, (payments.PAID, but)).fetchall())
        return frozenset(str(detail) for (detail,) in rows)

    def claim(
        self,
        wall: float,
        since: int | None = None,
        *,
        now: float | None = None,
        known: Collection[str] = (),
    ) -> Claim:
        """Take over every unfinished job that no other Blender holds, and read what others did
        after the journal entry `since`. `LeaseClaims` says when a job is held.

        `wall` is in seconds since 1970; `now` is a clock that nobody sets, and with None the wall
        clock is trusted. Of the jobs in `known`, on which this Blender still works, none is taken
        back: a worker that does not know of the loss yet could send what is taken over as unsent.
        """

        def claim(db: sqlite3.Connection) -> Claim:
            db.execute("BEGIN IMMEDIATE")
            return self._claims.claim(db, wall, since, now=now, known=known)

        return self._run(claim)

    def renew(self, wall: float, job_ids: Iterable[str] = ()) -> frozenset[str]:
        """Renew the leases of our jobs; return those of `job_ids` that another Blender has taken
        over."""
        extend = "UPDATE jobs SET until = ? WHERE owner = ?"
        theirs = "SELECT 1 FROM jobs WHERE id = ? AND owner NOT IN (?, '')"

        def renew(db: sqlite3.Connection) -> frozenset[str]:
            db.execute(extend, (wall + LEASE_SECONDS, self._owner))
            return frozenset(
                job_id
                for job_id in job_ids
                if db.execute(theirs, (job_id, self._owner)).fetchone() is not None
            )

        return self._run(renew)

    def release(self) -> None:
        """End all our leases, so that the next Blender can go on at once."""
        self._run(
            lambda db: db.execute("UPDATE jobs SET until = 0 WHERE owner = ?", (self._owner,))
        )

    def finished(self, limit: int) -> tuple[Job, ...]:
        """Return the newest finished jobs, oldest first."""
        rows = self._run(lambda db: db.execute(_FINISHED_ROWS, (*FINAL, limit)).fetchall())
        jobs = (decode_or_none(str(record)) for (record,) in reversed(rows))
        return tuple(job for job in jobs if job is not None)

    def tries(self, original_id: str) -> tuple[Job, ...]:
        """Return the listed tries of one request, oldest first, however old they are."""
        query = "SELECT record FROM jobs WHERE original_id = ? ORDER BY created"
        rows = self._run(lambda db: db.execute(query, (original_id,)).fetchall())
        jobs = (decode_or_none(str(record)) for (record,) in rows)
        return tuple(job for job in jobs if job is not None)

    def was_paid(self, original_id: str) -> bool:
        """Return whether the journal has a payment of this request, or the announcement of one,
        even if its jobs were removed from the list."""
        query = "SELECT 1 FROM journal WHERE original_id = ? AND entry IN (?, ?)"
        row = (original_id, payments.ANNOUNCED, payments.PAID)
        return self._run(lambda db: db.execute(query, row).fetchone()) is not None

    def remove(self, job: Job, wall: float) -> bool:
        """Remove a job that is final or ours from the list; its journal stays. Return False if the
        list has a newer revision: another Blender works on it."""
        known = "id = ? AND revision <= ?"
        remove = f"DELETE FROM jobs WHERE {known} AND (owner = ? OR {IS_FINAL})"  # noqa: S608 - constants

        def forget(db: sqlite3.Connection) -> bool:
            db.execute("BEGIN IMMEDIATE")
            if db.execute(remove, (job.id, job.revision, self._owner, *FINAL)).rowcount == 0:
                left = db.execute("SELECT 1 FROM jobs WHERE id = ?", (job.id,)).fetchone()
                return left is None
            _note(db, job.id, wall, payments.FORGOTTEN, "")
            return True

        return self._run(forget)

    def timeline(self, job_id: str) -> tuple[Entry, ...]:
        """Return the journal of one job, oldest first."""
        query = "SELECT at, entry, detail FROM journal WHERE job = ? ORDER BY at, seq"
        rows = self._run(lambda db: db.execute(query, (job_id,)).fetchall())
        return tuple(Entry(float(at), str(entry), str(detail)) for at, entry, detail in rows)

    def _run(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        """Do the work in one transaction; once more where the file was damaged and replaced."""
        seen = repair.identity(self._path)
        try:
            return self._attempt(work)
        except sqlite3.Error as error:
            if not repair.is_damage(error):
                raise self._fault(error) from error
        except (TypeError, ValueError):
            # A damaged value may have another type; where none is, the mistake is ours.
            if self._is_sound():
                raise
        self._replace_damaged(seen)
        try:
            return self._attempt(work)
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _is_sound(self) -> bool:
        try:
            return self._attempt(table_rows.are_as_written)
        except (sqlite3.Error, TypeError, ValueError):
            return False

    def _attempt(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(messages.no_folder(error.strerror, self.folder)) from None
        try:
            with closing(sqlite3.connect(self._path, timeout=self.patience)) as db:
                db.text_factory = table_rows.text
                db.execute("PRAGMA synchronous = FULL")
                if schema.is_newer(db):
                    raise StoreError(messages.newer(self._path))
                with db:
                    schema.migrate(db)
                with db:
                    return work(db)
        except (NotText, UnicodeEncodeError) as error:
            raise StoreError(messages.NOT_TEXT) from error

    def _replace_damaged(self, seen: repair.Identity | None) -> None:
        """Rename the damaged file and write what can be recovered to a new one. Does nothing if
        another Blender has done so in the meantime."""
        try:
            aside = repair.set_aside(self._path, seen)
        except OSError as error:
            raise StoreError(messages.cannot_move(error.strerror, self._path)) from error
        if aside is None:
            return
        found = repair.read(aside, daily_copy.newest(self._path))
        try:
            self._attempt(lambda db: repair.write(db, found))
        except sqlite3.Error as error:
            raise self._fault(error) from error
        self.repair_note = messages.kept_aside(found.sentence, aside)
        _log.warning("%s", self.repair_note)

    def _fault(self, error: sqlite3.Error) -> StoreError:
        return StoreError(messages.unreachable(error, self._path))

    def _write(self, db: sqlite3.Connection, job: Job, wall: float) -> bool:
        """Insert or update one row under our lease; an older revision never replaces a newer
        one. Only `claim` takes a row from another owner, however old its lease; a row from a
        damaged file may have no owner."""
        row = db.execute("SELECT revision, owner FROM jobs WHERE id = ?", (job.id,)).fetchone()
        if row is not None:
            revision, owner = int(row[0]), str(row[1])
            if owner not in {self._owner, ""}:
                return False
            if revision > job.revision:
                return True
        until = wall + LEASE_SECONDS
        put_row(db, job, self._owner, until, original_id=payments.original_of(db, job))
        return True


def _note(db: sqlite3.Connection, job_id: str, at: float, entry: str, detail: str) -> None:
    put_entry(db, payments.Entry(job_id, at, entry, detail))
