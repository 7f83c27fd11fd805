"""One request is paid for once, even with several Blenders, sleep and a lost list."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import pytest

from tests.doubles import Clock, HeldWorkers
from tests.jobs.bench import Bench, MakeBench, MakeStandIn
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
class TwoBlenders:
    """TwoBlenders Blenders with one list, and a failed job of the first that both show."""

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
def two(request: pytest.FixtureRequest, stand_in: MakeStandIn, bench: MakeBench) -> TwoBlenders:
    service = stand_in(seconds=60)
    first, second = bench(service, owner="first"), bench(service, owner="second")
    service.fault(request.param)
    job = first.until(first.submit(), State.FAILED, leaping=True)
    second.take_over()
    return TwoBlenders(first, second, job)


def tried_again(here: Bench, job: Job) -> Job:
    retried = here.engine.retry(job.id)
    assert retried is not None
    return retried


def test_only_one_of_two_blenders_retrying_at_once_pays(two: TwoBlenders) -> None:
    paid = two.first.paid_for()
    tried_again(two.first, two.job)
    tried_again(two.second, two.job)
    two.steps()
    assert two.first.paid_for() == paid + 1
    assert two.shown() == ([State.RUNNING], [State.RUNNING])


def test_retry_of_a_job_already_retried_elsewhere_is_not_paid(two: TwoBlenders) -> None:
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
def test_attached_task_blocks_payment_and_removal_in_another_blender(two: TwoBlenders) -> None:
    attached(two.first, two.job)
    two.first.until(two.job, State.RUNNING)
    tried_again(two.second, two.job)
    two.second.steps(5)
    assert two.first.paid_for() == 1
    assert two.second.now(two.job).elsewhere


@pytest.mark.parametrize("two", [LOST], ids=["lost"], indirect=True)
def test_removing_an_outdated_row_does_not_remove_a_running_task(two: TwoBlenders) -> None:
    attached(two.first, two.job)
    two.first.until(two.job, State.RUNNING)
    two.second.engine.forget(two.job.id)
    two.steps(3)
    assert two.first.now(two.job).state is State.RUNNING
    assert two.second.now(two.job).elsewhere
    assert two.first.until(two.job, State.READY, leaping=True).model is not None


@pytest.mark.parametrize("two", [LOST], ids=["lost"], indirect=True)
def test_unknown_outcome_is_checked_again_automatically(two: TwoBlenders) -> None:
    attached(two.first, two.job)
    two.steps(80)
    assert two.second.now(two.job).state is not State.FAILED


def test_receipt_after_the_engine_ended_resolves_an_unknown_outcome(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
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


def test_search_after_the_receipt_came_keeps_its_task(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
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


def test_list_deleted_during_the_request_still_records_it_as_sent(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
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
def test_row_that_needs_a_decision_shortens_the_refresh_wait(two: TwoBlenders) -> None:
    wait = two.first.step().wait
    assert wait is not None
    assert wait <= WATCHING_SECONDS


class SleepsBeforeRequest(Store):
    """The computer sleeps once, between the announcement and the request."""

    clock: Clock
    will_sleep = True

    def about_to_pay(self, job: Job, wall: float, *, stop: Stop = never) -> SendDecision:
        leave = super().about_to_pay(job, wall, stop=stop)
        if self.will_sleep:
            self.will_sleep = False
            self.clock.seconds += 3600
        return leave


def test_after_a_sleep_ownership_is_checked_before_sending(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SleepsBeforeRequest, "clock", clock, raising=False)
    here = bench(stand_in(), keep=SleepsBeforeRequest)
    job = here.submit()
    here.until(job, State.READY)
    written = [entry.entry for entry in here.store.timeline(job.id)]
    assert written.count("about to pay") == 2
    assert written.index("not accepted") < written.index("paid")
    assert here.paid_for() == 1


class DiskFullAfterPayment(Store):
    """The receipt, and everything after it, cannot be written."""

    full = False

    def paid(self, job: Job, task_id: str, wall: float) -> None:
        self.full = True
        super().paid(job, task_id, wall)

    def _run(self, work):
        if self.full:
            raise self._fault(sqlite3.OperationalError("database or disk is full"))
        return super()._run(work)


def test_task_that_cannot_be_saved_is_named(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in(seconds=60), keep=DiskFullAfterPayment)
    job = here.submit()
    here.until(job, State.RUNNING)
    here.steps(2)
    task_id = here.now(job).task_id
    assert task_id is not None
    assert task_id in here.engine.list_trouble
