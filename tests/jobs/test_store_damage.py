"""Job lists that are old, newer, missing or broken: upgraded, left alone, recreated, or set aside
and recovered as far as possible."""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing import fuzz_settings
from tests.jobs.bench import WALL, after_restart, entries, job_in, kept_by, text
from tripo_addon.jobs.model.job import Failure, State
from tripo_addon.jobs.model.recovery import recover
from tripo_addon.jobs.storage import repair, schema
from tripo_addon.jobs.storage.claims import LEASE_SECONDS
from tripo_addon.jobs.storage.job_json import encode_job
from tripo_addon.jobs.storage.store import Store, StoreError

LATER = WALL + LEASE_SECONDS + 1
NOT_A_DATABASE = b"a diary, not a database; " * 100
# The tables of the first published version, word for word.
FIRST_VERSION = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, revision INTEGER NOT NULL, state TEXT NOT NULL, created REAL NOT NULL,
    owner TEXT NOT NULL, until REAL NOT NULL, record TEXT NOT NULL
);
CREATE INDEX jobs_by_age ON jobs (created);
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY, job TEXT NOT NULL, at REAL NOT NULL, entry TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT ''
);
CREATE INDEX journal_by_job ON journal (job);
PRAGMA user_version = 1;
"""


def asides(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.damaged-*"))


def full_list(path: Path, count: int = 30) -> Store:
    """Return a list of many pages: running jobs, each with its receipt."""
    store = Store(path, "before")
    for number in range(count):
        job = job_in(State.RUNNING, id=f"job-{number:03}", task_id=f"task-{number:03}")
        long = replace(job, request=text("a chest " * 100), created=WALL + number)
        store.about_to_pay(replace(long, state=State.SUBMITTING, task_id=None), WALL)
        store.paid(job, f"task-{number:03}", WALL)
        store.save(long, WALL)
    return store


def overwrite(path: Path, start: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xa5" * length)


def test_list_of_version_1_is_upgraded_without_loss(path: Path) -> None:
    jobs = [job_in(state, id=f"job-{state.value}") for state in State]
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(FIRST_VERSION)
        for job in jobs:
            row = (job.id, job.revision, job.state.value, job.created, "old", 0.0, encode_job(job))
            db.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            line = (job.id, WALL, job.state.value)
            db.execute("INSERT INTO journal (job, at, entry) VALUES (?, ?, ?)", line)
    store = Store(path, "new")
    store.prepare()
    found = [row.job for row in kept_by(store, WALL)] + list(store.finished(100))
    assert {job.id: job for job in found} == {job.id: after_restart(job) for job in jobs}
    assert all(entries(store, job.id)[0] == job.state.value for job in jobs)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    assert (asides(path), store.repair_note) == ([], "")


def test_every_version_upgrades_to_the_same_tables(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(FIRST_VERSION)
    Store(path, "one").prepare()
    fresh = tmp_path / "fresh.sqlite3"
    Store(fresh, "one").prepare()
    assert _names(path) == _names(fresh)


def _names(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as db:
        return {str(name) for (name,) in db.execute("SELECT name FROM sqlite_master")}


@pytest.mark.parametrize("call", ["claim", "save", "prepare", "renew"])
def test_list_of_a_newer_version_is_read_only_and_named_with_its_path(
    store: Store, path: Path, call: str
) -> None:
    store.save(job_in(State.RUNNING), WALL)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    before = path.read_bytes()
    calls = {
        "claim": lambda: store.claim(WALL),
        "save": lambda: store.save(job_in(State.DONE), WALL),
        "prepare": store.prepare,
        "renew": lambda: store.renew(WALL),
    }
    with pytest.raises(StoreError) as refused:
        calls[call]()
    assert "update the add-on" in refused.value.sentence
    assert str(path) in refused.value.sentence
    assert path.read_bytes() == before
    assert asides(path) == []


def test_deleted_list_is_created_again(store: Store, path: Path) -> None:
    store.save(job_in(State.RUNNING), WALL)
    path.unlink()
    path.parent.rmdir()
    assert store.finished(10) == ()
    assert store.save(job_in(State.RUNNING), WALL)
    assert entries(store, "job-1") == ["running"]


def test_file_that_is_no_list_is_kept_beside_a_new_one(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(NOT_A_DATABASE)
    store = Store(path, "one")
    store.prepare()
    assert store.save(job_in(State.DONE), WALL)
    assert len(store.finished(10)) == 1
    (aside,) = asides(path)
    assert aside.read_bytes() == NOT_A_DATABASE
    assert str(aside) in store.repair_note


def test_backup_of_a_damaged_list_is_never_overwritten(path: Path) -> None:
    path.parent.mkdir()
    for number in range(3):
        path.write_bytes(NOT_A_DATABASE + bytes([number]))
        Store(path, "one").prepare()
    assert [aside.read_bytes()[-1] for aside in asides(path)] == [0, 1, 2]


def test_damaged_page_loses_no_readable_job(path: Path) -> None:
    store = full_list(path)
    size = path.stat().st_size
    overwrite(path, size // 2 // 4096 * 4096, 4096)
    damaged = path.read_bytes()
    found = {row.job.id: row for row in kept_by(Store(path, "after"), LATER)}
    (aside,) = asides(path)
    assert aside.read_bytes() == damaged
    assert len(found) > 20
    for job_id, row in found.items():
        expected = job_id.replace("job", "task")
        assert row.paid == expected or row.job.task_id == expected
        taken = recover(row.job, paid=row.paid, announced=row.announced, now=0.0)
        assert (taken.state, taken.task_id) == (State.RUNNING, expected)
    assert store.finished(10) == ()


def test_list_without_header_still_yields_its_jobs(path: Path) -> None:
    full_list(path)
    overwrite(path, 0, 100)
    found = kept_by(Store(path, "after"), LATER)
    assert {row.job.task_id for row in found} == {f"task-{number:03}" for number in range(30)}


def test_maybe_paid_job_is_never_taken_as_unsent(path: Path) -> None:
    store = Store(path, "before")
    for state in (State.PENDING, State.UPLOADING, State.SUBMITTING):
        store.save(job_in(state, id=f"job-{state.value}"), WALL)
    overwrite(path, 0, 100)
    for row in kept_by(Store(path, "after"), LATER):
        job = recover(row.job, paid=row.paid, announced=row.announced, now=0.0)
        assert job.failure is Failure.OUTCOME_UNKNOWN


def test_unfinished_write_is_moved_aside_with_its_file(path: Path) -> None:
    full_list(path, 3)
    journal = path.with_name(f"{path.name}-journal")
    journal.write_bytes(b"what was to be undone")
    aside = repair.set_aside(path, repair.identity(path))
    assert aside is not None
    assert aside.with_name(f"{aside.name}-journal").read_bytes() == b"what was to be undone"
    assert not journal.exists()
    assert len(repair.read(aside).rows) == 3
    assert not list(path.parent.glob("*.copy*"))


def test_damage_during_a_session_loses_no_write(store: Store, path: Path) -> None:
    store.save(job_in(State.RUNNING), WALL)
    path.write_bytes(NOT_A_DATABASE)
    assert store.save(job_in(State.DOWNLOADING), WALL)
    assert entries(store, "job-1") == ["downloading"]
    assert len(asides(path)) == 1


def test_list_already_replaced_by_another_blender_is_left(
    store: Store, other: Store, path: Path
) -> None:
    path.write_bytes(NOT_A_DATABASE)
    other.save(job_in(State.RUNNING, id="theirs"), WALL)
    store.save(job_in(State.RUNNING, id="ours"), WALL)
    assert len(asides(path)) == 1
    assert {row.job.id for row in kept_by(Store(path, "third"), LATER)} == {"theirs", "ours"}


def test_locked_list_is_reported_and_not_moved_aside(path: Path, store: Store) -> None:
    store.save(job_in(State.RUNNING), WALL)
    hasty = ShortLockWait(path, "hasty")
    with closing(sqlite3.connect(path)) as db:
        db.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="locked"):
            hasty.save(job_in(State.DONE, id="job-2"), WALL)
        db.rollback()
    assert hasty.save(job_in(State.DONE, id="job-2"), WALL)
    assert asides(path) == []


class ShortLockWait(Store):
    patience = 0.01


def test_clock_set_back_does_not_hold_jobs_for_years(store: Store, other: Store) -> None:
    store.save(job_in(State.RUNNING), WALL + 3600)
    assert [row.job.id for row in kept_by(other, WALL)] == ["job-1"]


def test_clock_slightly_behind_still_respects_the_lease(store: Store, other: Store) -> None:
    store.save(job_in(State.RUNNING), WALL + LEASE_SECONDS / 2)
    assert kept_by(other, WALL) == ()


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("healthy") / "jobs.sqlite3"
    full_list(path, 6)
    return path.read_bytes()


@fuzz_settings(60)
@given(
    damages=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=300)), max_size=8),
    length=st.floats(0, 1),
    name=st.uuids(),
)
def test_no_damage_stops_the_list(
    healthy: bytes, tmp_path: Path, damages: list[tuple[float, bytes]], length: float, name: object
) -> None:
    path = tmp_path / f"{name}.sqlite3"
    content = bytearray(healthy)
    for place, damage in damages:
        start = int(place * len(content))
        content[start : start + len(damage)] = damage
    path.write_bytes(content[: int(length * len(content))])
    store = Store(path, "after")
    # Damage may turn it into a list of a newer version, or one without its tables.
    with contextlib.suppress(StoreError):
        for row in kept_by(store, LATER):
            assert row.job.id
        assert store.save(job_in(State.DONE, id="new"), LATER)
