"""Decides from the job list and its journal whether a paid request may be sent.

Works on the store's connection, inside its transaction; opens and commits nothing.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final

from ...api.record import record
from ..model.job import Failure, Job, State
from .job_json import decode_or_none

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

ANNOUNCED: Final = "about to pay"
PAID: Final = "paid"
NOT_ACCEPTED: Final = "not accepted"
MADE_NOTHING: Final = "made nothing"
"""The task ended without a result, so the request may be paid for again."""
PAYMENTS: Final = (ANNOUNCED, PAID, NOT_ACCEPTED, MADE_NOTHING)
FORGOTTEN: Final = "forgotten"
"""The artist removed the job from the list; its payment still counts."""
TRIES_KEPT: Final = 8
_TRY: Final = re.compile(r"\(try (\d{1,9})\)$")

LATE_RECEIPTS: Final = (
    "state = 'failed' AND id IN (SELECT job FROM journal WHERE entry = 'paid')"
    " AND instr(record, '\"outcome unknown\"') > 0"
)
"""SQL condition: jobs that failed for a lost answer, whose receipt a worker wrote later."""


class SendDecision(Enum):
    """Whether a paid request may be sent, or why not."""

    GO = "go"
    """It is announced and may be sent."""
    ANNOUNCED = "announced"
    """It was announced before and may have been sent."""
    ELSEWHERE = "elsewhere"
    """Another Blender has the job."""
    OVERTAKEN = "overtaken"
    """Another try of the same request is running or was paid for."""
    MOVED_ON = "moved on"
    """The job is finished, or a later step."""


@record
class Entry:
    """A journal entry about a payment: its job, the first try of the job's request, and the account
    that knows its task."""

    job_id: str
    at: float
    entry: str
    detail: str = ""
    original_id: str = ""
    account: str = ""
    kind: str = ""


def entry_of(db: sqlite3.Connection, job: Job, at: float, entry: str, detail: str = "") -> Entry:
    """Return a journal entry for a payment of this job."""
    original_id = original_of(db, job)
    return Entry(job.id, at, entry, detail, original_id, job.account, job.request.kind)


def original_of(db: sqlite3.Connection, job: Job) -> str:
    """Return the id of the first try of the job's request: its own field, or, for jobs of older
    versions, what the migration derived from the chain of replaced jobs."""
    if job.original_id:
        return job.original_id
    for known in (job.id, job.replaces):
        row = db.execute("SELECT original_id FROM jobs WHERE id = ?", (known,)).fetchone()
        if row is not None and row[0]:
            return str(row[0])
    return job.replaces or job.id


def forgotten(journal: Iterable[Entry]) -> frozenset[str]:
    """Return the ids of the jobs that the artist removed."""
    return frozenset(entry.job_id for entry in journal if entry.entry == FORGOTTEN)


def last_payment(db: sqlite3.Connection, job_id: str) -> tuple[str, str]:
    """Return the last journal entry about a payment of the job and its detail; empty if none."""
    row = db.execute(
        "SELECT entry, detail FROM journal WHERE job = ? AND entry IN (?, ?, ?, ?)"
        " ORDER BY seq DESC LIMIT 1",
        (job_id, *PAYMENTS),
    ).fetchone()
    return (str(row[0]), str(row[1])) if row else ("", "")


def forget_refused(db: sqlite3.Connection, job_id: str) -> int:
    """Return how many tries of this job were certainly not accepted. Deletes all but the last few
    from the journal: a service that is busy for days would fill the disk with them."""
    rows = db.execute(
        "SELECT seq, detail FROM journal WHERE job = ? AND entry = ? ORDER BY seq",
        (job_id, NOT_ACCEPTED),
    ).fetchall()
    numbered = _TRY.search(str(rows[-1][1])) if rows else None
    if len(rows) >= TRIES_KEPT:
        db.execute(
            "DELETE FROM journal WHERE job = ? AND seq <= ? AND entry IN (?, ?)",
            (job_id, rows[-TRIES_KEPT][0], ANNOUNCED, NOT_ACCEPTED),
        )
    return int(numbered[1]) if numbered else len(rows)


def may_leave(db: sqlite3.Connection, job: Job, owner: str) -> SendDecision:
    """Decide whether this job's paid request may be sent by the Blender `owner`."""
    row = db.execute("SELECT state, revision, owner FROM jobs WHERE id = ?", (job.id,)).fetchone()
    if row is not None and row[2] not in {owner, ""}:
        return SendDecision.ELSEWHERE
    if is_overtaken(db, job):
        return SendDecision.OVERTAKEN
    if last_payment(db, job.id)[0] in {ANNOUNCED, PAID}:
        return SendDecision.ANNOUNCED
    # A newer revision of the same state is the same try: its .blend got a name meanwhile.
    if row is not None and row[0] != job.state.value and row[1] > job.revision:
        return SendDecision.MOVED_ON
    return SendDecision.GO


def is_overtaken(db: sqlite3.Connection, job: Job) -> bool:
    """Return whether another try of the same request forbids this one.

    The user saw the tries that this one replaces and gave them up: they must have ended without a
    result since, except for a task that its service has forgotten. Any other try may still be
    wanted: it must not be paid for or announced.
    """
    given_up = _replaced_by(db, job)
    lapsed = _lapsed(db, given_up)
    for job_id in _tries(db, original_of(db, job)) - {job.id}:
        other = _job(db, job_id)
        if job_id not in given_up:
            if _stands(db, job_id, other):
                return True
        elif other is not None and not (other.task_id in lapsed or _may_be_replaced(db, other)):
            return True
    return False


def _lapsed(db: sqlite3.Connection, job_ids: set[str]) -> set[str]:
    """Return the ids of these jobs' tasks that the service no longer keeps."""
    jobs = (_job(db, job_id) for job_id in job_ids)
    return {job.task_id for job in jobs if job and job.task_id and job.failure is Failure.LAPSED}


def _tries(db: sqlite3.Connection, original_id: str) -> set[str]:
    """Return the ids of all tries of a request, from the list and the journal."""
    rows = db.execute(
        "SELECT id FROM jobs WHERE original_id = ?"
        " UNION SELECT job FROM journal WHERE original_id = ?",
        (original_id, original_id),
    )
    return {str(job_id) for (job_id,) in rows}


def _replaced_by(db: sqlite3.Connection, job: Job) -> set[str]:
    """Return the ids of the chain of jobs that this one replaces."""
    found: set[str] = set()
    former = job.replaces
    while former is not None and former not in found:
        found.add(former)
        known = _job(db, former)
        former = known.replaces if known is not None else None
    return found


def _may_be_replaced(db: sqlite3.Connection, job: Job) -> bool:
    given_up = job.state.final and job.state is not State.DONE
    last = last_payment(db, job.id)[0]
    late = last == PAID and job.failure in {Failure.OUTCOME_UNKNOWN, Failure.INTERRUPTED}
    # It was taken for unsent, but may have been sent.
    mistaken = last == ANNOUNCED and job.failure is Failure.INTERRUPTED
    return given_up and not (job.retry_is_free or late or mistaken)


def _stands(db: sqlite3.Connection, job_id: str, job: Job | None) -> bool:
    """Return whether a try was or may have been paid for, and did not fail at the service."""
    requested = last_payment(db, job_id)[0] in {ANNOUNCED, PAID}
    if job is None:
        return requested
    return (requested or job.task_id is not None) and job.failure is not Failure.GENERATION


def _job(db: sqlite3.Connection, job_id: str) -> Job | None:
    row = db.execute("SELECT record FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return decode_or_none(str(row[0])) if row is not None else None
