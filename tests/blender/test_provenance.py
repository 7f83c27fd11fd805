"""What an object stores about its origin, and what survives the artist's changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

from tests.blender.addon import KEY, enabled, model_file, picture
from tests.standin.service import StandIn
from tripo_addon.api.tasks import parse_request
from tripo_addon.blender.objects.provenance import request_of, root_of
from tripo_addon.blender.session import composition


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    folder = tmp_path_factory.mktemp("service")
    with StandIn(seconds=0, keys=(KEY,), model=model_file(folder)) as service:
        yield service


@pytest.fixture
def scene(service: StandIn) -> Iterator[bpy.types.Scene]:
    with enabled(service) as context:
        yield context.scene


@pytest.fixture
def root(scene: bpy.types.Scene) -> bpy.types.Object:
    form = scene.tripo_addon.text
    form.prompt, form.use_seeds, form.model_seed = "a small chest", True, 7
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
    return bpy.data.objects[composition.jobs()[0].root]


def test_link_records_service_request_and_model(root, service) -> None:
    job, link = composition.jobs()[0], root.tripo_addon
    assert (link.service, link.address) == ("tripo-v3", service.base_url)
    assert (link.task_id, link.job_id) == (job.task_id, job.id)
    assert (link.kind, link.prompt) == ("text_to_model", "a small chest")
    assert link.model == job.request.model
    assert parse_request(request_of(link)) == job.request
    assert request_of(link)["model_seed"] == 7


def test_image_is_recorded_by_content_hash(scene, tmp_path: Path) -> None:
    path = picture(tmp_path / "oak.png")
    scene.tripo_addon.image.path = str(path)
    assert bpy.ops.tripo_addon.generate_image() == {"FINISHED"}
    link = bpy.data.objects[composition.jobs()[0].root].tripo_addon
    (sent,) = link.files
    assert (sent.name, sent.field) == ("oak.png", "image")
    assert sent.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_link_is_found_from_any_child_and_only_there(root) -> None:
    child = bpy.data.objects.new("Lid", None)
    child.parent = root
    stranger = bpy.data.objects.new("Stranger", None)
    assert root_of(child) == root
    assert root_of(root) == root
    assert root_of(stranger) is None
    assert root_of(None) is None


def test_link_survives_copy_save_and_append(root, tmp_path: Path) -> None:
    task = root.tripo_addon.task_id
    assert root.copy().tripo_addon.task_id == task
    name, blend = root.name, str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=blend)
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(blend) as (_found, wanted):
        wanted.objects = [name]
    assert wanted.objects[0].tripo_addon.task_id == task
    bpy.ops.wm.open_mainfile(filepath=blend)
    assert bpy.data.objects[name].tripo_addon.task_id == task


def test_joined_object_keeps_the_active_objects_link(scene) -> None:
    objs = [bpy.data.objects.new(name, bpy.data.meshes.new(name)) for name in ("Box", "Plank")]
    for number, obj in enumerate(objs):
        obj.data.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
        scene.collection.objects.link(obj)
        obj.tripo_addon.task_id = f"task-{number}"
        obj.select_set(True)
    bpy.context.view_layer.objects.active = objs[0]
    assert bpy.ops.object.join() == {"FINISHED"}
    assert objs[0].tripo_addon.task_id == "task-0"
