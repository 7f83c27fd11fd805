"""What a job's row says, and where its files are."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.jobs.bench import SERVICE_PROBLEM, bare_job, job_in
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.errors import Kind, Problem
from tripo_addon.api.replies import FileRef, Output, Status, Task
from tripo_addon.api.tasks import parse_request
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.events import (
    CancelRequested,
    Converted,
    Downloaded,
    Event,
    Failed,
    Placed,
    Polled,
    Progressed,
    Retry,
    Started,
    Submitted,
)
from tripo_addon.jobs.model.job import Failure, Job, State, folder_name
from tripo_addon.jobs.model.landings import Landing
from tripo_addon.jobs.model.machine import advance

SECRET = "https://files.example/model.glb?Signature=secret"


def polled(status: Status, progress: int) -> Polled:
    links = (SECRET,) if status is Status.SUCCESS else ()
    return Polled(Task(id="task-1", status=status, progress=progress, output=Output(models=links)))


TROUBLES = (None, *(Problem(kind=kind, code=2008) for kind in Kind))


@pytest.mark.parametrize("state", list(State), ids=str)
def test_every_state_has_a_one_line_status(state: State) -> None:
    for trouble, attempt, progress in itertools.product(TROUBLES, (0, 3), (0, 40, 100)):
        words = describe(job_in(state, trouble=trouble, attempt=attempt, progress=progress))
        assert words.headline.strip()
        assert "\n" not in words.headline + words.detail
        assert len(words.headline) < 60
        if state.final:
            assert words.fraction is None
        else:
            assert words.fraction is not None
            assert 0.0 <= words.fraction <= 1.0


@pytest.mark.parametrize(
    ("landing", "of_a_texture", "of_a_rig"),
    [
        (Landing.NEW, "Imported", "Imported"),
        (Landing.KEEP, "Textured", "Textured"),
        (Landing.REPLACE, "Textured", "Replaced"),
        (Landing.DOWNLOAD, "Files on disk", "Files on disk"),
    ],
)
def test_finished_job_says_what_became_of_its_result(
    landing: Landing, of_a_texture: str, of_a_rig: str
) -> None:
    texture = {"kind": TaskKind.TEXTURE_MODEL.value, "source_task": "task-0", "prompt": "moss"}
    rig = {"kind": TaskKind.RIG.value, "source_task": "task-0"}
    headlines = [
        describe(
            replace(
                job_in(State.DONE),
                request=parse_request(values),
                placement=replace(job_in(State.DONE).placement, landing=landing),
            )
        ).headline
        for values in (texture, rig)
    ]
    assert headlines == [of_a_texture, of_a_rig]


@pytest.mark.parametrize("failure", list(Failure), ids=str)
def test_every_failure_has_a_headline_and_a_reason(failure: Failure) -> None:
    words = describe(job_in(State.FAILED, failure=failure, trouble=SERVICE_PROBLEM, task_id=None))
    assert words.headline.strip()
    unpaid = failure in {Failure.REJECTED, Failure.GAVE_UP}
    assert words.detail == SERVICE_PROBLEM.sentence + (" · nothing was charged" if unpaid else "")
    assert words.fraction is None


def test_failures_with_different_remedies_have_different_headlines() -> None:
    own_words = {
        Failure.OUTCOME_UNKNOWN,
        Failure.INTERRUPTED,
        Failure.IMPORT,
        Failure.BAD_FILE,
        Failure.STORE,
    }
    headlines = {describe(job_in(State.FAILED, failure=each)).headline for each in own_words}
    assert len(headlines) == len(own_words)


def test_failure_without_a_reason_still_has_a_headline() -> None:
    words = describe(job_in(State.FAILED, failure=None, trouble=None, note="closed by hand"))
    assert (words.headline, words.detail) == ("Failed", "closed by hand")


def test_waiting_job_says_what_it_waits_for() -> None:
    words = describe(job_in(State.RUNNING, attempt=2, trouble=Problem(kind=Kind.OFFLINE)))
    assert "waiting to try again" in words.headline
    assert words.detail == "The service cannot be reached"


def test_canceling_is_shown_before_everything_else() -> None:
    job = job_in(State.SUBMITTING, cancelling=True, attempt=2, trouble=SERVICE_PROBLEM)
    assert "Canceling" in describe(job).headline


def test_percent_is_shown_only_where_meaningful_and_matches_the_bar() -> None:
    for state in (State.RUNNING, State.DOWNLOADING):
        words = describe(job_in(state, progress=40))
        assert words.fraction is not None
        assert f" {int(100 * words.fraction)}%" in words.headline
    assert " 25%" in describe(job_in(State.RUNNING, progress=40), 0.25).headline
    assert "%" not in describe(job_in(State.RUNNING, progress=0)).headline
    assert "%" not in describe(job_in(State.CONVERTING, progress=40)).headline


def test_note_is_the_second_line_of_a_running_job() -> None:
    job = job_in(State.RUNNING, note="In the service's queue")
    assert describe(job).detail == "In the service's queue"


@pytest.mark.parametrize(
    ("price", "credits", "note", "detail"),
    [
        (20, 20.0, "", "Charged 20 credits"),
        (30, 20.0, "", "Charged 20 credits (estimate was 30)"),
        (None, 12.5, "", "Charged 12.5 credits"),
        (20, None, "", "20 credits"),
        (None, None, "", ""),
        (20, 20.0, "placed in Scene.001", "Charged 20 credits · placed in Scene.001"),
        (30, 20.0, "baked", "Charged 20 credits (estimate was 30) · baked"),
    ],
)
def test_finished_job_shows_its_cost(
    price: int | None, credits: float | None, note: str, detail: str
) -> None:
    job = job_in(State.DONE, price=price, credits=credits, note=note)
    assert describe(job).detail == detail


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_finished_job_without_a_file_shows_its_charge(state: State) -> None:
    job = job_in(state, credits=20.0, note="Stopped watching")
    assert "20 credits were charged" in describe(job).detail
    assert "nothing was charged" in describe(job_in(state, credits=0.0, note="Not made")).detail


def test_failed_job_says_whether_it_was_charged() -> None:
    unknown = Problem(kind=Kind.LOST_ANSWER)
    lost = job_in(State.FAILED, failure=Failure.OUTCOME_UNKNOWN, trouble=unknown)
    assert "may be charged" in describe(lost).detail
    no = Problem(kind=Kind.KEY)
    refused = job_in(State.FAILED, failure=Failure.REJECTED, trouble=no, task_id=None)
    assert "nothing was charged" in describe(refused).detail
    made = job_in(State.FAILED, failure=Failure.GAVE_UP, trouble=SERVICE_PROBLEM, task_id="task-1")
    assert "charged" not in describe(made).detail


def test_canceled_job_says_what_the_cancel_did() -> None:
    job = advance(job_in(State.RUNNING), CancelRequested(), 0.0)
    assert "finishes the task and charges for it" in describe(job).detail


def test_progress_bar_never_goes_back_in_normal_order() -> None:
    events: list[Event] = [
        Started(),
        Submitted("task-1"),
        polled(Status.QUEUED, 0),
        *(polled(Status.RUNNING, percent) for percent in range(0, 100, 7)),
        polled(Status.SUCCESS, 100),
        *(Progressed(percent) for percent in range(0, 101, 10)),
        Downloaded(Path("/m/model.glb")),
        Converted(Path("/m/model.blend")),
    ]
    jobs = list(
        itertools.accumulate(
            events, lambda job, event: advance(job, event, 0.0), initial=bare_job()
        )
    )
    bars = [bar for job in jobs if (bar := describe(job).fraction) is not None]
    assert len(bars) == len(jobs)
    assert all(before <= after for before, after in itertools.pairwise(bars))
    assert (bars[0], bars[-1]) == (0.0, 1.0)
    assert describe(advance(jobs[-1], Placed("Chest"), 0.0)).fraction is None


def test_failed_try_leaves_the_progress_bar_unchanged() -> None:
    job = job_in(State.DOWNLOADING, progress=50)
    stumbled = advance(job, Retry(SERVICE_PROBLEM, 4.0), 0.0)
    assert describe(stumbled).fraction == describe(job).fraction


def test_repr_hides_links_and_tokens() -> None:
    job = job_in(
        State.DOWNLOADING, links=(SECRET,), files=(FileRef(token="file_secret", format="png"),)
    )
    event = polled(Status.SUCCESS, 100)
    failed = Failed(Failure.STORE, SERVICE_PROBLEM)
    words = f"{job!r} {event!r} {event.task.output!r} {describe(job)!r} {failed!r}"
    assert "secret" not in words
    assert "Signature" not in words


def test_job_texts_do_not_depend_on_the_time() -> None:
    job = job_in(State.RUNNING)
    later = replace(job, updated=9e9, entered=9e9, due=9e9, revision=99, step=99)
    assert describe(job) == describe(later)


@pytest.mark.parametrize(
    "title",
    [
        "a chest",
        "",
        "   ",
        "..",
        "../../etc/passwd",
        r"C:\Windows\system32",
        "con",
        "a\0b\nc",
        "ドラゴン",
        "🐉🐉",
        "x" * 5000,
        "name.",
        "\udcff",
        "-rf",
    ],
)
def test_folder_name_is_safe_for_any_title(title: str) -> None:
    name = folder_name(bare_job(id="0123456789abcdef", title=title))
    _is_safe(name)
    assert name.endswith("-01234567")


@given(st.text(max_size=80))
def test_no_title_leaves_the_download_folder(title: str) -> None:
    _is_safe(folder_name(bare_job(id="0123456789abcdef", title=title)))


def _is_safe(name: str) -> None:
    path = Path("/downloads") / name
    assert path.parent == Path("/downloads")
    assert Path(name).name == name
    assert not set(name) & set('/\\:*?"<>|\0\n')
    assert not name.startswith((".", "-"))
    assert not name.endswith((".", " "))
    assert len(name.encode()) < 255


def test_jobs_of_one_title_have_separate_folders() -> None:
    jobs: list[Job] = [bare_job(id=f"{number:08x}-rest") for number in range(50)]
    assert len({folder_name(job) for job in jobs}) == 50
    assert len({folder_name(job).casefold() for job in jobs}) == 50
