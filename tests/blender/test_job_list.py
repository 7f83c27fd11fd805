"""The job list: what its rows and their details show, and what their buttons do."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender import addon, submitting
from tests.gui.recording_layout import Written, shows
from tests.jobs.bench import bare_job, job_in, requests_of_every_kind
from tests.standin.service import StandIn
from tripo_addon.api.errors import Kind, Problem
from tripo_addon.api.tasks import parse_request
from tripo_addon.blender.job_list import window_properties
from tripo_addon.blender.job_list.rows import ROWS
from tripo_addon.blender.messages import jobs as messages
from tripo_addon.blender.requests import generation
from tripo_addon.blender.session import composition, diagnostics
from tripo_addon.blender.ui import jobs_panel, status_bar
from tripo_addon.blender.ui.jobs import job_detail, job_menu
from tripo_addon.jobs.model.job import (
    Candidate,
    Failure,
    Handle,
    Job,
    Landing,
    Placement,
    State,
    Target,
)
from tripo_addon.jobs.model.job_groups import Standing
from tripo_addon.jobs.storage.claims import Claim, ClaimedJob

STATES = 500
NO_FORM = ("import_model", "check_rig")
PROMPT = "a small wooden chest"


@pytest.fixture
def context() -> Iterator[bpy.types.Context]:
    with StandIn(seconds=0, keys=(addon.KEY,)) as service, addon.enabled(service) as context:
        yield context


def list_jobs(*jobs: Job) -> None:
    """Give the engine these jobs, without running them."""
    kept = tuple(ClaimedJob(job, paid=None, announced=False) for job in jobs if not job.state.final)
    finished = tuple(job for job in jobs if job.state.final)
    composition.engine().take_over(Claim(kept, held_elsewhere=0), finished)


def words() -> list[str]:
    window_properties.sync()
    written = Written(unfolded=True)
    written.take_down(jobs_panel.TRIPO_ADDON_PT_jobs, bpy.context)
    return written.lines


def failed(number: int, **fields: Any) -> Job:
    trouble = Problem(kind=Kind.CREDITS, code=2010, message="the service's own words")
    job = job_in(State.FAILED, failure=Failure.REJECTED, trouble=trouble, task_id=None)
    return replace(job, id=f"failed-{number}", created=float(number), **fields)


def any_job(chance: random.Random, number: int, folder: Path) -> Job:
    """Return a job with a random value in every field, possibly an unreachable one."""
    target = Target(objects=(Handle("gone", "id"),), shape="x", frame=(0.0,) * 16, capture="x")
    state = chance.choice(list(State))
    pick = chance.choice
    return replace(
        job_in(state),
        id=f"job-{number:03}",
        created=float(number),
        title=pick(("A chest", "", "chest " * 30, "椅子", "a\nb")),
        request=pick(requests_of_every_kind(folder)),
        account=pick(("tripo-v3 http://x", "pixazo ", "unknown service", "")),
        price=pick((None, 0, 20.0)),
        credits=pick((None, 0.0, 12.5)),
        progress=pick((0, 3, 40, 100)),
        attempt=pick((0, 3)),
        expired=pick((0, 1)),
        cancelling=pick((True, False)),
        task_id=pick((None, "task-1")),
        task_made=pick((None, 0.0, 4e9)),
        model=pick((None, Path("/m/model.glb"))),
        root=pick(("", "Cube")),
        failure=pick((None, *Failure)),
        trouble=pick((None, *(Problem(kind=kind, code=pick((None, 2008))) for kind in Kind))),
        note=pick(("", "In the service's queue")),
        remark=pick(("", "Sent as a file")),
        after=pick((None, None, f"job-{max(0, number - 1):03}", "gone")),
        candidates=pick(((), (Candidate("task-2", None, "success"),))),
        details_lost=pick((True, False)),
        elsewhere=not state.final and chance.random() < 0.2,
        placement=Placement(
            document=pick(("", composition.WIRING.document)),
            landing=pick(list(Landing)),
            target=pick((None, target)),
        ),
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_panel_draws_500_job_states(context, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    # As finished jobs, so that 500 of them are not written to disk.
    jobs = tuple(any_job(chance, number, tmp_path) for number in range(STATES))
    composition.engine().take_over(Claim((), held_elsewhere=0), jobs)
    drawn = words()
    assert len(ROWS.order) > STATES / 3
    assert len(drawn) > 2 * len(ROWS.order)
    for number in range(len(ROWS.order)):
        ROWS.choose(number)
        row = ROWS.row(ROWS.chosen)
        assert row is not None
        written: Any = Written(unfolded=True)
        job_detail.draw(written, row, context)
        assert "[Recall Settings]" in written.lines or row.job.elsewhere
        job_menu.TRIPO_ADDON_MT_job.draw(written, context)
    assert status_bar.status_text().startswith("Tripo: ")


def test_jobs_that_need_the_artist_are_counted_and_first(context) -> None:
    trouble = Problem(kind=Kind.LOST_ANSWER)
    lost = job_in(State.FAILED, failure=Failure.OUTCOME_UNKNOWN, trouble=trouble, task_id=None)
    done = [replace(job_in(State.DONE), id=f"job-{each}", created=each) for each in range(1, 60)]
    list_jobs(replace(lost, id="lost", created=0.5), failed(3), *done)
    assert ROWS.order[0] == ROWS.chosen == "lost"
    assert shows(words(), "1 needs you · 1 failed")
    assert status_bar.status_text() == "Tripo: 1 waiting for you"


def test_narrow_header_counts_jobs_that_need_the_artist() -> None:
    assert messages.header(2, 1, 3)[0] == "2 running · 1 needs you · 3 failed"
    assert messages.header(0, 2, 3)[-1] == messages.header(1, 2, 0)[-1] == "2 need you"
    assert messages.header(2, 0, 3)[-1] == "2 running"


def test_model_for_another_file_waits_for_import_click(context) -> None:
    job = job_in(State.READY, placement=Placement(document="another"))
    list_jobs(replace(job, id="other"))
    assert ROWS.counts[Standing.NEEDS_YOU] == 1
    assert words().count("[Import Here]") == 2
    assert ROWS.going == ()


def test_failures_of_one_cause_are_grouped_and_can_be_expanded(context) -> None:
    list_jobs(*(failed(number) for number in range(12)))
    drawn = words()
    assert shows(drawn, "A chest and 11 more") or shows(drawn, "a chest and 11 more")
    assert drawn.count("the service's own words") <= 1
    assert "[Show Each]" in drawn
    assert bpy.ops.tripo_addon.show_each(job_id=ROWS.chosen) == {"FINISHED"}
    assert len(ROWS.order) == 12


def test_search_and_filter_choose_rows(context) -> None:
    done = [
        replace(job_in(State.DONE), id=f"job-{each}", created=each, title=f"Chest {each}")
        for each in range(1, 9)
    ]
    list_jobs(*done, failed(20))
    window = context.window_manager.tripo_addon
    window.job_search = "chest 3"
    assert ROWS.order == ("job-3",)
    assert len(window.job_rows) == 1
    window.job_search = "no such thing"
    # No details of a job either, which the list does not show.
    assert shows(words(), messages.NOTHING_FOUND)
    assert "[Recall Settings]" not in words()
    window.job_search, window.job_filter = "", "FAILED"
    assert ROWS.order == ("failed-20",)
    window.job_filter = "ALL"
    assert len(ROWS.order) == len(window.job_rows) == 9


def test_selected_row_stays_selected_and_its_request_is_shown(context) -> None:
    done = [replace(job_in(State.DONE), id=f"job-{each}", created=each) for each in range(1, 5)]
    list_jobs(*done)
    window = context.window_manager.tripo_addon
    window.job_number = 2
    assert window.selected_job == "job-2"
    composition.engine().forget("job-3")
    assert (window.selected_job, window.job_number) == ("job-2", 1)
    sent = submitting.submitted_text(context)
    assert (window.selected_job, window.job_number) == (sent.id, 0)


def test_list_rows_are_not_saved_in_the_file(context, tmp_path: Path) -> None:
    list_jobs(*(replace(job_in(State.DONE), id=f"job-{each}") for each in range(30)))
    window = context.window_manager.tripo_addon
    window.job_search = "x"
    window.job_search = ""
    assert len(window.job_rows) == 30
    held: list[int] = []

    def look(*_unused: object) -> None:
        held.append(len(bpy.context.window_manager.tripo_addon.job_rows))

    bpy.app.handlers.save_pre.append(look)
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    finally:
        bpy.app.handlers.save_pre.remove(look)
    assert held == [0]
    assert len(bpy.context.window_manager.tripo_addon.job_rows) == 30


def test_job_without_result_shows_no_price_beside_its_age(context) -> None:
    list_jobs(failed(1, price=20, credits=None))
    drawn = words()
    assert shows(drawn, "nothing was charged")
    assert not [line for line in drawn if line.startswith(("20 credits", "free"))]


def test_job_without_credits_has_a_buy_credits_button(context) -> None:
    list_jobs(failed(1))
    assert f"[{messages.OPEN_CONSOLE}]" in words()
    list_jobs(failed(2, trouble=Problem(kind=Kind.CONTENT)))
    ROWS.choose(0)
    assert f"[{messages.OPEN_CONSOLE}]" not in words()


def test_list_shows_the_time_a_job_was_sent() -> None:
    sent = datetime(2026, 3, 4, 5, 6)
    assert messages.moment(sent.timestamp(), seconds=59) == "now"
    today = datetime.now().replace(hour=5, minute=6)
    assert messages.moment(today.timestamp(), seconds=61) == "05:06"
    year = datetime.now().year
    assert (
        messages.moment(sent.replace(year=year - 1).timestamp(), seconds=9e6) == f"Mar {year - 1}"
    )


def test_images_are_labeled_by_prompt_and_object_work_by_kind(context) -> None:
    image = parse_request({"kind": "text_to_image", "model": "", "prompt": PROMPT})
    texture = parse_request({"kind": "texture_model", "source_task": "task", "prompt": "moss"})
    jobs = [failed(1, request=image, title="A chest"), failed(2, request=texture, title="A hut")]
    list_jobs(*jobs)
    window_properties.sync()
    titles = {row.title for row in map(ROWS.row, ROWS.order) if row is not None}
    list_jobs(*(replace(job, state=State.CANCELLED, failure=None, trouble=None) for job in jobs))
    window_properties.sync()
    titles |= {row.title for row in map(ROWS.row, ROWS.order) if row is not None}
    assert {"A chest · Image from Text", "Texture · A hut"} <= titles


def test_failed_job_can_be_recalled_with_prompt_and_settings(context) -> None:
    values = {"kind": "text_to_model", "prompt": PROMPT, "texture": False, "face_limit": 9000}
    model = context.scene.tripo_addon.text.model
    list_jobs(failed(1, request=parse_request({**values, "model": model})))
    forms = context.scene.tripo_addon
    forms.mode, forms.text.prompt = "image", "something else"
    assert bpy.ops.tripo_addon.recall_job(job_id="failed-1") == {"FINISHED"}
    assert (forms.mode, forms.text.prompt) == ("text", PROMPT)
    assert (forms.text.texture, forms.text.face_limit) == (False, 9000)


def test_recalled_job_restores_its_images_into_their_slots(context, tmp_path: Path) -> None:
    values = {"kind": "multiview_to_model", "model": context.scene.tripo_addon.multiview.model}
    views = {name: addon.picture(tmp_path / f"{name}.png") for name in ("front", "back")}
    list_jobs(failed(1, request=parse_request({**values, **views})))
    forms = context.scene.tripo_addon
    assert bpy.ops.tripo_addon.recall_job(job_id="failed-1") == {"FINISHED"}
    assert forms.mode == "multiview"
    assert (forms.multiview.front, forms.multiview.back) == tuple(map(str, views.values()))
    assert forms.multiview.left == ""


def test_request_of_several_steps_is_recalled_completely(context) -> None:
    forms = context.scene.tripo_addon
    forms.text.prompt, forms.then_texture, forms.texture.prompt = "a chest", True, "moss"
    then = generation.later_requests(forms.text.kind, context)
    values = submitting.checked(forms.text)
    steps = generation.generation_steps(values, then, title="A chest", context=context)
    first, last = composition.engine().submit(composition.WIRING.account, steps)
    assert ROWS.order == (first.id,)
    forms.text.prompt, forms.then_texture, forms.texture.prompt = "x", False, "y"
    assert bpy.ops.tripo_addon.recall_job(job_id=last.id) == {"FINISHED"}
    assert (forms.mode, forms.text.prompt) == ("text", "a chest")
    assert (forms.then_texture, forms.texture.prompt) == (True, "moss")


def test_object_work_settings_are_recalled_into_their_form(context) -> None:
    forms = context.scene.tripo_addon
    values = {"kind": "texture_model", "source_task": "task", "prompt": "moss"}
    place = Placement(landing=Landing.NEW)
    request = parse_request({**values, "model": forms.texture.model})
    list_jobs(failed(1, request=request, placement=place))
    forms.work = "rig"
    assert bpy.ops.tripo_addon.recall_job(job_id="failed-1") == {"FINISHED"}
    assert (forms.work, forms.texture.prompt, forms.texture.landing) == ("texture", "moss", "NEW")
    assert forms.texture.guide == "TEXT"


@pytest.mark.parametrize("number", range(len(requests_of_every_kind(Path()))))
def test_every_kind_of_job_is_recalled_or_explains_why_not(context, number: int) -> None:
    request = requests_of_every_kind(Path("/pictures"))[number]
    list_jobs(failed(1, request=request))
    if request.kind in NO_FORM:
        with pytest.raises(RuntimeError, match=messages.NO_FORM):
            bpy.ops.tripo_addon.recall_job(job_id="failed-1")
    else:
        assert bpy.ops.tripo_addon.recall_job(job_id="failed-1") == {"FINISHED"}


def test_job_lost_in_a_damaged_list_says_nothing_is_known(context) -> None:
    list_jobs(failed(1, details_lost=True))
    with pytest.raises(RuntimeError, match=messages.NOTHING_TO_RECALL):
        bpy.ops.tripo_addon.recall_job(job_id="failed-1")


def test_clearing_keeps_running_and_freely_recoverable_jobs(context) -> None:
    fetchable = replace(job_in(State.CANCELLED), id="fetchable")
    running = replace(job_in(State.RUNNING), id="running")
    done = [replace(job_in(State.DONE), id=f"job-{each}", created=each) for each in range(3)]
    list_jobs(fetchable, running, failed(1), *done)
    assert bpy.ops.tripo_addon.clear_finished() == {"FINISHED"}
    assert sorted(job.id for job in composition.jobs()) == ["fetchable", "running"]


def test_removing_a_row_removes_all_its_steps_and_grouped_jobs(context) -> None:
    list_jobs(*(failed(number) for number in range(4)))
    assert bpy.ops.tripo_addon.remove_job(job_id=ROWS.chosen) == {"FINISHED"}
    assert composition.jobs() == ()


def test_cancel_stops_every_pending_step(context) -> None:
    forms = context.scene.tripo_addon
    forms.text.prompt, forms.then_texture, forms.texture.prompt = "a chest", True, "moss"
    then = generation.later_requests(forms.text.kind, context)
    values = submitting.checked(forms.text)
    steps = generation.generation_steps(values, then, title="A chest", context=context)
    jobs = composition.engine().submit(composition.WIRING.account, steps)
    assert bpy.ops.tripo_addon.cancel_job(job_id=jobs[0].id) == {"FINISHED"}
    assert states(jobs) == [State.CANCELLED, State.CANCELLED]


def states(jobs: Sequence[Job]) -> list[State]:
    return [submitting.current(job).state for job in jobs]


def test_console_link_matches_the_service_address(context) -> None:
    job = bare_job()
    assert job_menu.console(replace(job, account="tripo-v3 https://openapi.tripo3d.com")) == (
        "https://developers.tripo3d.com"
    )
    assert job_menu.console(replace(job, account="nobody https://x")) == ""


def test_job_diagnostics_omit_name_and_prompt(
    context,
) -> None:
    list_jobs(
        failed(
            1,
            title="Secret chest",
            request=parse_request(
                {
                    "kind": "text_to_model",
                    "model": context.scene.tripo_addon.text.model,
                    "prompt": PROMPT,
                }
            ),
        )
    )
    text = diagnostics.report_of(ROWS.jobs_of("failed-1"))
    assert "code 2010" in text
    assert "Secret chest" not in text
    assert PROMPT not in text
    assert bpy.ops.tripo_addon.copy_job(job_id="failed-1") == {"FINISHED"}


def test_missing_files_are_reported(context, tmp_path: Path) -> None:
    list_jobs(
        replace(job_in(State.DONE), id="gone", model=tmp_path / "nowhere" / "model.glb"),
        failed(1),
    )
    with pytest.raises(RuntimeError, match=messages.FILES_GONE):
        bpy.ops.tripo_addon.show_files(job_id="gone")
    with pytest.raises(RuntimeError, match=messages.NO_FILES):
        bpy.ops.tripo_addon.show_files(job_id="failed-1")
