"""The machine's table written a second time: what is not in it must be refused."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.jobs.bench import LOST, MODEL, PLACE, WORN, bare_job, job_in, text
from tripo_addon.api.errors import Kind, Problem
from tripo_addon.api.replies import FileRef, Output, Status, Task
from tripo_addon.api.tasks import ImageToModel
from tripo_addon.jobs.model import timing, transitions
from tripo_addon.jobs.model.events import (
    BlendLost,
    CancelRequested,
    Converted,
    Downloaded,
    Event,
    Failed,
    FilesLost,
    ImportRequested,
    LinksExpired,
    NotConverted,
    PicturesDownloaded,
    Placed,
    Polled,
    Progressed,
    Rehearsed,
    Rerouted,
    Retry,
    SourceGone,
    Started,
    Submitted,
    Unanswered,
    Uploaded,
)
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.model.machine import IllegalTransition, advance
from tripo_addon.jobs.model.recovery import recover
from tripo_addon.jobs.model.timing import LOOKS_WITHOUT_A_LINK, MISSING_LOOKS, TRIES_BEFORE_PAYMENT
from tripo_addon.jobs.model.transitions import NEXT

NOW = 5000.0
LINK = "https://files.example/new.glb?Signature=secret"
REFS = (FileRef(token="file_2", format="png"),)
ELSEWHERE = replace(PLACE, scene="Another")
BUSY = Problem(kind=Kind.BUSY)
OFFLINE = Problem(kind=Kind.OFFLINE)


def polled(status: Status, *links: str, progress: int = 50) -> Polled:
    task = Task(id="task-1", status=status, progress=progress, output=Output(models=links))
    return Polled(task.model_copy(update={"credits": 20.0}))


EVENTS: dict[str, Event] = {
    "Rehearsed": Rehearsed(),
    "Started": Started(),
    "Uploaded": Uploaded(REFS),
    "Submitted": Submitted("task-2"),
    "SourceGone": SourceGone(WORN),
    "Rerouted": Rerouted(text(), None, "sent as a file"),
    "Unanswered": Unanswered(LOST, 4.0),
    "Polled queued": polled(Status.QUEUED, progress=0),
    "Polled running": polled(Status.RUNNING),
    "Polled success": polled(Status.SUCCESS, LINK),
    "Polled success without a link": polled(Status.SUCCESS),
    "Polled failed": polled(Status.FAILED),
    "Polled refused": polled(Status.REFUSED),
    "Polled timed out": polled(Status.TIMED_OUT),
    "Polled cancelled": polled(Status.CANCELLED),
    "Polled unknown": polled(Status.UNKNOWN),
    "Progressed": Progressed(70),
    "LinksExpired": LinksExpired(),
    "Downloaded": Downloaded(Path("/n/model.glb")),
    "PicturesDownloaded": PicturesDownloaded((Path("/n/picture-1.png"),)),
    "Converted": Converted(Path("/n/model.blend")),
    "NotConverted": NotConverted("no second Blender"),
    "Placed": Placed("Chest", "in another scene"),
    "BlendLost": BlendLost(),
    "FilesLost": FilesLost(),
    "ImportRequested": ImportRequested(ELSEWHERE),
    "CancelRequested": CancelRequested(),
    "CancelRequested while paying": CancelRequested(paying=True),
    "Retry": Retry(WORN, 4.0),
    "Retry, busy": Retry(BUSY, 4.0),
    "Failed": Failed(Failure.BAD_FILE, WORN),
}
ANYWHERE = {
    "CancelRequested": State.CANCELLED,
    "CancelRequested while paying": State.CANCELLED,
}


def working(state: State) -> dict[str, State]:
    return {**ANYWHERE, "Retry": state, "Retry, busy": state, "Failed": State.FAILED}


TABLE: dict[State, dict[str, State]] = {
    State.REHEARSING: {**ANYWHERE, "Rehearsed": State.PENDING, "Failed": State.FAILED},
    State.PENDING: {**ANYWHERE, "Started": State.SUBMITTING, "Failed": State.FAILED},
    State.UPLOADING: {**working(State.UPLOADING), "Uploaded": State.SUBMITTING},
    State.SUBMITTING: {
        **working(State.SUBMITTING),
        "Submitted": State.RUNNING,
        "SourceGone": State.FAILED,
        "Rerouted": State.PENDING,
        "Unanswered": State.SUBMITTING,
        "CancelRequested while paying": State.SUBMITTING,
    },
    State.RUNNING: {
        **working(State.RUNNING),
        "Polled queued": State.RUNNING,
        "Polled running": State.RUNNING,
        "Polled success": State.DOWNLOADING,
        "Polled success without a link": State.RUNNING,
        "Polled failed": State.FAILED,
        "Polled refused": State.FAILED,
        "Polled timed out": State.FAILED,
        "Polled cancelled": State.FAILED,
        "Polled unknown": State.RUNNING,
    },
    State.DOWNLOADING: {
        **working(State.DOWNLOADING),
        "Progressed": State.DOWNLOADING,
        "LinksExpired": State.RUNNING,
        "Downloaded": State.CONVERTING,
        "PicturesDownloaded": State.DONE,
    },
    State.CONVERTING: {
        **working(State.CONVERTING),
        "Converted": State.READY,
        "NotConverted": State.READY,
        "FilesLost": State.RUNNING,
    },
    State.READY: {
        **working(State.READY),
        "Placed": State.DONE,
        "BlendLost": State.CONVERTING,
        "FilesLost": State.RUNNING,
        "ImportRequested": State.READY,
    },
    State.DONE: {},
    State.FAILED: {},
    State.CANCELLED: {},
}
PAIRS = list(itertools.product(State, EVENTS))

# Where else a pair may lead, depending on the job's fields or after too many failures in a row.
ELSE: dict[tuple[State, str], set[State]] = {
    (State.PENDING, "Started"): {State.UPLOADING},
    (State.UPLOADING, "Retry"): {State.FAILED},
    (State.SUBMITTING, "Retry"): {State.FAILED, State.CANCELLED},
    (State.SUBMITTING, "Unanswered"): {State.FAILED},
    (State.SUBMITTING, "Retry, busy"): {State.CANCELLED},
    (State.SUBMITTING, "Submitted"): {State.CANCELLED},
    (State.RUNNING, "Polled unknown"): {State.FAILED},
    (State.SUBMITTING, "CancelRequested"): {State.FAILED},
    (State.RUNNING, "Polled success"): {State.DONE},
    (State.DOWNLOADING, "LinksExpired"): {State.FAILED},
    (State.DOWNLOADING, "Downloaded"): {State.READY, State.DONE},
    (State.READY, "ImportRequested"): {State.CONVERTING},
    (State.DOWNLOADING, "Retry"): {State.RUNNING},
    (State.DOWNLOADING, "Retry, busy"): {State.RUNNING},
    (State.RUNNING, "Polled success without a link"): {State.FAILED},
    (State.CONVERTING, "FilesLost"): {State.FAILED},
    (State.READY, "FilesLost"): {State.FAILED},
}


def after(job: Job, *events: Event) -> Job:
    for event in events:
        job = advance(job, event, NOW)
    return job


def test_the_table_knows_every_state_and_every_event() -> None:
    assert set(TABLE) == set(State)
    assert {type(event) for event in EVENTS.values()} == set(Event.__args__)
    shown = {event.task.status for event in EVENTS.values() if isinstance(event, Polled)}
    assert shown == set(Status)


def test_the_table_of_transitions_is_the_one_that_is_tested_here() -> None:
    expected: dict[tuple[State, type[Event]], set[State]] = {}
    for state, name in PAIRS:
        targets = {*ELSE.get((state, name), set())}
        targets |= {TABLE[state][name]} if name in TABLE[state] else set()
        if targets:
            expected.setdefault((state, type(EVENTS[name])), set()).update(targets)
    assert {pair: set(targets) for pair, targets in NEXT.items()} == expected


def test_the_table_is_drawn_in_its_own_docstring() -> None:
    assert transitions.drawing() in (transitions.__doc__ or "")


@pytest.mark.parametrize(("state", "name"), PAIRS, ids=str)
def test_a_pair_leads_where_the_table_says_or_is_refused(state: State, name: str) -> None:
    job = job_in(state)
    expected = TABLE[state].get(name)
    if expected is None:
        before = replace(job)
        with pytest.raises(IllegalTransition):
            advance(job, EVENTS[name], NOW)
        assert job == before
        return
    moved = advance(job, EVENTS[name], NOW)
    assert moved.state is expected
    assert moved.revision == job.revision + 1
    assert (moved.id, moved.request, moved.account) == (job.id, job.request, job.account)


@pytest.mark.parametrize("state", list(State), ids=str)
def test_entering_a_state_makes_older_answers_stale(state: State) -> None:
    job = replace(job_in(state), attempt=2, progress=30, trouble=WORN, note="said before")
    for name, target in TABLE[state].items():
        moved = advance(job, EVENTS[name], NOW)
        if target is state:
            continue
        assert moved.step == job.step + 1, name
        assert (moved.attempt, moved.progress, moved.entered) == (0, 0, NOW), name
        assert moved.due >= NOW, name


def test_a_refusal_names_the_event_and_the_state() -> None:
    with pytest.raises(IllegalTransition, match="Submitted while DONE"):
        advance(job_in(State.DONE), Submitted("task-2"), NOW)


def test_a_request_with_pictures_uploads_them_first() -> None:
    request = ImageToModel(model=MODEL, image=Path("/p/front.png"))
    assert after(bare_job(request=request), Started()).state is State.UPLOADING
    assert after(bare_job(request=text()), Started()).state is State.SUBMITTING


def test_the_usual_road_gathers_what_it_meets() -> None:
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


def test_a_model_without_a_blend_says_why_until_it_is_placed_and_after() -> None:
    job = after(job_in(State.CONVERTING), NotConverted("no second Blender"))
    assert (job.blend, job.note) == (None, "no second Blender")
    assert after(job, Placed("Chest")).note == "no second Blender"
    assert after(job, Placed("Chest", "in another scene")).note == "in another scene"


def test_a_model_that_is_wanted_elsewhere_goes_there() -> None:
    job = after(job_in(State.READY), ImportRequested(ELSEWHERE))
    assert (job.state, job.placement) == (State.READY, ELSEWHERE)


def test_a_model_that_is_wanted_with_another_front_is_prepared_anew() -> None:
    placement = replace(PLACE, turn=PLACE.turn + 90)
    job = after(job_in(State.READY), ImportRequested(placement))
    assert (job.state, job.blend, job.placement) == (State.CONVERTING, None, placement)


def test_a_link_that_is_refused_again_and_again_is_asked_for_less_and_less_often() -> None:
    job, waits = job_in(State.DOWNLOADING), []
    for _ in range(4):
        running = after(job, LinksExpired())
        waits.append(running.due - NOW)
        job = after(running, polled(Status.SUCCESS, "https://example.com/model.glb"))
    assert waits[0] == 0
    assert waits[1:] == sorted(waits[1:])
    assert waits[-1] > 5
    assert after(job, Downloaded(Path("/m/model.glb"))).expired == 0


def test_expired_links_are_thrown_away() -> None:
    job = after(job_in(State.DOWNLOADING), LinksExpired())
    assert (job.state, job.links, job.task_id, job.due) == (State.RUNNING, (), "task-1", NOW)


def test_a_cancel_before_payment_says_that_nothing_was_sent() -> None:
    for state in (State.PENDING, State.UPLOADING, State.SUBMITTING):
        assert after(job_in(state), CancelRequested()).note == "Nothing was sent"


def test_a_cancel_after_payment_says_that_the_credits_are_spent() -> None:
    for state in (State.RUNNING, State.DOWNLOADING):
        job = after(job_in(state), CancelRequested())
        assert "finishes the task and charges for it" in job.note
        assert job.task_id == "task-1"


def test_a_cancel_while_the_paid_request_is_out_waits_for_its_answer() -> None:
    marked = after(job_in(State.SUBMITTING), CancelRequested(paying=True))
    assert (marked.state, marked.cancelling) == (State.SUBMITTING, True)
    assert marked.step == job_in(State.SUBMITTING).step
    job = after(marked, Submitted("task-2"))
    assert (job.state, job.task_id, job.cancelling) == (State.CANCELLED, "task-2", False)
    assert "finishes the task and charges for it" in job.note


def test_a_cancel_while_paying_is_over_when_nothing_was_accepted() -> None:
    marked = after(job_in(State.SUBMITTING), CancelRequested(paying=True))
    job = after(marked, Retry(BUSY, 30.0))
    assert (job.state, job.note, job.cancelling) == (State.CANCELLED, "Nothing was sent", False)


def test_a_cancel_while_paying_does_not_hide_a_lost_answer() -> None:
    marked = after(job_in(State.SUBMITTING), CancelRequested(paying=True))
    job = after(marked, Failed(Failure.OUTCOME_UNKNOWN, LOST))
    assert (job.state, job.failure, job.cancelling) == (
        State.FAILED,
        Failure.OUTCOME_UNKNOWN,
        False,
    )


def test_a_stumble_takes_the_same_step_again_later() -> None:
    job = after(job_in(State.DOWNLOADING), Retry(OFFLINE, 8.0))
    assert (job.due, job.attempt, job.trouble) == (NOW + 8.0, 1, OFFLINE)
    assert job.links == job_in(State.DOWNLOADING).links


@pytest.mark.parametrize("state", [State.UPLOADING, State.SUBMITTING], ids=str)
def test_before_payment_a_few_stumbles_are_enough(state: State) -> None:
    stumbles = [Retry(OFFLINE, 1.0)] * TRIES_BEFORE_PAYMENT
    assert after(job_in(state), *stumbles[1:]).state is state
    job = after(job_in(state), *stumbles)
    assert (job.state, job.failure, job.trouble) == (State.FAILED, Failure.GAVE_UP, OFFLINE)


@pytest.mark.parametrize("state", [State.RUNNING, State.DOWNLOADING], ids=str)
def test_after_payment_nothing_gives_up_by_count(state: State) -> None:
    job = after(job_in(state), *[Retry(OFFLINE, 1.0)] * 500)
    assert (job.state, job.task_id) == (State.RUNNING, "task-1")


def test_waiting_for_a_slot_of_the_service_is_no_failed_try() -> None:
    job = after(job_in(State.SUBMITTING), *[Retry(BUSY, 1.0)] * 500)
    assert job.state is State.SUBMITTING
    job = after(job, *[Retry(OFFLINE, 1.0)] * (TRIES_BEFORE_PAYMENT - 1))
    assert job.state is State.SUBMITTING
    assert after(job, Retry(OFFLINE, 1.0)).failure is Failure.GAVE_UP


def test_waits_go_on_growing_where_a_full_service_and_a_lost_network_take_turns() -> None:
    job = after(job_in(State.SUBMITTING), *[Retry(BUSY, 1.0), Retry(OFFLINE, 1.0)] * 4)
    assert (job.state, job.attempt) == (State.SUBMITTING, 8)


def test_a_running_task_shows_how_far_it_is_and_never_goes_back() -> None:
    job = after(job_in(State.RUNNING, progress=0), polled(Status.RUNNING, progress=60))
    assert job.progress == 60
    assert after(job, polled(Status.RUNNING, progress=20)).progress == 60


def test_a_queued_task_says_so_until_it_runs() -> None:
    job = after(job_in(State.RUNNING), polled(Status.QUEUED))
    assert job.note == "In the service's queue"
    assert after(job, polled(Status.RUNNING)).note == ""


def test_an_answer_ends_the_trouble_before_it() -> None:
    job = after(job_in(State.RUNNING), Retry(OFFLINE, 1.0), polled(Status.RUNNING))
    assert (job.trouble, job.attempt) == (None, 0)


def test_older_tasks_are_asked_for_less_often() -> None:
    job = job_in(State.RUNNING, entered=NOW - 3600)
    young, old = (after(each, polled(Status.RUNNING)) for each in (replace(job, entered=NOW), job))
    assert young.due == NOW + 2
    assert old.due == NOW + 15


def test_chance_spreads_the_looks() -> None:
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
def test_a_task_that_ended_badly_says_how_in_the_services_words(status: Status, kind: Kind) -> None:
    task = Task(id="task-1", status=status, credits=0.0, error_code=2008, error_message="why")
    job = after(job_in(State.RUNNING), Polled(task))
    assert (job.state, job.failure, job.credits) == (State.FAILED, Failure.GENERATION, 0.0)
    assert job.trouble == Problem(kind=kind, code=2008, message="why")
    assert not job.retry_is_free


@pytest.mark.parametrize(("code", "kind"), [(2001, Kind.NOT_FOUND), (None, Kind.SERVICE)])
def test_a_word_nobody_knows_is_asked_about_a_few_times(code: int | None, kind: Kind) -> None:
    event = Polled(Task(id="task-1", status=Status.UNKNOWN, error_code=code))
    job = after(job_in(State.RUNNING), *[event] * (MISSING_LOOKS - 1))
    assert job.state is State.RUNNING
    job = after(job, event)
    assert (job.failure, job.task_id, job.retry_is_free) == (Failure.GAVE_UP, "task-1", True)
    assert job.trouble is not None
    assert job.trouble.kind is kind


def test_a_known_word_in_between_begins_the_count_anew() -> None:
    unknown = [polled(Status.UNKNOWN)] * (MISSING_LOOKS - 1)
    job = after(job_in(State.RUNNING), *unknown, polled(Status.RUNNING), *unknown)
    assert job.state is State.RUNNING


def test_a_success_without_a_link_is_asked_again_before_it_is_a_fault() -> None:
    event = polled(Status.SUCCESS)
    job = after(job_in(State.RUNNING), *[event] * (LOOKS_WITHOUT_A_LINK - 1))
    assert after(job, polled(Status.SUCCESS, LINK)).state is State.DOWNLOADING
    job = after(job, event)
    assert (job.failure, job.retry_is_free) == (Failure.GAVE_UP, True)
    assert job.trouble is not None
    assert "no model" in job.trouble.sentence


@pytest.mark.parametrize("status", [Status.UNKNOWN, Status.SUCCESS], ids=str)
def test_hours_offline_do_not_count_as_looks(status: Status) -> None:
    offline = [Retry(OFFLINE, 60.0)] * 50
    job = after(job_in(State.RUNNING), *offline, polled(status))
    assert job.state is State.RUNNING


BEFORE_PAYMENT = {State.PENDING, State.UPLOADING, State.SUBMITTING}
AFTER_PAYMENT = {
    State.RUNNING,
    State.DOWNLOADING,
    State.CONVERTING,
    State.READY,
    State.DONE,
}
requests = st.sampled_from([text(), ImageToModel(model=MODEL, image=Path("/p/a.png"))])


@given(requests, st.lists(st.sampled_from(list(EVENTS)), max_size=60))
def test_no_sequence_of_events_leaves_the_table(request, names: list[str]) -> None:
    job = bare_job(request=request)
    for name in names:
        known = TABLE[job.state].get(name)
        try:
            moved = advance(job, EVENTS[name], NOW)
        except IllegalTransition:
            assert known is None
            continue
        assert known is not None
        assert moved.state in {known, *ELSE.get((job.state, name), ())}
        assert not job.state.final
        assert moved.revision == job.revision + 1
        assert moved.step >= job.step
        assert moved.task_id == job.task_id or job.task_id is None
        if job.state in AFTER_PAYMENT:
            assert moved.state not in BEFORE_PAYMENT
        if moved.state in AFTER_PAYMENT:
            assert moved.task_id is not None
        job = moved


LEADING = ["Started", "Uploaded", "Submitted", "Polled success", "Downloaded", "Converted"]


@given(
    requests,
    st.lists(st.sampled_from([*LEADING, "LinksExpired", "Retry", "Placed"]), max_size=60),
    st.sampled_from(list(EVENTS)),
)
def test_a_final_job_never_changes_again(request, names: list[str], last: str) -> None:
    job = bare_job(request=request)
    for name in names:
        if name in TABLE[job.state]:
            job = advance(job, EVENTS[name], NOW)
    job = job if job.state.final else advance(job, CancelRequested(), NOW)
    assert job.state.final
    assert recover(job, paid="task-9", announced=True, now=NOW) is job
    with pytest.raises(IllegalTransition):
        advance(job, EVENTS[last], NOW)
