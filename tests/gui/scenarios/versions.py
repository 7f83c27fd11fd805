"""Works on a generated model in place, by clicks: segmented, restored, and edited while a result is
made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from tests.gui.stage import OBJECT_PANEL

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

LAND = "bpy.ops.tripo_addon.land_job("


def play(stage: Stage) -> Steps:
    """Segment the model, restore the original by its row, and import a result for an edited
    object."""
    with stage.inside():
        bpy.data.batch_remove([*bpy.data.objects])
        bpy.ops.screen.screen_full_area(use_hide_panels=False)
    yield 0.5
    yield from stage.open_tab()
    yield from stage.generate(stage.options["prompt"])
    yield from stage.until("the model", lambda: stage.states() == ["DONE"])
    name = stage.facts["name"] = stage.jobs()[0].root
    with stage.inside():
        bpy.ops.object.select_all(action="DESELECT")
        bpy.data.objects[name].select_set(True)
        bpy.context.view_layer.objects.active = bpy.data.objects[name]
        bpy.ops.view3d.view_selected()
    yield from stage.open_object_panel()
    stage.facts["generated"] = _seen(name)
    yield from _segmented(stage, name)
    yield from _edit_meanwhile(stage, name)


def _segmented(stage: Stage, name: str) -> Steps:
    stage.forms.work = "segment"
    yield from stage.redraw()
    yield from stage.hands.press("bpy.ops.tripo_addon.segment(")
    yield from stage.until("the parts", lambda: stage.states() == ["DONE", "DONE"])
    yield from stage.redraw()
    stage.facts["segmented"] = _seen(name)
    stage.facts["panel"] = stage.words_of("ui.object_panel", "TRIPO_ADDON_PT_object")
    yield from stage.picture("segmented")
    yield from stage.hands.press("bpy.ops.tripo_addon.put_back(")
    yield from stage.redraw()
    stage.facts["put back"] = _seen(name)
    yield from stage.picture("put-back")


def _edit_meanwhile(stage: Stage, name: str) -> Steps:
    """Edit the object while its result is made, and let the artist decide."""
    stage.forms.work = "decimate"
    yield from stage.redraw()
    yield from stage.hands.press("bpy.ops.tripo_addon.decimate(")
    yield from stage.until("the task", lambda: len(stage.jobs()) == 3)
    with stage.inside():
        mesh = next(each for each in _shown(name) if each.data.vertices)
        mesh.data.vertices[0].co.x += 0.5
        mesh.data.update()
        bpy.ops.ed.undo_push(message="The artist's own edit")
    yield from stage.until("the question", lambda: "[Apply Anyway]" in stage.words())
    stage.facts["edited"] = _seen(name)
    stage.facts["question"] = stage.words()
    yield from stage.picture("edited-meanwhile")
    # The row's buttons are below the visible part of so long a tab, so the panel above is folded.
    yield from stage.click_header(OBJECT_PANEL)
    # Both buttons of the row import the job; use the left one.
    yield from stage.hands.press(
        LAND + f"job_id=\"{stage.jobs()[0].id}\", how='ANYWAY'", across=0.3
    )
    yield from stage.until("the decision", lambda: set(stage.states()) == {"DONE"})
    yield from stage.redraw()
    stage.facts["landed"] = _seen(name)
    yield from stage.picture("landed-anyway")


def _shown(name: str) -> list[Any]:
    root = bpy.data.objects[name]
    objs = (root, *root.children_recursive)
    return [each for each in objs if each.type == "MESH" and each.users_scene]


def _seen(name: str) -> dict[str, Any]:
    """Return the version in place: its origin, meshes and variants."""
    root = bpy.data.objects[name]
    return {
        "label": root.tripo_addon.label,
        "parts": sum(bool(each.data.polygons) for each in _shown(name)),
        "faces": sum(len(each.data.polygons) for each in _shown(name)),
        "variants": [row.name for row in root.tripo_addon.variants],
    }
