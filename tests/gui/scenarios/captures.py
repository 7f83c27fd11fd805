"""Fills a slot with what the window shows: the viewport, the camera, or a copied path."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from tests import reference_blockout

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

# The horizontal position of the button at the end of a row, as a share of the sidebar's width.
AT_END = 0.83


def play(stage: Stage) -> Steps:
    """Open the menu of a slot, use each of its choices, and check that the scene is unchanged."""
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
    yield from _reference(stage)
    yield from _blockout(stage)


def _scene() -> None:
    """Make a red cube that fills the middle of the camera's view, in a viewport that looks
    elsewhere."""
    scene, cube = bpy.context.scene, bpy.data.objects["Cube"]
    cube.active_material = bpy.data.materials.new("Red")
    cube.active_material.diffuse_color = (1.0, 0.0, 0.0, 1.0)
    scene.render.resolution_x, scene.render.resolution_y = 400, 300


def _menu(stage: Stage) -> Steps:
    """Open and close the menu at the end of the empty field."""
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
    """A viewport rendered by Cycles cannot be drawn again; the material preview is taken
    instead."""
    scene, shading = bpy.context.scene, _shading(stage)
    scene.render.engine, shading.type = "CYCLES", "RENDERED"
    yield 0.5
    _take(stage, "VIEWPORT", "CYCLES")
    shading.type = "SOLID"
    yield from stage.redraw()
    yield 1.5
    yield from stage.picture("slot")


def _reference(stage: Stage) -> Steps:
    """Take the four views of a blockout of which every pixel is known, and remove it."""
    boxes = reference_blockout.build(bpy.context.scene)
    for obj in bpy.context.scene.objects:
        obj.select_set(obj in boxes)
    bpy.context.view_layer.objects.active = boxes[0]
    form = stage.forms.multiview
    stage.forms.mode = "multiview"
    yield from stage.hands.press("tripo_addon.take_views")
    yield from stage.until("views of the reference", lambda: form.blockout_text)
    for view in reference_blockout.VIEWS:
        shutil.copy(getattr(form, view), stage.folder / f"taken-{view}-reference.png")
        setattr(form, view, "")
    bpy.data.batch_remove([bpy.data.objects[name] for name in reference_blockout.BOXES])
    yield from stage.redraw()


def _blockout(stage: Stage) -> Steps:
    """Turn a cube, a ring and strokes into four views, and let their model arrive in their
    place."""
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
    """Return everything in scene and viewport that taking a picture might change."""
    space: Any = stage.area().spaces.active
    scene = bpy.context.scene
    held = (scene.render, scene.render.image_settings, space.shading, space.overlay)
    return [
        *(repr(getattr(each, row.identifier)) for each in held for row in each.bl_rna.properties),
        *sorted(scene.name for scene in bpy.data.scenes),
        *sorted(image.name for image in bpy.data.images),
        *sorted(obj.name for obj in bpy.context.selected_objects),
    ]
