"""Once a paid request may have left, only proof of refusal allows another."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.jobs.bench import MakeBench, MakeStandIn, Wrapped, entries
from tripo_addon.api.dialect import Dialect, Stop, never
from tripo_addon.api.replies import FileRef
from tripo_addon.api.tasks import TaskRequest
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.storage.payments import SendDecision
from tripo_addon.jobs.storage.store import Store


@dataclass
class RaisesAfterAnswer(Wrapped):
    """The request leaves and is answered; then an unexpected error follows."""

    inner: Dialect
    mishap: type[BaseException]

    def submit(
        self,
        request: TaskRequest,
        files: tuple[FileRef, ...],
        *,
        repeat_key: str = "",
        stop: Stop = never,
    ) -> str:
        super().submit(request, files, repeat_key=repeat_key, stop=stop)
        raise self.mishap


@pytest.mark.parametrize(
    "mishap", [OSError, ValueError, OverflowError, MemoryError, KeyboardInterrupt]
)
def test_no_error_during_the_paid_request_proves_it_unsent(
    stand_in: MakeStandIn, bench: MakeBench, mishap: type[BaseException]
) -> None:
    here = bench(stand_in(), speak=lambda dialect: RaisesAfterAnswer(dialect, mishap))
    job = here.until(here.submit(), State.FAILED, leaping=True)
    assert job.failure is Failure.OUTCOME_UNKNOWN
    assert mishap.__name__ in describe(job).detail
    assert here.paid_for() == 1
    assert "not accepted" not in entries(here.store, job.id)


class UnwritableReceipt(Store):
    """Nothing can be written any more, and the error does not come from sqlite."""

    def paid(self, job: Job, task_id: str, wall: float) -> None:
        raise MemoryError


def test_receipt_that_cannot_be_written_loses_no_task(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service, keep=UnwritableReceipt)
    job = here.until(here.submit(), State.READY)
    assert [job.task_id] == [task.id for task in service.ledger.tasks]


class FailingAnnouncement(Store):
    """Prevents the announcement once, without any fault of the list."""

    hindered = True

    def about_to_pay(self, job: Job, wall: float, *, stop: Stop = never) -> SendDecision:
        if self.hindered:
            self.hindered = False
            raise MemoryError
        return super().about_to_pay(job, wall, stop=stop)


def test_error_before_the_request_leaves_is_not_an_unknown_outcome(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in(), keep=FailingAnnouncement)
    here.until(here.submit(), State.READY, leaping=True)
    assert here.paid_for() == 1
