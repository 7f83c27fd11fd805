"""One job list under stress: several Blenders that see each other's jobs, a busy main thread, a
list that is unreachable, deleted or damaged while in use."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.doubles import Clock, InlineWorkers, Work
from tests.jobs.bench import Bench, MakeBench, MakeStandIn, entries, job_in, text
from tests.standin.faults import Fault
from tripo_addon.jobs.engine.workers import ThreadWorkers
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Failure, State
from tripo_addon.jobs.storage.claims import LEASE_SECONDS
from tripo_addon.jobs.storage.store import Store

TIMEOUT = 20.0


class ManualRepeats(InlineWorkers):
    """Runs repeated work when a test says so, without the main thread."""

    def __init__(self) -> None:
        super().__init__()
        self.repeated: list[Work] = []

    def repeat(self, lane: str, seconds: float, work: Work) -> None:
        assert (lane, seconds < LEASE_SECONDS / 2) == ("store", True)
        self.repeated.append(work)

    def run_repeated(self) -> None:
        for work in self.repeated:
            work()


class ShortLockWait(Store):
    patience = 0.01


def list_of(here: Bench) -> Path:
    return here.folder / "jobs.sqlite3"


def seen(here: Bench) -> dict[str, bool]:
    return {job.id: job.elsewhere for job in here.engine.jobs()}


@pytest.mark.slow
def test_main_thread_busy_for_an_hour_loses_no_job(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    workers = ManualRepeats()
    first = bench(stand_in(seconds=1e6), owner="first", workers=workers)
    job = first.until(first.submit(), State.RUNNING)
    second = bench(first.service, owner="second")
    for _ in range(360):
        clock.seconds += 10
        workers.run_repeated()
        second.take_over()
        assert second.now(job).elsewhere
    first.steps(3)
    assert not first.now(job).elsewhere


def test_no_lease_is_renewed_after_all_jobs_end(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    workers = ManualRepeats()
    first = bench(stand_in(), owner="first", workers=workers)
    job = first.until(first.submit(), State.READY)
    first.engine.shutdown()
    workers.run_repeated()
    second = bench(first.service, owner="second")
    second.take_over()
    assert not second.now(job).elsewhere


def test_threads_renew_leases_beside_the_main_thread_and_end_with_it() -> None:
    workers = ThreadWorkers()
    beats = threading.Semaphore(0)
    workers.repeat("store", 0.001, beats.release)
    for _ in range(5):
        assert beats.acquire(timeout=TIMEOUT)
    assert workers.shutdown(patience=TIMEOUT)


def test_slow_repeated_work_does_not_pile_up() -> None:
    workers = ThreadWorkers()
    begun, gate, done = threading.Event(), threading.Event(), list[int]()

    def slow() -> None:
        begun.set()
        assert gate.wait(TIMEOUT)
        done.append(1)

    workers.repeat("store", 0.001, slow)
    assert begun.wait(TIMEOUT)
    others = [workers.ask("service", lambda: threading.Event().wait(0.002)) for _ in range(20)]
    for each in others:
        each.value(patience=TIMEOUT)
    gate.set()
    assert workers.shutdown(patience=TIMEOUT)
    assert len(done) <= 3


def test_two_blenders_see_each_others_jobs_and_their_results(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in(seconds=60)
    first, second = bench(service, owner="first"), bench(service, owner="second")
    ours = first.submit(title="ours")
    first.until(ours, State.RUNNING)
    theirs = second.submit(title="theirs")
    for _ in range(30):
        first.step()
        second.step()
    assert seen(first) == {ours.id: False, theirs.id: True}
    assert seen(second) == {ours.id: True, theirs.id: False}
    assert "another Blender" in describe(first.now(theirs)).detail
    assert describe(first.now(theirs)).fraction is None
    second.place(second.until(theirs, State.READY))
    for _ in range(30):
        first.step()
    assert (first.now(theirs).state, first.now(theirs).elsewhere) == (State.DONE, False)


def test_job_of_another_blender_is_left_alone(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in(seconds=60)
    first, second = bench(service, owner="first"), bench(service, owner="second")
    job = first.until(first.submit(), State.RUNNING)
    second.take_over()
    second.engine.cancel(job.id)
    second.engine.forget(job.id)
    assert second.engine.retry(job.id) is None
    assert second.engine.bring(job.id, job.placement) is None
    assert second.engine.attach(job.id, "task-1") is None
    assert seen(second) == {job.id: True}
    looks = len(first.look_ups())
    second.steps(20)
    assert len(first.look_ups()) == looks
    assert first.now(job).state is State.RUNNING


def test_job_removed_by_another_blender_disappears_here(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    first, second = bench(service, owner="first"), bench(service, owner="second")
    done = first.place(first.until(first.submit(), State.READY))
    second.take_over()
    assert seen(second) == {done.id: False}
    first.engine.forget(done.id)
    second.engine.refresh()
    second.steps(3)
    assert seen(second) == {}
    assert second.step().wait is None


def test_retry_that_lost_to_another_blender_says_so(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in(seconds=60)
    first, second = bench(service, owner="first"), bench(service, owner="second")
    service.fault(Fault(path="/v3/generation", status=400, body="no"))
    failed = first.until(first.submit(), State.FAILED)
    second.take_over()
    faster = first.engine.retry(failed.id)
    assert faster is not None
    first.until(faster, State.RUNNING)
    assert second.engine.retry(failed.id) is not None
    second.steps(5)
    assert describe(second.now(failed)).detail.startswith("Not sent again: another try")
    assert len(service.ledger.tasks) == 1


def test_idle_blender_sees_new_jobs_of_another_on_refresh(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in(seconds=60)
    first, second = bench(service, owner="first"), bench(service, owner="second")
    assert second.step().wait is None
    job = first.submit()
    second.engine.refresh()
    second.steps(2)
    assert seen(second) == {job.id: True}


def test_list_locked_for_long_gets_every_write_in_the_end(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    here = bench(stand_in(), keep=ShortLockWait)
    jobs = [here.until(here.submit(title=f"{n}"), State.READY) for n in range(3)]
    with closing(sqlite3.connect(list_of(here))) as db:
        db.execute("BEGIN EXCLUSIVE")
        for job in jobs:
            here.place(job)
        here.steps(20)
        assert "locked" in here.engine.list_trouble
        assert str(list_of(here)) in here.engine.list_trouble
        began, waited = clock.seconds, 0
        while clock.seconds < began + 600:
            waited += here.step().wait is not None
        assert waited < 600
        db.rollback()
    while here.engine.list_trouble:
        here.step()
    here.steps(2)
    assert {job.state for job in here.store.finished(10)} == {State.DONE}
    assert here.step().wait is None


def test_nothing_is_paid_while_the_list_is_locked(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in(), keep=ShortLockWait)
    with closing(sqlite3.connect(list_of(here))) as db:
        db.execute("BEGIN EXCLUSIVE")
        job = here.until(here.submit(), State.FAILED)
        db.rollback()
    assert (job.failure, here.paid_for()) == (Failure.STORE, 0)
    second = here.engine.retry(job.id)
    assert second is not None
    here.until(second, State.READY)
    assert here.paid_for() == 1


@pytest.mark.parametrize("damage", ["deleted", "folder deleted", "no list", "overwritten"])
def test_list_deleted_during_a_session_is_written_again(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock, damage: str
) -> None:
    service = stand_in(seconds=200)
    here = bench(service)
    done = here.place(here.until(here.submit(), State.READY))
    running = [here.until(here.submit(title=f"{n}"), State.RUNNING) for n in range(3)]
    path = list_of(here)
    if damage.endswith("deleted"):
        path.unlink()
        if damage == "folder deleted":
            (here.folder / "downloads").rename(here.folder.parent / "kept")
            shutil.rmtree(here.folder)
    else:
        content = path.read_bytes()
        path.write_bytes(b"a diary" if damage == "no list" else bytes(100) + content[100:])
    for _ in range(40):
        here.step()
    later = Store(path, "later")
    clock.seconds += LEASE_SECONDS + 1
    found = {row.job.id: row.job for row in later.claim(clock.wall()).kept}
    assert {job_id: job.task_id for job_id, job in found.items()} == {
        job.id: job.task_id for job in running
    }
    assert done.id in {job.id for job in later.finished(10)}
    kept = list(path.parent.glob("*.damaged-*"))
    assert bool(kept) is (not damage.endswith("deleted"))
    assert bool(here.engine.list_note) is bool(kept)
    assert here.paid_for() == 4


def test_damaged_list_does_not_reset_a_running_job(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in(seconds=100))
    job = here.until(here.submit(), State.RUNNING)
    old = job_in(State.SUBMITTING, id=job.id, revision=1, created=job.created)
    path = list_of(here)
    path.unlink()
    stale = Store(path, "")
    stale.save(replace(old, request=text()), 0.0)
    for _ in range(30):
        here.step()
    assert here.now(job).state is State.RUNNING
    assert here.now(job).task_id == job.task_id
    here.until(job, State.READY)
    assert here.paid_for() == 1


def test_failed_removal_is_retried(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in()
    here = bench(service, keep=ShortLockWait)
    service.fault(Fault(ending="failed"))
    failed = here.until(here.submit(), State.FAILED)
    here.steps(2)
    with closing(sqlite3.connect(list_of(here))) as db:
        db.execute("BEGIN EXCLUSIVE")
        here.engine.forget(failed.id)
        here.step()
        db.rollback()
    while here.engine.list_trouble:
        here.step()
    here.steps(2)
    assert here.store.finished(10) == ()
    assert entries(here.store, failed.id)[-1] == "forgotten"
