"""The buttons of a row: Retry, Import, Remove; and what each of them costs."""

from __future__ import annotations

from tests.jobs.bench import (
    PLACE,
    Benches,
    Stands,
)
from tests.standin.faults import Fault
from tripo_addon.jobs.model.events import Placed
from tripo_addon.jobs.model.job import Placement, State


def test_a_retry_takes_the_place_of_the_job_it_follows(stand_in: Stands, bench: Benches) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(ending="failed", error_code=1001))
    failed = here.until(here.submit(), State.FAILED)
    second = here.engine.retry(failed.id)
    assert second is not None
    assert (second.replaces, second.state) == (failed.id, State.PENDING)
    assert [job.id for job in here.engine.jobs()] == [second.id]
    assert here.engine.job(failed.id) == failed
    here.until(second, State.READY)
    assert here.paid_for() == 2


def test_a_job_is_retried_once_however_often_the_button_is_pressed(
    stand_in: Stands, bench: Benches
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(ending="failed"))
    failed = here.until(here.submit(), State.FAILED)
    assert here.engine.retry(failed.id) is not None
    assert here.engine.retry(failed.id) is None
    here.steps(30)
    assert here.paid_for() == 2


def test_what_is_not_final_is_not_retried(stand_in: Stands, bench: Benches) -> None:
    here = bench(stand_in())
    job = here.submit()
    assert here.engine.retry(job.id) is None
    assert here.engine.retry("nobody") is None


def test_a_job_that_is_retried_elsewhere_lands_there(stand_in: Stands, bench: Benches) -> None:
    here = bench(stand_in())
    job = here.submit()
    here.engine.cancel(job.id)
    second = here.engine.retry(job.id, placement=Placement(scene="Another"))
    assert second is not None
    assert second.placement.scene == "Another"


def test_a_ready_model_is_brought_where_it_is_wanted_now(stand_in: Stands, bench: Benches) -> None:
    here = bench(stand_in())
    job = here.until(here.submit(), State.READY)
    brought = here.engine.bring(job.id, Placement(scene="Another"))
    assert brought is not None
    assert (brought.id, here.now(job).placement.scene) == (job.id, "Another")


def test_a_placed_model_is_brought_again_from_disk_and_free(
    stand_in: Stands, bench: Benches
) -> None:
    service = stand_in()
    here = bench(service)
    done = here.place(here.until(here.submit(), State.READY))
    seen = len(service.ledger.requests)
    second = here.engine.bring(done.id, Placement(scene="Another"))
    assert second is not None
    assert second.id != done.id
    ready = here.until(second, State.READY)
    assert (ready.model, ready.placement.scene) == (done.model, "Another")
    assert len(service.ledger.requests) == seen


def test_bringing_never_pays(stand_in: Stands, bench: Benches) -> None:
    here = bench(stand_in())
    job = here.submit()
    assert here.engine.bring(job.id, PLACE) == job
    here.engine.cancel(job.id)
    assert here.engine.bring(job.id, PLACE) is None
    assert here.engine.bring("nobody", PLACE) is None
    here.steps(10)
    assert here.paid_for() == 0


def test_a_forgotten_job_is_gone_with_all_that_it_replaced(
    stand_in: Stands, bench: Benches
) -> None:
    here = bench(stand_in())
    first = here.submit()
    here.engine.cancel(first.id)
    second = here.engine.retry(first.id)
    assert second is not None
    here.engine.cancel(second.id)
    other = here.submit()
    here.engine.cancel(other.id)
    here.engine.forget(second.id)
    assert [job.id for job in here.engine.jobs()] == [other.id]
    assert [job.id for job in here.store.finished(10)] == [other.id]
    assert here.step().changed


def test_only_what_is_final_can_be_forgotten(stand_in: Stands, bench: Benches) -> None:
    here = bench(stand_in())
    job = here.submit()
    here.engine.forget(job.id)
    here.engine.forget("nobody")
    assert here.now(job).state is State.PENDING


def test_placing_a_job_that_is_gone_does_nothing(stand_in: Stands, bench: Benches) -> None:
    here = bench(stand_in())
    job = here.until(here.submit(), State.READY)
    here.engine.cancel(job.id)
    here.engine.placed(job.id, Placed("Chest"))
    assert here.now(job).state is State.CANCELLED
