"""Which jobs form one row of the list, the order of rows, and their progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.jobs.bench import PLACE, SERVICE_PROBLEM, bare_job, job_in
from tripo_addon.api.errors import Kind, Problem
from tripo_addon.jobs.engine.job_table import JobTable
from tripo_addon.jobs.model import job_groups
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Draft, Failure, Job, State
from tripo_addon.jobs.model.job_groups import Arrangement, JobGroup, Standing

NO_CREDITS = Problem(kind=Kind.CREDITS, code=2010)


def table_of(*jobs: Job) -> JobTable:
    table = JobTable()
    for job in jobs:
        table.put(job)
    return table


def lost(job: Job) -> bool:
    return job.may_be_attached


def arranged(table: JobTable, **options: object) -> Arrangement:
    return job_groups.arrange(table.shown(), before=table.before, needs_person=lost, **options)  # pyright: ignore[reportArgumentType]


def numbered(number: int, state: State = State.DONE, **fields: object) -> Job:
    return replace(job_in(state, **fields), id=f"job-{number}", created=float(number))


def chain(*states: State) -> tuple[Job, ...]:
    """Return the steps of one request, each after the one before."""
    return tuple(
        replace(numbered(number, state), after=f"job-{number - 1}" if number else None)
        for number, state in enumerate(states)
    )


def drafted(number: int, state: State) -> Job:
    draft = Draft(number=number, count=3, seed=number, requests=(), home=PLACE, first="job-1")
    return numbered(number, state, draft=draft)


@pytest.mark.parametrize(
    ("states", "shown"),
    [
        ((State.CANCELLED, State.DONE, State.CANCELLED), 2),
        ((State.CANCELLED, State.DONE, State.FAILED), 3),
        ((State.CANCELLED, State.CANCELLED, State.CANCELLED), 1),
        ((State.CANCELLED, State.DONE, State.RUNNING), 3),
    ],
)
def test_canceled_candidate_hides_none_that_can_be_kept(
    states: tuple[State, ...], shown: int
) -> None:
    drafts = tuple(drafted(number, state) for number, state in enumerate(states, 1))
    assert job_groups.group_of(drafts, lost).current is drafts[shown - 1]


def test_steps_of_a_request_are_one_row_in_order() -> None:
    steps = chain(State.DONE, State.RUNNING, State.PENDING)
    table = table_of(*reversed(steps), numbered(7))
    rows = arranged(table)
    assert rows.order == ("job-7", "job-0")
    assert rows.chains == {"job-0": steps}
    assert rows.going == ("job-0",)
    assert rows.counts[Standing.RUNNING] == 1


def test_retried_step_stays_in_its_row() -> None:
    first, second = chain(State.FAILED, State.PENDING)
    again = replace(numbered(9, State.RUNNING), replaces=first.id)
    table = table_of(first, second, again)
    assert arranged(table).chains == {"job-9": (again, second)}
    assert table.latest(first.id) == again.id


def test_circular_steps_do_not_crash() -> None:
    one = replace(numbered(1), after="job-2")
    other = replace(numbered(2), after="job-1")
    rows = arranged(table_of(one, other, replace(numbered(3), after="job-3")))
    assert sorted(rows.order) == ["job-1", "job-3"]


@pytest.mark.parametrize(
    ("states", "current"),
    [
        ((State.RUNNING, State.PENDING), 0),
        ((State.DOWNLOADING, State.RUNNING), 1),
        ((State.DONE, State.RUNNING, State.PENDING), 1),
        ((State.FAILED, State.FAILED), 0),
        ((State.DONE, State.CANCELLED), 1),
        ((State.DONE, State.DONE), 1),
    ],
)
def test_row_shows_the_step_that_matters_now(states: tuple[State, ...], current: int) -> None:
    steps = chain(*states)
    assert job_groups.group_of(steps, lost).current == steps[current]


def test_job_that_needs_a_person_is_first_among_sixty() -> None:
    lost = numbered(30, State.FAILED, failure=Failure.OUTCOME_UNKNOWN, trouble=SERVICE_PROBLEM)
    jobs = [numbered(number, State.RUNNING) for number in range(60) if number != 30]
    rows = arranged(table_of(*jobs, lost))
    assert rows.order[0] == lost.id
    assert rows.counts[Standing.NEEDS_YOU] == 1
    assert rows.order[1:] == tuple(f"job-{number}" for number in range(59, -1, -1) if number != 30)


def test_failures_of_one_cause_are_one_row_until_unfolded() -> None:
    poor = [
        numbered(number, State.FAILED, failure=Failure.REJECTED, trouble=NO_CREDITS)
        for number in range(5)
    ]
    other = numbered(7, State.FAILED, failure=Failure.GENERATION, trouble=SERVICE_PROBLEM)
    table = table_of(*poor, other)
    rows = arranged(table)
    assert rows.order == ("job-7", "job-4")
    assert rows.alike == {"job-4": ("job-4", "job-3", "job-2", "job-1", "job-0")}
    assert rows.counts[Standing.FAILED] == 6
    each = arranged(table, unfolded={job_groups.cause_of(poor[0])})
    assert len(each.order) == 6
    assert not each.alike


def test_jobs_of_unknown_outcome_are_never_folded() -> None:
    lost = [
        numbered(number, State.FAILED, failure=Failure.OUTCOME_UNKNOWN, trouble=SERVICE_PROBLEM)
        for number in range(3)
    ]
    assert len(arranged(table_of(*lost)).order) == 3


def test_filter_does_not_change_the_counts() -> None:
    table = table_of(numbered(1, State.RUNNING), numbered(2), numbered(3))

    def shows(_steps: Sequence[Job], standing: Standing) -> bool:
        return standing is Standing.FINISHED

    rows = arranged(table, shows=shows)
    assert rows.order == ("job-3", "job-2")
    assert rows.counts[Standing.RUNNING] == 1
    assert rows.going == ("job-1",)


def test_bar_counts_all_steps_and_text_gives_the_step_number() -> None:
    first, second = chain(State.RUNNING, State.PENDING)
    half = replace(first, progress=50)
    group = JobGroup((half, second), half, Standing.RUNNING)
    bar = job_groups.bar_of(group)
    assert bar is not None
    alone = describe(half).fraction
    assert alone is not None
    assert 0.0 < bar < alone
    assert f"{int(100 * bar)}%" in describe(half, bar).headline
    done = replace(first, state=State.DONE)
    running = replace(second, state=State.RUNNING, progress=50)
    later = job_groups.bar_of(JobGroup((done, running), running, Standing.RUNNING))
    assert later is not None
    assert later > 0.5


def test_remaining_time_is_shown_only_if_known() -> None:
    def left(**fields: Any) -> float | None:
        job = replace(bare_job(), state=State.RUNNING, **fields)
        return job_groups.seconds_left(JobGroup((job,), job, Standing.RUNNING), wall=100.0)

    assert left(task_made=70.0, progress=50) == pytest.approx(30.0)
    usual = job_groups.usual_seconds(bare_job())
    assert left(task_made=100.0) == pytest.approx(usual)
    assert left(task_made=100.0 - usual - 1) is None
    assert left() is None
    assert left(task_made=70.0, progress=50, attempt=2, trouble=SERVICE_PROBLEM) is None


@given(
    changes=st.lists(
        st.tuples(
            st.integers(0, 5),
            st.sampled_from(State),
            st.integers(0, 100),
            st.none() | st.integers(0, 5),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_changed_job_is_shown_like_a_full_regrouping(
    changes: list[tuple[int, State, int, int | None, bool]],
) -> None:
    table, known = JobTable(), dict[str, Job]()
    for number, state, progress, replaces, elsewhere in changes:
        job = replace(
            numbered(number, state, progress=progress),
            replaces=f"job-{replaces}" if replaces is not None and replaces < number else None,
            elsewhere=elsewhere and not state.final,
        )
        table.put(job)
        known[job.id] = job
        fresh = table_of(*known.values())
        assert table.shown() == fresh.shown()
        assert table.unsettled == fresh.unsettled
        assert table.replaced == fresh.replaced
