"""The panels draw in any state of their forms."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import bpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.blender import random_state
from tests.blender.addon import enabled
from tests.fuzzing import fuzz_settings
from tests.gui.recording_layout import Written
from tripo_addon.api.catalog import SERVICES
from tripo_addon.blender import settings
from tripo_addon.blender.forms import works
from tripo_addon.blender.objects.scene_changes import CHANGES
from tripo_addon.blender.session import composition
from tripo_addon.blender.ui import generate_panel, jobs_panel, object_panel, pictures_panel

pytestmark = pytest.mark.slow

MODES = ("text", "image", "multiview", "parts")
TOOLS = ("new_image", "edit_image", "make_views", "edit_views")
THEN = ("then_texture", "then_rig", "then_animate")
STATES = 500
WATCHED_STATES = 60
PANELS = (
    generate_panel.TRIPO_ADDON_PT_generate,
    pictures_panel.TRIPO_ADDON_PT_pictures,
    object_panel.TRIPO_ADDON_PT_object,
    jobs_panel.TRIPO_ADDON_PT_jobs,
)


@pytest.fixture
def context() -> Iterator[bpy.types.Context]:
    with enabled() as found:
        bpy.data.images.new("Chest", 8, 8)
        bpy.ops.mesh.primitive_cube_add()
        yield found


def randomized(context: bpy.types.Context, dice: Random) -> None:
    """Set the shown forms to a random state, valid or not."""
    chosen, forms = settings.preferences(), context.scene.tripo_addon
    chosen.service, chosen.show_old_versions = dice.choice([*SERVICES]), dice.random() < 0.5
    chosen.api_key = dice.choice(["", "tcli_wrong", "tsk_right", "comfyui-right"])
    forms.mode = dice.choice(MODES)
    listed = [work.name for work in works.WORKS if work.is_listed(settings.service())]
    forms.work = dice.choice(listed)
    for name in THEN:
        setattr(forms, name, dice.random() < 0.5)
    for obj in context.scene.objects:
        obj.select_set(dice.random() < 0.8)
    composition.WIRING.correcting = dice.random() < 0.7
    for name in {forms.mode, forms.work, "texture", "rig", "animate"}:
        random_state.randomize(getattr(forms, name), dice)
    composition.WIRING.correcting = False


def test_every_panel_draws_any_form_state(context: bpy.types.Context) -> None:
    seen: set[str] = set()

    @fuzz_settings(STATES)
    @given(st.randoms(use_true_random=False), st.booleans())
    def any_state(dice: Random, unfolded: bool) -> None:
        randomized(context, dice)
        written = Written(unfolded=unfolded)
        written.take_down(generate_panel.TRIPO_ADDON_PT_generate, context)
        written.take_down(object_panel.TRIPO_ADDON_PT_object, context)
        seen.update(written.lines)

    any_state()
    # The forms were drawn, not only reasons why they are not.
    assert {"<overall_quality>", "<texture_quality>", "<landing>", "<geometry_quality>"} <= seen


def stored(group: Any) -> dict[str, object]:
    """Return everything that a group of properties holds, with the groups inside it."""
    return {
        row.identifier: _stored(getattr(group, row.identifier))
        for row in group.bl_rna.properties
        if row.identifier != "rna_type"
    }


def _stored(value: Any) -> object:
    match value:
        case bpy.types.ID():
            return value.session_uid
        case bpy.types.PropertyGroup():
            return stored(value)
        case bpy.types.bpy_prop_collection():
            return [*map(stored, value)]
        case bpy.types.bpy_prop_array():
            return [*value]
        case _:
            return value


def everything(context: bpy.types.Context) -> tuple[object, ...]:
    """Return all that the add-on stores in the file, the window and the preferences, and which
    data-blocks there are. Blender reports every other change of a data-block: see
    `SceneChanges`."""
    context.view_layer.update()
    blocks = {
        row.identifier: [each.session_uid for each in getattr(bpy.data, row.identifier)]
        for row in bpy.data.bl_rna.properties
        if row.type == "COLLECTION"
    }
    owners = (context.scene, context.window_manager, *context.scene.objects)
    return (
        [stored(owner.tripo_addon) for owner in owners],
        stored(context.preferences.addons["tripo_addon"].preferences),
        blocks,
        CHANGES.count,
    )


def test_drawing_changes_nothing_in_any_form_state(context: bpy.types.Context) -> None:
    before = everything(context)
    context.scene.tripo_addon.texture.prompt = "moss"
    assert everything(context)[-1] != before[-1]

    @fuzz_settings(WATCHED_STATES)
    @given(st.randoms(use_true_random=False), st.booleans())
    def any_state(dice: Random, unfolded: bool) -> None:
        randomized(context, dice)
        context.scene.tripo_addon.picture_tool = dice.choice(TOOLS)
        before = everything(context)
        for panel in PANELS:
            Written(unfolded=unfolded).take_down(panel, context)
        assert everything(context) == before

    any_state()
