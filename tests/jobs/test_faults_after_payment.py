"""Failures after payment: what fails the job, and what is retried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.jobs.bench import MakeBench, MakeStandIn, Wrapped, image
from tests.standin.faults import Fault
from tripo_addon.api.dialect import Dialect, Stop, never
from tripo_addon.api.errors import Kind
from tripo_addon.api.replies import FileRef, Task
from tripo_addon.api.services.tripo_v3 import connect
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Failure, State
from tripo_addon.jobs.model.timing import MISSING_LOOKS

LOOK_UP = "/v3/tasks/list"
KEY_REFUSED = Fault(path=LOOK_UP, status=401, body={"code": 2, "status": "error", "message": "no"})


def test_rejected_key_does_not_fail_a_paid_job(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(*[KEY_REFUSED] * 8)
    job = here.submit()
    here.until(job, State.RUNNING)
    here.steps(20)
    waiting = here.now(job)
    assert waiting.state is State.RUNNING
    assert waiting.trouble is not None
    assert waiting.trouble.kind is Kind.KEY
    assert "waiting to try again" in describe(waiting).headline
    assert here.until(job, State.READY).trouble is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        Fault(path=LOOK_UP, cut="before"),
        Fault(path=LOOK_UP, status=503, body="busy"),
        Fault(path=LOOK_UP, status=200, body="not what was agreed on"),
        Fault(path=LOOK_UP, status=429, headers={"Retry-After": "5"}, body={"code": 1007}),
    ],
    ids=["reset", "gateway", "unreadable", "too many"],
)
def test_failed_poll_is_retried_without_limit(
    stand_in: MakeStandIn, bench: MakeBench, fault: Fault
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(*[fault] * 15)
    here.until(here.submit(), State.READY)
    assert here.paid_for() == 1


class FailsFirstTime(Wrapped):
    """Raises an unexpected error, the first time."""

    def __init__(self, inner: Dialect) -> None:
        super().__init__(inner)
        self.broken: set[str] = set()

    def _break(self, call: str) -> None:
        if call not in self.broken:
            self.broken.add(call)
            raise KeyError("unforeseen")

    def upload(self, picture: Path, *, stop: Stop = never) -> FileRef:
        self._break("upload")
        return self.inner.upload(picture, stop=stop)

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        self._break("look_up")
        return self.inner.look_up(task_ids)


def test_unexpected_error_in_a_free_step_is_retried(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    here = bench(stand_in(), speak=FailsFirstTime)
    here.until(here.submit(image(tmp_path / "a.png")), State.READY)
    assert isinstance(here.dialect, FailsFirstTime)
    assert here.dialect.broken == {"upload", "look_up"}
    assert here.paid_for() == 1


@pytest.mark.parametrize(
    ("ending", "code", "kind"),
    [
        ("failed", 1001, Kind.SERVICE),
        ("failed", 2008, Kind.CONTENT),
        ("failed", 2018, Kind.TIMED_OUT),
        ("banned", 2008, Kind.CONTENT),
        ("expired", None, Kind.TIMED_OUT),
        ("cancelled", None, Kind.CANCELLED),
    ],
)
def test_failed_task_ends_its_job(
    stand_in: MakeStandIn, bench: MakeBench, ending: str, code: int | None, kind: Kind
) -> None:
    service = stand_in(seconds=5)
    here = bench(service)
    service.fault(Fault(ending=ending, error_code=code, error_message="why"))
    job = here.until(here.submit(), State.FAILED)
    assert (job.failure, job.retry_is_free) == (Failure.GENERATION, False)
    assert job.trouble is not None
    assert (job.trouble.kind, job.trouble.code) == (kind, code)
    assert job.credits == 0.0


def test_unknown_status_is_polled_then_fails_and_keeps_the_task_id(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    job = here.submit()
    task_id = here.until(job, State.RUNNING).task_id
    answer = {"tasks": {task_id: {"task_id": task_id, "status": "pondering"}}}
    service.fault(*[Fault(path=LOOK_UP, merge=answer)] * MISSING_LOOKS)
    failed = here.until(job, State.FAILED)
    assert (failed.failure, failed.task_id) == (Failure.GAVE_UP, task_id)
    assert len(service.ledger.sent("POST", LOOK_UP)) == MISSING_LOOKS
    second = here.engine.retry(job.id)
    assert second is not None
    assert (second.state, second.task_id) == (State.RUNNING, task_id)
    here.until(second, State.READY)
    assert here.paid_for() == 1


def test_task_of_another_account_is_not_polled_without_end(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in(keys=("tsk_standin", "tsk_other"))
    here = bench(service)
    job = here.submit()
    here.until(job, State.RUNNING)
    here.dialect = connect(service.base_url, "tsk_other")
    here.connect()
    failed = here.until(job, State.FAILED)
    assert failed.failure is Failure.GAVE_UP
    assert failed.trouble is not None
    assert failed.trouble.kind is Kind.NOT_FOUND
    assert failed.retry_is_free


def test_finished_task_without_a_model_is_polled_again(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    job = here.submit()
    task_id = here.until(job, State.RUNNING).task_id
    empty = {"tasks": {task_id: {"task_id": task_id, "status": "success", "output": {}}}}
    service.fault(*[Fault(path=LOOK_UP, merge=empty)] * 3)
    here.until(job, State.READY)
    assert len(service.ledger.sent("POST", LOOK_UP)) == 4
