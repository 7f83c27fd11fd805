"""Checks a schedule's result: compares the requests made with the service's ledger, the job list
and the disk.

Reads only. Reads the job list as any other program would: an SQLite file with JSON in it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import soak_schedules
from tests.standin.faults import Fault
from tests.standin.ledger import Ledger, Task

UNSENT: Final = ("interrupted", "rejected", "gave up", "store")


@dataclass
class Results:
    """The result of a schedule. `lost` and `twice` have a sentence for each case; `sums` counts
    successes."""

    lost: list[str] = field(default_factory=list[str])
    twice: list[str] = field(default_factory=list[str])
    sums: dict[str, int] = field(default_factory=dict[str, int])

    def count(self, what: str, by: int = 1) -> None:
        """Add to one of the sums."""
        self.sums[what] = self.sums.get(what, 0) + by


@dataclass(frozen=True)
class Row:
    """A job as the list has it, with its journal."""

    id: str
    record: dict[str, Any]
    entries: tuple[tuple[str, str], ...]

    @property
    def state(self) -> str:
        return str(self.record["state"])

    @property
    def failure(self) -> str:
        return str(self.record.get("failure") or "")

    @property
    def task_id(self) -> str:
        return str(self.record.get("task_id") or "")

    @property
    def waits(self) -> bool:
        """Whether this is a later step that has not begun."""
        return self.state == "pending" and bool(self.record.get("after"))

    @property
    def submission(self) -> int:
        """The number of its request, which is the seed of a model."""
        return int(self.record["request"].get("model_seed") or 0)

    @property
    def replaces(self) -> str:
        return str(self.record.get("replaces") or "")


def check_results(
    schedule: soak_schedules.Schedule,
    ledger: Ledger,
    waiting: Sequence[Fault],
    store: Path,
    digest: str,
) -> Results:
    """Check every request. `waiting` are the faults that were not used; `digest` is the SHA-256 of
    every model."""
    found = Results()
    try:
        rows = rows_of(store)
    except sqlite3.Error as error:
        found.lost.append(f"the job list cannot be read: {error}")
        return found
    tasks = ledger.tasks
    submissions = [submission for life in schedule.lives for submission in life.submissions]
    known: set[str] = set()
    for submission in submissions:
        found.count("submissions")
        for part in submission.parts:
            theirs = [each for each in tasks if _is_of(submission, part, each.kind, each.body)]
            known |= {task.id for task in theirs}
            _check_part(submission, part, theirs, _last_of(rows, submission, part), found, digest)
    strangers = [task for task in tasks if task.credits and task.id not in known]
    found.lost += [f"nobody asked for task {task.id}" for task in strangers]
    _check_requests(schedule, ledger, waiting, found)
    found.count("tasks", len(tasks))
    return found


def _check_part(
    submission: soak_schedules.Submission,
    part: soak_schedules.Part,
    tasks: Sequence[Task],
    row: Row | None,
    found: Results,
    digest: str,
) -> None:
    name = f"{part.kind} of submission {submission.number} ({submission.kind})"
    if len(tasks) > 1:
        found.twice.append(f"{name}: {len(tasks)} tasks")
    task = tasks[0] if tasks else None
    if row is None:
        found.count("never noted")
        if task is not None:
            found.lost.append(f"{name}: paid for, and there is no job")
        return
    complaint = _complaint(row, task, digest)
    if complaint:
        found.lost.append(f"{name}: {complaint}; {row.state} {row.failure} {row.entries}")
    found.count("waits for its first step" if row.waits else row.failure or row.state)
    if row.state == "done" and "failed" in dict(row.entries):
        found.count("of these given up for unknown before")


def _complaint(row: Row, task: Task | None, digest: str) -> str:
    """Return what is wrong with the last job of a request once the network works again, or ""."""
    if row.failure == "outcome unknown":
        sent = any(entry == "about to pay" for entry, _detail in row.entries)
        return "" if sent else "given up for unknown, but never asked for"
    if task is None:
        unsent = (row.failure in UNSENT or row.waits) and not row.task_id
        return "" if unsent else "no task was made, and the job does not say so"
    if row.task_id != task.id:
        return f"the job does not know its task {task.id}"
    if task.end is not None and task.end.status == "failed":
        return "" if row.failure == "generation" else "the service failed, and the job did not"
    if row.state != "done":
        return "paid for, and the model did not come"
    return _file_complaint(Path(str(row.record["model"])), digest)


def _file_complaint(model: Path, digest: str) -> str:
    if not model.is_file():
        return f"the model is not on disk: {model}"
    same = digest_of((model.read_bytes(),)) == digest
    return "" if same else "the model on disk is not what was sent"


def _check_requests(
    schedule: soak_schedules.Schedule, ledger: Ledger, waiting: Sequence[Fault], found: Results
) -> None:
    """Check that a paid request is repeated only after a 429, whether or not it made a task."""
    sent = [
        (part.path, part.number(post.body))
        for part in {each for parts in soak_schedules.PARTS.values() for each in parts}
        for post in ledger.sent("POST", part.path)
    ]
    ordered = [fault for life in schedule.lives for fault in life.faults]
    refused = times_refused(ordered) - times_refused(waiting)
    again = len(sent) - len(set(sent))
    if again > refused:
        found.twice.append(f"{again} paid requests were sent again after {refused} refusals")
    found.count("paid requests", len(sent))


def digest_of(pieces: Iterable[bytes]) -> str:
    """Return the SHA-256 of a file given in pieces."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def times_refused(faults: Sequence[Fault]) -> int:
    """Count how often these faults refuse a paid request with proof that nothing was accepted."""
    paying = (
        each for each in faults if each.path in (soak_schedules.CREATE, soak_schedules.TEXTURE)
    )
    return sum(fault.times for fault in paying if fault.status == 429)


def refusals(faults: Sequence[Fault]) -> int:
    """Count how often these faults refuse a paid request, temporarily or for good."""
    paying = (each for each in faults if each.path == soak_schedules.CREATE)
    return sum(fault.times for fault in paying if fault.status is not None and fault.status < 500)


def _is_of(
    submission: soak_schedules.Submission, part: soak_schedules.Part, kind: object, body: object
) -> bool:
    return kind == part.kind and part.number(body) == submission.number


def rows_of(store: Path) -> tuple[Row, ...]:
    """Return every job of the list, oldest first. Raises `sqlite3.Error`."""
    with closing(sqlite3.connect(store)) as db:
        (word,) = db.execute("PRAGMA integrity_check").fetchone()
        if word != "ok":
            raise sqlite3.DatabaseError(str(word))
        found = db.execute("SELECT id, record FROM jobs ORDER BY created").fetchall()
        journal = "SELECT entry, detail FROM journal WHERE job = ? ORDER BY seq"
        return tuple(
            Row(job, json.loads(record), tuple(db.execute(journal, (job,)).fetchall()))
            for job, record in found
        )


def _last_of(
    rows: Sequence[Row], submission: soak_schedules.Submission, part: soak_schedules.Part
) -> Row | None:
    """Return the job for a part of a request that no other job replaces."""
    requests = [(row, row.record["request"]) for row in rows]
    own = [row for row, request in requests if _is_of(submission, part, request["kind"], request)]
    replaced = set(_replaced(own))
    left = [row for row in own if row.id not in replaced]
    return left[-1] if left else None


def _replaced(rows: Sequence[Row]) -> Iterator[str]:
    return (row.replaces for row in rows if row.replaces)
