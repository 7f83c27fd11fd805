"""An artist who never opens the sidebar: menus, the dialog, and the status bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gui.stage import Stage, Steps


def play(stage: Stage) -> Steps:
    """Go from Add › Tripo to a model, and to the menus for it."""
    stage.forms.text.prompt = "a small wooden chest"
    yield from opened(stage, "add menu", lambda: bpy.ops.wm.call_menu(name="VIEW3D_MT_add"))
    yield from opened(stage, "add", lambda: bpy.ops.wm.call_menu(name="TRIPO_ADDON_MT_add"))
    yield from hover(stage)
    with stage.inside(stage.viewport()):
        bpy.ops.tripo_addon.generate_dialog("INVOKE_DEFAULT", mode="text")
    yield 0.5
    yield from stage.picture("dialog")
    yield from stage.hands.key("RET")
    yield from stage.until("a job", stage.jobs)
    yield from stage.until("the job's progress", lambda: 20 <= stage.jobs()[0].progress < 100)
    yield from hover(stage)
    stage.facts["status"] = stage.module("blender.ui.status_bar").status_text()
    yield from stage.picture("running")
    yield from stage.until("the arrival", lambda: stage.jobs()[0].state.final)
    stage.facts["state"] = stage.jobs()[0].state.name
    stage.facts["quiet"] = stage.module("blender.ui.status_bar").status_text()
    root = bpy.data.objects[stage.jobs()[0].root]
    for obj in bpy.context.selected_objects:
        obj.select_set(False)
    bpy.context.view_layer.objects.active = root
    root.select_set(True)
    yield 0.3
    yield from opened(stage, "object", lambda: bpy.ops.wm.call_menu(name="TRIPO_ADDON_MT_object"))


def hover(stage: Stage) -> Steps:
    """Move the mouse over the viewport, as working artists do all the time."""
    region = stage.viewport()
    for step in (0.4, 0.5):
        point = (round(region.x + step * region.width), round(region.y + 0.6 * region.height))
        yield from stage.hands.move(point)


def opened(stage: Stage, name: str, open_menu: Callable[[], object]) -> Steps:
    """Open a menu over the viewport, take a picture, and close it."""
    yield from hover(stage)
    with stage.inside(stage.viewport()):
        open_menu()
    yield 0.5
    yield from stage.picture(name)
    yield from stage.hands.key("ESC")
    yield 0.2
