"""Canceling in every state, and saying what cannot be stopped."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.doubles import HeldWorkers, SlowHost
from tests.jobs.bench import (
    Bench,
    MakeBench,
    MakeStandIn,
    Wrapped,
    entries,
    small_glb,
    views,
)
from tests.standin.faults import Fault
from tripo_addon.api.dialect import Dialect, Stop, never
from tripo_addon.api.errors import Kind, OutcomeUnknown, Problem, Transient
from tripo_addon.api.replies import FileRef, Output, Task
from tripo_addon.api.tasks import TaskRequest
from tripo_addon.jobs.engine.workers import ThreadWorkers
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.work.converter import Converter

TIMEOUT = 20.0
BUSY = Fault(path="/v3/generation", status=429, headers={"Retry-After": "30"}, body={"code": 2000})


class PausedAfterAnswer(Wrapped):
    """Waits after the paid request was answered, and after the first upload, until told."""

    def __init__(self, inner: Dialect, fault: Exception | None = None) -> None:
        super().__init__(inner)
        self.fault = fault
        self.arrived = threading.Event()
        self.go_on = threading.Event()

    def _wait(self) -> None:
        self.arrived.set()
        assert self.go_on.wait(TIMEOUT)

    def upload(self, picture: Path, *, stop: Stop = never) -> FileRef:
        file = self.inner.upload(picture, stop=stop)
        self._wait()
        return file

    def submit(
        self,
        request: TaskRequest,
        files: tuple[FileRef, ...],
        *,
        repeat_key: str = "",
        stop: Stop = never,
    ) -> str:
        task_id = (
            ""
            if self.fault
            else self.inner.submit(request, files, repeat_key=repeat_key, stop=stop)
        )
        self._wait()
        if self.fault is not None:
            raise self.fault
        return task_id


class LinkedElsewhere(Wrapped):
    """Returns finished tasks with links to another host."""

    link = ""

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        output = Output(models=(self.link,))
        return {
            task_id: task.model_copy(update={"output": output})
            for task_id, task in self.inner.look_up(task_ids).items()
        }


def paused(here: Bench) -> PausedAfterAnswer:
    assert isinstance(here.dialect, PausedAfterAnswer)
    return here.dialect


def relink(here: Bench, link: str) -> None:
    assert isinstance(here.dialect, LinkedElsewhere)
    here.dialect.link = link


def cancelled(here: Bench, job: Job) -> Job:
    here.engine.cancel(job.id)
    found = here.now(job)
    assert found.state is State.CANCELLED
    return found


def stays_cancelled(here: Bench, job: Job) -> None:
    here.steps(30)
    assert here.now(job).state is State.CANCELLED
    assert here.store.finished(10)[-1].state is State.CANCELLED


def test_cancel_while_waiting_for_a_slot_sends_nothing(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    job = here.submit()
    assert cancelled(here, job).note == "Nothing was sent"
    stays_cancelled(here, job)
    assert service.ledger.requests == ()


def test_cancel_before_upload_starts_sends_nothing(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    service = stand_in()
    workers = HeldWorkers(held={"service"})
    here = bench(service, workers=workers)
    job = here.submit(views(tmp_path, "front", "left"))
    here.until(job, State.UPLOADING)
    here.step()
    cancelled(here, job)
    workers.let_go()
    stays_cancelled(here, job)
    assert service.ledger.requests == ()


def test_cancel_during_upload_ends_after_the_current_picture(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    service = stand_in()
    here = bench(service, workers=ThreadWorkers(), pause=0.002, speak=PausedAfterAnswer)
    job = here.submit(views(tmp_path, "front", "left", "back"))
    here.step()
    assert paused(here).arrived.wait(TIMEOUT)
    cancelled(here, job)
    paused(here).go_on.set()
    stays_cancelled(here, job)
    here.close()
    assert len(service.ledger.uploads) == 1
    assert here.paid_for() == 0


def test_cancel_while_paid_request_is_queued_sends_nothing(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    workers = HeldWorkers(held={"service"})
    here = bench(service, workers=workers)
    job = here.submit()
    here.step()
    here.engine.cancel(job.id)
    assert (here.now(job).state, here.now(job).cancelling) == (State.SUBMITTING, True)
    assert "Canceling" in describe(here.now(job)).headline
    workers.let_go()
    here.until(job, State.CANCELLED)
    assert here.now(job).note == "Nothing was sent"
    stays_cancelled(here, job)
    assert here.paid_for() == 0
    assert "about to pay" not in entries(here.store, job.id)


def test_cancel_while_paid_request_waits_for_a_slot_sends_no_retry(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(BUSY)
    job = here.submit()
    here.steps(3)
    assert cancelled(here, job).note == "Nothing was sent"
    here.steps(50)
    assert here.paid_for() == 1
    assert service.ledger.tasks == ()


def test_cancel_during_paid_request_records_the_task_then_ends(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service, workers=ThreadWorkers(), pause=0.002, speak=PausedAfterAnswer)
    job = here.submit()
    here.step()
    assert paused(here).arrived.wait(TIMEOUT)
    here.engine.cancel(job.id)
    here.engine.cancel(job.id)
    here.steps(10)
    assert (here.now(job).state, here.now(job).cancelling) == (State.SUBMITTING, True)
    paused(here).go_on.set()
    ended = here.until(job, State.CANCELLED)
    assert ended.task_id == service.ledger.tasks[0].id
    assert "finishes the task and charges for it" in ended.note
    here.close()
    assert entries(here.store, job.id)[-2:] == ["paid", "cancelled"]
    assert here.paid_for() == 1


def test_job_canceled_too_late_resumes_free_of_charge(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in(seconds=30)
    here = bench(service)
    job = here.submit()
    here.until(job, State.RUNNING)
    ended = cancelled(here, job)
    assert ended.retry_is_free
    second = here.engine.retry(job.id)
    assert second is not None
    here.until(second, State.READY)
    assert here.paid_for() == 1


@pytest.mark.parametrize(
    ("fault", "state", "failure"),
    [
        (
            OutcomeUnknown(Problem(kind=Kind.LOST_ANSWER)),
            State.FAILED,
            Failure.OUTCOME_UNKNOWN,
        ),
        (Transient(Problem(kind=Kind.BUSY), retry_after=30.0), State.CANCELLED, None),
    ],
    ids=["lost", "busy"],
)
def test_cancel_during_paid_request_reports_what_was_charged(
    stand_in: MakeStandIn,
    bench: MakeBench,
    fault: Exception,
    state: State,
    failure: Failure | None,
) -> None:
    here = bench(
        stand_in(),
        workers=ThreadWorkers(),
        pause=0.002,
        speak=lambda inner: PausedAfterAnswer(inner, fault),
    )
    job = here.submit()
    here.step()
    assert paused(here).arrived.wait(TIMEOUT)
    here.engine.cancel(job.id)
    paused(here).go_on.set()
    ended = here.until(job, State.FAILED, State.CANCELLED)
    assert (ended.state, ended.failure) == (state, failure)


def test_answer_after_the_cancel_is_ignored(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in()
    workers = HeldWorkers()
    here = bench(service, workers=workers)
    job = here.submit()
    here.until(job, State.RUNNING)
    workers.held.add("service")
    here.steps(5)
    assert workers.count("service") == 1
    ended = cancelled(here, job)
    assert "finishes the task and charges for it" in ended.note
    workers.let_go()
    assert len(service.ledger.sent("POST", "/v3/tasks/list")) == 1
    stays_cancelled(here, job)
    assert service.ledger.sent("GET", "/results/") == ()


def test_cancel_stops_the_download_and_keeps_the_part(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    with SlowHost(small_glb(tmp_path / "large.glb", 1 << 24)) as host:
        here = bench(stand_in(), workers=ThreadWorkers(), pause=0.002, speak=LinkedElsewhere)
        relink(here, host.link)
        job = here.submit()
        here.until(job, State.DOWNLOADING)
        while not here.now(job).progress:
            here.step()
        cancelled(here, job)
        here.steps(20)
        here.close()
        (part,) = (here.folder / "downloads").glob("*/*.part")
        assert part.name == "model.download.part"
        assert 0 < part.stat().st_size < 1 << 24
        assert here.now(job).state is State.CANCELLED


def test_cancel_ends_the_child_process(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    script = f"import pathlib, time; pathlib.Path({str(begun)!r}).touch(); time.sleep(600)"
    converter = Converter((sys.executable, "-c", script), dict(os.environ), timeout=600.0)
    here = bench(stand_in(), workers=ThreadWorkers(), pause=0.002, converter=converter)
    job = here.submit()
    here.until(job, State.CONVERTING)
    while not begun.exists():
        here.step()
    cancelled(here, job)
    # The job ends only after the child has ended, since the child's parent waits for it.
    assert here.workers.shutdown(patience=TIMEOUT)
    assert here.now(job).state is State.CANCELLED


def test_ready_model_is_not_placed_after_cancel(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    job = here.until(here.submit(), State.READY)
    cancelled(here, job)
    assert here.step().ready == ()


def test_final_job_cannot_be_canceled(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    done = here.place(here.until(here.submit(), State.READY))
    here.engine.cancel(done.id)
    here.engine.cancel("nobody")
    assert here.now(done) == done
