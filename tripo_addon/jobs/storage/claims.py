"""Leases of jobs: which job another Blender holds, and which this one may take over.

Each row of the list has an owner and the end of its lease, in seconds since 1970. Works on the
store's connection, inside its transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ...api.record import record
from ..model.job import Failure, Job, State
from . import payments
from .job_json import decode_or_none

if TYPE_CHECKING:
    import sqlite3

LEASE_SECONDS: Final = 30.0
_RELEASED: Final = 0.0
FINAL: Final = tuple(state.value for state in State if state.final)
"""The values that stand for the placeholders of `IS_FINAL`."""
IS_FINAL: Final = f"state IN ({','.join('?' * len(FINAL))})"
_OPEN_ROWS: Final = (
    "SELECT id, record, until, owner FROM jobs"  # noqa: S608 - constants
    f" WHERE (NOT {IS_FINAL} AND owner != ?) OR ({payments.LATE_RECEIPTS}) ORDER BY created"
)
_OTHER_ROWS: Final = (
    "SELECT record FROM jobs WHERE owner != ?"  # noqa: S608 - constants
    f" AND (NOT {IS_FINAL} OR id IN (SELECT job FROM journal WHERE seq > ?))"
)
_GONE: Final = (
    "SELECT job FROM journal WHERE seq > ? AND entry = ? AND job NOT IN (SELECT id FROM jobs)"
)
_MINE: Final = f"SELECT id FROM jobs WHERE NOT {IS_FINAL} AND owner = ?"  # noqa: S608 - constants


@record
class ClaimedJob:
    """A claimed job, the task id of its receipt, and whether a payment was announced."""

    job: Job
    paid: str | None
    announced: bool


@record
class Claim:
    """The result of reading the list: jobs that are ours from now on, and how many another Blender
    holds; those may come free later.

    `others` are the latter and all other jobs that other Blenders changed since the last read;
    `gone` are those they removed. `mine` are all unfinished jobs that the list has as ours. `seen`
    is the last journal entry that was read.
    """

    kept: tuple[ClaimedJob, ...]
    held_elsewhere: int
    others: tuple[Job, ...] = ()
    gone: frozenset[str] = frozenset()
    mine: frozenset[str] = frozenset()
    seen: int = 0


class LeaseClaims:
    """The claims of the Blender `owner`."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._seen: dict[str, tuple[object, float]] = {}

    def claim(
        self,
        db: sqlite3.Connection,
        wall: float,
        since: int | None,
        *,
        now: float | None,
        known: Collection[str],
    ) -> Claim:
        """Take over every unfinished job that no other Blender holds, and read what others did
        after the journal entry `since`.

        The wall clock may be set by a day, and then a lease that its owner renews looks expired. If
        the job's paid request may be out, taking it over would make its outcome unknown, and
        somebody would pay again. So such a job is taken only once its lease was seen unchanged for
        `LEASE_SECONDS` of `now`, a clock that nobody sets. None trusts the wall clock.

        Jobs in `known`, on which this Blender still works, are not taken back from another owner: a
        worker that does not yet know of the loss could send a request that counts as unsent.
        """
        rows = db.execute(_OPEN_ROWS, (*FINAL, self._owner)).fetchall()
        kept: list[ClaimedJob] = []
        held = 0
        for job_id, text, until, owner in rows:
            row = _claimed(db, str(job_id), str(text))
            if owner != self._owner and (
                (job_id in known and owner)
                or _is_held(until, wall)
                or (row is not None and row.announced and not self._is_still(row, until, now))
            ):
                held += 1
            elif row is not None and _goes_on(row):
                kept.append(row)
        for row in kept:
            hold = "UPDATE jobs SET owner = ?, until = ? WHERE id = ?"
            db.execute(hold, (self._owner, wall + LEASE_SECONDS, row.job.id))
        return self._with_news(db, Claim(tuple(kept), held), since)

    def _is_still(self, row: ClaimedJob, until: object, now: float | None) -> bool:
        """Whether the job's lease was not renewed for as long as a lease lasts."""
        if until == _RELEASED or now is None:
            return True
        seen, since = self._seen.get(row.job.id, (None, now))
        if seen != until:
            self._seen[row.job.id] = until, now
            return False
        return now - since >= LEASE_SECONDS

    def _with_news(self, db: sqlite3.Connection, claim: Claim, since: int | None) -> Claim:
        """Add what other Blenders did to the claim."""
        (last,) = db.execute("SELECT COALESCE(MAX(seq), 0) FROM journal").fetchone()
        # The first read gets finished jobs from `Store.finished`; the journal of a list that was
        # created again counts from the beginning.
        start = last if since is None else since if since <= last else 0
        others = db.execute(_OTHER_ROWS, (self._owner, *FINAL, start)).fetchall()
        gone = db.execute(_GONE, (start, payments.FORGOTTEN)).fetchall()
        mine = db.execute(_MINE, (*FINAL, self._owner)).fetchall()
        jobs = (decode_or_none(str(record)) for (record,) in others)
        return replace(
            claim,
            others=tuple(job for job in jobs if job is not None),
            gone=frozenset(str(job_id) for (job_id,) in gone),
            mine=frozenset(str(job_id) for (job_id,) in mine),
            seen=int(last),
        )


def _is_held(until: object, wall: float) -> bool:
    """Return whether a lease is in force. One that ends far in the future is not: the clock was set
    back. Nor is one that is not a number: leases have no checksum that would show the damage."""
    return isinstance(until, float) and wall <= until <= wall + 2 * LEASE_SECONDS


def _claimed(db: sqlite3.Connection, job_id: str, record: str) -> ClaimedJob | None:
    job = decode_or_none(record)
    if job is None:
        return None
    entry, detail = payments.last_payment(db, job_id)
    return ClaimedJob(
        job, paid=detail if entry == payments.PAID else None, announced=entry == payments.ANNOUNCED
    )


def _goes_on(row: ClaimedJob) -> bool:
    """Whether the job is unfinished, or failed for a lost answer before its receipt was written."""
    late = row.job.failure is Failure.OUTCOME_UNKNOWN and row.paid is not None
    return late or not row.job.state.final
