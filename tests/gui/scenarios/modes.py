"""A model arrives while the artist is at work: in Edit and Sculpt Mode, a transform, a render."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

RENDER_SECONDS = 5.0
Mode = Literal["OBJECT", "EDIT", "SCULPT"]


def play(stage: Stage) -> Steps:
    """Have one job wait through all of these, and arrive at the end.

    The loop must not turn between two of these, so each begins in the step that ends the last.
    """
    waits = stage.facts["waits"] = {}
    yield from _tab_into_edit_mode(stage)
    yield from stage.generate("a small wooden chest")
    yield from _record_wait(stage, waits, "Edit Mode")
    _set_mode(stage, "SCULPT")
    yield from _record_wait(stage, waits, "Sculpt Mode")
    _set_mode(stage, "OBJECT")
    _render(stage)
    yield from _record_wait(stage, waits, "Render", then="EDIT")
    yield from stage.until("the render's end", lambda: not bpy.app.is_job_running("RENDER"))
    _set_mode(stage, "OBJECT")
    _grab(stage)
    yield from _record_wait(stage, waits, "Transform")
    stage.facts["before"] = len(bpy.context.scene.objects)
    yield from stage.hands.key("ESC")
    yield from stage.until("the arrival", lambda: stage.states() == ["DONE"])
    stage.facts["after"] = len(bpy.context.scene.objects)
    stage.facts["mode"] = bpy.context.mode


def _tab_into_edit_mode(stage: Stage) -> Steps:
    yield from stage.hands.move(_middle(stage))
    yield from stage.hands.key("TAB")
    yield from stage.until("edit mode", lambda: bpy.context.mode == "EDIT_MESH")


def _set_mode(stage: Stage, mode: Mode) -> None:
    with stage.inside():
        bpy.ops.object.mode_set(mode=mode)


def _grab(stage: Stage) -> None:
    with stage.inside():
        bpy.ops.transform.translate("INVOKE_DEFAULT")


def _render(stage: Stage) -> None:
    """Start a render that ends by itself: Blender does not let simulated keys stop one."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_percentage = 25
    scene.cycles.samples = 100_000
    scene.cycles.use_denoising = False
    scene.cycles.time_limit = RENDER_SECONDS
    with stage.inside():
        bpy.ops.render.render("INVOKE_DEFAULT")


def _record_wait(
    stage: Stage, waits: dict[str, object], where: str, then: Mode | None = None
) -> Steps:
    """Wait until the job is READY, check that it stays so for some turns of the loop, and record
    its row's reason. `then` is the mode that follows what ends by itself; it may come before the
    picture, which can take longer."""
    yield from stage.until("a READY job", lambda: stage.states()[0] == "READY")
    yield 1.2
    waits[where] = {"state": stage.states()[0], "mode": bpy.context.mode, "words": stage.words()}
    if then is not None:
        _set_mode(stage, then)
    yield from stage.picture(where.replace(" ", "-").lower())


def _middle(stage: Stage) -> tuple[int, int]:
    region = stage.viewport()
    return region.x + region.width // 3, region.y + region.height // 2
