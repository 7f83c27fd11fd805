"""From the operators a person presses to the object in the scene, against the stand-in."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest

from tests.blender import addon
from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.blender import settings
from tripo_addon.blender.requests import checks
from tripo_addon.blender.session import child_command, composition
from tripo_addon.jobs.model.job import Failure, State

CREATE = "/v3/generation"


@pytest.fixture
def context(service: StandIn, tmp_path: Path):
    with addon.enabled(service) as context:
        settings.preferences().download_folder = str(tmp_path / "models")
        yield context


def created(service: StandIn) -> tuple:
    return service.ledger.sent("POST", CREATE)


@pytest.mark.every_blender
def test_text_generates_a_model_at_the_cursor(context, service: StandIn) -> None:
    context.scene.cursor.location = (1.0, 2.0, 3.0)
    context.scene.tripo_addon.text.prompt = "a small wooden chest"
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
    (job,) = composition.jobs()
    root = bpy.data.objects[job.root]
    assert (job.state, job.credits, job.price) == (State.DONE, 20.0, 20)
    assert root.name == "A small wooden chest"
    assert root.location[:] == pytest.approx((1.0, 2.0, 3.0))
    assert root.users_collection[0].name == "A small wooden chest"
    link = root.tripo_addon
    assert (link.service, link.task_id, link.job_id) == ("tripo-v3", job.task_id, job.id)
    assert all(image.packed_file for image in bpy.data.images if image.source == "FILE")
    (sent,) = created(service)
    assert sent.body["prompt"] == "a small wooden chest"


def test_single_image_generates_a_model(context, service: StandIn, tmp_path: Path) -> None:
    path = addon.picture(tmp_path / "old_chest.png")
    context.scene.tripo_addon.image.path = str(path)
    assert bpy.ops.tripo_addon.generate_image() == {"FINISHED"}
    assert composition.jobs()[0].root == "Old chest"
    (upload,) = service.ledger.uploads
    assert upload.content == path.read_bytes()
    assert created(service)[0].body["input"] == upload.token


def test_single_image_generates_named_parts_without_further_steps(
    context, service: StandIn, tmp_path: Path
) -> None:
    path = addon.picture(tmp_path / "toy_car.png")
    forms = context.scene.tripo_addon
    forms.parts.path, forms.parts.granularity, forms.then_texture = str(path), "coarse", True
    assert bpy.ops.tripo_addon.generate_parts() == {"FINISHED"}
    (job,) = composition.jobs()
    assert (job.state, job.price, job.root) == (State.DONE, 85, "Toy car")
    (upload,) = service.ledger.uploads
    (sent,) = service.ledger.sent("POST", "/v3/mesh/smartsegment")
    fields = sent.fields["input"], sent.fields["seg_type"], sent.fields["granularity"]
    assert fields == (upload.token, "image", "coarse")


def test_views_generate_a_model_with_each_image_in_its_slot(
    context, service: StandIn, tmp_path: Path
) -> None:
    form = context.scene.tripo_addon.multiview
    form.front = str(addon.picture(tmp_path / "front.png"))
    form.right = str(addon.picture(tmp_path / "right.png", pixels=65))
    assert bpy.ops.tripo_addon.generate_multiview() == {"FINISHED"}
    front, right = service.ledger.uploads
    assert created(service)[0].body["inputs"] == [{"front": front.token}, {"right": right.token}]


def test_generation_leaves_the_scene_unchanged(context) -> None:
    mesh = bpy.data.meshes.new("mine")
    mine = bpy.data.objects.new("mine", mesh)
    context.scene.collection.objects.link(mine)
    mine.select_set(True)
    context.view_layer.objects.active = mine
    settings.preferences().select_imported = "NEVER"
    engine, world = context.scene.render.engine, context.scene.world
    context.scene.tripo_addon.text.prompt = "a chest"
    bpy.ops.tripo_addon.generate_text()
    assert context.view_layer.objects.active == mine
    assert [obj.name for obj in context.selected_objects] == ["mine"]
    assert (context.scene.render.engine, context.scene.world) == (engine, world)
    assert context.mode == "OBJECT"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "needs an API key"),
        ("tcli_abc", "Client ID"),
        ("abc", "it would start with tsk_"),
    ],
)
def test_invalid_key_is_refused_with_its_own_message(context, service, key, words):
    settings.preferences().api_key = key
    context.scene.tripo_addon.text.prompt = "a chest"
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.tripo_addon.generate_text()
    assert not service.ledger.requests


@pytest.mark.parametrize(
    ("prompt", "words"),
    [("   ", "Enter a prompt"), ("x" * 1025, "1,025 characters"), ("a cat 🐈", "emoji")],
)
def test_invalid_prompt_is_refused_unsent(context, service, prompt, words):
    context.scene.tripo_addon.text.prompt = prompt
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.tripo_addon.generate_text()
    assert not service.ledger.requests


def test_nothing_is_sent_offline_by_button_or_script(context, service: StandIn) -> None:
    form = context.scene.tripo_addon.text
    form.prompt = "a chest"
    bpy.context.preferences.system.use_online_access = False
    with pytest.raises(RuntimeError, match="Online access is off"):
        bpy.ops.tripo_addon.generate_text()
    assert "Online access is off" in checks.checked_values(form).sentence
    assert not service.ledger.requests


def test_unusable_image_is_refused_beside_its_field(
    context, service: StandIn, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.png"
    cut.write_bytes(b"\x89PNG\r\n\x1a\n")
    small = addon.picture(tmp_path / "small.png", pixels=10)
    form = context.scene.tripo_addon.image
    for path, words in (
        (tmp_path / "gone.png", "does not exist"),
        (cut, "is a damaged image"),
        (small, "10 × 10"),
    ):
        form.path = str(path)
        with pytest.raises(RuntimeError, match=words):
            bpy.ops.tripo_addon.generate_image()
        assert words in composition.WIRING.refusals["image"].sentence
    form.path = str(addon.picture(tmp_path / "good.png"))
    assert not composition.WIRING.refusals
    assert not service.ledger.requests


def test_too_few_views_are_refused(context, service: StandIn, tmp_path: Path) -> None:
    form = context.scene.tripo_addon.multiview
    form.front = str(addon.picture(tmp_path / "front.png"))
    with pytest.raises(RuntimeError, match="two views"):
        bpy.ops.tripo_addon.generate_multiview()
    form.front, form.left = "", form.front
    with pytest.raises(RuntimeError, match="Add a front view"):
        bpy.ops.tripo_addon.generate_multiview()
    assert not service.ledger.requests


def test_service_refusal_shows_its_code_and_our_message(context, service) -> None:
    service.ledger.account(addon.KEY).balance = 5
    context.scene.tripo_addon.text.prompt = "a chest"
    with pytest.raises(RuntimeError, match=r"Not enough credits.*2010"):
        bpy.ops.tripo_addon.generate_text()
    job = composition.jobs()[0]
    assert (job.state, job.failure) == (State.FAILED, Failure.REJECTED)


def test_web_page_instead_of_model_fails_the_job_and_leaves_scene_alone(context, service) -> None:
    blocks = {kind: len(getattr(bpy.data, kind)) for kind in ("objects", "meshes", "collections")}
    service.fault(Fault(method="GET", path="/results", status=200, body="<html>Gateway</html>"))
    context.scene.tripo_addon.text.prompt = "a chest"
    with pytest.raises(RuntimeError, match="cannot be used"):
        bpy.ops.tripo_addon.generate_text()
    job = composition.jobs()[0]
    assert job.failure is Failure.BAD_FILE
    assert list(Path(settings.preferences().download_folder).rglob("model.unusable"))
    assert blocks == {kind: len(getattr(bpy.data, kind)) for kind in blocks}
    assert bpy.ops.tripo_addon.retry_job(job_id=job.id) == {"FINISHED"}
    assert composition.jobs()[0].state is State.DONE
    assert len(created(service)) == 1


def test_truncated_model_file_is_kept_for_inspection(served_model: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.glb"
    short.write_bytes(served_model.read_bytes()[:-100])
    with (
        StandIn(seconds=0, model=short, keys=(addon.KEY,)) as service,
        addon.enabled(service) as context,
    ):
        context.scene.tripo_addon.text.prompt = "a chest"
        with pytest.raises(RuntimeError, match="cannot be used"):
            bpy.ops.tripo_addon.generate_text()
        assert composition.jobs()[0].failure is Failure.BAD_FILE
        (kept,) = settings.user_folder().rglob("model.unusable")
        assert kept.read_bytes() == short.read_bytes()
        assert not bpy.data.objects


def test_finished_job_is_imported_again_at_the_current_cursor(context, service) -> None:
    context.scene.tripo_addon.text.prompt = "a chest"
    bpy.ops.tripo_addon.generate_text()
    context.scene.cursor.location = (9.0, 0.0, 0.0)
    assert bpy.ops.tripo_addon.import_job(job_id=composition.jobs()[0].id) == {"FINISHED"}
    (job,) = composition.jobs()
    assert bpy.data.objects[job.root].location[:] == pytest.approx((9.0, 0.0, 0.0))
    assert job.root == "A chest.001"
    assert len(created(service)) == 1
    assert bpy.ops.tripo_addon.remove_job(job_id=job.id) == {"FINISHED"}
    assert composition.jobs() == ()


def test_import_without_second_blender_is_direct_with_notice(
    context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_command, "child_command", lambda: ("/there/is/no/blender",))
    context.scene.tripo_addon.text.prompt = "a chest"
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
    (job,) = composition.jobs()
    assert job.state is State.DONE
    assert job.blend is None
    assert "No second Blender" in job.note
    assert bpy.data.objects[job.root].tripo_addon.job_id == job.id


def test_key_is_in_no_blend_and_no_addon_file(context, tmp_path: Path) -> None:
    context.scene.tripo_addon.text.prompt = "a chest"
    bpy.ops.tripo_addon.generate_text()
    # This comes after everything that is still to be written.
    assert composition.timeline(composition.jobs()[0].id)
    blend = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), compress=False)
    written = [blend, *settings.user_folder().rglob("*"), *(tmp_path / "models").rglob("*")]
    files = [path for path in written if path.is_file()]
    assert len(files) > 4
    assert not [path for path in files if addon.KEY.encode() in path.read_bytes()]


def test_environment_key_takes_precedence_over_preferences(
    context, service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.preferences().api_key = "tsk_other"
    monkeypatch.setenv("TRIPO_API_KEY", addon.KEY)
    context.scene.tripo_addon.text.prompt = "a chest"
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
