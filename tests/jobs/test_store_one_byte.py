"""A job list with one changed byte, with a missing record, or with nothing left: what was paid for
is never lost silently, and never paid again."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.jobs.bench import WALL, job_in, kept_by
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.replies import RecentTask, Status
from tripo_addon.jobs.engine.lost_task_search import matching
from tripo_addon.jobs.messages.job_list import MAYBE_PAID_TITLE, PAID_TITLE
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.model.recovery import recover
from tripo_addon.jobs.storage import daily_copy, repair
from tripo_addon.jobs.storage.claims import LEASE_SECONDS
from tripo_addon.jobs.storage.store import Store

LATER = WALL + LEASE_SECONDS + 1
DAY = 86_400.0
CHANGES = 150
PAID = {f"{number:032x}": f"task-{number}" for number in range(1, 9)}
ANNOUNCED = {f"{number:032x}" for number in range(20, 24)}
UNSENT = {f"{number:032x}" for number in range(30, 33)}


def written(path: Path) -> Store:
    """Return jobs in every condition: paid and running, paid and done, announced, and not sent
    yet."""
    store = Store(path, "before")
    store.prepare()
    for job_id, task_id in PAID.items():
        submitting = job_in(State.SUBMITTING, id=job_id, task_id=None)
        store.about_to_pay(submitting, WALL)
        store.paid(submitting, task_id, WALL)
        done = int(task_id[-1]) % 2 == 0
        state = State.DONE if done else State.RUNNING
        store.save(job_in(state, id=job_id, task_id=task_id, revision=3), WALL)
    for job_id in ANNOUNCED:
        store.about_to_pay(job_in(State.SUBMITTING, id=job_id, task_id=None), WALL)
    for job_id in UNSENT:
        store.save(job_in(State.UPLOADING, id=job_id, task_id=None), WALL)
    return store


def seen(store: Store) -> dict[str, Job]:
    """Return all jobs as a new session shows them."""
    store.prepare(LATER)
    finished = store.finished(100)
    kept = kept_by(store, LATER)
    taken = [recover(row.job, paid=row.paid, announced=row.announced, now=0.0) for row in kept]
    return {job.id: job for job in (*finished, *taken)}


def check(found: dict[str, Job]) -> None:
    assert PAID.keys() <= found.keys(), PAID.keys() - found.keys()
    for job_id, task_id in PAID.items():
        job = found[job_id]
        known = job.task_id == task_id or job.failure is Failure.OUTCOME_UNKNOWN
        assert known, job
    assert found.keys() >= ANNOUNCED, ANNOUNCED - found.keys()
    for job_id in ANNOUNCED:
        assert found[job_id].failure is Failure.OUTCOME_UNKNOWN, found[job_id]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_one_changed_byte_loses_no_paid_job(seed: int, tmp_path: Path) -> None:
    written(tmp_path / "sound.sqlite3")
    sound = (tmp_path / "sound.sqlite3").read_bytes()
    chance = random.Random(seed)
    for number in range(CHANGES // 6):
        content, place = bytearray(sound), chance.randrange(len(sound))
        content[place] ^= chance.randrange(1, 256)
        path = tmp_path / f"{number}.sqlite3"
        path.write_bytes(content)
        found = seen(Store(path, "after"))
        try:
            check(found)
        except AssertionError as error:
            raise AssertionError(f"byte {place} of seed {seed}") from error


@pytest.mark.parametrize("column", ["record", "id", "state", "owner"])
def test_undecodable_text_does_not_break_the_list(column: str, tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    written(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"UPDATE jobs SET {column} = CAST(x'fffe61' AS TEXT) WHERE id = ?", [min(PAID)])
    found = seen(Store(path, "after"))
    check(found)


def test_missing_record_is_shown_with_its_task(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    written(path)
    lost = min(PAID)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA secure_delete = ON")
        db.execute("UPDATE jobs SET record = 'gone' WHERE id = ?", [lost])
        db.execute("DELETE FROM jobs WHERE id = ?", [max(ANNOUNCED)])
        db.commit()
        db.execute("VACUUM")
    store = Store(path, "after")
    found = seen(store)
    assert (found[lost].title, found[lost].state) == (PAID_TITLE, State.RUNNING)
    assert (found[lost].task_id, found[lost].account) == (PAID[lost], found[max(PAID)].account)
    assert "1 are known only by their paid task" in store.repair_note
    assert ".damaged-1" in store.repair_note


def test_prompt_that_looks_like_a_lost_record_is_intact(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    store = written(path)
    named = job_in(State.DONE, id="named", title=PAID_TITLE)
    store.save(named, WALL)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE jobs SET record = 'x' WHERE id = ?", [next(iter(UNSENT))])
    after = Store(path, "after")
    assert seen(after)[named.id].title == PAID_TITLE
    assert "only by their paid task" not in after.repair_note


def test_announced_payment_with_missing_record_is_shown_as_maybe_paid(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    written(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA secure_delete = ON")
        db.execute("UPDATE jobs SET record = 'gone' WHERE id = ?", [min(ANNOUNCED)])
        db.commit()
        db.execute("VACUUM")
    store = Store(path, "after")
    job = seen(store)[min(ANNOUNCED)]
    assert (job.title, job.failure) == (MAYBE_PAID_TITLE, Failure.OUTCOME_UNKNOWN)
    assert "1 may have been paid for" in store.repair_note
    at = RecentTask(id="task-x", kind=TaskKind.IMAGE_TO_MODEL, status=Status.SUCCESS, created=WALL)
    assert [each.task_id for each in matching(job, WALL, (at,), ())] == ["task-x"]


def test_removed_job_does_not_come_back(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    store = written(path)
    done = next(job for job in store.finished(9) if job.id in PAID)
    assert store.remove(replace(done, revision=99), WALL)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE jobs SET record = 'x' WHERE id = ?", [next(iter(UNSENT))])
    assert done.id not in seen(Store(path, "after"))


def test_emptied_list_is_reported_and_restored_from_the_daily_copy(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    written(path).prepare(WALL)
    path.write_bytes(b"")
    os.utime(path, (WALL, WALL))
    store = Store(path, "after")
    store.prepare(WALL + DAY)
    found = seen(store)
    check(found)
    assert ANNOUNCED | PAID.keys() <= found.keys()
    for job_id in UNSENT:
        # They may have been sent after the copy was made.
        assert found[job_id].failure is Failure.OUTCOME_UNKNOWN
    assert "came from the last daily copy" in store.repair_note


def test_list_being_created_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    path.touch()
    now = path.stat().st_mtime
    assert not repair.is_emptied(path, now)
    assert repair.is_emptied(path, now + DAY)


def test_list_is_copied_daily_and_copies_kept_for_a_week(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    store = written(path)
    for day in range(10):
        store.prepare(WALL + day * DAY)
        store.prepare(WALL + day * DAY + 60)
    copies = sorted((tmp_path / "daily-copies").iterdir())
    assert len(copies) == daily_copy.KEPT
    assert copies[-1] == daily_copy.newest(path)
    with closing(sqlite3.connect(copies[-1])) as db:
        count = len(PAID) + len(ANNOUNCED) + len(UNSENT)
        assert db.execute("SELECT COUNT(*) FROM jobs").fetchone() == (count,)


@pytest.mark.parametrize("until", ["'soon'", "x'00'"])
def test_lease_that_is_no_number_blocks_nothing(path: Path, until: str) -> None:
    Store(path, "before").save(job_in(State.RUNNING), WALL)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"UPDATE jobs SET until = {until}")
    store = Store(path, "after")
    store.prepare()
    assert [row.job.id for row in store.claim(WALL + 1).kept] == ["job-1"]
