"""Files that cannot be a job list, and names that cannot be stored in it."""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.jobs.bench import WALL, bare_job, job_in, kept_by
from tripo_addon.api.tasks import ImageToModel
from tripo_addon.jobs.model.job import Job, State
from tripo_addon.jobs.storage import daily_copy, schema
from tripo_addon.jobs.storage.claims import LEASE_SECONDS
from tripo_addon.jobs.storage.store import Store, StoreError


def test_preparing_twice_changes_nothing(store: Store, path: Path) -> None:
    store.save(bare_job(), WALL)
    before = path.read_bytes()
    store.prepare()
    assert path.read_bytes() == before


def test_list_of_a_newer_version_is_unchanged(store: Store, path: Path) -> None:
    store.save(bare_job(), WALL)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreError) as refused:
        Store(path, "older").prepare()
    assert "update the add-on" in refused.value.sentence
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


COLUMNS = "id, revision, state, created, owner, until, record"


@pytest.mark.parametrize("record", ["", "not json", '{"id": "job-x"}'])
@pytest.mark.parametrize("state", ["running", "done", "a state of a newer version"])
def test_unreadable_row_hides_no_other(
    store: Store, other: Store, path: Path, record: str, state: str
) -> None:
    store.save(job_in(State.RUNNING, id="good one"), WALL)
    store.save(job_in(State.DONE, id="good old one"), WALL)
    with closing(sqlite3.connect(path)) as db, db:
        row = ("job-x", 1, state, WALL - 1, "nobody", 0.0, record)
        db.execute(f"INSERT INTO jobs ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    assert [row.job.id for row in kept_by(other, WALL + LEASE_SECONDS + 1)] == ["good one"]
    assert [job.id for job in other.finished(10)] == ["good old one"]
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT record FROM jobs WHERE id = 'job-x'").fetchone() == (record,)


CALLS = {
    "prepare": lambda store: store.prepare(),
    "save": lambda store: store.save(bare_job(), WALL),
    "about_to_pay": lambda store: store.about_to_pay(bare_job(), WALL),
    "paid": lambda store: store.paid(bare_job(), "task-1", WALL),
    "not_paid": lambda store: store.not_paid("job-1", WALL, "busy"),
    "claim": lambda store: store.claim(WALL),
    "renew": lambda store: store.renew(WALL),
    "release": lambda store: store.release(),
    "finished": lambda store: store.finished(10),
    "remove": lambda store: store.remove(job_in(State.DONE), WALL),
    "timeline": lambda store: store.timeline("job-1"),
}
READS = {"prepare", "finished", "timeline"}


@pytest.mark.parametrize("call", CALLS)
def test_folder_in_place_of_the_list_is_reported(tmp_path: Path, call: str) -> None:
    store = Store(tmp_path, "one")
    with pytest.raises(StoreError) as refused:
        CALLS[call](store)
    assert refused.value.sentence.startswith("The job list cannot be read or written: ")
    assert str(refused.value) == refused.value.sentence


def test_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a file").write_bytes(b"")
    store = Store(tmp_path / "a file" / "deeper" / "jobs.sqlite3", "one")
    with pytest.raises(StoreError) as refused:
        store.prepare()
    assert refused.value.sentence.startswith("The job folder cannot be created: ")
    assert "\n" not in refused.value.sentence


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no folders without write access")
@pytest.mark.parametrize("call", sorted(CALLS.keys() - READS))
def test_list_in_a_read_only_folder_is_reported(call: str) -> None:
    with _read_only_folder() as folder:
        store = Store(folder / "jobs.sqlite3", "one")
        assert store.finished(10) == ()
        with pytest.raises(StoreError, match="cannot be read or written"):
            CALLS[call](store)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no folders without write access")
def test_list_cannot_be_created_in_a_read_only_folder() -> None:
    with _read_only_folder() as folder:
        with pytest.raises(StoreError, match="cannot be read or written"):
            Store(folder / "other.sqlite3", "one").prepare()
        with pytest.raises(StoreError, match="cannot be created"):
            Store(folder / "deeper" / "jobs.sqlite3", "one").prepare()


@pytest.mark.parametrize(
    "job",
    [
        bare_job(title="\udcff.png"),
        bare_job(request=ImageToModel(image=Path("/\udcff/front.png"))),
    ],
    ids=["title", "picture"],
)
def test_undecodable_path_is_reported(store: Store, job: Job) -> None:
    for call in (store.save, store.about_to_pay):
        with pytest.raises(StoreError) as refused:
            call(job, WALL)
        assert "rename the file" in refused.value.sentence
        assert refused.value.sentence.isascii()
    assert store.timeline(job.id) == ()


def test_failed_write_leaves_no_partial_change(store: Store, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "CREATE TRIGGER half_way BEFORE INSERT ON journal"
            " BEGIN SELECT RAISE(ABORT, 'half way'); END"
        )
    with pytest.raises(StoreError):
        store.save(bare_job(), WALL)
    with pytest.raises(StoreError):
        store.about_to_pay(bare_job(), WALL)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT COUNT(*) FROM jobs").fetchone() == (0,)


def test_list_is_one_file_for_network_home_folders(store: Store, path: Path) -> None:
    store.save(bare_job(), WALL)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_every_commit_is_flushed_to_disk(store: Store) -> None:
    full = 2
    assert store._run(lambda db: db.execute("PRAGMA synchronous").fetchone()) == (full,)


@contextmanager
def _read_only_folder() -> Iterator[Path]:
    """Make a folder with a job list that nobody may write. Root may write anywhere, and so becomes
    another user meanwhile."""
    with tempfile.TemporaryDirectory(prefix="read-only-") as name:
        folder = Path(name)
        before = Store(folder / "jobs.sqlite3", "before")
        before.prepare()
        before.save(job_in(State.RUNNING, id="job-0"), WALL - LEASE_SECONDS - 1)
        (folder / "jobs.sqlite3").chmod(0o444)
        folder.chmod(0o555)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)


def test_copy_of_a_locked_list_is_abandoned(store: Store, path: Path) -> None:
    store.save(bare_job(), WALL)
    with (
        closing(sqlite3.connect(path, timeout=0.01, check_same_thread=False)) as db,
        closing(sqlite3.connect(path)) as locks,
    ):
        locks.execute("BEGIN EXCLUSIVE")
        # In a thread, since a copy that never gives up would block the test.
        with ThreadPoolExecutor(1) as pool:
            copied = pool.submit(daily_copy.make, db, path, WALL)
            try:
                trouble = copied.exception(timeout=20.0)
            finally:
                locks.rollback()
    assert isinstance(trouble, sqlite3.OperationalError)
    assert list((path.parent / "daily-copies").iterdir()) == []
    store.copy_daily(WALL)
    assert daily_copy.newest(path) is not None
