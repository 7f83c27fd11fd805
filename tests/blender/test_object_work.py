"""Work on a selected object, from the operator to the changed object, against the stand-in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender import addon
from tests.blender.accessors import active_object
from tests.blender.landings import CHANGES
from tests.blender.rich import described, rich_object
from tests.standin.service import StandIn
from tripo_addon.blender import settings
from tripo_addon.blender.objects import variants
from tripo_addon.blender.session import composition
from tripo_addon.jobs.model.job import Failure, State

IMPORT = "/v3/models/import"
TEXTURE = "/v3/models/texture"
UNWRAP = "/v3/mesh/uv"


@pytest.fixture(scope="module")
def service() -> Iterator[StandIn]:
    with StandIn(seconds=0, keys=(addon.KEY,)) as running:
        yield running


@pytest.fixture
def context(service: StandIn, tmp_path: Path) -> Iterator[bpy.types.Context]:
    with addon.enabled(service) as context:
        settings.preferences().download_folder = str(tmp_path / "models")
        yield context


@pytest.fixture
def texture(context) -> Any:
    form = context.scene.tripo_addon.texture
    form.prompt, form.texture_size = "old oak", "512"
    return form


def select(*objs: bpy.types.Object) -> None:
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj in objs)
    bpy.context.view_layer.objects.active = objs[0]


def cube(name: str = "Box") -> bpy.types.Object:
    bpy.ops.mesh.primitive_cube_add(size=2.0)
    obj = active_object()
    obj.name = name
    return obj


def sent(service: StandIn, path: str) -> list[dict[str, Any]]:
    return [each.fields for each in service.ledger.sent("POST", path) if each.path == path]


def world_bounds(*objs: bpy.types.Object) -> list[float]:
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    points = []
    for obj in objs:
        seen = obj.evaluated_get(graph)
        points += [seen.matrix_world @ vertex.co for vertex in seen.to_mesh().vertices]
    return [edge(point[axis] for point in points) for edge in (min, max) for axis in range(3)]


@pytest.mark.every_blender
@pytest.mark.parametrize("landing", CHANGES)
def test_each_landing_mode_keeps_what_it_promises(context, texture, landing: str) -> None:
    obj = rich_object()
    before, bounds = described(obj), world_bounds(obj)
    others = {each.name: each.matrix_world.copy() for each in bpy.data.objects if each != obj}
    select(obj)
    texture.landing = landing
    assert bpy.ops.tripo_addon.texture() == {"FINISHED"}
    after = described(obj)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == CHANGES[landing]
    assert world_bounds(obj) == pytest.approx(bounds, abs=0.002 * max(map(abs, bounds)))
    for name, matrix in others.items():
        assert bpy.data.objects[name].matrix_world == matrix
    assert {job.state for job in composition.jobs()} == {State.DONE}


def test_imported_mesh_is_uploaded_and_then_textured(context, texture, service: StandIn) -> None:
    imports, textures = len(sent(service, IMPORT)), len(sent(service, TEXTURE))
    obj = cube()
    select(obj)
    assert bpy.ops.tripo_addon.texture() == {"FINISHED"}
    assert len(sent(service, IMPORT)) == imports + 1
    (body,) = sent(service, TEXTURE)[textures:]
    made = {job.kind.label: job for job in composition.jobs()}
    assert made.keys() == {"Upload", "Texture"}
    assert body["input"] == made["Upload"].task_id
    assert body["texture_prompt"] == {"text": "old oak"}
    assert made["Texture"].price == made["Texture"].credits == 10
    link = obj.tripo_addon
    assert (link.task_id, link.kind) == (made["Texture"].task_id, "texture_model")
    (slot,) = obj.material_slots
    images = [node.image for node in slot.material.node_tree.nodes if node.type == "TEX_IMAGE"]
    assert any(image.packed_file for image in images)


def test_smart_uv_sends_mesh_and_materials_in_one_step(context, service: StandIn) -> None:
    imports, unwraps = len(sent(service, IMPORT)), len(sent(service, UNWRAP))
    obj = cube()
    paint = bpy.data.materials.new("Red Paint")
    obj.data.materials.append(paint)
    obj.data.uv_layers.remove(obj.data.uv_layers[0])
    select(obj)
    assert bpy.ops.tripo_addon.unwrap() == {"FINISHED"}
    assert len(sent(service, IMPORT)) == imports
    (body,) = sent(service, UNWRAP)[unwraps:]
    upload = next(each for each in service.ledger.uploads if each.token == body["input"])
    assert b"Red Paint" in upload.content
    (job,) = composition.jobs()
    assert (job.state, job.price, job.credits) == (State.DONE, 20, 20)
    assert obj.tripo_addon.kind == "unwrap_mesh"
    assert len(obj.data.uv_layers) == 1


def test_generated_object_is_not_uploaded_again(context, texture, service: StandIn) -> None:
    obj = cube()
    select(obj)
    assert bpy.ops.tripo_addon.texture() == {"FINISHED"}
    imports, former = len(sent(service, IMPORT)), obj.tripo_addon.task_id
    select(obj)
    assert bpy.ops.tripo_addon.texture(again=True) == {"FINISHED"}
    assert len(sent(service, IMPORT)) == imports
    assert sent(service, TEXTURE)[-1]["input"] == former
    obj.data.vertices[0].co.x += 0.5
    bpy.context.view_layer.update()
    assert bpy.ops.tripo_addon.texture(again=True) == {"FINISHED"}
    assert len(sent(service, IMPORT)) == imports + 1


@pytest.mark.every_blender
@pytest.mark.parametrize("landing", ["KEEP", "REPLACE"])
def test_original_can_be_restored_and_swapped_back(context, texture, landing: str) -> None:
    obj = rich_object()
    before = described(obj)
    select(obj)
    texture.landing = landing
    assert bpy.ops.tripo_addon.texture() == {"FINISHED"}
    after, task = described(obj), obj.tripo_addon.task_id
    (row,) = obj.tripo_addon.variants
    assert row.name == variants.ORIGINAL
    assert bpy.ops.tripo_addon.put_back(index=0) == {"FINISHED"}
    assert described(obj) == before
    assert obj.tripo_addon.task_id == ""
    assert bpy.ops.tripo_addon.put_back(index=0) == {"FINISHED"}
    assert described(obj) == after
    assert obj.tripo_addon.task_id == task
    assert bpy.ops.tripo_addon.purge_variant(index=0) == {"FINISHED"}
    assert not obj.tripo_addon.variants
    assert described(obj) == after


def test_second_texture_keeps_the_first_variant(context, texture) -> None:
    obj = cube()
    select(obj)
    texture.landing = "KEEP"
    for words in ("old oak", "rusty iron"):
        texture.prompt = words
        assert bpy.ops.tripo_addon.texture() == {"FINISHED"}
        select(obj)
    first = obj.tripo_addon.variants[1]
    (face,) = first.shelf.objects
    layers = {layer.name: [each.uv[:] for each in layer.data] for layer in face.data.uv_layers}
    material = face.material_slots[0].material
    assert bpy.ops.tripo_addon.put_back(index=1) == {"FINISHED"}
    assert obj.material_slots[0].material == material
    now = {layer.name: [each.uv[:] for each in layer.data] for layer in obj.data.uv_layers}
    assert now == layers


def test_parts_are_parented_below_their_source(context) -> None:
    obj = cube()
    obj.location = (4.0, 1.0, 0.0)
    bounds = world_bounds(obj)
    select(obj)
    assert bpy.ops.tripo_addon.segment() == {"FINISHED"}
    parts = [each for each in obj.children if each.users_scene]
    assert len(parts) > 1
    assert not obj.data.polygons
    assert world_bounds(*parts) == pytest.approx(bounds, abs=0.005)
    assert bpy.ops.tripo_addon.put_back(index=0) == {"FINISHED"}
    assert not [each for each in obj.children if each.users_scene]
    assert len(obj.data.polygons) == 6
    assert bpy.ops.tripo_addon.put_back(index=0) == {"FINISHED"}
    assert len([each for each in obj.children if each.users_scene]) == len(parts)


def test_hierarchy_is_processed_as_one_object(context, texture) -> None:
    body, lid = cube("Body"), cube("Lid")
    lid.parent, lid.location, lid.scale = body, (0.0, 0.0, 1.5), (-1.0, 1.0, 0.25)
    select(lid, body)
    bounds = world_bounds(body, lid)
    texture.landing = "KEEP"
    assert bpy.ops.tripo_addon.texture() == {"FINISHED"}
    assert world_bounds(body, lid) == pytest.approx(bounds)
    assert all(obj.material_slots[0].material for obj in (body, lid))
    texture.landing = "REPLACE"
    select(body)
    assert bpy.ops.tripo_addon.texture() == {"FINISHED"}
    shown = [each for each in body.children if each.users_scene]
    assert world_bounds(*shown) == pytest.approx(bounds, abs=0.01)
    assert not lid.users_scene
    assert bpy.ops.tripo_addon.put_back(index=1) == {"FINISHED"}
    assert lid.users_scene
    assert world_bounds(body, lid) == pytest.approx(bounds)


def test_rig_is_checked_created_and_animated(context, service: StandIn) -> None:
    obj = cube("Robot")
    obj.scale = (1.0, 1.0, 2.0)
    select(obj)
    forms = context.scene.tripo_addon
    forms.rig.animate = True
    forms.animate.animations = "preset:walk, preset:idle"
    assert bpy.ops.tripo_addon.rig() == {"FINISHED"}
    kinds = [job.kind.label for job in composition.jobs()]
    assert sorted(kinds) == ["Animate", "Check Rig", "Rig", "Upload"]
    (armature,) = (
        each for each in obj.children_recursive if each.type == "ARMATURE" and each.users_scene
    )
    assert {track.name for track in armature.animation_data.nla_tracks} == {"Walk", "Idle"}


def test_parts_get_the_services_names(context, service: StandIn) -> None:
    obj = cube("Robot")
    select(obj)
    form = context.scene.tripo_addon.name_parts
    form.granularity, form.hint = "coarse", "a robot"
    assert bpy.ops.tripo_addon.name_parts() == {"FINISHED"}
    (body,) = sent(service, "/v3/mesh/smartsegment")
    assert (body["seg_type"], body["granularity"], body["hint"]) == ("model", "coarse", "a robot")
    (job,) = composition.jobs()
    assert (job.price, job.credits) == (55, 55)
    shown = [each for each in obj.children_recursive if each.users_scene]
    assert sorted(each.name for each in shown if each.type == "MESH") == ["head", "torso"]
    # What follows works on the segmentation, which is a task of its own.
    select(obj)
    assert obj.tripo_addon.task_id == job.result_task != job.task_id
    assert bpy.ops.tripo_addon.complete() == {"FINISHED"}
    assert sent(service, "/v3/mesh/complete")[-1]["input"] == job.result_task


def test_model_is_regenerated_in_place_with_another_seed(context, service: StandIn) -> None:
    form = context.scene.tripo_addon.text
    form.prompt, form.use_seeds, form.model_seed = "a small chest", True, 7
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
    obj = bpy.data.objects[composition.jobs()[0].root]
    obj.location = (5.0, 0.0, 0.0)
    first = obj.tripo_addon.task_id
    select(obj)
    context.scene.tripo_addon.regenerate.seed = 99
    assert bpy.ops.tripo_addon.regenerate() == {"FINISHED"}
    body = service.ledger.sent("POST", "/v3/generation")[-1].fields
    assert (body["prompt"], body["model_seed"]) == ("a small chest", 99)
    assert obj.tripo_addon.task_id not in {"", first}
    assert obj.location[:] == pytest.approx((5.0, 0.0, 0.0))
    assert context.scene.tripo_addon.regenerate.seed != 99
    assert bpy.ops.tripo_addon.put_back(index=0) == {"FINISHED"}
    assert obj.tripo_addon.task_id == first


def test_settings_are_recalled_into_their_form(context) -> None:
    forms = context.scene.tripo_addon
    forms.text.prompt, forms.text.geometry_quality = "a small chest", "detailed"
    forms.text.use_seeds, forms.text.model_seed = True, 7
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
    values = forms.text.values()
    forms.text.prompt, forms.text.geometry_quality, forms.mode = "else", "standard", "image"
    forms.text.use_seeds = False
    select(bpy.data.objects[composition.jobs()[0].root])
    assert bpy.ops.tripo_addon.recall() == {"FINISHED"}
    assert forms.mode == "text"
    assert forms.text.values() == values


@pytest.mark.parametrize(
    ("way", "path"), [("RETEXTURE", TEXTURE), ("RETOPOLOGY", "/v3/mesh/decimate")]
)
def test_refine_sends_its_chosen_request(context, service: StandIn, way: str, path: str) -> None:
    form = context.scene.tripo_addon.text
    form.prompt = "a small chest"
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
    obj = bpy.data.objects[composition.jobs()[0].root]
    task = obj.tripo_addon.task_id
    select(obj)
    context.scene.tripo_addon.refine.way = way
    assert bpy.ops.tripo_addon.refine() == {"FINISHED"}
    assert sent(service, path)[-1]["input"] == task


def test_draft_is_textured_and_rigged_in_one_request(context, service: StandIn) -> None:
    forms = context.scene.tripo_addon
    forms.text.prompt, forms.text.texture = "a robot", False
    forms.then_texture, forms.texture.prompt, forms.then_rig = True, "steel", True
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
    jobs = {job.kind.label: job for job in composition.jobs()}
    assert {job.state for job in jobs.values()} == {State.DONE}
    assert sum(job.price or 0 for job in jobs.values()) == 10 + 10 + 25
    roots = [each for each in bpy.data.objects if each.tripo_addon.task_id and each.users_scene]
    (root,) = roots
    assert root.tripo_addon.task_id == jobs["Rig"].task_id
    assert any(each.type == "ARMATURE" for each in root.children_recursive)


FORMATS = {
    "GLTF": (".glb", b"glTF"),
    "USDZ": (".usdz", b"PK"),
    "FBX": (".fbx", b"Kaydara FBX Binary"),
    "OBJ": (".zip", b"PK"),
    "STL": (".stl", b""),
    "3MF": (".3mf", b"PK"),
}


def test_conversion_is_saved_to_chosen_path(context, tmp_path: Path) -> None:
    obj = cube()
    select(obj)
    form = context.scene.tripo_addon.convert
    form.folder = str(tmp_path / "out")
    objects = len(bpy.data.objects)
    for name in FORMATS:
        form.format = name
        assert bpy.ops.tripo_addon.convert() == {"FINISHED"}
    files = {file.suffix: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    assert files.keys() == {ending for ending, _ in FORMATS.values()}
    assert all(files[ending].startswith(head) for ending, head in FORMATS.values())
    assert len(bpy.data.objects) == objects


def test_unreadable_format_is_converted_by_the_service(context, service: StandIn) -> None:
    context.scene.tripo_addon.text.prompt = "a small chest"
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
    (made,) = composition.jobs()
    # As if it was compressed in a way that this Blender does not know.
    unreadable = replace(made, state=State.FAILED, failure=Failure.BAD_FILE)
    composition.engine()._changes.put(unreadable)
    assert bpy.ops.tripo_addon.convert_job(job_id=made.id) == {"FINISHED"}
    assert sent(service, "/v3/models/convert")[-1] == {"input": made.task_id, "format": "FBX"}
    converted = next(job for job in composition.jobs() if job.id != made.id)
    assert (converted.state, converted.model.suffix) == (State.DONE, ".fbx")
    assert converted.root in bpy.data.objects


def test_empty_selection_is_reported(context) -> None:
    with pytest.raises(RuntimeError, match="Select an object"):
        bpy.ops.tripo_addon.texture()


def test_request_is_stored_as_json_text(context, texture) -> None:
    obj = cube()
    select(obj)
    assert bpy.ops.tripo_addon.texture() == {"FINISHED"}
    assert json.loads(obj.tripo_addon.request)["prompt"] == "old oak"
