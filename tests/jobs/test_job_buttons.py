"""The buttons of a row: Retry, Import, Remove; and what each of them costs."""

from __future__ import annotations

from tests.jobs.bench import (
    PLACE,
    MakeBench,
    MakeStandIn,
)
from tests.standin.faults import Fault
from tripo_addon.jobs.model.events import Placed
from tripo_addon.jobs.model.job import Placement, State


def test_retry_replaces_the_job_it_repeats(stand_in: MakeStandIn, bench: MakeBench) -> None:
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


def test_repeated_clicks_on_retry_make_one_job(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(ending="failed"))
    failed = here.until(here.submit(), State.FAILED)
    assert here.engine.retry(failed.id) is not None
    assert here.engine.retry(failed.id) is None
    here.steps(30)
    assert here.paid_for() == 2


def test_unfinished_job_cannot_be_retried(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    job = here.submit()
    assert here.engine.retry(job.id) is None
    assert here.engine.retry("nobody") is None


def test_job_retried_with_another_placement_lands_there(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    job = here.submit()
    here.engine.cancel(job.id)
    second = here.engine.retry(job.id, placement=Placement(scene="Another"))
    assert second is not None
    assert second.placement.scene == "Another"


def test_ready_model_is_placed_at_the_new_placement(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    job = here.until(here.submit(), State.READY)
    brought = here.engine.bring(job.id, Placement(scene="Another"))
    assert brought is not None
    assert (brought.id, here.now(job).placement.scene) == (job.id, "Another")


def test_placed_model_is_imported_again_from_disk_free(
    stand_in: MakeStandIn, bench: MakeBench
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


def test_import_again_never_pays(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    job = here.submit()
    assert here.engine.bring(job.id, PLACE) == job
    here.engine.cancel(job.id)
    assert here.engine.bring(job.id, PLACE) is None
    assert here.engine.bring("nobody", PLACE) is None
    here.steps(10)
    assert here.paid_for() == 0


def test_forgotten_job_is_removed_with_all_jobs_it_replaced(
    stand_in: MakeStandIn, bench: MakeBench
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


def test_only_final_jobs_can_be_forgotten(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    job = here.submit()
    here.engine.forget(job.id)
    here.engine.forget("nobody")
    assert here.now(job).state is State.PENDING


def test_placing_a_missing_job_does_nothing(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    job = here.until(here.submit(), State.READY)
    here.engine.cancel(job.id)
    here.engine.placed(job.id, Placed("Chest"))
    assert here.now(job).state is State.CANCELLED
