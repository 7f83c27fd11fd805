"""A lost answer is asked for again only if the service says that this is safe: paid for once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

import pytest

from tests.doubles import Clock
from tests.jobs.bench import (
    KEY,
    MODEL,
    PLACE,
    Bench,
    MakeBench,
    MakeStandIn,
    entries,
    picture,
)
from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tests.standin.terms import Terms
from tripo_addon.api.services.comfy_router import connect
from tripo_addon.api.tasks import ImageToModel, TaskRequest, TextToModel
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.model.recipes import Step

ROOT = Path(__file__).resolve().parents[2]
ROUTER = "comfy-router stand-in"
QUEUE = "/v2/models/tripo/"
DAY = 86_400.0
CHEST = TextToModel(model=MODEL, prompt="a chest")


def connected(here: Bench) -> Bench:
    here.engine.connect(ROUTER, connect(here.service.base_url, KEY))
    return here


def ask(here: Bench, request: TaskRequest = CHEST) -> Job:
    return here.engine.submit(ROUTER, (Step(request=request, title="a chest", placement=PLACE),))[0]


def keys(service: StandIn) -> list[str]:
    """Return the repeat keys of all paid requests, in order."""
    sent = service.ledger.sent("POST", QUEUE)
    return [each.headers["idempotency-key"] for each in sent if each.path.endswith("/requests")]


@pytest.mark.parametrize(("cut", "times"), [("before", 1), ("after", 1), ("after", 3)])
def test_lost_answer_is_retried_under_the_same_key_and_paid_once(
    stand_in: MakeStandIn,
    bench: MakeBench,
    tmp_path: Path,
    cut: Literal["before", "after"],
    times: int,
) -> None:
    service = stand_in()
    here = connected(bench(service))
    request = ImageToModel(model=MODEL, image=picture(tmp_path / "front.png"))
    service.fault(Fault(method="POST", path=QUEUE, cut=cut, times=times))
    job = here.until(ask(here, request), State.READY, leaping=True)
    assert keys(service) == [job.repeat_key] * (times + 1)
    (task,) = service.ledger.tasks
    assert (job.task_id or "").endswith(task.id)
    assert service.ledger.account(f"comfy:{KEY}").balance == 1000 - task.credits
    assert entries(here.store, job.id).count("about to pay") == 1


def test_new_try_of_the_request_has_another_key(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in()
    here = connected(bench(service))
    service.fault(Fault(path=QUEUE, ending="failed"))
    failed = here.until(ask(here), State.FAILED, leaping=True)
    again = here.engine.retry(failed.id)
    assert again is not None
    here.until(again, State.READY, leaping=True)
    assert len(set(keys(service))) == len(service.ledger.tasks) == 2


def test_answer_that_never_comes_leaves_the_outcome_unknown(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = connected(bench(service))
    service.fault(Fault(method="POST", path=QUEUE, cut="after", times=100))
    job = here.until(ask(here), State.FAILED, leaping=True)
    assert job.failure is Failure.OUTCOME_UNKNOWN
    assert "may be charged" in describe(job).detail
    assert (len(service.ledger.tasks), len(keys(service)) > 2) == (1, True)


REFUSALS: dict[str, Fault] = {
    "a key that was revoked": Fault(method="POST", path=QUEUE, status=401, times=100),
    "no credits any more": Fault(method="POST", path=QUEUE, status=402, times=100),
    "too many requests": Fault(method="POST", path=QUEUE, status=429, times=100),
    "a key taken by another request": Fault(
        method="POST", path=QUEUE, status=409, body={"error_type": "invalid_input"}, times=100
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_refused_repeat_proves_nothing_about_the_first_request(
    stand_in: MakeStandIn, bench: MakeBench, refusal: str
) -> None:
    service = stand_in()
    here = connected(bench(service))
    service.fault(Fault(method="POST", path=QUEUE, cut="after"), REFUSALS[refusal])
    job = here.until(ask(here), State.FAILED, leaping=True)
    assert job.failure is Failure.OUTCOME_UNKNOWN
    assert "not accepted" not in entries(here.store, job.id)
    assert "nothing was charged" not in describe(job).detail


def unanswered(here: Bench) -> Job:
    """Return a job whose first request was carried out but not answered, before it is repeated."""
    here.service.fault(Fault(method="POST", path=QUEUE, cut="after"))
    job = ask(here)
    while not here.now(job).is_unanswered:
        here.step()
    return job


def test_cancel_before_the_repeat_leaves_the_outcome_unknown(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = connected(bench(stand_in()))
    job = unanswered(here)
    here.engine.cancel(job.id)
    assert here.now(job).failure is Failure.OUTCOME_UNKNOWN


def test_key_the_service_has_forgotten_is_not_sent_again(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = connected(bench(stand_in()))
    job = unanswered(here)
    here.clock.seconds += 24 * 3600
    job = here.until(job, State.FAILED, leaping=True)
    assert (job.failure, len(keys(here.service))) == (Failure.OUTCOME_UNKNOWN, 1)


def test_services_without_safe_repeats_get_none(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(method="POST", path="/v3/generation", cut="after"))
    job = here.until(here.submit(), State.FAILED, leaping=True)
    assert (job.failure, here.paid_for()) == (Failure.OUTCOME_UNKNOWN, 1)
    (sent,) = service.ledger.sent("POST", "/v3/generation")
    assert "idempotency-key" not in sent.headers


def crash(folder: Path, service: StandIn, point: str, kind: str) -> None:
    ended = subprocess.run(
        (sys.executable, "-m", "tests.jobs.crash", str(folder), service.base_url),
        cwd=ROOT,
        env={**os.environ, "CRASH_AT": point, "CRASH_KIND": kind, "CRASH_ACCOUNT": ROUTER},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode != 0, ended.stdout + ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize("point", ["after the announcement", "before the receipt"])
def test_crash_around_payment_resumes_and_pays_once(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, point: str
) -> None:
    service = stand_in(clock=time.time)
    crash(tmp_path / "user", service, point, "text")
    here = bench(service, owner="successor", clock=Clock(started=time.time() + 3600))
    connected(here).take_over()
    (job,) = here.engine.jobs()
    assert job.is_unanswered
    job = here.until(job, State.READY, leaping=True)
    assert set(keys(service)) == {job.repeat_key}
    assert [task.id for task in service.ledger.tasks] == [(job.task_id or "").rpartition("/")[2]]


def test_crash_during_a_picture_request_leaves_the_outcome_unknown(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    service = stand_in(clock=time.time)
    crash(tmp_path / "user", service, "before the receipt", "image")
    here = bench(service, owner="successor", clock=Clock(started=time.time() + 3600))
    connected(here).take_over()
    (job,) = here.engine.jobs()
    assert job.failure is Failure.OUTCOME_UNKNOWN


def test_canceled_task_is_stopped_where_the_service_can(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in(seconds=60)
    here = connected(bench(service))
    job = here.until(ask(here), State.RUNNING)
    here.steps(2)
    here.engine.cancel(job.id)
    here.steps(2)
    assert [task.end.status for task in service.ledger.tasks if task.end] == ["cancelled"]
    assert service.ledger.account(f"comfy:{KEY}").balance == 1000
    assert "asked to stop" in describe(here.now(job)).detail


def test_result_no_longer_stored_is_made_again_only_by_a_retry(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in(comfy=Terms(keep_days=1))
    here = connected(bench(service))
    ready = here.until(ask(here), State.READY)
    here.place(ready)
    assert ready.model is not None
    ready.model.unlink()
    clock.seconds += DAY
    again = here.engine.retry(ready.id)
    assert again is not None
    lost = here.until(again, State.FAILED)
    assert (lost.failure, lost.retry_is_free) == (Failure.LAPSED, False)
    assert keys(service) == [ready.repeat_key]
    anew = here.engine.retry(lost.id)
    assert anew is not None
    here.until(anew, State.READY)
    assert keys(service) == [ready.repeat_key, anew.repeat_key]
