"""The usual course of jobs, with the real client and the stand-in: which requests, how often, how
many."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.doubles import Clock
from tests.jobs.bench import (
    ACCOUNT,
    MakeBench,
    MakeStandIn,
    entries,
    image,
    job_in,
    text,
    views,
)
from tripo_addon.api.tasks import TextToModel
from tripo_addon.jobs.engine.write_queue import LEASE_RENEWAL_SECONDS
from tripo_addon.jobs.model.job import State

LOW_POLY = "P1-20260311"
UNDER_WAY = {State.UPLOADING, State.SUBMITTING, State.RUNNING}


def test_text_request_becomes_a_ready_model_and_is_placed(
    stand_in: MakeStandIn, bench: MakeBench, glb: Path
) -> None:
    service = stand_in(seconds=30)
    here = bench(service)
    sent = here.submit()
    assert (sent.state, sent.price) == (State.PENDING, 20)
    job = here.until(sent, State.READY)
    assert job.model is not None
    assert job.model.read_bytes() == glb.read_bytes()
    assert job.model.suffix == ".glb"
    assert "pauses while it imports" in job.note
    assert (job.credits, job.task_id) == (20.0, service.ledger.tasks[0].id)
    assert here.step().ready == (job,)
    done = here.place(job)
    assert (done.state, done.root) == (State.DONE, "Chest")
    assert here.step().ready == ()
    assert here.paid_for() == len(service.ledger.tasks) == 1
    assert entries(here.store, job.id) == [
        "pending",
        "submitting",
        "about to pay",
        "paid",
        "running",
        "downloading",
        "converting",
        "ready",
        "done",
    ]


def test_picture_is_uploaded_before_payment(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    service = stand_in()
    here = bench(service)
    sent = here.submit(image(tmp_path / "front.png"))
    here.place(here.until(sent, State.READY))
    (upload,), (task,) = service.ledger.uploads, service.ledger.tasks
    assert upload.content == (tmp_path / "front.png").read_bytes()
    assert (task.kind, task.body["input"]) == ("image_to_model", upload.token)


def test_views_are_sent_in_their_own_order(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    service = stand_in()
    here = bench(service)
    here.until(here.submit(views(tmp_path, "right", "back", "front", "left")), State.READY)
    tokens = [upload.token for upload in service.ledger.uploads]
    assert service.ledger.tasks[0].body["inputs"] == tokens
    assert len(tokens) == 4


def test_fifty_running_jobs_are_polled_in_one_request(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in()
    before = bench(service, owner="before")
    for number in range(50):
        task_id = before.dialect.submit(text(f"chest {number}"), ())
        running = job_in(State.RUNNING, id=f"{number:08x}", task_id=task_id, progress=0)
        before.store.save(running, clock.wall())
    before.store.release()
    here = bench(service)
    here.take_over()
    here.step()
    here.step()
    (ids,) = here.look_ups()
    assert len(set(ids)) == 50
    assert {job.state for job in here.engine.jobs()} <= {State.DOWNLOADING, State.CONVERTING}


def test_polls_over_the_services_limit_are_split(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in(seconds=1e6)
    here = bench(service)
    for number in range(101):
        job = job_in(State.RUNNING, id=f"{number:08x}", task_id=f"unknown-{number}")
        here.store.save(replace(job, created=float(number)), 0.0)
    later = bench(service, owner="later")
    later.take_over()
    later.step()
    assert [len(ids) for ids in later.look_ups()] == [100, 1]


def test_polls_due_at_nearly_the_same_time_are_joined(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in(seconds=1000)
    here = bench(service)
    first = here.submit()
    here.until(first, State.RUNNING)
    clock.seconds += 0.5
    second = here.submit()
    here.until(second, State.RUNNING)
    here.steps(20)
    assert [len(ids) for ids in here.look_ups()[-5:]] == [2] * 5


def test_running_task_is_polled_at_the_services_pace(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in(seconds=1000)
    here = bench(service)
    began = clock.seconds
    here.until(here.submit(), State.RUNNING)
    while clock.seconds < began + 60:
        here.step()
    looks = len(here.look_ups())
    assert 60 / 5 <= looks <= 60 / 2


def test_running_jobs_stay_within_the_services_limit(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in(seconds=20)
    here = bench(service)
    jobs = [here.submit(title=f"chest {number}") for number in range(12)]
    most = open_tasks = 0
    started: list[str] = []
    while any(here.now(job).state is not State.READY for job in jobs):
        here.step()
        under_way = [job.id for job in map(here.now, jobs) if job.state in UNDER_WAY]
        started += [job_id for job_id in under_way if job_id not in started]
        most = max(most, len(under_way))
        open_tasks = max(open_tasks, sum(task.end is None for task in service.ledger.tasks))
    assert (most, open_tasks) == (10, 10)
    assert started == [job.id for job in jobs]
    assert here.paid_for() == len(service.ledger.tasks) == 12


def test_model_kinds_have_separate_slots(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in(seconds=100))
    low = [here.submit(TextToModel(model=LOW_POLY, prompt=f"{n}")) for n in range(7)]
    high = [here.submit(text(f"{n}")) for n in range(11)]
    here.steps(3)
    assert sum(here.now(job).state in UNDER_WAY for job in low) == 5
    assert sum(here.now(job).state in UNDER_WAY for job in high) == 10


def test_nothing_is_sent_while_blender_is_offline(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    service = stand_in(seconds=10)
    here = bench(service)
    running = here.submit()
    here.until(running, State.RUNNING)
    waiting = [here.submit(), here.submit(image(tmp_path / "a.png"))]
    seen = len(service.ledger.requests)
    here.steps(50, online=False)
    assert len(service.ledger.requests) == seen
    for job in (running, *waiting):
        here.until(job, State.READY)


def test_polls_missed_offline_run_at_once(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in(seconds=0)
    here = bench(service)
    job = here.submit()
    here.until(job, State.RUNNING)
    here.steps(30, online=False)
    looks = len(here.look_ups())
    here.step()
    assert len(here.look_ups()) == looks + 1


def test_downloaded_model_is_prepared_offline(
    stand_in: MakeStandIn, bench: MakeBench, glb: Path
) -> None:
    here = bench(stand_in())
    here.store.save(job_in(State.CONVERTING, model=glb), 0.0)
    later = bench(here.service, owner="later")
    later.take_over()
    later.steps(3, online=False)
    assert later.now(job_in(State.CONVERTING)).state is State.READY


def test_job_of_an_unconnected_account_waits_for_it(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in(seconds=30)
    here = bench(service)
    running = here.submit()
    here.until(running, State.RUNNING)
    here.engine.connect(ACCOUNT, None)
    seen = len(service.ledger.requests)
    here.steps(50)
    assert len(service.ledger.requests) == seen
    assert here.now(running).state is State.RUNNING
    here.connect()
    here.until(running, State.READY)


def test_request_of_a_removed_account_is_not_started(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    job = here.submit()
    here.engine.connect(ACCOUNT, None)
    here.steps(5)
    assert here.now(job).state is State.PENDING
    here.connect()
    here.until(job, State.READY)


def test_idle_engine_wakes_only_to_renew_leases(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    assert here.step().wait is None
    job = here.until(here.submit(), State.READY)
    here.steps(3)
    wait = here.step().wait
    assert wait is not None
    assert 0 < wait <= LEASE_RENEWAL_SECONDS
    here.place(job)
    tick = here.step()
    assert (tick.wait, tick.changed) == (None, True)
    assert here.step().changed is False


def test_tick_returns_whether_a_redraw_is_needed(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in(seconds=1000))
    here.until(here.submit(), State.RUNNING)
    here.steps(3)
    changes = [here.step().changed for _ in range(60)]
    assert True in changes
    assert False in changes


def test_jobs_are_listed_newest_first(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    here = bench(stand_in())
    made: list[str] = []
    for _ in range(4):
        made.append(here.submit().id)
        clock.seconds += 1
    here.engine.cancel(made[1])
    assert [job.id for job in here.engine.jobs()] == list(reversed(made))
    assert here.engine.jobs() is here.engine.jobs()
    assert here.engine.job("nobody") is None
