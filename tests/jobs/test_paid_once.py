"""One request is paid for once, even with several Blenders, sleep and a lost list."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import pytest

from tests.doubles import Clock, HeldWorkers
from tests.jobs.bench import Bench, Benches, Stands
from tests.standin.faults import Fault
from tripo_addon.api.dialect import Stop, never
from tripo_addon.jobs.engine.scheduler import WATCHING_SECONDS
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.storage.claims import LEASE_SECONDS
from tripo_addon.jobs.storage.payments import SendDecision
from tripo_addon.jobs.storage.store import Store

LOST = Fault(path="/v3/generation", cut="after")
FAILED = Fault(ending="failed", error_code=2008)


@dataclass
class Two:
    """Two Blenders with one list, and a failed job of the first that both show."""

    first: Bench
    second: Bench
    job: Job

    def steps(self, count: int = 30) -> None:
        for _ in range(count):
            self.first.step()
            self.second.step()

    def shown(self) -> tuple[list[State], list[State]]:
        left, right = ([job.state for job in b.engine.jobs()] for b in (self.first, self.second))
        return left, right


@pytest.fixture(params=[LOST, FAILED], ids=["lost", "failed"])
def two(request: pytest.FixtureRequest, stand_in: Stands, bench: Benches) -> Two:
    service = stand_in(seconds=60)
    first, second = bench(service, owner="first"), bench(service, owner="second")
    service.fault(request.param)
    job = first.until(first.submit(), State.FAILED, leaping=True)
    second.take_over()
    return Two(first, second, job)


def tried_again(here: Bench, job: Job) -> Job:
    retried = here.engine.retry(job.id)
    assert retried is not None
    return retried


def test_of_two_blenders_that_retry_at_the_same_moment_one_pays(two: Two) -> None:
    paid = two.first.paid_for()
    tried_again(two.first, two.job)
    tried_again(two.second, two.job)
    two.steps()
    assert two.first.paid_for() == paid + 1
    assert two.shown() == ([State.RUNNING], [State.RUNNING])


def test_a_retry_of_what_another_blender_has_retried_long_since_is_not_paid(two: Two) -> None:
    paid = two.first.paid_for()
    two.first.until(tried_again(two.first, two.job), State.READY, leaping=True)
    assert two.second.now(two.job).state is State.FAILED
    tried_again(two.second, two.job)
    two.second.steps(5)
    assert two.first.paid_for() == paid + 1
    (shown,) = two.second.engine.jobs()
    assert (shown.state, shown.elsewhere) == (State.READY, True)


def attached(here: Bench, job: Job) -> None:
    assert here.engine.search_task(job.id)
    here.steps(3)
    (candidate,) = here.now(job).candidates
    assert here.engine.attach(job.id, candidate.task_id) is not None


@pytest.mark.parametrize("two", [LOST], ids=["lost"], indirect=True)
def test_what_one_blender_has_taken_up_another_neither_pays_for_nor_removes(two: Two) -> None:
    attached(two.first, two.job)
    two.first.until(two.job, State.RUNNING)
    tried_again(two.second, two.job)
    two.second.steps(5)
    assert two.first.paid_for() == 1
    assert two.second.now(two.job).elsewhere


@pytest.mark.parametrize("two", [LOST], ids=["lost"], indirect=True)
def test_a_stale_row_that_is_removed_takes_no_running_task_along(two: Two) -> None:
    attached(two.first, two.job)
    two.first.until(two.job, State.RUNNING)
    two.second.engine.forget(two.job.id)
    two.steps(3)
    assert two.first.now(two.job).state is State.RUNNING
    assert two.second.now(two.job).elsewhere
    assert two.first.until(two.job, State.READY, leaping=True).model is not None


@pytest.mark.parametrize("two", [LOST], ids=["lost"], indirect=True)
def test_an_unknown_outcome_is_looked_at_again_by_itself(two: Two) -> None:
    attached(two.first, two.job)
    two.steps(80)
    assert two.second.now(two.job).state is not State.FAILED


def test_a_receipt_that_comes_after_the_engine_has_gone_ends_the_doubt(
    stand_in: Stands, bench: Benches, clock: Clock
) -> None:
    workers = HeldWorkers(held={"service"})
    service = stand_in()
    before = bench(service, owner="before", workers=workers)
    job = before.submit()
    before.step()
    current = before.now(job)
    assert before.store.about_to_pay(current, clock.wall()) is SendDecision.GO
    before.engine.shutdown()
    after = bench(service, owner="after")
    after.take_over()
    assert after.now(job).failure is Failure.OUTCOME_UNKNOWN
    task = before.dialect.submit(job.request, ())
    before.store.paid(current, task, clock.wall())
    assert after.until(job, State.READY).task_id == task
    assert after.paid_for() == 1


def test_looking_for_a_task_whose_receipt_has_come_denies_nothing(
    stand_in: Stands, bench: Benches, clock: Clock
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(LOST)
    job = here.until(here.submit(), State.FAILED)
    (task,) = service.ledger.tasks
    here.store.paid(here.now(job), task.id, clock.wall())
    here.engine.search_task(job.id)
    assert here.until(job, State.READY).task_id == task.id
    assert here.paid_for() == 1


def test_a_list_that_is_gone_while_the_request_is_out_still_knows_that_it_was_sent(
    stand_in: Stands, bench: Benches, clock: Clock
) -> None:
    service = stand_in()
    workers = HeldWorkers(held={"service"})
    here = bench(service, owner="here", workers=workers)
    job = here.submit()
    here.step()
    assert here.store.about_to_pay(here.now(job), clock.wall()) is SendDecision.GO
    (here.folder / "jobs.sqlite3").unlink()
    clock.seconds += LEASE_SECONDS
    here.steps(20)
    clock.seconds += 2 * LEASE_SECONDS
    after = bench(service, owner="after")
    after.take_over()
    assert after.now(job).failure is Failure.OUTCOME_UNKNOWN


@pytest.mark.parametrize("two", [LOST], ids=["lost"], indirect=True)
def test_a_row_that_asks_for_a_decision_lets_nobody_wait_for_the_next_look(two: Two) -> None:
    wait = two.first.step().wait
    assert wait is not None
    assert wait <= WATCHING_SECONDS


class Drowsy(Store):
    """The computer sleeps once, between the announcement and the request."""

    clock: Clock
    tired = True

    def about_to_pay(self, job: Job, wall: float, *, stop: Stop = never) -> SendDecision:
        leave = super().about_to_pay(job, wall, stop=stop)
        if self.tired:
            self.tired = False
            self.clock.seconds += 3600
        return leave


def test_a_computer_that_slept_asks_again_whose_job_it_is_before_it_sends(
    stand_in: Stands, bench: Benches, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Drowsy, "clock", clock, raising=False)
    here = bench(stand_in(), keep=Drowsy)
    job = here.submit()
    here.until(job, State.READY)
    written = [entry.entry for entry in here.store.timeline(job.id)]
    assert written.count("about to pay") == 2
    assert written.index("not accepted") < written.index("paid")
    assert here.paid_for() == 1


class FullAfterwards(Store):
    """The receipt, and everything after it, cannot be written."""

    full = False

    def paid(self, job: Job, task_id: str, wall: float) -> None:
        self.full = True
        super().paid(job, task_id, wall)

    def _run(self, work):
        if self.full:
            raise self._fault(sqlite3.OperationalError("database or disk is full"))
        return super()._run(work)


def test_a_task_that_cannot_be_written_down_is_named(stand_in: Stands, bench: Benches) -> None:
    here = bench(stand_in(seconds=60), keep=FullAfterwards)
    job = here.submit()
    here.until(job, State.RUNNING)
    here.steps(2)
    task_id = here.now(job).task_id
    assert task_id is not None
    assert task_id in here.engine.list_trouble
