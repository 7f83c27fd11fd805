"""Failures at every step, and that none of them is paid for twice."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.doubles import Clock
from tests.jobs.bench import MODEL, Benches, Stands, Wrapped, entries, image
from tests.standin.faults import Fault
from tripo_addon.api.dialect import Dialect, Stop, never
from tripo_addon.api.errors import Kind
from tripo_addon.api.replies import FileRef, Task
from tripo_addon.api.services.tripo_v3 import connect
from tripo_addon.api.tasks import ImageToModel, TaskRequest
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Failure, State
from tripo_addon.jobs.model.timing import MISSING_LOOKS, TRIES_BEFORE_PAYMENT
from tripo_addon.jobs.storage.payments import TRIES_KEPT
from tripo_addon.jobs.storage.store import Store

GENERATION = "/v3/generation"
LOOK_UP = "/v3/tasks/list"
KEY_REFUSED = Fault(path=LOOK_UP, status=401, body={"code": 2, "status": "error", "message": "no"})


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
class Lookout(Fault):
    """Causes no fault: `seen` is called for every request as it arrives, before its answer."""

    seen: Callable[[str, str], None] = field(default=lambda _method, _path: None)

    def fits(self, method: str, path: str) -> bool:
        self.seen(method, path)
        return False


def test_a_rate_limit_waits_as_long_as_the_service_asks_and_is_no_failure(
    stand_in: Stands, bench: Benches, clock: Clock
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


def test_a_service_that_is_busy_for_an_hour_is_waited_for(
    stand_in: Stands, bench: Benches, clock: Clock
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
def test_no_answer_of_a_busy_service_makes_it_be_asked_without_end(
    stand_in: Stands, bench: Benches, clock: Clock, retry_after: str
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
def test_a_lost_answer_is_never_paid_for_twice(
    stand_in: Stands, bench: Benches, clock: Clock, fault: Fault
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


class Unforeseen(Wrapped):
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


def test_an_unforeseen_fault_while_paying_is_an_unknown_outcome(
    stand_in: Stands, bench: Benches
) -> None:
    here = bench(stand_in(), speak=Unforeseen)
    job = here.until(here.submit(), State.FAILED)
    assert job.failure is Failure.OUTCOME_UNKNOWN
    # Check that it was sent and failed, not only blocked by another try.
    assert job.step == 2
    here.steps(50)
    assert here.paid_for() == 1


def test_the_journal_is_on_disk_before_the_paid_request_arrives(
    stand_in: Stands, bench: Benches
) -> None:
    service = stand_in()
    here = bench(service)
    job = here.submit()
    at_arrival: list[list[str]] = []

    def look(method: str, path: str) -> None:
        if (method, path.startswith(GENERATION)) == ("POST", True):
            reader = Store(here.folder / "jobs.sqlite3", "the service's own thread")
            at_arrival.append(entries(reader, job.id))

    service.fault(Lookout(seen=look))
    here.until(job, State.RUNNING)
    assert at_arrival == [["pending", "submitting", "about to pay"]]


def test_nothing_is_sent_when_the_journal_cannot_be_written(
    stand_in: Stands, bench: Benches
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


def test_a_picture_whose_name_is_no_text_is_not_paid_for(
    stand_in: Stands, bench: Benches, tmp_path: Path
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
def test_a_refusal_before_payment_is_final_and_says_why(
    stand_in: Stands, bench: Benches, code: int, status: int, kind: Kind
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


def test_a_service_that_cannot_be_reached_is_tried_a_few_times(
    stand_in: Stands, bench: Benches
) -> None:
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


def test_an_upload_that_breaks_off_is_repeated(
    stand_in: Stands, bench: Benches, tmp_path: Path
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(path="/v3/files", cut="after"), Fault(path="/v3/files", status=503))
    here.until(here.submit(image(tmp_path / "a.png")), State.READY)
    assert len(service.ledger.sent("POST", "/v3/files")) == 3
    assert here.paid_for() == 1


def test_a_picture_that_is_gone_is_a_refusal(
    stand_in: Stands, bench: Benches, tmp_path: Path
) -> None:
    here = bench(stand_in())
    request = ImageToModel(model=MODEL, image=tmp_path / "gone.png")
    job = here.until(here.submit(request), State.FAILED)
    assert job.failure is Failure.REJECTED
    assert here.paid_for() == 0


def test_a_key_that_is_refused_does_not_fail_a_job_that_is_paid_for(
    stand_in: Stands, bench: Benches
) -> None:
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
def test_a_look_up_that_fails_is_repeated_however_often(
    stand_in: Stands, bench: Benches, fault: Fault
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(*[fault] * 15)
    here.until(here.submit(), State.READY)
    assert here.paid_for() == 1


class Stumbling(Wrapped):
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


def test_an_unforeseen_fault_of_a_free_step_is_waited_out(
    stand_in: Stands, bench: Benches, tmp_path: Path
) -> None:
    here = bench(stand_in(), speak=Stumbling)
    here.until(here.submit(image(tmp_path / "a.png")), State.READY)
    assert isinstance(here.dialect, Stumbling)
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
def test_a_task_that_ends_badly_ends_its_job(
    stand_in: Stands, bench: Benches, ending: str, code: int | None, kind: Kind
) -> None:
    service = stand_in(seconds=5)
    here = bench(service)
    service.fault(Fault(ending=ending, error_code=code, error_message="why"))
    job = here.until(here.submit(), State.FAILED)
    assert (job.failure, job.retry_is_free) == (Failure.GENERATION, False)
    assert job.trouble is not None
    assert (job.trouble.kind, job.trouble.code) == (kind, code)
    assert job.credits == 0.0


def test_a_word_nobody_knows_is_asked_about_and_then_given_up_with_the_id_kept(
    stand_in: Stands, bench: Benches
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


def test_a_task_of_another_account_is_not_asked_for_without_end(
    stand_in: Stands, bench: Benches
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


def test_a_task_that_is_done_without_a_model_is_looked_at_again(
    stand_in: Stands, bench: Benches
) -> None:
    service = stand_in()
    here = bench(service)
    job = here.submit()
    task_id = here.until(job, State.RUNNING).task_id
    empty = {"tasks": {task_id: {"task_id": task_id, "status": "success", "output": {}}}}
    service.fault(*[Fault(path=LOOK_UP, merge=empty)] * 3)
    here.until(job, State.READY)
    assert len(service.ledger.sent("POST", LOOK_UP)) == 4
