"""Of all tries of one request, whoever makes them, one is paid for."""

from __future__ import annotations

import json
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.bench import WALL, job_in, text
from tripo_addon.jobs.model.job import Draft, Failure, Job, Placement, State
from tripo_addon.jobs.model.recovery import new_try, recover
from tripo_addon.jobs.storage.payments import SendDecision
from tripo_addon.jobs.storage.store import Store

FAILED = job_in(State.FAILED, failure=Failure.GENERATION)


@pytest.mark.parametrize(
    ("other", "leave"),
    [
        (job_in(State.SUBMITTING), SendDecision.GO),
        (job_in(State.RUNNING, task_id="task-2"), SendDecision.OVERTAKEN),
        (job_in(State.DONE, task_id="task-2"), SendDecision.OVERTAKEN),
        (job_in(State.FAILED, failure=Failure.GENERATION, task_id="task-2"), SendDecision.GO),
        (job_in(State.FAILED, failure=Failure.GAVE_UP, task_id="task-2"), SendDecision.OVERTAKEN),
        (job_in(State.CANCELLED, task_id=None), SendDecision.GO),
        (job_in(State.CANCELLED, task_id="task-2"), SendDecision.OVERTAKEN),
    ],
)
def test_only_one_of_two_tries_of_a_job_is_paid(
    store: Store, other: Job, leave: SendDecision
) -> None:
    store.save(replace(FAILED, task_id="task-1"), WALL)
    store.save(replace(other, id="job-2", replaces=FAILED.id), WALL + 1)
    third = job_in(State.SUBMITTING, id="job-3", replaces=FAILED.id)
    assert store.about_to_pay(third, WALL + 2) is leave


def test_first_of_two_tries_to_announce_pays(store: Store, other: Store) -> None:
    store.save(replace(FAILED, task_id="task-1"), WALL)
    store.release()
    tries = [job_in(State.SUBMITTING, id=f"job-{n}", replaces=FAILED.id) for n in (2, 3)]
    store.save(tries[0], WALL)
    other.save(tries[1], WALL)
    assert other.about_to_pay(tries[1], WALL) is SendDecision.GO
    assert store.about_to_pay(tries[0], WALL) is SendDecision.OVERTAKEN
    other.not_paid(tries[1].id, WALL, "busy")
    assert store.about_to_pay(tries[0], WALL) is SendDecision.GO


@pytest.mark.parametrize("state", [State.RUNNING, State.READY, State.DONE])
def test_attached_job_is_not_retried(store: Store, state: State) -> None:
    taken_up = job_in(state, task_id="task-1", revision=9)
    store.save(taken_up, WALL)
    second = job_in(State.SUBMITTING, id="job-2", replaces=taken_up.id)
    assert store.about_to_pay(second, WALL) is SendDecision.OVERTAKEN


def test_retry_of_a_retry_is_not_paid_after_the_first_receipt(store: Store) -> None:
    submitting = job_in(State.SUBMITTING)
    assert store.about_to_pay(submitting, WALL) is SendDecision.GO
    store.save(recover(submitting, paid=None, announced=True, now=0.0), WALL + 1)
    second = job_in(State.FAILED, id="job-2", replaces=submitting.id, failure=Failure.INTERRUPTED)
    store.save(second, WALL + 2)
    store.paid(submitting, "task-7", WALL + 3)
    third = job_in(State.SUBMITTING, id="job-3", replaces=second.id)
    assert store.about_to_pay(third, WALL + 4) is SendDecision.OVERTAKEN


@pytest.mark.parametrize("paid", [True, False])
def test_job_marked_unsent_but_sent_is_not_retried(store: Store, *, paid: bool) -> None:
    first = job_in(State.SUBMITTING, task_id=None)
    assert store.about_to_pay(first, WALL) is SendDecision.GO
    if paid:
        store.paid(first, "task-1", WALL)
    failed = replace(first, state=State.FAILED, failure=Failure.INTERRUPTED, revision=9)
    store.save(failed, WALL)
    assert store.about_to_pay(tried(failed, "job-2"), WALL) is SendDecision.OVERTAKEN


def tried(of: Job, job_id: str, **fields: Any) -> Job:
    """Return another try, as an engine makes it for one that failed."""
    failed = replace(of, state=State.FAILED, failure=Failure.INTERRUPTED)
    return replace(new_try(failed, id=job_id, wall=WALL), state=State.SUBMITTING, **fields)


def test_retry_knows_what_another_try_has_paid_meanwhile(store: Store, other: Store) -> None:
    first = job_in(State.FAILED, failure=Failure.INTERRUPTED, id="job-0", task_id=None)
    store.save(first, WALL)
    store.release()
    here, there = tried(first, "job-1"), tried(first, "job-2")
    store.save(here, WALL)
    other.save(there, WALL)
    store.save(replace(here, state=State.FAILED, failure=Failure.GAVE_UP, revision=9), WALL)
    third = tried(here, "job-3")
    assert store.about_to_pay(third, WALL) is SendDecision.GO
    store.paid(third, "task-3", WALL)
    assert other.about_to_pay(there, WALL) is SendDecision.OVERTAKEN


