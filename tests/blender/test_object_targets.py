"""The target of a result: found again after any change, and asked about if it was edited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender import addon
from tests.blender.submitting import box, current, run_to_end, submitted
from tests.standin.service import StandIn
from tripo_addon.blender import settings
from tripo_addon.blender.objects import targets
from tripo_addon.blender.requests import object_requests
from tripo_addon.blender.session import composition
from tripo_addon.jobs.model.job import Failure, Job, State


@pytest.fixture(scope="module")
def service() -> Iterator[StandIn]:
    with StandIn(seconds=0, keys=(addon.KEY,)) as running:
        yield running


@pytest.fixture
def context(service: StandIn, tmp_path: Path) -> Iterator[bpy.types.Context]:
    with addon.enabled(service) as context:
        settings.preferences().download_folder = str(tmp_path / "models")
        form = context.scene.tripo_addon.texture
        form.prompt, form.texture_size = "old oak", "512"
        form.landing = "REPLACE"
        yield context


def is_landed_on(obj: bpy.types.Object, job: Job) -> bool:
    return obj.tripo_addon.task_id == job.task_id != ""


def renamed(obj: bpy.types.Object) -> None:
    obj.name = "Something Else"


def moved(obj: bpy.types.Object) -> None:
    obj.location, obj.rotation_euler, obj.scale = (9, 9, 9), (1, 2, 3), (2, 2, 2)


def hidden(obj: bpy.types.Object) -> None:
    obj.hide_viewport = True


def duplicated(obj: bpy.types.Object) -> None:
    copy = obj.copy()
    copy.data = obj.data.copy()
    copy.name = "A copy"
    bpy.context.scene.collection.objects.link(copy)


def in_another_scene(obj: bpy.types.Object) -> None:
    bpy.data.scenes.new("Another").collection.objects.link(obj)
    for home in tuple(bpy.context.scene.collection.children_recursive):
        if obj.name in home.objects:
            home.objects.unlink(obj)
    if obj.name in bpy.context.scene.collection.objects:
        bpy.context.scene.collection.objects.unlink(obj)


@pytest.mark.parametrize("change", [renamed, moved, hidden, duplicated, in_another_scene])
def test_target_is_found_after_changes(context, change) -> None:
    obj = box()
    job = submitted(context)
    change(obj)
    stands = obj.matrix_basis.copy()
    others = [each for each in bpy.data.objects if each != obj]
    done = run_to_end(job)
    assert done.state is State.DONE
    assert is_landed_on(obj, done)
    assert obj.matrix_basis == stands
    assert not any(is_landed_on(each, done) for each in others)


def test_edited_object_asks_before_it_is_replaced(context) -> None:
    obj = box()
    job = submitted(context)
    obj.data.vertices[0].co.x = -5.0
    waiting = run_to_end(job)
    assert waiting.state is State.READY
    assert "has changed since" in targets.question(waiting)
    assert not obj.tripo_addon.task_id
    mesh = obj.data
    assert bpy.ops.tripo_addon.land_job(job_id=job.id, how="ANYWAY") == {"FINISHED"}
    assert obj.data != mesh
    assert is_landed_on(obj, current(job))
    assert bpy.ops.tripo_addon.put_back(index=0) == {"FINISHED"}
    assert obj.data.vertices[0].co.x == -5.0


def test_edited_object_may_be_left_unchanged(context) -> None:
    obj = box()
    job = submitted(context)
    obj.data.vertices[0].co.x = -5.0
    run_to_end(job)
    assert bpy.ops.tripo_addon.land_job(job_id=job.id, how="NEW") == {"FINISHED"}
    done = current(job)
    root = bpy.data.objects[done.root]
    assert root != obj
    assert is_landed_on(root, done)
    assert not obj.tripo_addon.task_id
    assert root.location.x > 2.0


def test_result_of_deleted_object_waits_and_lands_at_its_place(context) -> None:
    obj = box()
    obj.location, obj.scale = (4.0, 5.0, 6.0), (1.0, 2.0, 1.0)
    bpy.context.view_layer.update()
    job = submitted(context)
    bpy.data.objects.remove(obj)
    waiting = run_to_end(job)
    assert waiting.state is State.READY
    assert "no longer exists" in targets.question(waiting)
    assert bpy.ops.tripo_addon.land_job(job_id=job.id, how="NEW") == {"FINISHED"}
    root = bpy.data.objects[current(job).root]
    assert root.location[:] == pytest.approx((4.0, 5.0, 6.0))
    bpy.context.view_layer.update()
    assert root.dimensions[:] == pytest.approx((2.0, 4.0, 2.0), abs=0.01)


def test_shared_mesh_changes_only_for_the_captured_object(context) -> None:
    obj = box()
    other = obj.copy()
    bpy.context.scene.collection.objects.link(other)
    other.select_set(False)
    mesh, count = obj.data, len(obj.data.polygons)
    mesh.materials.append(None)
    context.scene.tripo_addon.texture.landing = "KEEP"
    done = run_to_end(submitted(context))
    assert done.state is State.DONE
    assert obj.data == other.data == mesh
    assert len(mesh.polygons) == count
    assert obj.material_slots[0].material is not None
    assert other.material_slots[0].material is None


def test_shared_mesh_without_uvs_needs_permission(context) -> None:
    obj = box()
    obj.data.uv_layers.remove(obj.data.uv_layers[0])
    other = obj.copy()
    bpy.context.scene.collection.objects.link(other)
    other.select_set(False)
    form = context.scene.tripo_addon.texture
    form.landing = "KEEP"
    made = object_requests.plan(form, context)
    assert "Make Single User" in made.refusal
    form.single_user = True
    done = run_to_end(submitted(context))
    assert done.state is State.DONE, done.trouble
    assert [layer.name for layer in obj.data.uv_layers] == ["Tripo"]
    assert not other.data.uv_layers


def test_objects_of_another_file_are_not_replaced(context, tmp_path: Path) -> None:
    obj = box()
    library = tmp_path / "library.blend"
    bpy.data.libraries.write(str(library), {obj})
    bpy.data.objects.remove(obj)
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.objects = ["Box"]
    linked = wanted.objects[0]
    context.scene.collection.objects.link(linked)
    linked.select_set(True)
    context.view_layer.objects.active = linked
    form = context.scene.tripo_addon.texture
    made = object_requests.plan(form, context)
    assert made.refusal == "Box is linked from another file. Choose New Object"
    form.landing = "NEW"
    done = run_to_end(submitted(context))
    assert done.state is State.DONE, done.trouble
    assert bpy.data.objects[done.root].library is None


def test_result_waits_for_its_file_and_finds_its_object(context, tmp_path: Path) -> None:
    obj = box()
    job = submitted(context)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "mine.blend"))
    bpy.ops.wm.read_homefile(use_empty=True)
    assert run_to_end(job).state is State.READY
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "mine.blend"))
    done = run_to_end(job)
    assert done.state is State.DONE
    assert is_landed_on(bpy.data.objects["Box"], done)
    del obj


def test_result_can_be_applied_to_another_object_later(context) -> None:
    first = box()
    done = run_to_end(submitted(context))
    assert is_landed_on(first, done)
    second = box("Other")
    second.location.x = 7.0
    assert bpy.ops.tripo_addon.land_job(job_id=done.id, how="SELECTED") == {"FINISHED"}
    assert second.tripo_addon.task_id == done.task_id
    assert second.location[:] == (7.0, 0.0, 0.0)


def _tube() -> None:
    bpy.ops.curve.primitive_bezier_circle_add()
    bpy.context.view_layer.objects.active.data.bevel_depth = 0.1


@pytest.mark.parametrize(
    ("kind", "add"),
    [
        ("FONT", bpy.ops.object.text_add),
        ("CURVE", _tube),
        ("SURFACE", bpy.ops.surface.primitive_nurbs_surface_sphere_add),
        ("META", bpy.ops.object.metaball_add),
    ],
)
def test_any_object_with_a_surface_is_a_source(context, kind: str, add: Any) -> None:
    add()
    obj = bpy.context.view_layer.objects.active
    assert obj.type == kind
    done = run_to_end(submitted(context))
    assert done.state is State.DONE, (done.failure, done.trouble)
    assert obj.tripo_addon.task_id == done.task_id
    assert [each.type for each in obj.children if each.users_scene] == ["MESH"]
    assert bpy.ops.tripo_addon.put_back(index=0) == {"FINISHED"}
    assert not [each for each in obj.children if each.users_scene]


def test_shape_without_faces_is_refused_before_payment(context, service) -> None:
    paid = len(service.ledger.tasks)
    mesh = bpy.data.meshes.new("Nothing")
    obj = bpy.data.objects.new("Nothing", mesh)
    context.scene.collection.objects.link(obj)
    obj.select_set(True)
    context.view_layer.objects.active = obj
    job = submitted(context)
    run_to_end(job)
    first = composition.engine().before(current(job))
    assert (first.state, first.failure) == (State.FAILED, Failure.REJECTED)
    assert "no faces" in first.trouble.sentence
    assert len(service.ledger.tasks) == paid
