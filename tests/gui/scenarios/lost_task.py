"""Paid tasks whose answers were lost, in the window: searched, chosen or named by id, and
imported."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

LOOK, ATTACH = "tripo_addon.look_for_task", "tripo_addon.attach_task"
DIGITS = ("ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE")


def play(stage: Stage) -> Steps:
    """Continue one job by a click on the task that was found, and another by its task's id."""
    with stage.inside():
        bpy.ops.screen.screen_full_area(use_hide_panels=False)
    yield 0.5
    yield from stage.open_tab()
    yield from stage.fold_first_panel()
    yield from _lost(stage, "chosen")
    stage.facts["chosen"]["tooltip"] = _tooltip(stage)
    # The tasks that were found are above the button that asks for an id.
    yield from stage.hands.press(ATTACH)
    yield from _arrived(stage, "chosen")
    yield from _lost(stage, "named")
    yield from _name(stage)
    yield from _arrived(stage, "named")


def _lost(stage: Stage, name: str) -> Steps:
    """Make a job whose answer is lost, and click its search."""
    facts = stage.facts[name] = {}
    yield from stage.generate("a small wooden chest")
    yield from stage.until("a lost answer", lambda: stage.states()[0] == "FAILED")
    facts["lost"] = stage.words()
    yield from stage.picture(f"{name}-lost")
    yield from stage.hands.press(LOOK)
    yield from stage.until("the found task", lambda: stage.jobs()[0].candidates)
    facts["found"] = stage.words()
    facts["candidates"] = [candidate.task_id for candidate in stage.jobs()[0].candidates]
    yield from stage.hands.move((2, 2))
    yield from stage.picture(f"{name}-found")


def _tooltip(stage: Stage) -> str:
    """Return the tooltip that Blender shows for the button of the task that was found."""
    job = stage.jobs()[0]
    chosen = SimpleNamespace(job_id=job.id, task_id=job.candidates[0].task_id)
    attach = stage.module("blender.ui.lost_task").TRIPO_ADDON_OT_attach_task
    return attach.description(bpy.context, chosen)


def _name(stage: Stage) -> Steps:
    """Open the dialog, type into its field, and confirm with Enter."""
    job = stage.jobs()[0]
    yield from stage.hands.press(f'{ATTACH}(job_id="{job.id}")')
    yield 0.3
    for letter in job.candidates[0].task_id:
        if letter.isdigit():
            yield from stage.hands.key(DIGITS[int(letter)], letter)
        else:
            yield from stage.hands.text(letter)
    yield from stage.picture("dialog")
    yield from stage.hands.key("RET")
    yield from stage.hands.key("RET")


def _arrived(stage: Stage, name: str) -> Steps:
    yield from stage.until("the model", lambda: stage.states()[0] == "DONE")
    job = stage.jobs()[0]
    stage.facts[name]["words"] = stage.words()
    stage.facts[name]["task"] = job.task_id
    stage.facts[name]["linked"] = bpy.data.objects[job.root].tripo_addon.task_id
    yield from stage.hands.move((2, 2))
    yield from stage.picture(f"{name}-arrived")
