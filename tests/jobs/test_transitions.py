"""What is not in the machine's table is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.jobs.bench import MODEL, SERVICE_PROBLEM, bare_job, job_in, text
from tests.jobs.transition_table import ELSE, EVENTS, NOW, PAIRS, TABLE
from tripo_addon.api.replies import Status
from tripo_addon.api.tasks import ImageToModel
from tripo_addon.jobs.model import transitions
from tripo_addon.jobs.model.events import CancelRequested, Event, Polled, Submitted
from tripo_addon.jobs.model.job import State
from tripo_addon.jobs.model.machine import IllegalTransition, advance
from tripo_addon.jobs.model.recovery import recover
from tripo_addon.jobs.model.transitions import NEXT


def test_table_has_every_state_and_every_event() -> None:
    assert set(TABLE) == set(State)
    assert {type(event) for event in EVENTS.values()} == set(Event.__args__)
    shown = {event.task.status for event in EVENTS.values() if isinstance(event, Polled)}
    assert shown == set(Status)


def test_transitions_equal_the_expected_table() -> None:
    expected: dict[tuple[State, type[Event]], set[State]] = {}
    for state, name in PAIRS:
        targets = {*ELSE.get((state, name), set())}
        targets |= {TABLE[state][name]} if name in TABLE[state] else set()
        if targets:
            expected.setdefault((state, type(EVENTS[name])), set()).update(targets)
    assert {pair: set(targets) for pair, targets in NEXT.items()} == expected


def test_table_is_drawn_in_its_docstring() -> None:
    assert transitions.drawing() in (transitions.__doc__ or "")


@pytest.mark.parametrize(("state", "name"), PAIRS, ids=str)
def test_each_pair_leads_where_the_table_says_or_is_rejected(state: State, name: str) -> None:
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
    job = replace(
        job_in(state), attempt=2, progress=30, trouble=SERVICE_PROBLEM, note="said before"
    )
    for name, target in TABLE[state].items():
        moved = advance(job, EVENTS[name], NOW)
        if target is state:
            continue
        assert moved.step == job.step + 1, name
        assert (moved.attempt, moved.progress, moved.entered) == (0, 0, NOW), name
        assert moved.due >= NOW, name


def test_rejection_names_the_event_and_the_state() -> None:
    with pytest.raises(IllegalTransition, match="Submitted while DONE"):
        advance(job_in(State.DONE), Submitted("task-2"), NOW)


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
def test_final_job_never_changes_again(request, names: list[str], last: str) -> None:
    job = bare_job(request=request)
    for name in names:
        if name in TABLE[job.state]:
            job = advance(job, EVENTS[name], NOW)
    job = job if job.state.final else advance(job, CancelRequested(), NOW)
    assert job.state.final
    assert recover(job, paid="task-9", announced=True, now=NOW) is job
    with pytest.raises(IllegalTransition):
        advance(job, EVENTS[last], NOW)
