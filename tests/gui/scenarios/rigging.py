"""The rig form with its animations: one found by typing, and the total price on the button."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps


def play(stage: Stage) -> Steps:
    """Rig and animate a cube: type “wave”, and choose the second suggestion."""
    yield from stage.open_tab()
    with stage.inside():
        bpy.ops.mesh.primitive_cube_add()
    forms = stage.forms
    forms.work, forms.rig.animate = "rig", True
    forms.animate.animations = "preset:biped:walk"
    yield from stage.open_object_panel()
    yield from stage.picture("form")
    yield from stage.hands.press("new_animation")
    yield from stage.hands.text("wave")
    yield 0.5
    yield from stage.picture("typed")
    for key in ("DOWN_ARROW", "DOWN_ARROW", "RET"):
        yield from stage.hands.key(key)
    yield from stage.redraw()
    yield 0.3
    stage.facts["animations"] = stage.forms.animate.animations
    stage.facts["words"] = stage.words_of("ui.object_panel", "TRIPO_ADDON_PT_object")
    yield from stage.picture("chosen")
    stage.forms.rig.spec = "mixamo"
    yield from stage.redraw()
    stage.facts["refused"] = stage.words_of("ui.object_panel", "TRIPO_ADDON_PT_object")
    yield from stage.picture("refused")
