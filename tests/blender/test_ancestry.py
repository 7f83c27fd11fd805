"""The history of an object: every step that made it, whatever was done with it since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender import addon
from tests.blender.submitting import box
from tests.standin.service import StandIn
from tripo_addon.blender import settings
from tripo_addon.blender.objects import ancestry, provenance, variants
from tripo_addon.blender.objects.provenance import Step
from tripo_addon.blender.requests import object_requests
from tripo_addon.blender.session import composition


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    folder = tmp_path_factory.mktemp("service")
    with StandIn(seconds=0, keys=(addon.KEY,), model=addon.model_file(folder)) as service:
        yield service


@pytest.fixture
def context(service: StandIn, tmp_path: Path) -> Iterator[bpy.types.Context]:
    with addon.enabled(service) as context:
        settings.preferences().download_folder = str(tmp_path / "models")
        yield context


def step(kind: str, task: str, *, parent: str = "", **request: object) -> Step:
    return Step(
        service="tripo-v3",
        address="https://example.com",
        task_id=task,
        job_id=f"job {task}",
        parent_task=parent,
        kind=kind,
        model="",
        prompt=str(request.get("prompt", "")),
        request=json.dumps({"kind": kind, **request}),
        created="2026-11-28T12:00:00+00:00",
        credits=20.0,
    )


BARREL = step("text_to_model", "one", prompt="red barrel", model="v3.1-20260211")
MOSSY = step("texture_model", "two", parent="one", prompt="mossy stone")
FEWER = step("decimate_mesh", "three", parent="two")


def kinds(obj: bpy.types.Object) -> list[str]:
    return [each.kind for each in ancestry.history(obj)]


def select(obj: bpy.types.Object) -> None:
    for each in bpy.context.view_layer.objects:
        each.select_set(each == obj)
    bpy.context.view_layer.objects.active = obj


def test_textured_and_refined_model_keeps_its_generation_request(
    context, service: StandIn, tmp_path: Path
) -> None:
    forms = context.scene.tripo_addon
    forms.text.prompt = "red barrel"
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
    obj = bpy.data.objects[composition.jobs()[0].root]
    select(obj)
    forms.texture.prompt, forms.texture.landing = "mossy stone", "KEEP"
    forms.texture.texture_size = "512"
    assert bpy.ops.tripo_addon.texture() == {"FINISHED"}
    forms.refine.way = "RETOPOLOGY"
    assert bpy.ops.tripo_addon.refine() == {"FINISHED"}
    steps = ancestry.history(obj)
    assert [each.kind for each in steps] == ["text_to_model", "texture_model", "decimate_mesh"]
    charged = {job.id: job.credits for job in composition.jobs()}
    assert [each.credits for each in steps] == [charged[each.job_id] for each in steps]
    assert all(each.task_id and each.created for each in steps)
    assert [ancestry.variant_texts(obj, index)[0].split(" · ")[:2] for index in range(2)] == [
        ["“red barrel”", "Model from Text"],
        ["“mossy stone”", "Texture"],
    ]

    blend = str(tmp_path / "mine.blend")
    name = obj.name
    bpy.ops.wm.save_as_mainfile(filepath=blend)
    bpy.ops.wm.open_mainfile(filepath=blend)
    obj = bpy.data.objects[name]
    forms = bpy.context.scene.tripo_addon
    assert ancestry.history(obj) == steps
    select(obj)
    forms.text.prompt = "else"
    assert bpy.ops.tripo_addon.recall() == {"FINISHED"}
    assert forms.text.prompt == "red barrel"
    request = ancestry.generation_request(obj)
    (ultra,) = forms.refine.requests_by("ULTRA", request)
    assert (ultra.kind.value, ultra.values["prompt"]) == ("text_to_model", "red barrel")
    variants.put_back(obj, 0)
    assert kinds(obj) == ["text_to_model"]
    variants.put_back(obj, 0)
    assert kinds(obj) == ["text_to_model", "texture_model"]
    assert bpy.ops.tripo_addon.regenerate() == {"FINISHED"}
    assert service.ledger.sent("POST", "/v3/generation")[-1].fields["prompt"] == "red barrel"
    assert kinds(obj) == ["text_to_model"]


def test_result_beside_its_source_inherits_its_history(context) -> None:
    forms = context.scene.tripo_addon
    forms.text.prompt = "red barrel"
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
    obj = bpy.data.objects[composition.jobs()[0].root]
    select(obj)
    forms.decimate.landing = "NEW"
    assert bpy.ops.tripo_addon.decimate() == {"FINISHED"}
    (job,) = (job for job in composition.jobs() if job.request.kind == "decimate_mesh")
    other = bpy.data.objects[job.root]
    assert other != obj
    assert kinds(other) == ["text_to_model", "decimate_mesh"]
    # With both deleted from the scene, the list still knows what was made from what.
    bpy.data.batch_remove([obj, other])
    assert [each.kind for each in ancestry.steps_to(job)] == ["text_to_model", "decimate_mesh"]


def test_regenerate_is_refused_only_for_objects_never_generated(context) -> None:
    obj = box()
    provenance.write(obj, [MOSSY])
    assert ancestry.generation(obj) is None
    form = context.scene.tripo_addon.regenerate
    plan: Any = object_requests.plan(form, context)
    assert "was not generated" in plan.refusal
    provenance.write(obj, [BARREL, MOSSY, FEWER])
    plan = object_requests.plan(form, context)
    assert plan.refusal == ""


@pytest.mark.parametrize("parent", ["one", "import of an edited mesh"])
def test_objects_from_older_files_rebuild_history_from_variants(context, parent: str) -> None:
    obj = box()
    provenance.write(obj, [BARREL])
    variants.lay_aside(obj)
    provenance.write(obj, [step("texture_model", "two", parent=parent, prompt="mossy stone")])
    obj.tripo_addon.traced = False
    assert kinds(obj) == ["text_to_model", "texture_model"]
    assert ancestry.generation_request(obj)["prompt"] == "red barrel"


def test_variants_of_one_kind_are_labeled_by_prompt_and_time(context) -> None:
    obj = box()
    for prompt, task in (("red barrel", "one"), ("blue barrel", "four")):
        provenance.write(obj, [step("text_to_model", task, prompt=prompt)])
        variants.lay_aside(obj)
    provenance.write(obj, [BARREL, FEWER])
    variants.lay_aside(obj)
    words = [ancestry.variant_texts(obj, index)[0] for index in range(3)]
    assert [each.split(" · ")[:2] for each in words] == [
        ["“red barrel”", "Model from Text"],
        ["“blue barrel”", "Model from Text"],
        ["“red barrel”", "Low Poly"],
    ]
    assert all(len(each.split(" · ")) == 3 for each in words)
    assert "20 credits" in ancestry.variant_tooltip(obj, 2).splitlines()[1]


def test_original_variant_is_labeled_original(context) -> None:
    obj = box()
    variants.lay_aside(obj)
    assert ancestry.variant_texts(obj, 0)[0] == variants.ORIGINAL
    assert ancestry.variant_tooltip(obj, 0) == ""