@pytest.mark.parametrize(
    ("failure", "leave"),
    [
        (None, SendDecision.OVERTAKEN),
        (Failure.GENERATION, SendDecision.GO),
    ],
)
def test_paid_request_removed_from_the_list_still_counts(
    store: Store, other: Store, failure: Failure | None, leave: SendDecision
) -> None:
    first = job_in(State.FAILED, failure=Failure.INTERRUPTED, id="job-0", task_id=None)
    store.save(first, WALL)
    here, there = tried(first, "job-1"), tried(first, "job-2")
    store.about_to_pay(here, WALL)
    store.paid(here, "task-1", WALL)
    state = State.FAILED if failure else State.DONE
    over = replace(here, state=state, failure=failure, revision=9, task_id="task-1")
    store.save(over, WALL)
    assert store.remove(over, WALL)
    store.remove(first, WALL)
    assert other.about_to_pay(there, WALL) is leave


def test_tries_in_a_list_of_an_older_version_are_grouped(store: Store, path: Path) -> None:
    first = job_in(State.FAILED, failure=Failure.INTERRUPTED, id="job-0", task_id=None)
    second = replace(tried(first, "job-1"), state=State.FAILED, failure=Failure.INTERRUPTED)
    third = tried(second, "job-2")
    for job in (first, second, third):
        store.save(replace(job, original_id=""), WALL)
    store.about_to_pay(replace(third, original_id=""), WALL)
    as_of_version_2(path)
    late = Store(path, "one")
    cousin = replace(tried(first, "job-3"), original_id="")
    assert late.about_to_pay(cousin, WALL) is SendDecision.OVERTAKEN
    with closing(sqlite3.connect(path)) as db:
        originals = db.execute("SELECT DISTINCT original_id FROM jobs").fetchall()
    assert originals == [("job-0",)]


@pytest.mark.parametrize("damaged", [False, True])
def test_list_with_old_column_names_keeps_tries_and_drafts_grouped(
    store: Store, path: Path, *, damaged: bool
) -> None:
    home = Placement(meters_per_unit=0.01)
    draft = Draft(title="Chest", first="job-0", count=2, requests=(text(),), home=home)
    first = job_in(State.FAILED, failure=Failure.INTERRUPTED, id="job-0", draft=draft)
    second = tried(first, "job-1")
    for job in (first, second):
        store.save(job, WALL)
    store.about_to_pay(second, WALL)
    store.paid(second, "task-1", WALL)
    as_of_version_4(path)
    if damaged:
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("PRAGMA user_version = 1000")
    late = Store(path, "one")
    late.prepare()
    jobs = {job.id: job for job in late.tries("job-0")}
    assert [(each.original_id, each.draft) for each in jobs.values()] == [
        ("", draft),
        ("job-0", draft),
    ]
    assert late.was_paid("job-0")
    assert late.about_to_pay(tried(first, "job-2"), WALL) is SendDecision.OVERTAKEN
    with closing(sqlite3.connect(path)) as db:
        entries = db.execute("SELECT job, original_id, account FROM journal WHERE entry = 'paid'")
        assert entries.fetchall() == [("job-1", "job-0", second.account)]
        owners = db.execute("SELECT DISTINCT owner FROM jobs").fetchall()
    assert owners == [("one",)]


def as_of_version_4(path: Path) -> None:
    """Give columns and fields of the file the names they had, and the checksums that belong to
    them."""
    with closing(sqlite3.connect(path)) as db, db:
        for table in ("jobs", "journal"):
            db.execute(f"DROP INDEX {table}_by_original")
            db.execute(f"ALTER TABLE {table} RENAME COLUMN original_id TO wish_id")
            db.execute(f"CREATE INDEX {table}_by_wish ON {table} (wish_id)")
        columns = "id, revision, state, created, record, wish_id"
        for values in db.execute(f"SELECT {columns} FROM jobs").fetchall():
            record = json.loads(values[4])
            record["wish_id"] = record.pop("original_id")
            record["draft"]["wished"] = record["draft"].pop("requests")
            home = record["draft"]["home"]
            home["metres_per_unit"] = home.pop("meters_per_unit")
            former = (*values[:4], json.dumps(record, separators=(",", ":")), values[5])
            total = zlib.crc32("\x1f".join(map(repr, former)).encode())
            row = (former[4], total, former[0])
            db.execute("UPDATE jobs SET record = ?, sum = ? WHERE id = ?", row)
        db.execute("PRAGMA user_version = 4")


def as_of_version_2(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        for table, columns in ADDED.items():
            db.execute(f"DROP INDEX IF EXISTS {table}_by_original")
            for column in columns:
                db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        db.execute("PRAGMA user_version = 2")


ADDED = {"jobs": ("original_id",), "journal": ("original_id", "account", "kind")}
