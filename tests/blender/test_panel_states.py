"""The panels draw in any state of their forms."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

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
from tripo_addon.blender.session import composition
from tripo_addon.blender.ui import generate_panel, object_panel

pytestmark = pytest.mark.slow

MODES = ("text", "image", "multiview", "parts")
THEN = ("then_texture", "then_rig", "then_animate")
STATES = 500


@pytest.fixture
def context() -> Iterator[bpy.types.Context]:
    with enabled() as found:
        bpy.data.images.new("Chest", 8, 8)
        bpy.ops.mesh.primitive_cube_add()
        yield found


def thrown(context: bpy.types.Context, dice: Random) -> None:
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
        random_state.throw(getattr(forms, name), dice)
    composition.WIRING.correcting = False


def test_every_panel_survives_any_state_of_its_forms(context: bpy.types.Context) -> None:
    seen: set[str] = set()

    @fuzz_settings(STATES)
    @given(st.randoms(use_true_random=False), st.booleans())
    def any_state(dice: Random, unfolded: bool) -> None:
        thrown(context, dice)
        written = Written(unfolded=unfolded)
        written.take_down(generate_panel.TRIPO_ADDON_PT_generate, context)
        written.take_down(object_panel.TRIPO_ADDON_PT_object, context)
        seen.update(written.lines)

    any_state()
    # The forms were drawn, not only reasons why they are not.
    assert {"<overall_quality>", "<texture_version>", "<landing>", "<granularity>"} <= seen
