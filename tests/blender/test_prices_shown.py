"""Prices that the panel shows before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import pytest

from tests.blender.addon import KEY, enabled
from tests.gui.recording_layout import Written, shows
from tests.standin.service import StandIn
from tripo_addon.blender import settings
from tripo_addon.blender.objects.object_group import ObjectGroup
from tripo_addon.blender.requests import checks, generation, object_requests
from tripo_addon.blender.session import composition
from tripo_addon.blender.ui import generate_panel


@pytest.fixture
def context() -> Iterator[bpy.types.Context]:
    with StandIn(seconds=0, keys=(KEY,), balance=12.0) as service, enabled(service) as context:
        yield context


def test_price_above_balance_is_reported_with_a_solution(context: bpy.types.Context) -> None:
    assert checks.shortage(20) == ""
    engine = composition.engine()
    engine.ask_balance(composition.WIRING.account)
    engine.run_until_idle(lambda _job: None, online=settings.online)
    assert composition.balance() == 12
    assert "costs 20 credits and you have 12. Add credits" in checks.shortage(20)
    assert checks.shortage(12) == checks.shortage(None) == ""
    forms = context.scene.tripo_addon
    assert "[Open Service Console]" not in _panel(context), "what is missing comes first"
    forms.text.prompt = "a chest"
    lines = _panel(context)
    assert shows(lines, checks.shortage(20))
    assert lines.index("[Open Service Console]") > lines.index("[Generate · 20 of 12 credits]")


def _panel(context: bpy.types.Context) -> list[str]:
    written = Written()
    written.take_down(generate_panel.TRIPO_ADDON_PT_generate, context)
    return written.lines


def test_texture_paid_twice_is_reported(context: bpy.types.Context) -> None:
    forms = context.scene.tripo_addon

    def warnings() -> tuple[str, ...]:
        return generation.then_overlaps(forms.text.kind, forms.text.values(), context)

    assert warnings() == ()
    forms.then_texture = True
    assert "paid for twice" in warnings()[0]
    forms.text.texture = False
    assert warnings() == ()


def test_follow_up_steps_are_named_while_folded(context: bpy.types.Context) -> None:
    forms = context.scene.tripo_addon
    assert generate_panel._then_text(forms) == ""
    forms.then_texture = forms.then_rig = True
    forms.texture.prompt = "red lacquer"
    assert generate_panel._then_text(forms) == "Texture “red lacquer”, Rig"
    forms.then_animate = True
    forms.texture.guide = "IMAGE"
    assert generate_panel._then_text(forms) == "Texture, Rig, Animate"


def test_bake_cost_is_shown_for_all_objects_together(context: bpy.types.Context) -> None:
    objs = []
    for _ in range(3):
        bpy.ops.mesh.primitive_cube_add()
        objs.append(context.view_layer.objects.active)
    form = context.scene.tripo_addon.texture
    form.texture_size = "1024"
    message = object_requests.bake_of(form, ObjectGroup(tuple(objs))).message
    assert "for all 3 objects" in message
    assert "at 1024 pixels" in message
