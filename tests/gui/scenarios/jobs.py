"""Sixty jobs, one of which waits for the artist; recalling a failed job's prompt; and canceling."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

PAST = 58
# The horizontal position of a row's cancel button, as a share of the sidebar's width.
CROSS = 0.72
FORBIDDEN = "a chest of forbidden-content"


def play(stage: Stage) -> Steps:
    """Play in a window of one viewport, with the Jobs panel in view."""
    with stage.inside():
        bpy.ops.screen.screen_full_area(use_hide_panels=False)
    yield 0.5
    yield from stage.open_tab()
    yield from stage.fold_first_panel()
    yield from _sixty(stage)
    yield from _search(stage)
    yield from _fail(stage)
    yield from _cancel(stage)


def _sixty(stage: Stage) -> Steps:
    """Begin a session with the list of someone who has worked for weeks."""
    model, store = stage.module("jobs.model.job"), stage.module("jobs.storage.claims")
    finished = [_past(stage, model, number) for number in range(PAST)]
    lost = replace(
        finished[0],
        id="lost",
        title="Brass watch",
        created=0.5,
        state=model.State.FAILED,
        failure=model.Failure.OUTCOME_UNKNOWN,
        trouble=stage.module("api.errors").Problem(
            kind=stage.module("api.errors").Kind.LOST_ANSWER
        ),
        model=None,
        task_id=None,
    )
    composition = stage.module("blender.session.composition")
    composition.engine().take_over(store.Claim((), held_elsewhere=0), (*finished, lost))
    stage.module("blender.session.timer").arm()
    yield from stage.generate("a small wooden chest")
    yield from stage.until("progress", lambda: 20 <= stage.jobs()[0].progress < 100)
    window = bpy.context.window_manager.tripo_addon
    order = stage.module("blender.job_list.rows").ROWS.order
    stage.facts["sixty"] = {
        "rows": len(window.job_rows),
        "first": order[0],
        "second": order[1],
        "newest": stage.jobs()[0].id,
        "chosen": window.selected_job,
        "words": stage.words(),
        "status": stage.module("blender.ui.status_bar").status_text(),
    }
    yield from _frame(stage)
    yield from stage.picture("sixty")
    yield from stage.until("the arrival", lambda: stage.states()[0] == "DONE")
    yield from stage.redraw()
    stage.facts["arrived"] = stage.words()
    pictures = stage.module("blender.previews.model_pictures").MODEL_PICTURES
    yield from stage.until("its picture", lambda: pictures.of(stage.jobs()[0]))
    stage.facts["drawn"] = str(pictures.of(stage.jobs()[0]))
    yield from stage.redraw()
    yield from stage.picture("arrived")
    window.job_number = 0
    yield from stage.picture("waiting")
    stage.facts["waiting"] = stage.words()


def _frame(stage: Stage) -> Steps:
    """Look elsewhere, then frame the place where the model will stand."""
    view = stage.area().spaces.active.region_3d
    view.view_location, view.view_distance = (40.0, 40.0, 0.0), 20.0
    job = stage.jobs()[0]
    stand = stage.module("blender.viewport.waiting_boxes").BOXES.of(job.id).stand
    with stage.inside(stage.sidebar()):
        bpy.ops.tripo_addon.frame_job(job_id=job.id)
    yield 0.1
    stage.facts["framed"] = {
        "view": list(view.view_location),
        "distance": view.view_distance,
        "foot": list(stand.foot),
        "sides": list(stand.sides),
    }


def _search(stage: Stage) -> Steps:
    """Type into the field above the list, then choose one kind of jobs."""
    window = bpy.context.window_manager.tripo_addon
    rows = stage.module("blender.job_list.rows").ROWS
    yield from stage.hands.press("job_search", across=0.2)
    yield from stage.hands.text("brass")
    yield from stage.hands.key("RET")
    yield from stage.redraw()
    stage.facts["found"] = [rows.row(key).job.title for key in rows.order]
    yield from stage.picture("found")
    window.job_search, window.job_filter = "", "NEEDS_YOU"
    yield from stage.redraw()
    stage.facts["filtered"] = list(rows.order)
    yield from stage.picture("filtered")
    window.job_filter = "ALL"
    yield from stage.redraw()


def _past(stage: Stage, model: Any, number: int) -> Any:
    made = stage.module("api.tasks").TextToModel(
        model="v3.1-20260211", prompt=f"statue number {number}"
    )
    return model.Job(
        id=f"past-{number:02}",
        account="tripo-v3 elsewhere",
        title=f"Statue {number}",
        request=made,
        state=model.State.DONE,
        price=20,
        credits=20.0,
        created=1000.0 + number,
        task_id=f"task-{number}",
        model=Path("/nowhere/model.glb"),
        root="Statue",
    )


def _fail(stage: Stage) -> Steps:
    """Recall a refused prompt with a click, although the form has another one by then."""
    stage.forms.text.negative_prompt = ""
    yield from stage.generate(FORBIDDEN)
    yield from stage.until("the refusal", lambda: stage.states()[0] == "FAILED")
    stage.forms.text.prompt = "something else"
    yield from stage.picture("failed")
    stage.facts["failed"] = stage.words()
    yield from stage.hands.press("tripo_addon.recall_job", across=0.3)
    yield 0.2
    stage.facts["recalled"] = stage.forms.text.prompt


def _cancel(stage: Stage) -> Steps:
    """Cancel with the row's button."""
    yield from stage.generate("a chest that nobody wants")
    yield from stage.until("progress", lambda: 10 <= stage.jobs()[0].progress < 100)
    yield from stage.hands.press("tripo_addon.cancel_job", across=CROSS)
    yield from stage.until("the cancel", lambda: stage.states()[0] == "CANCELLED")
    yield from stage.redraw()
    stage.facts["canceled"] = stage.words()
    yield from stage.hands.move((2, 2))
    yield from stage.picture("canceled")
