"""Several Blenders with one list: quitting, taking over, sleeping, waking."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.doubles import Clock, HeldWorkers, SlowHost
from tests.jobs.bench import MakeBench, MakeStandIn, entries, job_in, small_glb
from tests.jobs.test_cancel import LinkedElsewhere, PausedAfterAnswer, paused, relink
from tripo_addon.jobs.engine.workers import ThreadWorkers
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Failure, State
from tripo_addon.jobs.storage.claims import LEASE_SECONDS
from tripo_addon.jobs.storage.payments import SendDecision

TIMEOUT = 20.0
SIZE = 1 << 24


def test_quit_during_a_download_is_prompt_and_next_blender_resumes_it(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = stand_in()
    with SlowHost(small_glb(tmp_path / "large.glb", SIZE)) as host:
        first = bench(service, workers=ThreadWorkers(), pause=0.002, speak=LinkedElsewhere)
        relink(first, host.link)
        job = first.submit()
        first.until(job, State.DOWNLOADING)
        while not first.now(job).progress:
            first.step()
        with caplog.at_level(logging.INFO):
            first.engine.shutdown()
        assert "still out" not in caplog.text
        (part,) = (first.folder / "downloads").glob("*/*.part")
        arrived = part.stat().st_size
        assert 0 < arrived < SIZE

        host.hurry.set()
        second = bench(service, owner="next", speak=LinkedElsewhere)
        relink(second, host.link)
        second.take_over()
        ready = second.until(job, State.READY)
        assert host.ranges == ["", f"bytes={arrived}-"]
    assert ready.model is not None
    assert ready.model.read_bytes() == (tmp_path / "large.glb").read_bytes()
    assert second.paid_for() == 1


def test_quit_during_a_paid_request_still_records_its_answer(
    stand_in: MakeStandIn, bench: MakeBench, caplog: pytest.LogCaptureFixture
) -> None:
    service = stand_in()
    first = bench(service, workers=ThreadWorkers(), pause=0.002, speak=PausedAfterAnswer)
    job = first.submit()
    first.step()
    assert paused(first).arrived.wait(TIMEOUT)
    with caplog.at_level(logging.INFO):
        first.engine.shutdown()
    assert "still out" in caplog.text
    paused(first).go_on.set()
    assert first.workers.shutdown(patience=TIMEOUT)
    assert entries(first.store, job.id)[-1] == "paid"
    second = bench(service, owner="next")
    second.take_over()
    second.until(job, State.READY)
    assert second.paid_for() == 1


def test_nothing_is_paid_while_quitting(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in()
    workers = HeldWorkers(held={"service"})
    first = bench(service, workers=workers)
    job = first.submit()
    first.step()
    first.engine.shutdown()
    workers.let_go()
    assert service.ledger.sent("POST", "/v3/generation") == ()
    second = bench(service, owner="next")
    second.take_over()
    assert second.now(job).failure is Failure.INTERRUPTED
    second.steps(20)
    assert second.paid_for() == 0


def test_next_session_shows_finished_jobs_without_the_replaced_ones(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    first = bench(service)
    cancelled = first.submit()
    first.engine.cancel(cancelled.id)
    retried = first.engine.retry(cancelled.id)
    assert retried is not None
    done = first.place(first.until(retried, State.READY))
    first.engine.shutdown()
    second = bench(service, owner="next")
    second.take_over()
    assert [job.id for job in second.engine.jobs()] == [done.id]
    assert second.now(done).root == "Chest"
    second.engine.forget(done.id)
    third = bench(service, owner="third")
    third.take_over()
    assert third.engine.jobs() == ()


def test_second_blender_watches_until_the_first_releases_its_jobs(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in(seconds=100)
    first, second = bench(service, owner="first"), bench(service, owner="second")
    job = first.submit()
    first.until(job, State.RUNNING)
    second.take_over()
    assert [each.elsewhere for each in second.engine.jobs()] == [True]
    for _ in range(60):
        first.step()
        wait = second.engine.tick(online=True).wait
        assert wait is not None
        assert wait <= 1.0
    assert [each.elsewhere for each in second.engine.jobs()] == [True]
    first.engine.shutdown()
    second.steps(15)
    assert second.now(job).state is State.RUNNING
    second.until(job, State.READY)
    assert second.paid_for() == 1


def test_second_blender_idles_when_the_first_has_finished(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    first, second = bench(service, owner="first"), bench(service, owner="second")
    job = first.until(first.submit(), State.READY)
    second.take_over()
    assert second.step().wait == 1.0
    first.place(job)
    second.steps(15)
    assert second.step().wait is None


def test_blender_that_works_for_an_hour_keeps_its_jobs(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in(seconds=1e6)
    first, second = bench(service, owner="first"), bench(service, owner="second")
    first.until(first.submit(), State.RUNNING)
    second.take_over()
    for _ in range(30):
        clock.seconds += LEASE_SECONDS / 2
        first.step()
        second.step()
    assert [each.elsewhere for each in second.engine.jobs()] == [True]
    assert [each.elsewhere for each in first.engine.jobs()] == [False]


def test_blender_that_slept_drops_jobs_claimed_by_another(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in()
    workers = HeldWorkers()
    first = bench(service, owner="first", workers=workers)
    job = first.submit()
    first.until(job, State.RUNNING)
    clock.seconds += LEASE_SECONDS + 1
    second = bench(service, owner="second")
    second.take_over()
    assert second.now(job).state is State.RUNNING
    # The store refuses the first one's next change of state, after the download began.
    workers.held |= {"store", "download"}
    first.until(job, State.DOWNLOADING)
    first.step()
    assert workers.count("download") == 1
    workers.let_go("store")
    first.steps(2)
    assert first.now(job).elsewhere
    assert "another Blender" in describe(first.now(job)).detail
    workers.let_go()
    first.steps(3)
    assert service.ledger.sent("GET", "/results/") == ()
    second.until(job, State.READY)
    assert second.paid_for() == 1


def test_blender_that_slept_before_payment_does_not_pay(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in()
    workers = HeldWorkers(held={"service"})
    first = bench(service, owner="first", workers=workers)
    job = first.submit()
    first.step()
    clock.seconds += LEASE_SECONDS + 1
    second = bench(service, owner="second")
    second.take_over()
    assert second.now(job).failure is Failure.INTERRUPTED
    workers.let_go()
    first.steps(15)
    assert first.now(job).failure is Failure.INTERRUPTED
    assert second.now(job).failure is Failure.INTERRUPTED
    assert second.paid_for() == 0


def test_payment_already_announced_is_not_sent_and_outcome_is_unknown(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in()
    workers = HeldWorkers(held={"service"})
    here = bench(service, workers=workers)
    job = here.submit()
    here.step()
    assert here.store.about_to_pay(here.now(job), clock.wall()) is SendDecision.GO
    workers.let_go()
    assert here.until(job, State.FAILED).failure is Failure.OUTCOME_UNKNOWN
    assert here.paid_for() == 0


def test_answer_from_before_the_job_was_lost_is_ignored(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in()
    workers = HeldWorkers()
    first = bench(service, owner="first", workers=workers)
    job = first.submit()
    first.until(job, State.RUNNING)
    clock.seconds += LEASE_SECONDS + 1
    second = bench(service, owner="second")
    second.take_over()
    workers.held |= {"store", "download"}
    first.until(job, State.DOWNLOADING)
    first.step()
    workers.let_go("store")
    first.steps(2)
    assert first.now(job).elsewhere
    second.engine.shutdown()
    # The first Blender returns, and its look-up is running when the old download answers.
    workers.held.add("service")
    first.submit()
    clock.seconds += LEASE_SECONDS
    first.steps(3)
    assert first.now(job).state is State.RUNNING
    out = workers.count("service")
    assert workers.count("download") == 1
    workers.let_go("download")
    first.steps(3)
    assert workers.count("service") == out
    workers.let_go()
    first.until(job, State.READY)
    assert first.paid_for() == 2


def test_list_that_becomes_unwritable_loses_no_model(
    stand_in: MakeStandIn, bench: MakeBench, caplog: pytest.LogCaptureFixture
) -> None:
    here = bench(stand_in())
    job = here.submit()
    here.until(job, State.RUNNING)
    path = here.folder / "jobs.sqlite3"
    path.rename(here.folder / "aside")
    path.mkdir()
    ready = here.until(job, State.READY)
    assert ready.model is not None
    assert "cannot be read or written" in caplog.text
    path.rmdir()
    (here.folder / "aside").rename(path)
    here.place(ready)
    assert "cannot be read or written" in here.engine.list_trouble
    while here.engine.list_trouble:
        here.step()
    assert [each.state for each in here.store.finished(10)] == [State.DONE]
    assert here.step().wait is None


def test_receipt_that_cannot_be_written_is_kept_in_the_job(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    class Broken(PausedAfterAnswer):
        def _wait(self) -> None:
            (here.folder / "jobs.sqlite3").rename(here.folder / "aside")
            (here.folder / "jobs.sqlite3").mkdir()

    here = bench(stand_in(), speak=Broken)
    job = here.submit()
    here.step()
    (here.folder / "jobs.sqlite3").rmdir()
    (here.folder / "aside").rename(here.folder / "jobs.sqlite3")
    running = here.until(job, State.RUNNING)
    assert running.task_id is not None
    here.engine.shutdown()
    later = bench(here.service, owner="later")
    later.take_over()
    assert later.now(job).task_id == running.task_id
    later.until(job, State.READY)
    assert later.paid_for() == 1


def test_jobs_of_the_last_session_resume_oldest_first(
    stand_in: MakeStandIn, bench: MakeBench, glb: Path
) -> None:
    here = bench(stand_in())
    for number in (3, 1, 2):
        model = job_in(State.READY, id=f"job-{number}", model=glb, blend=glb)
        here.store.save(replace(model, created=float(number)), 0.0)
    later = bench(here.service, owner="later")
    later.take_over()
    assert [job.id for job in later.step().ready] == ["job-1", "job-2", "job-3"]


def test_threads_end_with_the_engine(stand_in: MakeStandIn, bench: MakeBench) -> None:
    before = set(threading.enumerate())
    here = bench(stand_in(), workers=ThreadWorkers(), pause=0.002)
    started = set(threading.enumerate())
    here.until(here.submit(), State.READY)
    here.close()
    ours = {thread for thread in threading.enumerate() if thread.name.startswith("tripo_addon ")}
    for thread in ours - before - started:
        thread.join(TIMEOUT)
        assert not thread.is_alive()
