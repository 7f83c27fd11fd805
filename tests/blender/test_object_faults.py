"""Work on an object with interference from the artist, the disk and other jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

from tests.blender import addon, submitting
from tests.blender.submitting import box, current, run_to_end
from tests.standin.service import StandIn
from tripo_addon.blender import settings
from tripo_addon.blender.arrival import landing
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


def submitted(context: bpy.types.Context, landing: str = "REPLACE") -> Job:
    context.scene.tripo_addon.texture.landing = landing
    return submitting.submitted(context)


def census() -> dict[str, list[str]]:
    kinds = ("objects", "meshes", "collections", "materials", "images", "libraries")
    return {kind: sorted(each.name for each in getattr(bpy.data, kind)) for kind in kinds}


def captured() -> list[Path]:
    folder = settings.captures()
    return sorted(folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize("how", ["KEEP", "REPLACE"])
def test_lost_capture_leaves_the_scene_alone_and_is_made_again(context, how: str) -> None:
    obj = box()
    job, before = submitted(context, how), census()
    engine = composition.engine()
    first = engine.before(current(job))
    assert first is not None
    engine.run_until_idle(landing.place, online=settings.online, until=(first.id,))
    # The rehearsal runs and succeeds; nothing is requested from the service yet.
    engine.run_until_idle(landing.place, online=lambda: False)
    for path in captured():
        path.unlink()
    failed = run_to_end(job)
    assert (failed.state, failed.failure) == (State.FAILED, Failure.IMPORT)
    assert "copy of your object" in failed.trouble.sentence + failed.trouble.detail
    assert census() == before
    assert bpy.ops.tripo_addon.retry_job(job_id=job.id) == {"FINISHED"}
    assert obj.tripo_addon.task_id == failed.task_id


@pytest.mark.parametrize(("second", "state"), [("KEEP", State.DONE), ("REPLACE", State.READY)])
def test_two_results_for_one_object_land_or_ask(context, second: str, state: State) -> None:
    obj = box()
    one, two = submitted(context, second), submitted(context, second)
    assert {run_to_end(one).state, run_to_end(two).state} == {State.DONE, state}
    assert len(obj.tripo_addon.variants) == (2 if state is State.DONE else 1)


def test_object_scaled_to_zero_gets_its_result_in_original_size(context) -> None:
    obj = box()
    job = submitted(context)
    obj.scale.x = 0.0
    bpy.context.view_layer.update()
    assert run_to_end(job).state is State.DONE
    obj.scale.x = 1.0
    bpy.context.view_layer.update()
    assert obj.dimensions[:] == pytest.approx((2.0, 2.0, 2.0), abs=0.01)


def test_library_override_is_left_unchanged(context, tmp_path: Path) -> None:
    home = bpy.data.collections.new("Home")
    home.objects.link(box())
    bpy.data.libraries.write(str(tmp_path / "library.blend"), {home})
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, wanted):
        wanted.collections = ["Home"]
    linked = bpy.data.collections["Home"]
    bpy.context.scene.collection.children.link(linked)
    linked.override_hierarchy_create(
        bpy.context.scene, bpy.context.view_layer, do_fully_editable=True
    )
    obj = next(each for each in bpy.data.objects if each.override_library)
    bpy.context.view_layer.objects.active = obj
    obj.select_set(True)
    form = bpy.context.scene.tripo_addon.texture
    form.prompt, form.landing = "old oak", "REPLACE"
    made = object_requests.plan(form, bpy.context)
    assert not isinstance(made, str)
    assert made.refusal == "Box is linked from another file. Choose New Object"
