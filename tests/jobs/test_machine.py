"""What each event changes in a job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.jobs.bench import LOST, MODEL, PLACE, bare_job, job_in, text
from tests.jobs.transition_table import BUSY, LINK, NOW, OFFLINE, OTHER_PLACE, REFS, after, polled
from tripo_addon.api.errors import Kind, Problem
from tripo_addon.api.replies import Status, Task
from tripo_addon.api.tasks import ImageToModel
from tripo_addon.jobs.model import timing
from tripo_addon.jobs.model.events import (
    CancelRequested,
    Converted,
    Downloaded,
    Failed,
    ImportRequested,
    LinksExpired,
    NotConverted,
    Placed,
    Polled,
    Progressed,
    Retry,
    Started,
    Submitted,
    Uploaded,
)
from tripo_addon.jobs.model.job import Failure, State
from tripo_addon.jobs.model.timing import LOOKS_WITHOUT_A_LINK, MISSING_LOOKS, TRIES_BEFORE_PAYMENT


def test_request_with_pictures_uploads_them_first() -> None:
    request = ImageToModel(model=MODEL, image=Path("/p/front.png"))
    assert after(bare_job(request=request), Started()).state is State.UPLOADING
    assert after(bare_job(request=text()), Started()).state is State.SUBMITTING


def test_normal_order_of_events_collects_all_results() -> None:
    job = after(bare_job(request=ImageToModel(model=MODEL, image=Path("/p/a.png"))), Started())
    job = after(job, Uploaded(REFS))
    assert job.files == REFS
    job = after(job, Submitted("task-1"))
    assert (job.task_id, job.files, job.due) == ("task-1", (), NOW + timing.USUAL.first)
    job = after(job, polled(Status.SUCCESS, LINK))
    assert (job.links, job.credits) == ((LINK,), 20.0)
    job = after(job, Progressed(70))
    assert job.progress == 70
    job = after(job, Downloaded(Path("/m/model.glb")))
    assert (job.model, job.links) == (Path("/m/model.glb"), ())
    job = after(job, Converted(Path("/m/model.blend")))
    assert job.blend == Path("/m/model.blend")
    job = after(job, Placed("Chest"))
    assert (job.state, job.root, job.note) == (State.DONE, "Chest", "")


def test_model_without_a_blend_gives_the_reason_before_and_after_placement() -> None:
    job = after(job_in(State.CONVERTING), NotConverted("no second Blender"))
    assert (job.blend, job.note) == (None, "no second Blender")
    assert after(job, Placed("Chest")).note == "no second Blender"
    assert after(job, Placed("Chest", "in another scene")).note == "in another scene"


def test_model_can_be_placed_elsewhere() -> None:
    job = after(job_in(State.READY), ImportRequested(OTHER_PLACE))
    assert (job.state, job.placement) == (State.READY, OTHER_PLACE)


def test_new_front_direction_prepares_the_model_again() -> None:
    placement = replace(PLACE, turn=PLACE.turn + 90)
    job = after(job_in(State.READY), ImportRequested(placement))
    assert (job.state, job.blend, job.placement) == (State.CONVERTING, None, placement)


def test_repeatedly_refused_link_is_requested_at_growing_intervals() -> None:
    job, waits = job_in(State.DOWNLOADING), []
    for _ in range(4):
        running = after(job, LinksExpired())
        waits.append(running.due - NOW)
        job = after(running, polled(Status.SUCCESS, "https://example.com/model.glb"))
    assert waits[0] == 0
    assert waits[1:] == sorted(waits[1:])
    assert waits[-1] > 5
    assert after(job, Downloaded(Path("/m/model.glb"))).expired == 0


def test_expired_links_are_dropped() -> None:
    job = after(job_in(State.DOWNLOADING), LinksExpired())
    assert (job.state, job.links, job.task_id, job.due) == (State.RUNNING, (), "task-1", NOW)


def test_cancel_before_payment_says_nothing_was_sent() -> None:
    for state in (State.PENDING, State.UPLOADING, State.SUBMITTING):
        assert after(job_in(state), CancelRequested()).note == "Nothing was sent"


def test_cancel_after_payment_says_the_credits_are_spent() -> None:
    for state in (State.RUNNING, State.DOWNLOADING):
        job = after(job_in(state), CancelRequested())
        assert "finishes the task and charges for it" in job.note
        assert job.task_id == "task-1"


def test_cancel_during_paid_request_waits_for_its_answer() -> None:
    marked = after(job_in(State.SUBMITTING), CancelRequested(paying=True))
    assert (marked.state, marked.cancelling) == (State.SUBMITTING, True)
    assert marked.step == job_in(State.SUBMITTING).step
    job = after(marked, Submitted("task-2"))
    assert (job.state, job.task_id, job.cancelling) == (State.CANCELLED, "task-2", False)
    assert "finishes the task and charges for it" in job.note


def test_cancel_during_payment_ends_if_nothing_was_accepted() -> None:
    marked = after(job_in(State.SUBMITTING), CancelRequested(paying=True))
    job = after(marked, Retry(BUSY, 30.0))
    assert (job.state, job.note, job.cancelling) == (State.CANCELLED, "Nothing was sent", False)


def test_cancel_during_payment_does_not_hide_a_lost_answer() -> None:
    marked = after(job_in(State.SUBMITTING), CancelRequested(paying=True))
    job = after(marked, Failed(Failure.OUTCOME_UNKNOWN, LOST))
    assert (job.state, job.failure, job.cancelling) == (
        State.FAILED,
        Failure.OUTCOME_UNKNOWN,
        False,
    )


def test_failed_step_is_retried_later() -> None:
    job = after(job_in(State.DOWNLOADING), Retry(OFFLINE, 8.0))
    assert (job.due, job.attempt, job.trouble) == (NOW + 8.0, 1, OFFLINE)
    assert job.links == job_in(State.DOWNLOADING).links


@pytest.mark.parametrize("state", [State.UPLOADING, State.SUBMITTING], ids=str)
def test_before_payment_a_step_gets_a_few_tries(state: State) -> None:
    stumbles = [Retry(OFFLINE, 1.0)] * TRIES_BEFORE_PAYMENT
    assert after(job_in(state), *stumbles[1:]).state is state
    job = after(job_in(state), *stumbles)
    assert (job.state, job.failure, job.trouble) == (State.FAILED, Failure.GAVE_UP, OFFLINE)


@pytest.mark.parametrize("state", [State.RUNNING, State.DOWNLOADING], ids=str)
def test_after_payment_tries_are_unlimited(state: State) -> None:
    job = after(job_in(state), *[Retry(OFFLINE, 1.0)] * 500)
    assert (job.state, job.task_id) == (State.RUNNING, "task-1")


def test_waiting_for_a_service_slot_is_no_failed_try() -> None:
    job = after(job_in(State.SUBMITTING), *[Retry(BUSY, 1.0)] * 500)
    assert job.state is State.SUBMITTING
    job = after(job, *[Retry(OFFLINE, 1.0)] * (TRIES_BEFORE_PAYMENT - 1))
    assert job.state is State.SUBMITTING
    assert after(job, Retry(OFFLINE, 1.0)).failure is Failure.GAVE_UP


def test_waits_keep_growing_when_full_service_and_lost_network_alternate() -> None:
    job = after(job_in(State.SUBMITTING), *[Retry(BUSY, 1.0), Retry(OFFLINE, 1.0)] * 4)
    assert (job.state, job.attempt) == (State.SUBMITTING, 8)


def test_progress_of_a_running_task_never_goes_back() -> None:
    job = after(job_in(State.RUNNING, progress=0), polled(Status.RUNNING, progress=60))
    assert job.progress == 60
    assert after(job, polled(Status.RUNNING, progress=20)).progress == 60


def test_queued_task_is_shown_as_queued_until_it_runs() -> None:
    job = after(job_in(State.RUNNING), polled(Status.QUEUED))
    assert job.note == "In the service's queue"
    assert after(job, polled(Status.RUNNING)).note == ""


def test_answer_clears_the_last_error() -> None:
    job = after(job_in(State.RUNNING), Retry(OFFLINE, 1.0), polled(Status.RUNNING))
    assert (job.trouble, job.attempt) == (None, 0)


def test_older_tasks_are_polled_less_often() -> None:
    job = job_in(State.RUNNING, entered=NOW - 3600)
    young, old = (after(each, polled(Status.RUNNING)) for each in (replace(job, entered=NOW), job))
    assert young.due == NOW + 2
    assert old.due == NOW + 15


def test_random_jitter_spreads_the_polls() -> None:
    event = replace(polled(Status.RUNNING), jitter=1.0)
    assert after(job_in(State.RUNNING, entered=NOW), event).due == NOW + 2.5


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (Status.FAILED, Kind.SERVICE),
        (Status.REFUSED, Kind.CONTENT),
        (Status.TIMED_OUT, Kind.TIMED_OUT),
        (Status.CANCELLED, Kind.CANCELLED),
    ],
    ids=str,
)
def test_failed_task_shows_the_services_message(status: Status, kind: Kind) -> None:
    task = Task(id="task-1", status=status, credits=0.0, error_code=2008, error_message="why")
    job = after(job_in(State.RUNNING), Polled(task))
    assert (job.state, job.failure, job.credits) == (State.FAILED, Failure.GENERATION, 0.0)
    assert job.trouble == Problem(kind=kind, code=2008, message="why")
    assert not job.retry_is_free


@pytest.mark.parametrize(("code", "kind"), [(2001, Kind.NOT_FOUND), (None, Kind.SERVICE)])
def test_unknown_status_is_polled_a_few_times(code: int | None, kind: Kind) -> None:
    event = Polled(Task(id="task-1", status=Status.UNKNOWN, error_code=code))
    job = after(job_in(State.RUNNING), *[event] * (MISSING_LOOKS - 1))
    assert job.state is State.RUNNING
    job = after(job, event)
    assert (job.failure, job.task_id, job.retry_is_free) == (Failure.GAVE_UP, "task-1", True)
    assert job.trouble is not None
    assert job.trouble.kind is kind


def test_known_status_resets_the_count_of_unknown_ones() -> None:
    unknown = [polled(Status.UNKNOWN)] * (MISSING_LOOKS - 1)
    job = after(job_in(State.RUNNING), *unknown, polled(Status.RUNNING), *unknown)
    assert job.state is State.RUNNING


def test_success_without_a_link_is_polled_again_before_it_fails() -> None:
    event = polled(Status.SUCCESS)
    job = after(job_in(State.RUNNING), *[event] * (LOOKS_WITHOUT_A_LINK - 1))
    assert after(job, polled(Status.SUCCESS, LINK)).state is State.DOWNLOADING
    job = after(job, event)
    assert (job.failure, job.retry_is_free) == (Failure.GAVE_UP, True)
    assert job.trouble is not None
    assert "no model" in job.trouble.sentence


@pytest.mark.parametrize("status", [Status.UNKNOWN, Status.SUCCESS], ids=str)
def test_time_offline_does_not_count_as_polls(status: Status) -> None:
    offline = [Retry(OFFLINE, 60.0)] * 50
    job = after(job_in(State.RUNNING), *offline, polled(status))
    assert job.state is State.RUNNING
