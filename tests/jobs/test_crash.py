"""A process that is killed at every boundary of the road; and what the next one finds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.doubles import Clock
from tests.jobs.bench import Bench, Benches, Stands, entries
from tests.jobs.crash import KILL
from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.jobs.job import Failure, Job, State
from tripo_addon.jobs.store import LEASE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
KILLED = int(KILL) if sys.platform == "win32" else -int(KILL)

# Point of the crash, requests that were paid for by then, and how the job ends.
UNSENT = ("while uploading", "before the announcement")
UNKNOWN = {"after the announcement": 0, "before the request": 0, "before the receipt": 1}
PAID = ("after the receipt", "while running", "while downloading", "while converting", "when ready")
POINTS = (*UNSENT, *UNKNOWN, *PAID)


def crash(folder: Path, service: StandIn, point: str) -> None:
    ended = subprocess.run(
        (sys.executable, "-m", "tests.jobs.crash", str(folder), service.base_url),
        cwd=ROOT,
        env={**os.environ, "CRASH_AT": point},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == KILLED, ended.stdout + ended.stderr


def successor(bench: Benches, service: StandIn) -> Bench:
    """A Blender that starts after the lease of the dead one has run out."""
    here = bench(service, owner="successor", clock=Clock(started=time.time() + 3600))
    here.take_over()
    return here


def only_job(here: Bench) -> Job:
    (job,) = here.engine.jobs()
    return job


def rest(here: Bench) -> None:
    """Go on until nothing more happens."""
    here.steps(150)
    assert here.step().wait is None


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_costs_nothing_that_was_paid_for(
    stand_in: Stands, bench: Benches, tmp_path: Path, glb: Path, point: str
) -> None:
    service = stand_in(clock=time.time)
    if point == "while downloading":
        service.fault(Fault(path="/results/", truncate=700))
    crash(tmp_path / "user", service, point)
    sent = len(service.ledger.sent("POST", "/v3/generation"))
    assert sent == (0 if point in UNSENT else UNKNOWN.get(point, 1))

    here = successor(bench, service)
    rest(here)

    job = only_job(here)
    assert here.paid_for() == sent
    if point in UNSENT:
        assert job.failure is Failure.INTERRUPTED
    elif point in UNKNOWN:
        assert job.failure is Failure.OUTCOME_UNKNOWN
    else:
        assert (job.state, job.task_id) == (State.READY, service.ledger.tasks[0].id)
        assert job.model is not None
        assert job.model.read_bytes() == glb.read_bytes()
    for task in service.ledger.tasks:
        assert task.id == job.task_id or job.failure is Failure.OUTCOME_UNKNOWN


@pytest.mark.parametrize("point", UNSENT)
def test_what_was_never_sent_is_sent_by_a_new_try(
    stand_in: Stands, bench: Benches, tmp_path: Path, point: str
) -> None:
    service = stand_in(clock=time.time)
    crash(tmp_path / "user", service, point)
    here = successor(bench, service)
    second = here.engine.retry(only_job(here).id)
    assert second is not None
    here.until(second, State.READY)
    assert here.paid_for() == 1


def test_a_download_goes_on_where_the_crash_ended_it(
    stand_in: Stands, bench: Benches, tmp_path: Path
) -> None:
    service = stand_in(clock=time.time, model=None, filler_bytes=1 << 20)
    service.fault(Fault(path="/results/", truncate=700_000))
    crash(tmp_path / "user", service, "while downloading")
    here = successor(bench, service)
    rest(here)
    ranges = [get.headers.get("range") for get in service.ledger.sent("GET", "/results/")]
    assert ranges[0] is None
    assert ranges[-1] == "bytes=524288-"
    job = only_job(here)
    assert job.model is not None
    assert job.model.stat().st_size == 1 << 20


def test_nobody_takes_a_job_while_the_dead_ones_lease_lasts(
    stand_in: Stands, bench: Benches, tmp_path: Path
) -> None:
    service = stand_in(clock=time.time)
    crash(tmp_path / "user", service, "while running")
    clock = Clock(started=time.time() - 1000)
    here = bench(service, owner="successor", clock=clock)
    here.take_over()
    assert here.engine.jobs() == ()
    for _ in range(20):
        assert here.step().wait == 1.0
    assert here.engine.jobs() == ()
    clock.seconds += LEASE_SECONDS
    here.steps(2)
    here.until(only_job(here), State.READY)
    assert here.paid_for() == 1


def test_a_crash_leaves_a_journal_that_tells_the_story(
    stand_in: Stands, bench: Benches, tmp_path: Path
) -> None:
    service = stand_in(clock=time.time)
    crash(tmp_path / "user", service, "after the receipt")
    here = successor(bench, service)
    rest(here)
    told = entries(here.store, only_job(here).id)
    assert told[:4] == ["pending", "submitting", "about to pay", "paid"]
    assert told[4:] == ["running", "downloading", "converting", "ready"]
