"""What the panel says of money before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import pytest

from tests.blender.addon import KEY, enabled
from tests.standin.service import StandIn
from tripo_addon.blender import access, asking, object_jobs, panels, wiring
from tripo_addon.blender.family import Family


@pytest.fixture
def context() -> Iterator[bpy.types.Context]:
    with StandIn(seconds=0, keys=(KEY,), balance=12.0) as service, enabled(service) as context:
        yield context


def test_a_price_above_the_balance_is_said_with_what_to_do(context: bpy.types.Context) -> None:
    assert asking.shortage(20) == ""
    engine = wiring.engine()
    engine.ask_balance(wiring.WIRING.account)
    engine.run_until_idle(lambda _job: None, online=access.online)
    assert wiring.balance() == 12
    assert "costs 20 credits, and you have 12: top up" in asking.shortage(20)
    assert asking.shortage(12) == asking.shortage(None) == ""


def test_a_texture_that_would_be_paid_for_twice_is_said(context: bpy.types.Context) -> None:
    forms = context.scene.tripo_addon

    def said() -> tuple[str, ...]:
        return object_jobs.then_overlaps(forms.text.kind, forms.text.wish(), context)

    assert said() == ()
    forms.then_texture = True
    assert "paid for twice" in said()[0]
    forms.text.texture = False
    assert said() == ()


def test_what_follows_a_model_is_named_while_it_is_folded(context: bpy.types.Context) -> None:
    forms = context.scene.tripo_addon
    assert panels._then_words(forms) == ""
    forms.then_texture = forms.then_rig = True
    forms.texture.prompt = "red lacquer"
    assert panels._then_words(forms) == "Texture “red lacquer”, Rig"
    forms.then_animate = True
    forms.texture.guide = "IMAGE"
    assert panels._then_words(forms) == "Texture, Rig, Animate"


def test_what_a_bake_takes_is_told_for_all_objects_together(context: bpy.types.Context) -> None:
    things = []
    for _ in range(3):
        bpy.ops.mesh.primitive_cube_add()
        things.append(context.view_layer.objects.active)
    form = context.scene.tripo_addon.texture
    form.texture_size = "1024"
    told = object_jobs.bake_of(form, Family(tuple(things))).words
    assert "for all 3 objects" in told
    assert "at 1024 pixels" in told
