"""A slot is filled with what the window shows: the viewport, the camera, a path that was copied."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

# From the sidebar's left, as a share: the button at the end of a row.
AT_END = 0.83


def play(stage: Stage) -> Steps:
    """The menu of a slot, what it takes, and that all is as it was before."""
    yield from stage.open_tab()
    _scene()
    stage.forms.mode = "image"
    yield from stage.redraw()
    yield from _menu(stage)
    before = _settings(stage)
    for source in ("VIEWPORT", "CAMERA"):
        _take(stage, source, source)
    bpy.context.window_manager.clipboard = f'"{stage.forms.image.path}"'
    _take(stage, "CLIPBOARD", "CLIPBOARD")
    stage.facts["kept"] = _settings(stage) == before
    bpy.context.window_manager.clipboard = "https://example.invalid/chest.png"
    with stage.inside(stage.sidebar()):
        bpy.ops.tripo_addon.take_picture(form="image", field="image", source="CLIPBOARD")
    stage.facts["address"] = stage.forms.image.path
    yield from _of_a_path_tracer(stage)
    yield from _blockout(stage)


def _scene() -> None:
    """A red cube that fills the middle of what the camera sees, in a viewport that looks aside."""
    scene, cube = bpy.context.scene, bpy.data.objects["Cube"]
    cube.active_material = bpy.data.materials.new("Red")
    cube.active_material.diffuse_color = (1.0, 0.0, 0.0, 1.0)
    scene.render.resolution_x, scene.render.resolution_y = 400, 300


def _menu(stage: Stage) -> Steps:
    """The menu at the end of the empty field, opened and closed."""
    _x, y = yield from stage.hands.find("image.path")
    region = stage.sidebar()
    yield from stage.hands.click((region.x + round(AT_END * region.width), y))
    yield 0.5
    yield from stage.picture("menu")
    yield from stage.hands.key("ESC")
    yield 0.3


def _take(stage: Stage, source: str, name: str) -> None:
    """Fill the slot, and keep a copy of the file for the test."""
    with stage.inside(stage.sidebar()):
        bpy.ops.tripo_addon.take_picture(form="image", field="image", source=source)
    stage.facts[name] = Path(stage.forms.image.path).name
    shutil.copy(stage.forms.image.path, stage.folder / f"taken-{name}.png")


def _of_a_path_tracer(stage: Stage) -> Steps:
    """What Cycles renders in a viewport cannot be drawn elsewhere: the material preview is."""
    scene, shading = bpy.context.scene, _shading(stage)
    scene.render.engine, shading.type = "CYCLES", "RENDERED"
    yield 0.5
    _take(stage, "VIEWPORT", "CYCLES")
    shading.type = "SOLID"
    yield from stage.redraw()
    yield 1.5
    yield from stage.picture("slot")


def _blockout(stage: Stage) -> Steps:
    """A cube, a ring and strokes become four views, and these a model in their place."""
    cube = bpy.data.objects["Cube"]
    cube.scale, cube.location = (1.0, 0.5, 0.5), (1.0, 2.0, 0.5)
    with stage.inside():
        bpy.ops.curve.primitive_bezier_circle_add(radius=1.0, location=(1.0, 2.0, 0.0))
        bpy.ops.object.grease_pencil_add(type="STROKE", location=(1.0, 2.0, 1.5))
        for obj in bpy.context.scene.objects:
            obj.select_set(obj.type not in {"CAMERA", "LIGHT"})
        bpy.context.view_layer.objects.active = cube
        bpy.ops.ed.undo_push(message="Blocked Out")
    before = _settings(stage)
    stage.forms.mode = "multiview"
    yield from stage.hands.press("tripo_addon.take_views")
    form = stage.forms.multiview
    yield from stage.until("the four views", lambda: form.blockout_text)
    stage.facts["views kept"] = _settings(stage) == before
    views = ("front", "left", "back", "right")
    for view in views:
        shutil.copy(getattr(form, view), stage.folder / f"taken-{view}.png")
    stage.facts["box"] = json.loads(form.blockout_text)["sides"]
    yield 2.0
    yield from stage.picture("views")
    yield from stage.hands.press("tripo_addon.generate_multiview")
    yield from stage.until("the model", lambda: stage.states() == ["DONE"])
    yield 1.0
    yield from stage.picture("in its place")
    stage.facts["note"] = stage.jobs()[0].note
    root = bpy.data.objects[stage.jobs()[0].root]
    stage.facts["variants"] = [row.name for row in root.tripo_addon.variants]
    stage.facts["shown"] = sorted(obj.name for obj in bpy.context.scene.objects)
    with stage.inside():
        bpy.ops.ed.undo()
    yield 0.3
    stage.facts["undone"] = sorted(obj.name for obj in bpy.context.scene.objects)


def _shading(stage: Stage) -> Any:
    space: Any = stage.area().spaces.active
    return space.shading


def _settings(stage: Stage) -> list[str]:
    """Whatever a picture might change of the scene and the viewport."""
    space: Any = stage.area().spaces.active
    scene = bpy.context.scene
    held = (scene.render, scene.render.image_settings, space.shading, space.overlay)
    return [
        *(repr(getattr(each, row.identifier)) for each in held for row in each.bl_rna.properties),
        *sorted(scene.name for scene in bpy.data.scenes),
        *sorted(image.name for image in bpy.data.images),
        *sorted(obj.name for obj in bpy.context.selected_objects),
    ]
