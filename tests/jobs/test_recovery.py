"""Jobs in a new session, and jobs that are retried."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.jobs.bench import PLACE, job_in
from tripo_addon.api.errors import Kind
from tripo_addon.api.replies import Status, Task
from tripo_addon.jobs.model.events import Polled
from tripo_addon.jobs.model.job import Failure, State
from tripo_addon.jobs.model.machine import IllegalTransition, advance
from tripo_addon.jobs.model.recovery import new_try, recover

NOW = 5000.0
UNSENT = {State.REHEARSING, State.PENDING, State.UPLOADING, State.SUBMITTING}


@pytest.mark.parametrize("state", list(State), ids=str)
@pytest.mark.parametrize("paid", [None, "task-9"])
@pytest.mark.parametrize("announced", [False, True])
def test_new_session_resumes_every_job_at_a_safe_state(
    state: State, paid: str | None, announced: bool
) -> None:
    job = job_in(state)
    found = recover(job, paid=paid, announced=announced, now=NOW)
    if state.final:
        assert found is job
        return
    assert found.revision == job.revision + 1
    if state is State.SUBMITTING and paid:
        assert (found.state, found.task_id) == (State.RUNNING, "task-9")
    elif state is State.SUBMITTING and announced:
        assert (found.state, found.failure) == (State.FAILED, Failure.OUTCOME_UNKNOWN)
    elif state in UNSENT:
        assert (found.state, found.failure) == (State.FAILED, Failure.INTERRUPTED)
    else:
        expected = State.RUNNING if state is State.DOWNLOADING else state
        assert (found.state, found.task_id, found.due) == (expected, "task-1", NOW)
        assert (found.model, found.blend) == (job.model, job.blend)


def test_unprepared_model_is_prepared_in_the_new_session() -> None:
    found = recover(job_in(State.READY, blend=None), paid=None, announced=False, now=NOW)
    assert (found.state, found.model) == (State.CONVERTING, Path("/m/model.glb"))


def test_polls_are_frequent_again_in_a_new_session() -> None:
    job = recover(job_in(State.RUNNING, entered=9e9), paid=None, announced=False, now=NOW)
    task = Task(id="task-1", status=Status.RUNNING)
    assert advance(job, Polled(task), NOW).due == NOW + 2


def test_interrupted_request_says_it_was_not_sent() -> None:
    job = recover(job_in(State.UPLOADING), paid=None, announced=False, now=NOW)
    assert job.trouble is not None
    assert job.trouble.kind is Kind.CLOSED


@pytest.mark.parametrize("state", [State.PENDING, State.UPLOADING, State.SUBMITTING], ids=str)
def test_unsent_request_continues_if_only_the_addon_was_off(state: State) -> None:
    found = recover(job_in(state), paid=None, announced=False, now=NOW, goes_on=True)
    assert (found.state, found.due, found.failure) == (state, NOW, None)
    if state is State.SUBMITTING:
        lost = recover(job_in(state), paid=None, announced=True, now=NOW, goes_on=True)
        assert lost.failure is Failure.OUTCOME_UNKNOWN


@pytest.mark.parametrize("state", [state for state in State if not state.final], ids=str)
def test_only_final_jobs_can_be_retried(state: State) -> None:
    with pytest.raises(IllegalTransition):
        new_try(job_in(state), id="job-2", wall=9.0)


ENDS = [
    *((State.FAILED, failure) for failure in Failure),
    (State.DONE, None),
    (State.CANCELLED, None),
]


@pytest.mark.parametrize(("state", "failure"), ENDS, ids=str)
@pytest.mark.parametrize("task_id", [None, "task-1"])
@pytest.mark.parametrize("model", [None, Path("/m/model.glb")], ids=["no file", "file"])
@pytest.mark.parametrize("blend", [None, Path("/m/model.blend")], ids=["no blend", "blend"])
def test_retry_starts_from_existing_results(
    state: State,
    failure: Failure | None,
    task_id: str | None,
    model: Path | None,
    blend: Path | None,
) -> None:
    former = job_in(
        state, failure=failure, task_id=task_id, model=model, blend=blend, price=30, credits=20.0
    )
    job = new_try(former, id="job-2", wall=9.0)
    assert (job.id, job.replaces, job.created, job.updated) == ("job-2", "job-1", 9.0, 9.0)
    assert (job.request, job.placement, job.price) == (former.request, PLACE, 30)
    assert (job.failure, job.trouble, job.revision, job.root) == (None, None, 0, "")
    if model is not None and failure is not Failure.BAD_FILE:
        failed = failure is Failure.IMPORT
        kept = None if failed else blend
        # What no child could prepare is imported directly when a person asks for it.
        expected = State.READY if kept or (failed and blend is None) else State.CONVERTING
        assert (job.state, job.model, job.blend) == (expected, model, kept)
        assert (job.task_id, job.credits) == (task_id, 20.0)
    elif task_id is not None and failure not in {Failure.GENERATION, Failure.LAPSED}:
        assert (job.state, job.task_id, job.model) == (State.RUNNING, "task-1", None)
        assert former.retry_is_free
    else:
        assert (job.state, job.task_id, job.model) == (State.PENDING, None, None)


@given(st.sampled_from(list(State)), st.booleans(), st.sampled_from([None, "task-9"]))
def test_resuming_a_job_never_loses_its_task(
    state: State, announced: bool, paid: str | None
) -> None:
    job = job_in(state)
    found = recover(job, paid=paid, announced=announced, now=NOW)
    assert found.task_id in {job.task_id, paid}
    assert job.task_id is None or found.task_id == job.task_id
    if job.task_id is not None:
        assert found.state not in UNSENT


def test_cancel_during_payment_is_kept_over_a_restart() -> None:
    job = replace(job_in(State.SUBMITTING), cancelling=True)
    recovered = recover(job, paid="task-1", announced=False, now=5.0)
    assert recovered.state is State.CANCELLED
    assert recovered.task_id == "task-1"
