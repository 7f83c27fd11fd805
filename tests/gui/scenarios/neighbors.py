"""Disables and enables the add-on while a job runs, beside other add-ons with similar ids."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

import bpy
from bpy.types import Operator, Panel

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

OPERATORS = (
    "tripo.generate",
    "tripo.reimport",
    "tripo.clear_jobs",
    "tripo3d.generate_text_model",
    "tripo3d.download_task",
)
DRAWN: dict[int, int] = {}


class _SameTab:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Tripo"


class VIEW3D_PT_tripo(_SameTab, Panel):  # noqa: N801 - the id that Tripo Bridge has
    bl_label = "Tripo Bridge"

    def draw(self, context: bpy.types.Context) -> None:
        """Count how often each window's tab is drawn."""
        pointer = context.window.as_pointer()
        DRAWN[pointer] = DRAWN.get(pointer, 0) + 1
        self.layout.label(text="Somebody else's panel")


class TRIPO_PT_panel(_SameTab, Panel):  # noqa: N801 - the id of a community add-on
    bl_label = "Community"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw nothing."""
        self.layout.operator("tripo.generate")


def play(stage: Stage) -> Steps:
    """Register the other add-ons, then interrupt and continue a job, in two windows."""
    operators = [_operator(idname) for idname in OPERATORS]
    for cls in (*operators, VIEW3D_PT_tripo, TRIPO_PT_panel):
        bpy.utils.register_class(cls)
    bpy.types.Scene.tripo_props = bpy.props.StringProperty()
    yield from _a_sleeping_timer(stage)
    # A job that outlives disabling the add-on is matched to its file by the path.
    bpy.ops.wm.save_as_mainfile(filepath=str(stage.folder / "scene.blend"))
    yield from stage.generate("a small wooden chest")
    yield from stage.until("a running job", lambda: stage.states() == ["RUNNING"])
    yield from _off_and_on(stage)
    yield from _two_windows(stage)
    for cls in (*operators, VIEW3D_PT_tripo, TRIPO_PT_panel):
        bpy.utils.unregister_class(cls)
    del bpy.types.Scene.tripo_props
    yield from stage.redraw()


def _a_sleeping_timer(stage: Stage) -> Steps:
    """Check that arming the timer runs a turn at once, even if it sleeps for an hour."""
    timer, turns = stage.module("blender.session.timer"), list[float]()

    def turn() -> float:
        turns.append(3600.0)
        return turns[-1]

    timer.stop()
    timer.drive(turn)
    for number in (1, 2):
        timer.arm()
        yield from stage.until("a turn", partial(lambda n: len(turns) == n, number), patience=20.0)
    timer.stop()
    timer.drive(stage.module("blender.loop").pump)


def _operator(idname: str) -> type[Operator]:
    """Return another add-on's operator, which does nothing."""
    name = f"{idname.split('.')[0].upper()}_OT_{idname.split('.')[1]}"

    def execute(_self: Operator, _context: bpy.types.Context) -> set[str]:
        return {"FINISHED"}

    return type(
        name, (Operator,), {"bl_idname": idname, "bl_label": "Generate", "execute": execute}
    )


def _off_and_on(stage: Stage) -> Steps:
    pump = stage.module("blender.loop")
    timers = (stage.module("blender.session.timer").turn, pump._first_look)
    bpy.ops.preferences.addon_disable(module=stage.addon)
    stage.facts["left behind"] = {
        "timers": sum(map(bpy.app.timers.is_registered, timers)),
        "pointer": hasattr(bpy.types.Scene, "tripo_addon"),
        "handlers": [each.__name__ for each in bpy.app.handlers.load_post if _is_ours(stage, each)],
        "threads": [each.name for each in threading.enumerate() if _is_worker(each)],
        "panels": hasattr(bpy.types, "TRIPO_ADDON_PT_generate"),
    }
    stage.facts["neighbors stay"] = list(bpy.ops.tripo.generate())
    yield from stage.picture("disabled")
    bpy.ops.preferences.addon_enable(module=stage.addon)
    yield from stage.until("the job list", stage.jobs)
    stage.facts["enabled again"] = {"states": stage.states(), "words": stage.words()}
    # Blender forgets an add-on's preferences when it is disabled.
    stage.enter_key()
    yield from stage.open_tab()


def _is_ours(stage: Stage, handler: object) -> bool:
    return getattr(handler, "__module__", "").startswith(stage.addon)


def _is_worker(thread: threading.Thread) -> bool:
    return thread is not threading.main_thread() and thread.is_alive()


def _two_windows(stage: Stage) -> Steps:
    with stage.inside():
        bpy.ops.wm.window_new()
    yield 0.5
    stage.facts["windows"] = len(bpy.context.window_manager.windows)
    yield from stage.open_tab(window=1)
    DRAWN.clear()
    yield from stage.until("the interrupted job's end", lambda: stage.states() == ["DONE"])
    yield from stage.generate("a second chest")
    yield from stage.until("a second job", lambda: stage.states()[0] == "RUNNING")
    yield from stage.picture("two-windows")
    yield from stage.until("the second job's end", lambda: stage.states() == ["DONE", "DONE"])
    stage.facts["drawn"] = sorted(DRAWN.values())
    second = bpy.context.window_manager.windows[1]
    with bpy.context.temp_override(window=second):
        bpy.ops.wm.window_close()
    yield 0.3
