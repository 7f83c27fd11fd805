"""How often the service is asked: once for all jobs, at its own pace, never in vain, and at once
when the network is back."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from email.utils import formatdate

import pytest

from tests.doubles import Clock
from tests.jobs.bench import (
    ACCOUNT,
    WALL,
    Bench,
    MakeBench,
    MakeStandIn,
    job_in,
    text,
)
from tests.standin.faults import Fault
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.tasks import CheckRig, SegmentMesh, TaskRequest, TextToImage, TextToModel
from tripo_addon.jobs.engine.hold_off import SLEPT_SECONDS
from tripo_addon.jobs.model.dispatch import to_start
from tripo_addon.jobs.model.job import Failure, State

LOOK_UP = "/v3/tasks/list"
OFFERS = [
    (row, kind, model)
    for row in SERVICES.values()
    for kind, offer in row.offers.items()
    for model in ("", *(version.id for version in offer.models))
]


def running(here: Bench, count: int) -> None:
    """Return tasks of all ages that a new session takes up."""
    for number in range(count):
        task_id = here.dialect.submit(text(f"chest {number}"), ())
        job = job_in(State.RUNNING, id=f"{number:08x}", task_id=task_id, progress=0)
        here.store.save(replace(job, created=WALL + number), 0.0)


def too_many(seconds: int, **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    wait = named or {"Retry-After": str(seconds)}
    return Fault(path=LOOK_UP, status=429, headers=wait, body={"code": 1007})


@pytest.mark.slow
def test_one_request_polls_all_running_tasks_of_any_age(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in(seconds=1e6, balance=1e6, per_minute=10_000)
    before = bench(service, owner="before")
    for _ in range(10):
        clock.seconds += 37
        before.submit()
        before.steps(5)
    began, seen = clock.seconds, len(before.look_ups())
    while clock.seconds < began + 300:
        before.step()
    requests = before.look_ups()[seen:]
    assert {len(ids) for ids in requests} == {10}
    assert len(requests) <= 300 / 3


def test_rate_limited_poll_pauses_the_whole_account(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in(seconds=1e6)
    here = bench(service)
    first = here.until(here.submit(), State.RUNNING)
    service.fault(too_many(40))
    while not here.now(first).attempt:
        here.step()
    refused, looks = clock.seconds, len(here.look_ups())
    second = here.submit()
    here.until(second, State.RUNNING)
    while clock.seconds < refused + 39:
        here.step()
    assert len(here.look_ups()) == looks
    while clock.seconds < refused + 45:
        here.step()
    assert {len(ids) for ids in here.look_ups()[looks:]} <= {1, 2}
    assert here.now(first).trouble is None


@pytest.mark.parametrize(
    "headers",
    [
        {"X_RateLimit_Reset": "25"},
        {"Retry_After": "25", "X_RateLimit_Reset": "90"},
        {"X_RateLimit_Reset": "{moment:.0f}"},
        {"Retry_After": "{date}"},
    ],
    ids=["reset", "both", "moment", "date"],
)
def test_every_form_of_retry_after_is_read(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock, headers: dict[str, str]
) -> None:
    # A moment is compared with the answer's Date, so the service needs a clock that the bench's
    # waits do not move.
    service = stand_in(seconds=1e6, clock=time.time)
    here = bench(service)
    job = here.until(here.submit(), State.RUNNING)
    moment = time.time() + 25
    times = {"moment": moment, "date": formatdate(moment, usegmt=True)}
    service.fault(too_many(0, **{name: text.format(**times) for name, text in headers.items()}))
    while not here.now(job).attempt:
        here.step()
    assert here.now(job).due - clock.seconds == pytest.approx(25, abs=3)


@pytest.mark.parametrize("header", ["soon", "nan", "inf", "-5", ""])
def test_meaningless_retry_after_uses_the_usual_wait(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock, header: str
) -> None:
    service = stand_in(seconds=1e6)
    here = bench(service)
    job = here.until(here.submit(), State.RUNNING)
    service.fault(too_many(0, Retry_After=header))
    while not here.now(job).attempt:
        here.step()
    assert -1 <= here.now(job).due - clock.seconds <= 5


def test_all_polls_run_at_once_when_the_network_returns(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in(seconds=1e6)
    here = bench(service)
    jobs = [here.until(here.submit(), State.RUNNING) for _ in range(3)]
    service.fault(Fault(path=LOOK_UP, cut="before", times=30))
    while max(here.now(job).attempt for job in jobs) < 8:
        here.step()
    service.fault()
    here.engine.tick(online=False)
    clock.seconds += 1
    while service_is_down(here):
        clock.seconds += 60
        here.step()
    here.steps(2)
    assert all(here.now(job).trouble is None for job in jobs)


def service_is_down(here: Bench) -> bool:
    return any(job.trouble is not None for job in here.engine.jobs())


def test_going_online_skips_the_backoff(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in(seconds=1e6)
    here = bench(service)
    job = here.until(here.submit(), State.RUNNING)
    service.fault(Fault(path=LOOK_UP, cut="before", times=7))
    while here.now(job).attempt < 7:
        here.step()
    assert here.now(job).due > clock.seconds + 30
    here.engine.tick(online=False)
    looks = len(here.look_ups())
    here.engine.tick(online=True)
    here.engine.tick(online=True)
    assert len(here.look_ups()) == looks + 1
    assert here.now(job).trouble is None


def test_tasks_are_polled_at_once_after_system_sleep(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in(seconds=1e6)
    here = bench(service)
    job = here.until(here.submit(), State.RUNNING)
    here.clock.seconds += 2000
    here.steps(3)
    assert here.now(job).due > clock.seconds + 5
    looks = len(here.look_ups())
    clock.started += SLEPT_SECONDS + 3600
    clock.seconds += 1.1
    here.engine.refresh()
    here.engine.tick(online=True)
    assert len(here.look_ups()) == looks + 1


def test_small_clock_correction_changes_nothing(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    here = bench(stand_in(seconds=1e6))
    here.until(here.submit(), State.RUNNING)
    here.clock.seconds += 2000
    here.steps(3)
    looks = len(here.look_ups())
    for step in (SLEPT_SECONDS - 1, -3600.0):
        clock.started += step
        here.engine.refresh()
        here.engine.tick(online=True)
    assert len(here.look_ups()) == looks


@pytest.mark.parametrize(
    ("row", "kind", "model"), OFFERS, ids=lambda each: getattr(each, "id", None) or str(each)
)
def test_every_kind_and_version_has_a_queue_at_the_service(
    row: Service, kind: TaskKind, model: str
) -> None:
    assert row.slots[row.slot(kind, model)] >= 1


MIXED: tuple[TaskRequest, ...] = (
    TextToModel(model="v3.1-20260211", prompt="a chest"),
    TextToModel(model="P1-20260311", prompt="a chest"),
    TextToImage(model="seedream_v5", prompt="a chest"),
    CheckRig(source_task="some task"),
    SegmentMesh(source_task="some task"),
)


def test_no_queue_exceeds_the_services_limit() -> None:
    row = SERVICES["tripo-v3"]
    jobs = {
        f"{number}": job_in(State.PENDING, id=f"{number}", request=request)
        for number, request in zip(range(100), itertools.cycle(MIXED), strict=False)
    }
    services = {ACCOUNT: row}
    started = to_start(jobs.values(), services, able=set(jobs))
    counts: dict[str, int] = {}
    for job in started:
        slot = row.slot(TaskKind(job.request.kind), job.request.model)
        counts[slot] = counts.get(slot, 0) + 1
    assert counts == {slot: min(20, row.slots[slot]) for slot in counts}
    assert len(counts) == len(MIXED)
    jobs |= {job.id: replace(job, state=State.RUNNING) for job in started}
    assert to_start(jobs.values(), services, able=set(jobs) - {each.id for each in started}) == ()


@pytest.mark.slow
def test_fifty_jobs_of_every_queue_run_without_a_rate_limit(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in(seconds=20, balance=1e6)
    here = bench(service)
    requests = [MIXED[number % 3] for number in range(50)]
    jobs = [here.submit(request, title=f"{number}") for number, request in enumerate(requests)]
    over = {State.READY, State.DONE, State.FAILED}
    for _ in range(20_000):
        if all(here.now(job).state in over for job in jobs):
            break
        here.step()
    assert {here.now(job).state for job in jobs} == {State.READY, State.DONE}
    assert here.paid_for() == len(service.ledger.tasks) == 50


@pytest.mark.slow
def test_jobs_finish_at_a_service_stricter_than_documented(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in(seconds=20, balance=1e6, per_minute=5)
    here = bench(service)
    jobs = [here.submit(title=f"{number}") for number in range(15)]
    for _ in range(20_000):
        if all(here.now(job).state is State.READY for job in jobs):
            break
        here.step()
    found = [here.now(job) for job in jobs]
    assert {job.state for job in found} == {State.READY}
    assert {job.failure for job in found} <= {None, Failure.GAVE_UP}
    assert len(service.ledger.tasks) == 15
    assert here.paid_for() > 15
