"""Work on a selected object in the window: each way of landing, seen and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from tests.blender.rich import described, rich_object

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.gui.stage import Stage, Steps

LANDINGS = ("KEEP", "REPLACE", "NEW")
NAME = "Troll"


def play(stage: Stage) -> Steps:
    """Unfold the panel and click its button; then look at each landing and undo it."""
    with stage.inside():
        bpy.data.batch_remove([*bpy.data.objects, *bpy.data.meshes])
        bpy.ops.screen.screen_full_area(use_hide_panels=False)
    yield 0.5
    yield from stage.open_tab()
    with stage.inside():
        _set_the_scene()
    yield from stage.open_object_panel()
    stage.facts["words"] = stage.words_of("ui.object_panel", "TRIPO_ADDON_PT_object")
    yield from stage.picture("before")
    landings = stage.facts["landings"] = {}
    for landing in LANDINGS:
        landings[landing] = yield from _landed(stage, landing)


def _set_the_scene() -> None:
    obj = rich_object()
    obj.modifiers["Bend"].angle = 0.0
    for other in bpy.context.view_layer.objects:
        other.select_set(other == obj)
    bpy.context.view_layer.objects.active = obj
    space = bpy.context.space_data
    space.shading.type = "MATERIAL"
    space.overlay.show_floor = False
    bpy.ops.view3d.view_selected()


def _landed(stage: Stage, landing: str) -> Generator[float, None, dict[str, object]]:
    """Return the object's state before, after, and after Ctrl+Z."""
    # The forms are part of the file, so an undo also takes back what was typed.
    form = stage.forms.texture
    form.landing, form.prompt, form.texture_size = landing, "mossy green stone", "512"
    bpy.ops.ed.undo_push(message="The artist's own step")
    yield 0.2
    before, blocks = described(bpy.data.objects[NAME]), _blocks()
    count = len(stage.jobs())
    if landing == "KEEP":
        yield from stage.hands.press("bpy.ops.tripo_addon.texture(")
    else:
        with stage.inside():
            bpy.ops.tripo_addon.texture()
    yield from stage.until("the task", lambda: len(stage.jobs()) > count)
    yield 2.0
    stage.facts["during"] = stage.words_of("ui.object_panel", "TRIPO_ADDON_PT_object")
    yield from stage.picture(f"{landing.lower()}-during")
    stage.listen(on=True)
    yield from stage.until("the result", lambda: set(stage.states()) == {"DONE"}, patience=240)
    stage.listen(on=False)
    yield 1.0
    yield from stage.picture(f"{landing.lower()}-after")
    after, selected = described(bpy.data.objects[NAME]), bpy.context.view_layer.objects.active.name
    with stage.inside():
        bpy.ops.ed.undo()
    yield 0.5
    undone = described(bpy.data.objects[NAME])
    return {
        "changed": sorted(name for name in before if before[name] != after[name]),
        "left by undo": sorted(name for name in before if before[name] != undone[name]),
        "blocks left": sorted(set(_blocks()) - set(blocks)),
        "active": selected,
    }


def _blocks() -> list[str]:
    kinds = ("objects", "meshes", "materials", "images", "collections", "actions")
    return [f"{kind} {block.name}" for kind in kinds for block in getattr(bpy.data, kind)]
