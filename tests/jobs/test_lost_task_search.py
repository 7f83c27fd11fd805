"""A paid request whose answer was lost: searched for at the service, and continued only after a
person says which task it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.doubles import Clock
from tests.jobs.bench import (
    WALL,
    Bench,
    MakeBench,
    MakeStandIn,
    Wrapped,
    bare_job,
    image,
    job_in,
    text,
)
from tests.standin.faults import Fault
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.errors import Kind
from tripo_addon.api.replies import RecentTask, RecentTasks, Status
from tripo_addon.api.services import pixazo, studio, tripo_v2
from tripo_addon.api.tasks import TaskRequest
from tripo_addon.jobs.engine.lost_task_search import AROUND_SECONDS, matching
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Candidate, Failure, Job, State
from tripo_addon.jobs.model.machine import IllegalTransition
from tripo_addon.jobs.model.recovery import attached

LOST = Fault(path="/v3/generation", cut="after")


def lost(here: Bench, request: TaskRequest | None = None) -> Job:
    here.service.fault(LOST)
    job = here.until(here.submit(request), State.FAILED)
    assert job.failure is Failure.OUTCOME_UNKNOWN
    return job


def looked_for(here: Bench, job: Job) -> Job:
    assert here.engine.search_task(job.id)
    assert here.engine.searching(job.id)
    here.step()
    assert not here.engine.searching(job.id)
    return here.now(job)


@pytest.mark.parametrize("kind", ["text", "image"])
def test_lost_task_is_found_and_resumes_after_confirmation(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, kind: str
) -> None:
    service = stand_in()
    here = bench(service)
    job = lost(here, text() if kind == "text" else image(tmp_path / "a.png"))
    found = looked_for(here, job)
    (task,) = service.ledger.tasks
    assert [each.task_id for each in found.candidates] == [task.id]
    assert (found.state, found.failure) == (State.FAILED, Failure.OUTCOME_UNKNOWN)
    assert "choose" in describe(found).detail
    here.steps(20)
    assert here.now(job).state is State.FAILED
    running = here.engine.attach(job.id, found.candidates[0].task_id)
    assert running is not None
    assert (running.id, running.state, running.candidates) == (job.id, State.RUNNING, ())
    here.place(here.until(job, State.READY))
    assert here.paid_for() == len(service.ledger.tasks) == 1


def test_attached_task_is_polled_in_the_next_session(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    job = lost(here)
    here.engine.attach(job.id, service.ledger.tasks[0].id)
    here.engine.shutdown()
    later = bench(service, owner="later")
    later.take_over()
    assert later.now(job).state is State.RUNNING
    later.until(job, State.READY)
    assert later.paid_for() == 1


def test_request_that_never_arrived_is_reported_as_not_found(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(path="/v3/generation", cut="before"))
    job = here.until(here.submit(), State.FAILED)
    found = looked_for(here, job)
    assert found.candidates == ()
    assert "may still arrive" in describe(found).detail
    clock.seconds += 200
    found = looked_for(here, job)
    assert found.candidates == ()
    assert "not accepted" in describe(found).detail
    assert here.paid_for() == 1


def test_tasks_of_other_jobs_prompts_and_kinds_are_no_candidates(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    service = stand_in()
    here = bench(service)
    here.until(here.submit(), State.READY)
    here.until(here.submit(image(tmp_path / "a.png")), State.READY)
    here.dialect.submit(text("another chest"), ())
    job = lost(here)
    mine = service.ledger.tasks[-1]
    found = looked_for(here, job)
    assert [(each.task_id, each.prompt) for each in found.candidates] == [(mine.id, text().prompt)]


def test_task_paid_by_a_forgotten_job_is_no_candidate(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    done = here.place(here.until(here.submit(), State.READY))
    here.engine.forget(done.id)
    here.service.fault(Fault(path="/v3/generation", cut="before"))
    job = here.until(here.submit(), State.FAILED)
    assert looked_for(here, job).candidates == ()


def test_several_candidates_are_offered_nearest_in_time_first(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in()
    here = bench(service)
    here.dialect.submit(text(), ())
    clock.seconds += 300
    job = lost(here)
    first, second = service.ledger.tasks
    found = looked_for(here, job)
    assert [each.task_id for each in found.candidates] == [second.id, first.id]


def test_search_works_after_a_restart(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in()
    here = bench(service)
    job = lost(here)
    here.engine.shutdown()
    later = bench(service, owner="later")
    later.take_over()
    later.clock.seconds += 86_400
    (found,) = looked_for(later, job).candidates
    assert later.engine.attach(job.id, found.task_id) is not None
    later.steps(20)
    assert not later.now(job).elsewhere
    later.place(later.until(job, State.READY))
    last = bench(service, owner="last")
    last.take_over()
    assert (last.now(job).state, last.paid_for()) == (State.DONE, 1)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path="/v3/account/usage", status=503, body="busy"),
        Fault(path="/v3/account/usage", status=404, body="gone"),
        Fault(path="/v3/account/usage", status=200, body="not what was agreed on"),
        Fault(path="/v3/account/usage", cut="before"),
        Fault(path="/v3/tasks/list", status=500, body="broken"),
    ],
    ids=["gateway", "gone", "unreadable", "reset", "list"],
)
def test_failed_search_is_reported_and_can_be_repeated(
    stand_in: MakeStandIn, bench: MakeBench, fault: Fault
) -> None:
    service = stand_in()
    here = bench(service)
    job = lost(here)
    service.fault(fault)
    found = looked_for(here, job)
    assert found.candidates == ()
    assert found.note
    assert len(looked_for(here, job).candidates) == 1


class FailingSearch(Wrapped):
    def recent(self) -> RecentTasks:
        raise KeyError("unforeseen")


def test_unexpected_error_ends_only_the_search(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in(), speak=FailingSearch)
    found = looked_for(here, lost(here))
    assert "failed" in found.note


@pytest.mark.parametrize("module", [tripo_v2, studio, pixazo], ids=lambda each: each.__name__)
def test_service_without_a_task_list_accepts_a_task_id_by_hand(
    stand_in: MakeStandIn, bench: MakeBench, module
) -> None:
    service = stand_in()
    other = module.connect(service.base_url, "tsk_standin")

    class Unlisted(Wrapped):
        def recent(self) -> RecentTasks:
            return other.recent()

    here = bench(service, speak=Unlisted)
    job = lost(here)
    found = looked_for(here, job)
    assert "no list of tasks" in found.note
    assert "console" in found.note
    assert here.engine.attach(job.id, f"  {service.ledger.tasks[0].id}\n") is not None
    here.until(job, State.READY)
    assert here.paid_for() == 1


@pytest.mark.parametrize("text_given", ["", "  ", "two words", "x" * 500, "a\0b"])
def test_invalid_task_id_is_rejected(
    stand_in: MakeStandIn, bench: MakeBench, text_given: str
) -> None:
    here = bench(stand_in())
    job = lost(here)
    assert "not a task ID" in (here.engine.refuse_attach(job.id, text_given) or "")
    assert here.engine.attach(job.id, text_given) is None
    assert here.now(job).state is State.FAILED


def test_task_cannot_belong_to_two_jobs(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    first = here.until(here.submit(title="the first chest"), State.READY)
    job = lost(here)
    assert first.task_id is not None
    assert "the first chest" in (here.engine.refuse_attach(job.id, first.task_id) or "")


def test_task_id_unknown_to_the_service_can_be_replaced(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    job = lost(here)
    here.engine.attach(job.id, "not-a-task-of-ours")
    failed = here.until(job, State.FAILED, leaping=True)
    assert failed.trouble is not None
    assert (failed.trouble.kind, failed.may_be_attached) == (Kind.NOT_FOUND, True)
    assert here.engine.attach(job.id, service.ledger.tasks[0].id) is not None
    here.until(job, State.READY)
    assert here.paid_for() == 1


def test_only_a_job_of_unknown_outcome_can_be_searched_or_attached(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    done = here.place(here.until(here.submit(), State.READY))
    for job_id in (done.id, "nobody"):
        assert not here.engine.search_task(job_id)
        assert here.engine.refuse_attach(job_id, "task-1")
    retried = lost(here)
    assert here.engine.retry(retried.id) is not None
    assert here.engine.refuse_attach(retried.id, "task-1")
    with pytest.raises(IllegalTransition):
        attached(job_in(State.DONE), "task-1", 0.0)


def test_search_needs_a_key(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    job = lost(here)
    here.engine.connect(job.account, None)
    assert not here.engine.search_task(job.id)


def recent(**given: object) -> RecentTask:
    usual = {"id": "task-1", "kind": TaskKind.TEXT_TO_MODEL, "created": WALL, "prompt": "a chest"}
    return RecentTask.model_validate(usual | given)


@pytest.mark.parametrize(
    ("task", "fits"),
    [
        (recent(), True),
        (recent(prompt="  a \n chest "), True),
        (recent(prompt=""), True),
        (recent(prompt="a barn"), False),
        (recent(kind=TaskKind.IMAGE_TO_MODEL), False),
        (recent(kind=None), False),
        (recent(created=None), True),
        (recent(created=WALL + AROUND_SECONDS), True),
        (recent(created=WALL - AROUND_SECONDS - 1, prompt=""), False),
        (recent(created=WALL + 86_400, prompt="a barn"), False),
        (recent(created=WALL + 86_400), True),
        (recent(id="taken"), False),
    ],
)
def test_task_matches_by_kind_time_and_prompt(task: RecentTask, fits: bool) -> None:
    job = bare_job(request=text("a chest"))
    found = matching(job, WALL, [task], {"taken"})
    assert bool(found) is fits
    if found:
        assert found == (Candidate(task.id, task.created, Status.UNKNOWN.value, task.prompt),)


@pytest.mark.parametrize("off", [600.0, 1000.0, -1000.0, 86_400.0])
@pytest.mark.parametrize("kind", ["text", "image"])
def test_clock_difference_hides_no_task(
    stand_in: MakeStandIn,
    bench: MakeBench,
    clock: Clock,
    tmp_path: Path,
    off: float,
    kind: str,
) -> None:
    service = stand_in(clock=lambda: clock.wall() + off)
    here = bench(service)
    job = lost(here, text() if kind == "text" else image(tmp_path / "a.png"))
    found = looked_for(here, job)
    assert [each.task_id for each in found.candidates] == [service.ledger.tasks[0].id]
    assert "from about when the request was sent: choose" in found.note


@pytest.mark.parametrize(("slept", "words"), [(7200.0, "2 hours before"), (-1800.0, "30 minutes")])
def test_after_a_clock_change_same_prompts_are_offered_with_their_time(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock, slept: float, words: str
) -> None:
    """The artist's clock when the request was sent, and its time now, are both wrong."""
    service = stand_in()
    here = bench(service)
    here.dialect.submit(text(), ())
    service.fault(Fault(path="/v3/generation", cut="before"))
    clock.seconds += slept
    job = here.until(here.submit(), State.FAILED)
    found = looked_for(here, job)
    assert [each.task_id for each in found.candidates] == [service.ledger.tasks[0].id]
    assert words in found.note
    assert "not accepted" not in found.note


@pytest.mark.parametrize("off", [0.0, 86_400.0])
def test_nothing_accepted_is_said_only_if_the_clocks_agree(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock, off: float
) -> None:
    service = stand_in(clock=lambda: clock.wall() + off)
    here = bench(service)
    service.fault(Fault(path="/v3/generation", cut="before"))
    job = here.until(here.submit(), State.FAILED)
    clock.seconds += 200
    found = looked_for(here, job)
    assert found.candidates == ()
    assert ("not accepted" in found.note) is not bool(off)
    assert ("clock may have been wrong" in found.note) is bool(off)


def test_search_names_the_time_of_the_request(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in()
    here = bench(service)
    job = here.submit()
    clock.seconds += 10_000
    service.fault(LOST)
    here.until(job, State.FAILED)
    clock.seconds += 10_000
    here.engine.take_over(replace(here.store.claim(clock.wall()), kept=()))
    assert len(looked_for(here, job).candidates) == 1
