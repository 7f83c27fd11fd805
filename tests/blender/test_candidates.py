"""Several drafts of a model, from the button to the row in the scene, and the one that is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender import addon, arriving
from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.blender.job_list.rows import ROWS
from tripo_addon.blender.objects.world_bounds import bounds_of
from tripo_addon.blender.requests import drafts
from tripo_addon.jobs.model.job import Job, State


@pytest.fixture
def context(service: StandIn):
    with addon.enabled(service) as context:
        context.scene.tripo_addon.text.prompt = "a small wooden chest"
        context.scene.tripo_addon.candidates = 2
        yield context


def candidates() -> list[Job]:
    (key,) = ROWS.order
    return [job for job in ROWS.steps_of(key) if job.draft is not None]


def roots() -> list[bpy.types.Object]:
    held = bpy.data.collections.get("Candidates")
    found = [each.objects[0] for each in held.children] if held is not None else []
    return sorted(found, key=lambda root: root.name)


@pytest.mark.every_blender
def test_candidates_form_a_row_and_are_excluded_from_render(context, service: StandIn) -> None:
    context.scene.cursor.location = (1.0, 2.0, 0.0)
    settings = context.scene.render.engine, context.view_layer.name
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
    listed = candidates()
    assert [job.state for job in listed] == [State.DONE] * 2
    sent: list[Any] = [each.body for each in service.ledger.sent("POST", "/v3/generation")]
    seeds = [job.draft.seed for job in listed if job.draft]
    # They are sent in parallel.
    for field in ("model_seed", "image_seed"):
        assert sorted(body[field] for body in sent) == seeds
    assert len(set(seeds)) == 2
    assert {body["texture"] for body in sent} == {False}
    assert [(job.price, job.credits) for job in listed] == [(10, 10)] * 2
    boxes = [bounds_of([root, *root.children_recursive]) for root in roots()]
    lefts = [float(box[0][0]) for box in boxes if box is not None]
    assert lefts == sorted(lefts)
    assert all(left > 1.0 for left in lefts)
    assert all(each.hide_render for each in bpy.data.collections["Candidates"].children)
    assert (context.scene.render.engine, context.view_layer.name) == settings


def test_prices_of_all_candidates_and_of_keeping_one_are_shown(context) -> None:
    form = context.scene.tripo_addon.text
    plan = drafts.planned(form.kind, form.values(), context)
    assert plan is not None
    assert (plan.price, plan.then) == (20, 10)
    assert plan.total == "2 drafts · 20 credits, then 10 for the one you keep"
    assert plan.words[0].startswith("Drafts: ")
    context.scene.tripo_addon.candidates = 1
    assert drafts.planned(form.kind, form.values(), context) is None


@pytest.mark.every_blender
def test_kept_candidate_is_textured_and_the_others_are_removed(context, service: StandIn) -> None:
    bpy.ops.tripo_addon.generate_text()
    chosen = candidates()[1]
    assert drafts.keep_plan(chosen).price == 10
    assert bpy.ops.tripo_addon.keep_draft(job_id=chosen.id) == {"FINISHED"}
    last = ROWS.steps_of(chosen.id)[-1]
    assert (last.kind, last.keeps, last.state) == (TaskKind.TEXTURE_MODEL, chosen.id, State.DONE)
    (sent,) = service.ledger.sent("POST", "/v3/models/texture")
    body: Any = sent.body
    assert body["input"] == chosen.task_id
    root = bpy.data.objects[last.root]
    assert root.name == "A small wooden chest"
    assert root.location[:] == pytest.approx((0.0, 0.0, 0.0))
    assert not root.users_collection[0].hide_render
    assert "Candidates" not in bpy.data.collections
    assert [obj for obj in bpy.data.objects if obj.type == "MESH" and "chest" in obj.name] == [root]
    assert len(service.ledger.tasks) == 3


def test_candidate_is_kept_only_once(context, service: StandIn) -> None:
    bpy.ops.tripo_addon.generate_text()
    chosen = candidates()[0]
    bpy.ops.tripo_addon.keep_draft(job_id=chosen.id)
    with pytest.raises(RuntimeError, match="kept already"):
        bpy.ops.tripo_addon.keep_draft(job_id=chosen.id)
    assert len(service.ledger.tasks) == 3


def test_recall_restores_the_request_without_draft_settings(context) -> None:
    bpy.ops.tripo_addon.generate_text()
    forms = context.scene.tripo_addon
    forms.text.texture, forms.candidates = False, 1
    assert bpy.ops.tripo_addon.recall_job(job_id=candidates()[0].id) == {"FINISHED"}
    assert (forms.text.texture, forms.candidates) == (True, 2)


def test_candidate_with_possibly_paid_model_is_not_sent_again(context, service: StandIn) -> None:
    bpy.ops.tripo_addon.generate_text()
    chosen = candidates()[0]
    service.fault(Fault(path="/v3/models/texture", cut="after"))
    for _click in range(2):
        with pytest.raises(RuntimeError):
            bpy.ops.tripo_addon.keep_draft(job_id=chosen.id)
    assert drafts.keep_plan(chosen).refusal == "This candidate was kept already"
    assert len(service.ledger.sent("POST", "/v3/models/texture")) == 1


def test_candidate_identical_to_the_request_is_kept_free(context, service: StandIn) -> None:
    context.scene.tripo_addon.text.texture = False
    context.scene.tripo_addon.text.pbr = False
    bpy.ops.tripo_addon.generate_text()
    chosen = candidates()[1]
    assert drafts.keep_plan(chosen).price == 0
    assert bpy.ops.tripo_addon.keep_draft(job_id=chosen.id) == {"FINISHED"}
    assert len(service.ledger.tasks) == 2
    assert not roots()
    assert any(obj.tripo_addon.task_id == chosen.task_id for obj in bpy.data.objects)


def test_removed_candidate_is_imported_again_free(context, service: StandIn) -> None:
    bpy.ops.tripo_addon.generate_text()
    first, chosen = candidates()
    bpy.ops.tripo_addon.keep_draft(job_id=chosen.id)
    assert bpy.ops.tripo_addon.import_job(job_id=first.id) == {"FINISHED"}
    assert any(obj.tripo_addon.task_id == first.task_id for obj in bpy.data.objects)
    assert len(service.ledger.tasks) == 3


@pytest.mark.parametrize("lost", [False, True])
def test_reimported_kept_candidate_is_not_paid_for_again(
    context, service: StandIn, *, lost: bool
) -> None:
    bpy.ops.tripo_addon.generate_text()
    chosen = candidates()[0]
    if lost:
        service.fault(Fault(path="/v3/models/texture", cut="after"))
        with pytest.raises(RuntimeError):
            bpy.ops.tripo_addon.keep_draft(job_id=chosen.id)
    else:
        bpy.ops.tripo_addon.keep_draft(job_id=chosen.id)
    for _again in range(2):
        assert bpy.ops.tripo_addon.import_job(job_id=candidates()[0].id) == {"FINISHED"}
        again = candidates()[0]
        assert again.id != chosen.id
        assert drafts.keep_plan(again).refusal == "This candidate was kept already"
        with pytest.raises(RuntimeError, match="kept already"):
            bpy.ops.tripo_addon.keep_draft(job_id=again.id)
    assert len(service.ledger.sent("POST", "/v3/models/texture")) == 1


def test_artists_changes_to_candidates_are_kept(context) -> None:
    bpy.ops.tripo_addon.generate_text()
    first, second = roots()
    own = bpy.data.objects.new("Own", None)
    first.users_collection[0].objects.link(own)
    context.scene.collection.objects.link(first)
    chosen = drafts.draft_at(second)
    assert chosen is not None
    kept = own.name, first.name
    assert bpy.ops.tripo_addon.keep_draft(job_id=chosen.id) == {"FINISHED"}
    assert set(kept) <= {obj.name for obj in context.scene.objects}


@arriving.both_ways
def test_candidate_in_the_scene_has_at_most_20000_faces(
    arrive: arriving.Way, tmp_path: Path
) -> None:
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=7)
    ball = bpy.context.object
    assert len(ball.data.polygons) > 80_000
    path = tmp_path / "ball.glb"
    bpy.ops.export_scene.gltf(filepath=str(path), use_selection=True)
    root = arrive(path, tmp_path, most_faces=20_000)
    faces = sum(len(obj.data.polygons) for obj in (root, *root.children_recursive) if obj.data)
    assert 10_000 < faces <= 20_000
