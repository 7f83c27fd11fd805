"""Choosing animations: found by typing, five at most, each for its rig, and checked with that rig
before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import bpy
import pytest

from tests.blender.addon import enabled
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.blender.forms import animations
from tripo_addon.blender.objects import provenance
from tripo_addon.blender.objects.object_group import ObjectGroup
from tripo_addon.blender.requests import generation, object_requests
from tripo_addon.blender.session import composition

ADDRESS = "https://openapi.tripo3d.ai"
NAMES = ("Idle", "Walk", "Wave Goodbye 1", "Swim", "Clap")


@pytest.fixture
def context() -> Iterator[bpy.types.Context]:
    with enabled() as context:
        bpy.ops.mesh.primitive_cube_add()
        yield context


def sentences() -> tuple[str, ...]:
    return tuple(composition.WIRING.notes.get(TaskKind.RETARGET, ()))


def rigged(obj: bpy.types.Object, **request: str) -> None:
    """Make an object as if the service had rigged it."""
    made = obj.tripo_addon
    made.service, made.address, made.task_id, made.kind = "tripo-v3", ADDRESS, "task-1", "rig"
    made.request = json.dumps({"kind": "rig", **request})
    provenance.remember_shape(ObjectGroup((obj,)))


def planned(context: Any, work: str) -> object_requests.Plan:
    plan = object_requests.plan(getattr(context.scene.tripo_addon, work), context)
    assert isinstance(plan, object_requests.Plan)
    return plan


@pytest.mark.every_blender
def test_typed_animations_are_added_up_to_five_and_can_be_removed(context) -> None:
    forms = context.scene.tripo_addon
    rig, animate = forms.rig, forms.animate
    for name in NAMES:
        rig.new_animation = name
        assert rig.new_animation == ""
    rig.new_animation = "Dance 1"
    assert sentences() == ("At most 5 animations at once",)
    names = animations.chosen(animate)
    assert [each.rpartition(":")[2] for each in names] == [
        "idle",
        "walk",
        "wave_goodbye_01",
        "swim",
        "clap",
    ]
    assert bpy.ops.tripo_addon.remove_animation(index=1) == {"FINISHED"}
    assert animations.chosen(animate) == (names[0], *names[2:])
    rig.new_animation = "wave"
    assert "Wave Goodbye 1, Wave Goodbye 2" in sentences()[0]
    rig.new_animation = "preset:biped:moonwalk"
    assert animations.chosen(animate)[-1] == "preset:biped:moonwalk"
    assert sentences() == ()
    assert animate.values()["animations"] == animations.chosen(animate)


def test_rig_and_animations_are_validated_before_payment(context) -> None:
    forms = context.scene.tripo_addon
    forms.rig.animate, forms.animate.animations = True, "preset:walk, preset:biped:wave_goodbye_01"
    plan = planned(context, "rig")
    assert (plan.refusal, plan.price) == ("", 25 + 20)
    assert plan.requests[-1].values["animations"] == (
        "preset:biped:walk",
        "preset:biped:wave_goodbye_01",
    )
    forms.rig.model = "v2.5-20260210"
    assert "“Wave Goodbye 1” needs a rig of v1.0" in planned(context, "rig").refusal
    forms.rig.model, forms.rig.spec = "v1.0-20240301", "mixamo"
    assert "Mixamo bones cannot be animated" in planned(context, "rig").refusal
    forms.then_rig = forms.then_animate = True
    assert "Mixamo bones" in (generation.then_refused(TaskKind.TEXT_TO_MODEL, context) or "")
    forms.rig.animate = forms.then_animate = False
    assert planned(context, "rig").refusal == ""
    assert generation.then_refused(TaskKind.TEXT_TO_MODEL, context) is None


def test_bones_unsupported_by_a_version_switch_the_version_with_notice(context) -> None:
    form = context.scene.tripo_addon.rig
    assert form.model == "v1.0-20240301"
    form.spec = "unity"
    assert form.model == "v2.5-20260210"
    assert composition.WIRING.notes[TaskKind.RIG] == ("These bones need a newer rig model",)


@pytest.mark.parametrize(
    ("rig", "names", "sent", "refusal"),
    [
        ({"model": "v1.0-20240301"}, "preset:walk", ("preset:biped:walk",), ""),
        ({"model": "v2.5-20260210"}, "preset:biped:walk", ("preset:walk",), ""),
        ({"model": "v2.5-20260210"}, "preset:biped:swim", None, "“Swim” needs a rig of v1.0"),
        ({"model": "v1.0-20240301", "spec": "mixamo"}, "preset:walk", None, "Mixamo bones"),
        (
            {"model": "v2.5-20260210", "rig_type": "avian"},
            "preset:walk",
            None,
            "no animation for an avian",
        ),
    ],
)
def test_animations_of_rigged_object_are_validated_against_its_rig(
    context, rig: dict[str, str], names: str, sent: tuple[str, ...] | None, refusal: str
) -> None:
    obj = context.view_layer.objects.active
    rigged(obj, **{"rig_type": "biped", "spec": "tripo", **rig})
    context.scene.tripo_addon.animate.animations = names
    plan = planned(context, "animate")
    assert plan.way.task == "task-1"
    assert refusal in plan.refusal
    assert bool(refusal) is bool(plan.refusal)
    if sent is not None:
        assert plan.requests[0].values["animations"] == sent
        assert plan.price == 10
