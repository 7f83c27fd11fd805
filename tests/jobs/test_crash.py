"""Kills a process at every boundary of a job's life, and checks what the next one finds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.doubles import Clock
from tests.jobs.bench import Bench, MakeBench, MakeStandIn, entries
from tests.jobs.crash import KILL
from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.api.http.downloads import CHUNK_BYTES
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.storage.claims import LEASE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
KILLED = int(KILL) if sys.platform == "win32" else -int(KILL)

UNSENT = ("while uploading", "before the announcement")
# And how many paid requests had arrived by then.
UNKNOWN = {"after the announcement": 0, "before the request": 0, "before the receipt": 1}
PAID = ("after the receipt", "while running", "while downloading", "while converting", "when ready")


KINDS = ("text", "image", "views")
STATES = (State.PENDING, State.SUBMITTING, State.RUNNING, State.DOWNLOADING, State.CONVERTING)
WRITES = tuple(
    f"{when} {state.value} is written" for state in STATES for when in ("before", "after")
)


def crash(folder: Path, service: StandIn, point: str, kind: str = "text") -> None:
    ended = subprocess.run(
        (sys.executable, "-m", "tests.jobs.crash", str(folder), service.base_url),
        cwd=ROOT,
        env={**os.environ, "CRASH_AT": point, "CRASH_KIND": kind},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == KILLED, ended.stdout + ended.stderr


def successor(bench: MakeBench, service: StandIn) -> Bench:
    """Return a Blender that starts after the dead one's lease has run out."""
    here = bench(service, owner="successor", clock=Clock(started=time.time() + 3600))
    here.take_over()
    return here


def only_job(here: Bench) -> Job:
    (job,) = here.engine.jobs()
    return job


def rest(here: Bench) -> None:
    """Continue until nothing more happens, except an occasional look at the list."""
    here.steps(150)
    tick = here.step()
    over = all(job.state.final for job in here.engine.jobs())
    assert tick.wait is None or tick.ready or over


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("point", UNSENT)
def test_crash_before_sending_costs_nothing(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, point: str, kind: str
) -> None:
    if (kind, point) == ("text", "while uploading"):
        pytest.skip("words are not uploaded")
    service = stand_in(clock=time.time)
    crash(tmp_path / "user", service, point, kind)
    here = successor(bench, service)
    rest(here)
    job = only_job(here)
    assert job.failure is Failure.INTERRUPTED
    assert here.paid_for() == 0
    second = here.engine.retry(job.id)
    assert second is not None
    here.until(second, State.READY)
    assert here.paid_for() == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("point", "sent"), UNKNOWN.items())
def test_crash_around_the_paid_request_leaves_the_outcome_unknown(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, point: str, sent: int, kind: str
) -> None:
    service = stand_in(clock=time.time)
    crash(tmp_path / "user", service, point, kind)
    here = successor(bench, service)
    rest(here)
    job = only_job(here)
    assert job.failure is Failure.OUTCOME_UNKNOWN
    assert here.paid_for() == len(service.ledger.tasks) == sent
    assert here.engine.search_task(job.id)
    here.steps(2)
    found = here.now(job).candidates
    assert [each.task_id for each in found] == [task.id for task in service.ledger.tasks]
    if sent:
        here.engine.attach(job.id, found[0].task_id)
        here.until(job, State.READY)
    assert here.paid_for() == sent


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("point", WRITES)
def test_crash_at_any_write_loses_nothing_and_pays_once(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, point: str, kind: str
) -> None:
    service = stand_in(clock=time.time)
    crash(tmp_path / "user", service, point, kind)
    here = successor(bench, service)
    rest(here)
    for job in here.engine.jobs():
        if job.failure is Failure.INTERRUPTED:
            assert here.paid_for() == 0
            assert here.engine.retry(job.id) is not None
    rest(here)
    # A request that was never written down is lost; nothing else may be.
    expected = 0 if point == "before pending is written" else 1
    assert [job.state for job in here.engine.jobs()] == [State.READY] * expected
    assert here.paid_for() == len(service.ledger.tasks) == expected


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("point", PAID)
def test_crash_after_payment_loses_nothing(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, point: str, kind: str
) -> None:
    size = 1 << 20
    service = stand_in(clock=time.time, model=None, filler_bytes=size)
    if point == "while downloading":
        service.fault(Fault(path="/results/", truncate=700_000))
    crash(tmp_path / "user", service, point, kind)
    here = successor(bench, service)
    rest(here)
    job = only_job(here)
    (task,) = service.ledger.tasks
    assert (job.state, job.task_id) == (State.READY, task.id)
    assert job.model is not None
    assert job.model.stat().st_size == size
    assert here.paid_for() == 1
    written = entries(here.store, job.id)
    begun = ["pending", *(["uploading"] if kind != "text" else []), "submitting"]
    assert written[: len(begun) + 2] == [*begun, "about to pay", "paid"]
    assert written[-3:] == ["downloading", "converting", "ready"]
    if point == "while downloading":
        ranges = [get.headers.get("range") for get in service.ledger.sent("GET", "/results/")]
        assert ranges == [None, f"bytes={700_000 // CHUNK_BYTES * CHUNK_BYTES}-"]


def test_job_of_a_dead_process_is_not_claimed_before_its_lease_ends(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    service = stand_in(clock=time.time)
    crash(tmp_path / "user", service, "while running")
    clock = Clock(started=time.time() - 1000)
    here = bench(service, owner="successor", clock=clock)
    here.take_over()
    assert only_job(here).elsewhere
    for _ in range(20):
        assert here.step().wait in {1.0, 0.1}
    assert only_job(here).elsewhere
    clock.seconds += LEASE_SECONDS
    here.steps(2)
    here.until(only_job(here), State.READY)
    assert here.paid_for() == 1
