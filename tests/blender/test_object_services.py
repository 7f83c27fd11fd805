"""What each service would do with a selected object: how it gets the shape, the price, the
refusals."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import bpy
import pytest

from tests.blender.accessors import active_object
from tests.blender.addon import enabled
from tests.gui.recording_layout import Written, shows
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.tasks import UnwrapMesh
from tripo_addon.blender import settings
from tripo_addon.blender.forms import works
from tripo_addon.blender.forms.works import FORMS
from tripo_addon.blender.objects import provenance, selection
from tripo_addon.blender.objects.object_group import ObjectGroup
from tripo_addon.blender.requests import generation, object_requests
from tripo_addon.blender.requests.object_requests import Plan
from tripo_addon.blender.ui import object_panel

ADDRESS = "https://service.example"


@pytest.fixture
def context() -> Iterator[bpy.types.Context]:
    with enabled() as context:
        for row in SERVICES.values():
            settings.preferences().service = row.id
            _put(row.id, "api_key", "tsk_marker_7f3a")
            _put(row.id, "base_url", ADDRESS)
        settings.preferences().service = "tripo-v3"
        yield context


def _put(service: str, name: str, value: str) -> None:
    ends = {"tripo-v3": "", "tripo-v2": "_tripo_v2", "3daistudio": "_3daistudio"}
    ends |= {"pixazo": "_pixazo", "comfy-router": "_comfy_router"}
    setattr(settings.preferences(), name + ends[service], value)


@pytest.fixture
def box(context) -> bpy.types.Object:
    bpy.ops.mesh.primitive_cube_add()
    return active_object()


def made_by(obj: bpy.types.Object, service: str, kind: str, **request: Any) -> None:
    """Make an object as if a service had made it."""
    link_ = obj.tripo_addon
    link_.service, link_.address, link_.task_id, link_.kind = service, ADDRESS, "task-1", kind
    link_.model = request.get("model", "")
    link_.request = json.dumps({"kind": kind, **request})
    provenance.remember_shape(ObjectGroup((obj,)))


def planned(context: bpy.types.Context, work: str, service: str) -> Plan:
    settings.preferences().service = service
    plan = object_requests.plan(getattr(context.scene.tripo_addon, work), context)
    assert isinstance(plan, Plan)
    return plan


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ("tripo-v3", "Your own mesh: it is uploaded to Tripo as a file (free)"),
        ("tripo-v2", "Your own mesh: it is uploaded to Tripo (API v2) as a file (free)"),
        ("3daistudio", "Your own mesh: it is uploaded to 3D AI Studio with the request"),
    ],
)
def test_panel_shows_how_an_imported_mesh_is_sent(context, box, service, words) -> None:
    context.scene.tripo_addon.texture.prompt = "old oak"
    plan = planned(context, "texture", service)
    assert (plan.refusal, plan.message) == ("", words)
    assert plan.way.imports is (service != "3daistudio")
    assert plan.price == {"3daistudio": 20}.get(service, 10)


def test_smart_uv_sends_mesh_and_materials_in_one_request(context, box) -> None:
    plan = planned(context, "unwrap", "tripo-v3")
    assert (plan.refusal, plan.price) == ("", 20)
    assert plan.message == "Your own mesh: it is uploaded to Tripo with the request"
    target = object_requests.captured(context.scene.tripo_addon.unwrap, plan)
    steps = object_requests.steps_of(plan, context.scene.tripo_addon.unwrap, target, "Box", context)
    (unwrap,) = (step.request for step in steps)
    assert isinstance(unwrap, UnwrapMesh)
    assert unwrap.bake
    assert str(unwrap.source_file) == target.capture


def test_smart_uv_is_refused_above_its_evaluated_triangle_limit(context, box) -> None:
    box.modifiers.new("Fine", "SUBSURF").levels = 6
    bpy.context.view_layer.update()
    plan = planned(context, "unwrap", "tripo-v3")
    assert plan.refusal == ""  # 6 sides, each cut into 4 six times over: 49,152 triangles
    box.modifiers.new("Thick", "SOLIDIFY")
    bpy.context.view_layer.update()
    plan = planned(context, "unwrap", "tripo-v3")
    assert "this model has 98,304" in plan.refusal
    assert "Low Poly (30 credits)" in plan.refusal
    box.modifiers["Fine"].levels = 1
    bpy.context.view_layer.update()
    assert planned(context, "unwrap", "tripo-v3").refusal == ""


@pytest.mark.parametrize("work", FORMS)
def test_unsupported_work_is_refused(context, box, work: str) -> None:
    plan = planned(context, work, "pixazo")
    assert plan.refusal
    assert "Pixazo" in plan.refusal or "was not generated" in plan.refusal


@pytest.mark.parametrize("service", ["tripo-v3", "tripo-v2"])
def test_generated_object_is_sent_by_task_id(context, box, service: str) -> None:
    made_by(box, service, "text_to_model", prompt="a chest")
    context.scene.tripo_addon.texture.guide = "MAKING"
    plan = planned(context, "texture", service)
    assert (plan.refusal, plan.way.task) == ("", "task-1")
    other = planned(context, "texture", "tripo-v2" if service == "tripo-v3" else "tripo-v3")
    assert other.way.sends
    assert "Enter a prompt or choose an image" in other.refusal


def test_expired_task_is_not_used_and_panel_shows_the_import_price(
    context, box, monkeypatch
) -> None:
    forms = context.scene.tripo_addon
    forms.texture.guide, forms.animate.animations = "MAKING", "preset:walk"
    day, made = 86_400.0, datetime(2026, 12, 2, tzinfo=UTC)
    plans = {}
    for work, kind in (("texture", "text_to_model"), ("animate", "rig")):
        made_by(box, "tripo-v3", kind, prompt="a chest", model="v2.5-20260210", rig_type="biped")
        for age in ("", 1, 8):
            box.tripo_addon.task_made = "" if age == "" else made.isoformat()
            moment = made.timestamp() + (age or 0) * day
            with monkeypatch.context() as later:
                later.setattr(time, "time", lambda moment=moment: moment)
                plan = planned(context, work, "tripo-v3")
            assert plan.refusal == ""
            plans[work, age] = (plan.message, plan.price, bool(plan.way.task))
    assert plans["texture", ""] == ("Tripo already has this model; nothing to upload", 10, True)
    assert plans["texture", 1][0].startswith("Tripo keeps this model until Dec ")
    old = "Tripo keeps a task for 7 days, and this one is older: the object is uploaded as a file "
    assert plans["texture", 8] == (f"{old}(free)", 10, False)
    again = f"{old}(free). Rig is done again first (25 credits)"
    assert (plans["animate", 1][1], plans["animate", 8]) == (10, (again, 35, False))


def test_any_edit_sends_the_shape_as_file(context, box) -> None:
    context.scene.tripo_addon.texture.prompt = "old oak"
    for edit in (
        lambda: box.modifiers.new("Wall", "SOLIDIFY"),
        lambda: setattr(box.data.vertices[0].co, "x", 3.0),
        lambda: box.shape_key_add(name="Basis"),
    ):
        made_by(box, "tripo-v3", "text_to_model", prompt="a chest")
        bpy.context.view_layer.update()
        assert planned(context, "texture", "tripo-v3").way.task == "task-1"
        edit()
        bpy.context.view_layer.update()
        plan = planned(context, "texture", "tripo-v3")
        assert plan.way.sends
        assert plan.message.startswith("Edited since it was generated")


def test_moved_object_does_not_count_as_edited(context, box) -> None:
    made_by(box, "tripo-v3", "text_to_model", prompt="a chest")
    box.location, box.rotation_euler, box.scale = (1, 2, 3), (1, 2, 3), (2, 2, 2)
    bpy.context.view_layer.update()
    group = selection.selected(context)
    assert group is not None
    assert selection.is_unedited(group)


@pytest.mark.parametrize(
    ("work", "made", "task"),
    [
        ("animate", "text_to_model", ""),
        ("animate", "rig", "task-1"),
        ("animate", "retarget", "task-0"),
        ("complete", "texture_model", ""),
        ("complete", "segment_mesh", "task-1"),
        ("complete", "complete_mesh", "task-0"),
    ],
)
def test_some_steps_accept_only_tasks_of_their_own_kind(context, box, work, made, task) -> None:
    made_by(box, "tripo-v3", made)
    box.tripo_addon.parent_task = "task-0"
    context.scene.tripo_addon.animate.animations = "preset:walk"
    plan = planned(context, work, "tripo-v3")
    assert (plan.way.task, bool(plan.refusal)) == (task, not task)


def test_retired_refine_is_offered_only_for_old_drafts_of_tripo_v2(context, box) -> None:
    form = context.scene.tripo_addon.refine
    form.way = "DRAFT"
    made_by(box, "tripo-v2", "text_to_model", prompt="a chest", model="v1.4-20240625")
    assert planned(context, "refine", "tripo-v2").refusal == ""
    assert "retired Refine" in planned(context, "refine", "tripo-v3").refusal
    made_by(box, "tripo-v2", "text_to_model", prompt="a chest", model="v2.5-20250123")
    assert "before v2.0" in planned(context, "refine", "tripo-v2").refusal


def test_every_refine_way_has_its_own_price(context, box) -> None:
    made_by(box, "tripo-v3", "text_to_model", prompt="a chest", model="v3.1-20260211")
    form, seeds = context.scene.tripo_addon.refine, {}
    for way in ("RETEXTURE", "ULTRA", "RETOPOLOGY"):
        form.way = way
        plan = planned(context, "refine", "tripo-v3")
        assert plan.refusal == "", way
        seeds[way] = (plan.requests[0].kind, plan.price)
    assert seeds == {
        "RETEXTURE": (TaskKind.TEXTURE_MODEL, 20),
        "ULTRA": (TaskKind.TEXT_TO_MODEL, 40),
        "RETOPOLOGY": (TaskKind.DECIMATE_MESH, 30),
    }


def test_disabled_refinement_says_why_below_it(context, box) -> None:
    settings.preferences().service = "tripo-v3"
    context.scene.tripo_addon.work = "refine"
    written = Written()
    written.take_down(object_panel.TRIPO_ADDON_PT_object, context)
    dim = written.lines.index("<ULTRA, dim>")
    after = written.lines[dim + 1 : written.lines.index("<RETOPOLOGY>")]
    assert shows(after, "was not generated with Tripo")
    # What the service offers for no object is not listed.
    assert not any(line.startswith("<DRAFT") for line in written.lines)


def test_ultra_keeps_the_recorded_seeds(context, box) -> None:
    made_by(box, "tripo-v3", "text_to_model", prompt="a chest", model="v3.1-20260211", model_seed=7)
    context.scene.tripo_addon.refine.way = "ULTRA"
    (request,) = planned(context, "refine", "tripo-v3").requests
    assert request.values["model_seed"] == 7
    assert request.values["geometry_quality"] == "detailed"


def test_ultra_is_refused_for_versions_without_it(context, box) -> None:
    made_by(box, "tripo-v3", "text_to_model", prompt="a chest", model="P1-20260311")
    context.scene.tripo_addon.refine.way = "ULTRA"
    assert "P1" in planned(context, "refine", "tripo-v3").refusal


def test_object_never_generated_cannot_be_regenerated(context, box) -> None:
    plan = planned(context, "regenerate", "tripo-v3")
    assert "was not generated" in plan.refusal


def test_selected_part_selects_the_whole_model(context, box) -> None:
    made_by(box, "tripo-v3", "segment_mesh")
    part = bpy.data.objects.new("Part", bpy.data.meshes.new("Part"))
    part.data.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    part.parent = box
    context.scene.collection.objects.link(part)
    box.select_set(False)
    part.select_set(True)
    context.view_layer.objects.active = part
    assert selection.selected(context).anchor == box


@pytest.mark.parametrize("service", [row for row in SERVICES if row != "pixazo"])
@pytest.mark.parametrize("work", FORMS)
def test_every_plan_has_requests_or_a_refusal(context, box, service, work) -> None:
    forms = context.scene.tripo_addon
    forms.texture.prompt, forms.animate.animations = "old oak", "preset:walk"
    plan = planned(context, work, service)
    offered = all(each.kind in SERVICES[service].offers for each in plan.requests)
    assert plan.refusal or (plan.requests and offered)


def test_follow_up_steps_are_sent_only_where_the_panel_shows_them(context) -> None:
    forms = context.scene.tripo_addon
    forms.texture.prompt = "old oak"
    forms.then_texture = forms.then_rig = True
    assert [each.kind for each in generation.later_requests(TaskKind.TEXT_TO_MODEL, context)] == [
        TaskKind.TEXTURE_MODEL,
        TaskKind.CHECK_RIG,
        TaskKind.RIG,
    ]
    for service in ("3daistudio", "pixazo"):
        settings.preferences().service = service
        assert generation.later_requests(TaskKind.TEXT_TO_MODEL, context) == ()
        assert generation.then_refused(TaskKind.TEXT_TO_MODEL, context) is None


def test_work_list_contains_only_what_the_service_offers(context) -> None:
    forms = context.scene.tripo_addon
    listed = {}
    for service in SERVICES:
        settings.preferences().service = service
        listed[service] = {item[0] for item in works.works(forms, None)}
    assert listed["tripo-v3"] == set(FORMS)
    assert listed["tripo-v2"] == set(FORMS) - {"unwrap", "name_parts"}
    assert listed["3daistudio"] == {"texture", "refine", "regenerate", "segment", "convert"}
    assert listed["pixazo"] == {"texture", "refine", "regenerate"}
    settings.preferences().service = "tripo-v3"
    forms.work = "rig"
    settings.preferences().service = "3daistudio"
    assert forms.work == "texture"
    settings.preferences().service = "tripo-v3"
    assert forms.work == "rig"
