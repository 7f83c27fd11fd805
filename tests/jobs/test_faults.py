"""Failures before and during payment, and that nothing is paid twice."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.doubles import Clock
from tests.jobs.bench import MODEL, MakeBench, MakeStandIn, Wrapped, entries, image
from tests.standin.faults import Fault
from tripo_addon.api.dialect import Stop, never
from tripo_addon.api.errors import Kind
from tripo_addon.api.replies import FileRef
from tripo_addon.api.services.tripo_v3 import connect
from tripo_addon.api.tasks import ImageToModel, TaskRequest
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Failure, State
from tripo_addon.jobs.model.timing import TRIES_BEFORE_PAYMENT
from tripo_addon.jobs.storage.payments import TRIES_KEPT
from tripo_addon.jobs.storage.store import Store

GENERATION = "/v3/generation"


def busy(seconds: int) -> Fault:
    """The answer to one task too many."""
    body = {"code": 2000, "status": "error", "message": "You have exceeded the limit"}
    return Fault(
        method="POST",
        path=GENERATION,
        status=429,
        headers={"Retry-After": str(seconds)},
        body=body,
    )


@dataclass(frozen=True, kw_only=True)
class RequestWatch(Fault):
    """Causes no fault: `seen` is called for every request as it arrives, before its answer."""

    seen: Callable[[str, str], None] = field(default=lambda _method, _path: None)

    def fits(self, method: str, path: str) -> bool:
        self.seen(method, path)
        return False


def test_rate_limit_waits_as_long_as_the_service_asks_without_failing(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(busy(30))
    began = clock.seconds
    job = here.submit()
    here.steps(4)
    waiting = here.now(job)
    assert (waiting.state, waiting.due) == (State.SUBMITTING, pytest.approx(began + 30, abs=1))
    assert "waiting to try again" in describe(waiting).headline
    here.until(job, State.RUNNING)
    assert clock.seconds - began == pytest.approx(31, abs=1)
    assert here.paid_for() == 2
    assert len(service.ledger.tasks) == 1


def test_service_busy_for_an_hour_is_waited_for(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in()
    here = bench(service)
    began = clock.seconds
    service.fault(*[busy(300)] * 12)
    job = here.until(here.submit(), State.READY, leaping=True)
    assert clock.seconds > began + 3600
    assert here.paid_for() == 13
    kept = [each for each in here.store.timeline(job.id) if each.entry == "not accepted"]
    assert [each.detail.rpartition("(try ")[2] for each in kept[-3:]] == ["10)", "11)", "12)"]
    assert len(kept) == TRIES_KEPT
    assert entries(here.store, job.id).count("paid") == 1


@pytest.mark.slow
@pytest.mark.parametrize("retry_after", ["0", "1e9", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_busy_answers_never_cause_endless_requests(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock, retry_after: str
) -> None:
    service = stand_in()
    here = bench(service)
    always = replace(busy(0), headers={"Retry-After": retry_after}, times=10_000)
    service.fault(always)
    jobs = [here.submit() for _ in range(3)]
    until = clock.seconds + 600
    while clock.seconds < until:
        here.step()
    # Seven each while the wait doubles to a minute, then one a minute.
    assert here.paid_for() <= 3 * (7 + 10)
    assert all(len(here.store.timeline(job.id)) < 2 * TRIES_KEPT + 5 for job in jobs)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path=GENERATION, cut="after"),
        Fault(path=GENERATION, cut="before"),
        Fault(path=GENERATION, status=502, body="bad gateway"),
        Fault(path=GENERATION, status=500, body={"code": 1001, "status": "error"}),
        Fault(path=GENERATION, status=200, body="not what was agreed on"),
        Fault(path=GENERATION, truncate=10),
    ],
    ids=["reset after", "reset before", "gateway", "server fault", "unreadable", "cut short"],
)
def test_lost_answer_is_never_paid_twice(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock, fault: Fault
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(fault)
    job = here.until(here.submit(), State.FAILED)
    assert (job.failure, job.retry_is_free) == (Failure.OUTCOME_UNKNOWN, False)
    assert job.trouble is not None
    assert job.trouble.trace_id
    for _ in range(20):
        clock.seconds += 600
        here.step()
    here.engine.shutdown()
    later = bench(service, owner="later")
    later.take_over()
    later.steps(20)
    assert later.now(job).failure is Failure.OUTCOME_UNKNOWN
    assert here.paid_for() == 1
    assert len(service.ledger.tasks) <= 1


class RaisesAfterRequest(Wrapped):
    """Raises after the request has left."""

    def submit(
        self,
        request: TaskRequest,
        files: tuple[FileRef, ...],
        *,
        repeat_key: str = "",
        stop: Stop = never,
    ) -> str:
        self.inner.submit(request, files, repeat_key=repeat_key, stop=stop)
        raise RuntimeError("unforeseen")


def test_unexpected_error_during_payment_is_an_unknown_outcome(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in(), speak=RaisesAfterRequest)
    job = here.until(here.submit(), State.FAILED)
    assert job.failure is Failure.OUTCOME_UNKNOWN
    # Check that it was sent and failed, not only blocked by another try.
    assert job.step == 2
    here.steps(50)
    assert here.paid_for() == 1


def test_journal_is_on_disk_before_the_paid_request_arrives(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    job = here.submit()
    at_arrival: list[list[str]] = []

    def look(method: str, path: str) -> None:
        if (method, path.startswith(GENERATION)) == ("POST", True):
            reader = Store(here.folder / "jobs.sqlite3", "the service's own thread")
            at_arrival.append(entries(reader, job.id))

    service.fault(RequestWatch(seen=look))
    here.until(job, State.RUNNING)
    assert at_arrival == [["pending", "submitting", "about to pay"]]


def test_nothing_is_sent_when_the_journal_cannot_be_written(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    job = here.submit()
    path = here.folder / "jobs.sqlite3"
    path.unlink()
    path.mkdir()
    failed = here.until(job, State.FAILED)
    assert failed.failure is Failure.STORE
    assert service.ledger.sent("POST", GENERATION) == ()
    assert "nothing was sent" in describe(failed).detail
    path.rmdir()
    here.store.prepare()
    second = here.engine.retry(job.id)
    assert second is not None
    here.until(second, State.READY)
    assert here.paid_for() == 1


def test_picture_with_undecodable_name_is_not_paid(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    service = stand_in()
    here = bench(service)
    job = here.until(here.submit(image(tmp_path / "a\udcff.png")), State.FAILED)
    assert job.failure is Failure.STORE
    assert here.paid_for() == 0


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [(2010, 403, Kind.CREDITS), (2008, 400, Kind.CONTENT), (2, 401, Kind.KEY)],
)
def test_refusal_before_payment_is_final_and_gives_a_reason(
    stand_in: MakeStandIn, bench: MakeBench, code: int, status: int, kind: Kind
) -> None:
    service = stand_in()
    here = bench(service)
    body = {"code": code, "status": "error", "message": "the service's own words"}
    service.fault(Fault(path=GENERATION, status=status, body=body))
    job = here.until(here.submit(), State.FAILED)
    assert job.failure is Failure.REJECTED
    assert job.trouble is not None
    assert (job.trouble.kind, job.trouble.message) == (kind, "the service's own words")
    assert "not accepted" in entries(here.store, job.id)
    assert service.ledger.tasks == ()


def test_unreachable_service_gets_a_few_tries(stand_in: MakeStandIn, bench: MakeBench) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}"
        here = bench(stand_in(), speak=lambda _: connect(nobody, "tsk_standin"))
        job = here.until(here.submit(), State.FAILED)
    assert job.failure is Failure.GAVE_UP
    assert job.trouble is not None
    assert job.trouble.kind is Kind.OFFLINE
    assert entries(here.store, job.id).count("about to pay") == TRIES_BEFORE_PAYMENT
    assert entries(here.store, job.id).count("not accepted") == TRIES_BEFORE_PAYMENT


def test_interrupted_upload_is_retried(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(path="/v3/files", cut="after"), Fault(path="/v3/files", status=503))
    here.until(here.submit(image(tmp_path / "a.png")), State.READY)
    assert len(service.ledger.sent("POST", "/v3/files")) == 3
    assert here.paid_for() == 1


def test_missing_picture_is_a_refusal(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    here = bench(stand_in())
    request = ImageToModel(model=MODEL, image=tmp_path / "gone.png")
    job = here.until(here.submit(request), State.FAILED)
    assert job.failure is Failure.REJECTED
    assert here.paid_for() == 0
