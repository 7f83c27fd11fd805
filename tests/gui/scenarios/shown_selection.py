"""What a viewport shows decides what counts as selected in its sidebar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps


def play(stage: Stage) -> Steps:
    """Change what the viewport shows, and note what each drawing takes as selected."""
    seen = stage.facts["seen"] = {}

    def look(name: str) -> Steps:
        yield from stage.redraw()
        with stage.inside(stage.sidebar()):
            names = [obj.name for obj in bpy.context.selected_objects]
        words = stage.words_of("ui.object_panel", "TRIPO_ADDON_PT_object")
        seen[name] = {"selected": names, "words": words}

    view = stage.area().spaces.active
    bpy.ops.object.select_all(action="DESELECT")
    cube = bpy.data.objects["Cube"]
    cube.select_set(True)
    # An active object counts wherever it is selected.
    bpy.context.view_layer.objects.active = None
    yield from look("selected")
    view.show_object_viewport_mesh = False
    yield from look("no meshes")
    view.show_object_viewport_mesh = True
    yield from look("meshes again")
    with stage.inside():
        bpy.ops.view3d.localview()
    yield from look("local view")
    with stage.inside():
        bpy.ops.view3d.localview_remove_from()
    yield from look("removed from it")
    with stage.inside():
        bpy.ops.view3d.localview()
    yield from look("whole scene")
    bpy.data.objects["Cube"].select_set(True)
    yield from look("selected again")
    with stage.inside():
        bpy.ops.ed.undo_push(message="One")
        bpy.ops.object.select_all(action="DESELECT")
        bpy.ops.ed.undo_push(message="Two")
    yield from look("deselected")
    with stage.inside():
        bpy.ops.ed.undo()
    yield from look("undone")
