"""Takes the pictures of README and docs/: one small project, from the first card to a new
texture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Euler

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

SIDES: Final[dict[str, Any]] = {"front": "FRONT", "left": "RIGHT", "back": "BACK", "right": "LEFT"}
"""Each view of the form with Blender's: the form's left is the subject's own."""
SIDEBAR: Final = 330
"""The sidebar's width in pixels, as an artist would drag it to read file names."""
_CLOSE: Final = 1.7
"""The distance in meters from which the head fills the picture."""
_FROM_THE_LEFT: Final = Euler((1.15, 0.0, -0.5))
"""A view in which what arrives next, further along X, stands to the right and hides nothing."""
_RUST: Final = (0.6, 0.2, 0.06, 1.0)
_IRON: Final = (0.05, 0.06, 0.08, 1.0)


def play(stage: Stage) -> Steps:
    """Take one picture for each page of the tab, beside its subject."""
    bpy.data.batch_remove([bpy.data.objects["Cube"]])
    space = stage.area().spaces.active
    space.shading.type = "MATERIAL"
    space.overlay.show_floor = False
    yield from _widen(stage)
    yield from _first_run(stage)
    yield from _draw_views(stage)
    yield from _window(stage)
    yield from _object(stage)


def _widen(stage: Stage) -> Steps:
    region = stage.sidebar()
    edge = (region.x + 7, region.y + region.height - 300)
    yield from stage.hands.drag(edge, (edge[0] + region.width - SIDEBAR, edge[1]))
    yield from stage.redraw()


def _first_run(stage: Stage) -> Steps:
    own = stage.preferences
    key, own.api_key, own.set_up_done = own.api_key, "", False
    yield from stage.picture("first-run")
    own.api_key, own.set_up_done = key, True


def _draw_views(stage: Stage) -> Steps:
    """Make a head, take pictures of it from four sides, and remove it."""
    render, space = bpy.context.scene.render, stage.area().spaces.active
    render.resolution_x = render.resolution_y = 512
    with stage.inside():
        bpy.ops.mesh.primitive_monkey_add()
        head = bpy.context.object
        head.modifiers.new("Smooth", "SUBSURF").levels = 2
        for name, color in (("Rust", _RUST), ("Iron", _IRON)):
            material = bpy.data.materials.new(name)
            material.diffuse_color = color
            head.data.materials.append(material)
        for face in head.data.polygons:
            face.material_index = int(face.center.z > 0.3)
        bpy.ops.view3d.view_selected()
    yield 1.0
    view = space.region_3d
    before = (view.view_rotation.copy(), view.view_location.copy(), view.view_distance)
    space.overlay.show_overlays = False
    shading = space.shading
    shading.type, shading.color_type = "SOLID", "MATERIAL"
    shading.background_type, shading.background_color = "VIEWPORT", (0.9, 0.9, 0.9)
    for side, axis in SIDES.items():
        with stage.inside():
            bpy.ops.view3d.view_axis(type=axis)
        yield 0.5
        view.view_distance = _CLOSE
        yield 0.5
        render.filepath = str(stage.folder.parent / f"statue_{side}.png")
        with stage.inside():
            bpy.ops.render.opengl(write_still=True)
        setattr(stage.forms.multiview, side, render.filepath)
    space.overlay.show_overlays = True
    shading.background_type, shading.type = "THEME", "MATERIAL"
    view.view_perspective = "PERSP"
    view.view_rotation, view.view_location, view.view_distance = before
    bpy.data.batch_remove([bpy.data.objects["Suzanne"]])
    yield 0.5


def _window(stage: Stage) -> Steps:
    """Show the statue after its arrival, framed, while a second one is being made."""
    stage.forms.mode = "multiview"
    yield 1.0
    with stage.inside():
        bpy.ops.tripo_addon.generate_multiview()
    yield from stage.until("the statue", lambda: stage.states() == ["DONE"], patience=240)
    yield from _look_at(stage.jobs()[0].root, stage)
    yield from stage.generate("a brass pocket watch")
    yield from stage.until("progress", lambda: 40 <= stage.jobs()[0].progress < 100)
    yield from stage.picture("window")
    yield from stage.until("the watch", lambda: stage.states() == ["DONE"] * 2, patience=240)


def _look_at(root: str, stage: Stage) -> Steps:
    with stage.inside():
        bpy.ops.object.select_all(action="DESELECT")
        obj = bpy.data.objects[root]
        for each in (obj, *obj.children_recursive):
            each.select_set(True)
        bpy.context.view_layer.objects.active = obj
        bpy.ops.view3d.view_selected()
    yield 1.0
    # Leave room beside it for the next one, and for the sidebar over the view.
    view = stage.area().spaces.active.region_3d
    view.view_rotation = _FROM_THE_LEFT.to_quaternion()
    view.view_distance *= 2.2
    view.view_location.x += 1.3
    yield 0.5


def _object(stage: Stage) -> Steps:
    """Show the statue with another texture on its own mesh; the first one is a variant."""
    yield from _look_at(stage.jobs()[1].root, stage)
    form = stage.forms.texture
    form.landing, form.prompt, form.texture_size = "KEEP", "mossy green stone", "1024"
    with stage.inside():
        bpy.ops.tripo_addon.texture()
    yield from stage.until("the texture", lambda: set(stage.states()) == {"DONE"}, patience=240)
    yield from stage.open_object_panel()
    yield from stage.picture("object")
