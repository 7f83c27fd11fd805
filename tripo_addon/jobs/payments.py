"""What the list and its journal prove about payments: whether a request may leave, and what came of
those that did.

Works on a connection that the store hands over, inside its transaction; opens and commits nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Final

from .job import Failure, Job, State
from .records import decode_or_none

if TYPE_CHECKING:
    import sqlite3

ANNOUNCED: Final = "about to pay"
PAID: Final = "paid"
NOT_ACCEPTED: Final = "not accepted"
TRIES_KEPT: Final = 8
_TRY: Final = re.compile(r"\(try (\d{1,9})\)$")

# Failed for want of an answer that a worker of a closed session wrote down after all.
PAID_IN_VAIN: Final = (
    "state = 'failed' AND id IN (SELECT job FROM journal WHERE entry = 'paid')"
    " AND instr(record, '\"outcome unknown\"') > 0"
)


class Leave(Enum):
    """Whether a paid request may leave, or why it does not."""

    GO = "it is announced, and may be sent"
    ANNOUNCED = "it was announced before, and may have been sent"
    ELSEWHERE = "another Blender has the job"
    OVERTAKEN = "what it was to replace goes on itself, or was tried again already"
    MOVED_ON = "the job is over, or further on"


def last_payment(db: sqlite3.Connection, job_id: str) -> tuple[str, str]:
    """The last journal entry about a payment of the job, and its detail; empty where there is
    none."""
    row = db.execute(
        "SELECT entry, detail FROM journal WHERE job = ? AND entry IN (?, ?, ?)"
        " ORDER BY seq DESC LIMIT 1",
        (job_id, ANNOUNCED, PAID, NOT_ACCEPTED),
    ).fetchone()
    return (str(row[0]), str(row[1])) if row else ("", "")


def forget_refused(db: sqlite3.Connection, job_id: str) -> int:
    """How often this job was tried and surely not accepted so far. Of these tries the journal keeps
    the last few alone: a service that is busy for days would fill the disk with them."""
    rows = db.execute(
        "SELECT seq, detail FROM journal WHERE job = ? AND entry = ? ORDER BY seq",
        (job_id, NOT_ACCEPTED),
    ).fetchall()
    told = _TRY.search(str(rows[-1][1])) if rows else None
    if len(rows) >= TRIES_KEPT:
        db.execute(
            "DELETE FROM journal WHERE job = ? AND seq <= ? AND entry IN (?, ?)",
            (job_id, rows[-TRIES_KEPT][0], ANNOUNCED, NOT_ACCEPTED),
        )
    return int(told[1]) if told else len(rows)


def may_leave(db: sqlite3.Connection, job: Job, owner: str) -> Leave:
    """Whether the paid request of this job may leave from the Blender of that name."""
    row = db.execute("SELECT state, revision, owner FROM jobs WHERE id = ?", (job.id,)).fetchone()
    if row is not None and row[2] not in {owner, ""}:
        return Leave.ELSEWHERE
    if is_overtaken(db, job):
        return Leave.OVERTAKEN
    if last_payment(db, job.id)[0] in {ANNOUNCED, PAID}:
        return Leave.ANNOUNCED
    # A newer revision of the same state is the same wish: its .blend got a name meanwhile.
    if row is not None and row[0] != job.state.value and row[1] > job.revision:
        return Leave.MOVED_ON
    return Leave.GO


def is_overtaken(db: sqlite3.Connection, job: Job) -> bool:
    """Whether somebody has taken further what this job is to replace: its answer came after all, a
    person said which task it was, or another Blender has tried it again."""
    own = job.id
    former = job.replaces
    while former is not None:
        known = _job(db, former)
        if known is not None and not _may_be_replaced(db, known):
            return True
        if any(_stands(db, other) for other in _others(db, former, own)):
            return True
        own, former = former, known.replaces if known is not None else None
    return False


def _may_be_replaced(db: sqlite3.Connection, job: Job) -> bool:
    given_up = job.state.final and job.state is not State.DONE
    late = job.failure is Failure.OUTCOME_UNKNOWN and last_payment(db, job.id)[0] == PAID
    return given_up and not job.retry_is_free and not late


def _stands(db: sqlite3.Connection, job: Job) -> bool:
    """Whether a try was paid for, or may have been, and did not fail at the service."""
    asked = job.task_id is not None or last_payment(db, job.id)[0] in {ANNOUNCED, PAID}
    return asked and job.failure is not Failure.GENERATION


def _others(db: sqlite3.Connection, former: str, own: str) -> Iterator[Job]:
    """The other jobs that are to replace that one."""
    query = "SELECT record FROM jobs WHERE id != ? AND instr(record, ?) > 0"
    for (record,) in db.execute(query, (own, former)).fetchall():
        other = decode_or_none(str(record))
        if other is not None and other.replaces == former:
            yield other


def _job(db: sqlite3.Connection, job_id: str) -> Job | None:
    row = db.execute("SELECT record FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return decode_or_none(str(row[0])) if row is not None else None
