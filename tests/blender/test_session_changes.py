"""What may happen in Blender while a job runs: other files, deleted scenes and collections, modes,
disabling the add-on. The job arrives properly, or waits and says for what."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import bpy
import pytest

import tripo_addon
from tests.blender import addon
from tests.blender.accessors import call_handlers
from tests.blender.submitting import submitted_text
from tests.doubles import QuickClock
from tests.standin.service import StandIn
from tripo_addon.blender import loop
from tripo_addon.blender.objects.object_group import ObjectGroup
from tripo_addon.blender.requests import checks, object_requests
from tripo_addon.blender.session import composition
from tripo_addon.blender.ui.jobs.job_detail import obstacle
from tripo_addon.jobs.model import clock
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Job, State

PATIENCE = 60.0
TITLE = "A chest"


@pytest.fixture
def context(service: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[bpy.types.Context]:
    monkeypatch.setattr(clock, "SystemClock", lambda: QuickClock(20.0))
    with addon.enabled(service) as context:
        yield context


def submit(context: bpy.types.Context) -> str:
    return submitted_text(context).id


def job(job_id: str) -> Job:
    found = composition.engine().job(job_id)
    assert found is not None
    return found


def turn(until: Callable[[], bool]) -> None:
    """Run the loop by hand, as its timer would."""
    end = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < end, [describe(each) for each in composition.jobs()]
        wait = loop.pump()
        time.sleep(min(0.01, max(0.0, wait or 0.0)))


def reach(job_id: str, *states: State) -> Job:
    turn(lambda: job(job_id).state in states)
    return job(job_id)


def land(job_id: str) -> bpy.types.Object:
    """Wait until the model has arrived, and return its root."""
    done = reach(job_id, State.DONE, State.FAILED)
    assert done.state is State.DONE, done
    root = bpy.data.objects[done.root]
    assert root.tripo_addon.job_id == job_id
    return root


def stays_ready(job_id: str) -> str:
    """Check that the job stays READY, and return what its row says."""
    reach(job_id, State.READY)
    for _ in range(20):
        loop.pump()
    assert job(job_id).state is State.READY
    return obstacle(job(job_id))


def homes(root: bpy.types.Object) -> list[str]:
    """Return the collections and scenes that contain the model."""
    (own,) = root.users_collection
    holders = (*bpy.data.collections, *(scene.collection for scene in bpy.data.scenes))
    return [each.name for each in holders if own.name in each.children]


def collection(context: bpy.types.Context, name: str) -> bpy.types.Collection:
    """Add a collection to the scene, active as after a click in the Outliner."""
    made = bpy.data.collections.new(name)
    context.scene.collection.children.link(made)
    layers = context.view_layer.layer_collection.children
    context.view_layer.active_layer_collection = layers[name]
    return made


def saved(folder: Path, name: str = "scene.blend") -> str:
    path = str(folder / name)
    bpy.ops.wm.save_as_mainfile(filepath=path)
    return path


def test_model_waits_for_a_click_in_a_new_file(context) -> None:
    job_id = submit(context)
    reach(job_id, State.RUNNING)
    bpy.ops.wm.read_homefile(use_empty=True)
    assert "This was generated for another file" in stays_ready(job_id)
    assert not bpy.data.objects
    bpy.ops.tripo_addon.import_job(job_id=job_id)
    assert land(job_id).name == TITLE


def test_model_waits_in_another_file_and_lands_when_its_file_is_open(
    context, tmp_path: Path
) -> None:
    other = saved(tmp_path, "other.blend")
    home = saved(tmp_path)
    job_id = submit(context)
    bpy.ops.wm.open_mainfile(filepath=other)
    assert "This was generated for another file" in stays_ready(job_id)
    assert not bpy.data.objects
    bpy.ops.wm.open_mainfile(filepath=home)
    assert land(job_id).name == TITLE


def test_model_lands_once_after_revert(context, tmp_path: Path, service: StandIn) -> None:
    saved(tmp_path)
    job_id = submit(context)
    reach(job_id, State.RUNNING)
    bpy.ops.wm.revert_mainfile()
    assert land(job_id).name == TITLE
    bpy.ops.wm.revert_mainfile()
    for _ in range(20):
        loop.pump()
    assert not bpy.data.objects
    assert len(service.ledger.tasks) == 1


def test_job_survives_first_save_of_its_file(context, tmp_path: Path) -> None:
    job_id = submit(context)
    reach(job_id, State.RUNNING)
    path = saved(tmp_path)
    bpy.ops.wm.read_homefile(use_empty=True)
    stays_ready(job_id)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert land(job_id).name == TITLE


def test_deleted_scene_is_replaced_by_the_open_one(context) -> None:
    context.window.scene = bpy.data.scenes.new("Barn")
    job_id = submit(context)
    reach(job_id, State.RUNNING)
    bpy.data.scenes.remove(bpy.data.scenes["Barn"])
    root = land(job_id)
    assert homes(root) == [context.scene.collection.name]
    assert job(job_id).note == f"The scene Barn no longer exists; placed in {context.scene.name}"


@pytest.mark.skipif(
    bpy.app.version[:2] == (5, 2),
    reason="Blender 5.2.3 crashes when a linked scene is shown, without the add-on as well",
)
def test_linked_scene_refuses_requests_and_ready_models_go_elsewhere(
    context, tmp_path: Path
) -> None:
    own = context.scene
    context.window.scene = mill = bpy.data.scenes.new("Mill")
    job_id = submit(context)
    library = tmp_path / "library.blend"
    barn = bpy.data.scenes.new("Barn")
    barn.collection.objects.link(bpy.data.objects.new("Foot", bpy.data.meshes.new("Foot")))
    bpy.data.libraries.write(str(library), {barn})
    bpy.data.scenes.remove(barn)
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.scenes = ["Barn"]
    context.window.scene = bpy.data.scenes["Barn"]
    words = "The scene Barn is linked from another file"
    assert words in (checks.refusal(context.scene.tripo_addon.text) or "")
    foot = bpy.data.objects["Foot"]
    form = context.scene.tripo_addon.decimate
    assert words in object_requests.planned(form, ObjectGroup((foot,)), form.requests(None)).refusal
    bpy.data.scenes.remove(mill)
    assert land(job_id).users_scene == (own,)


def test_model_lands_in_its_own_scene_while_another_is_shown(context) -> None:
    scene = context.scene
    job_id = submit(context)
    context.window.scene = bpy.data.scenes.new("Barn")
    root = land(job_id)
    assert scene in root.users_scene
    assert context.scene not in root.users_scene


def test_renamed_scene_and_collection_are_found(context) -> None:
    props = collection(context, "Props")
    job_id = submit(context)
    reach(job_id, State.RUNNING)
    props.name, context.scene.name = "Stage", "Barn"
    assert homes(land(job_id)) == ["Stage"]
    assert "gone" not in job(job_id).note


def test_collection_is_matched_by_identity_not_by_name(context) -> None:
    props = collection(context, "Props")
    job_id = submit(context)
    props.name = "Stage"
    collection(context, "Props")
    assert homes(land(job_id)) == ["Stage"]


def test_deleted_collection_falls_back_to_its_scene_with_notice(context) -> None:
    collection(context, "Props")
    job_id = submit(context)
    reach(job_id, State.RUNNING)
    bpy.data.collections.remove(bpy.data.collections["Props"])
    root = land(job_id)
    assert homes(root) == [context.scene.collection.name]
    assert "The collection Props no longer exists" in describe(job(job_id)).detail


def test_model_in_excluded_collection_is_reported_hidden(context) -> None:
    collection(context, "Props")
    job_id = submit(context)
    context.view_layer.layer_collection.children["Props"].exclude = True
    assert homes(land(job_id)) == ["Props"]
    assert "excluded from the view layer" in describe(job(job_id)).detail


def test_collection_of_another_file_is_left_alone(context, tmp_path: Path) -> None:
    path = tmp_path / "library.blend"
    library = bpy.data.collections.new("Props")
    bpy.data.libraries.write(str(path), {library})
    bpy.data.collections.remove(library)
    with bpy.data.libraries.load(str(path), link=True) as (_found, wanted):
        wanted.collections = ["Props"]
    context.scene.collection.children.link(bpy.data.collections["Props"])
    layers = context.view_layer.layer_collection.children
    context.view_layer.active_layer_collection = layers["Props"]
    job_id = submit(context)
    assert homes(land(job_id)) == [context.scene.collection.name]
    assert "is linked from another file" in describe(job(job_id)).detail


@pytest.mark.parametrize("mode", ["EDIT", "SCULPT", "TEXTURE_PAINT"])
def test_model_waits_while_another_mode_is_active(context, mode) -> None:
    bpy.ops.mesh.primitive_cube_add()
    job_id = submit(context)
    bpy.ops.object.mode_set(mode=mode)
    edited, before = context.mode, len(bpy.data.objects)
    assert stays_ready(job_id) == "Waiting for Object Mode"
    assert (context.mode, len(bpy.data.objects)) == (edited, before)
    bpy.ops.object.mode_set(mode="OBJECT")
    land(job_id)
    assert context.active_object.name == "Cube"


def test_render_during_a_job_changes_nothing(context) -> None:
    context.scene.render.engine = "CYCLES"
    context.scene.render.resolution_x = context.scene.render.resolution_y = 16
    context.scene.cycles.samples = 1
    context.scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    context.scene.collection.objects.link(context.scene.camera)
    job_id = submit(context)
    reach(job_id, State.RUNNING)
    bpy.ops.render.render()
    assert land(job_id).name == TITLE


@pytest.mark.parametrize("state", [State.RUNNING, State.CONVERTING, State.READY])
def test_reenabled_addon_continues_its_jobs(context, service: StandIn, state: State) -> None:
    job_id = submit(context)
    if state is State.READY:
        bpy.ops.mesh.primitive_cube_add()
        bpy.ops.object.mode_set(mode="EDIT")
    reach(job_id, state)
    tripo_addon.unregister()
    if state is State.READY:
        bpy.ops.object.mode_set(mode="OBJECT")
    tripo_addon.register()
    composition.engine()
    assert land(job_id).name == TITLE
    assert len(service.ledger.sent("POST", "/v3/generation")) == 1


@pytest.mark.parametrize("state", [State.PENDING, State.RUNNING])
def test_job_of_an_unsaved_file_arrives_after_addon_update(
    context, service: StandIn, state: State
) -> None:
    job_id = submit(context)
    reach(job_id, state)
    with addon_updated() as updated:
        engine = updated.session.composition.engine()
        end = time.monotonic() + PATIENCE
        while not (found := engine.job(job_id)).state.final:
            assert time.monotonic() < end, found
            time.sleep(min(0.01, updated.loop.pump() or 0.0))
        assert found.state.name == "DONE", found
        assert bpy.data.objects[found.root].tripo_addon.job_id == job_id
    assert len(service.ledger.sent("POST", "/v3/generation")) == 1


@contextmanager
def addon_updated() -> Iterator[ModuleType]:
    """Reload the Blender layer as an update does: fresh modules without any state."""
    tripo_addon.unregister()
    ours = [name for name in sys.modules if name.partition(".")[0] == tripo_addon.__name__]
    former = {name: sys.modules.pop(name) for name in ours}
    try:
        fresh = importlib.import_module(tripo_addon.__name__)
        fresh.register()
        try:
            yield fresh.blender
        finally:
            fresh.unregister()
    finally:
        sys.modules.update(former)
        tripo_addon.register()


def test_file_opened_while_addon_was_disabled_is_another_file(context) -> None:
    job_id = submit(context)
    reach(job_id, State.RUNNING)
    tripo_addon.unregister()
    bpy.ops.wm.read_homefile(use_empty=True)
    tripo_addon.register()
    composition.engine()
    assert "This was generated for another file" in stays_ready(job_id)


def test_second_registration_is_refused_and_jobs_continue(context) -> None:
    job_id = submit(context)
    with pytest.raises((ValueError, RuntimeError)):
        tripo_addon.register()
    assert land(job_id).name == TITLE
    handlers = [each.__name__ for each in bpy.app.handlers.load_post if "tripo" in each.__module__]
    assert sorted(handlers) == ["_file_opened", "_forget", "_gone_back", "_opened"]


def test_undo_before_or_after_arrival_loses_no_job(context) -> None:
    first, second = submit(context), submit(context)
    reach(first, State.RUNNING)
    call_handlers((*bpy.app.handlers.undo_post, *bpy.app.handlers.redo_post))
    names = {land(first).name, land(second).name}
    assert names == {TITLE, f"{TITLE}.001"}
    call_handlers(bpy.app.handlers.undo_post)
    for _ in range(10):
        loop.pump()
    assert len([obj for obj in bpy.data.objects if obj.name.startswith(TITLE)]) == 2
