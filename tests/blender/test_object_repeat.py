"""A result that was not applied, or was lost again, is imported once more without payment."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import bpy
import pytest

from tests.blender import addon, submitting
from tests.blender.submitting import box, checked, current, run_to_end
from tests.standin.service import StandIn
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.blender import settings
from tripo_addon.blender.arrival import landing, landing_choice
from tripo_addon.blender.job_list.rows import ROWS
from tripo_addon.blender.objects import targets
from tripo_addon.blender.requests import generation
from tripo_addon.blender.session import composition
from tripo_addon.blender.ui import object_operators
from tripo_addon.blender.ui.jobs import job_detail, job_row
from tripo_addon.jobs.model.events import Event
from tripo_addon.jobs.model.job import Failure, Job, Landing, State
from tripo_addon.jobs.model.job_groups import Standing
from tripo_addon.jobs.work import steps


@pytest.fixture(scope="module")
def service() -> Iterator[StandIn]:
    with StandIn(seconds=0, keys=(addon.KEY,)) as running:
        yield running


@pytest.fixture
def context(service: StandIn, tmp_path: Path) -> Iterator[bpy.types.Context]:
    bpy.ops.wm.read_homefile(use_empty=True)
    with addon.enabled(service) as context:
        settings.preferences().download_folder = str(tmp_path / "models")
        yield context
    bpy.ops.wm.read_homefile(use_empty=True)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Return the path of the file that is opened after a crash."""
    return tmp_path / "mine.blend"


def submitted(how: str = "KEEP") -> Job:
    form = bpy.context.scene.tripo_addon.texture
    form.prompt, form.texture_size, form.landing = "old oak", "512", how
    return submitting.submitted(bpy.context)


def keep(path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(path))


def crash(path: Path) -> bpy.types.Object | None:
    """Open the file as it was saved. Returns its object Box, if there is one."""
    bpy.ops.wm.open_mainfile(filepath=str(path))
    return bpy.data.objects.get("Box")


def shown() -> list[bpy.types.Object]:
    return [each for each in bpy.data.objects if each.users_scene]


def import_again(job: Job) -> Job:
    """Return the job that importing this one again makes."""
    assert bpy.ops.tripo_addon.import_job(job_id=job.id) == {"FINISHED"}
    return next(each for each in composition.jobs() if each.task_id == job.task_id)


def is_dressed(obj: bpy.types.Object) -> bool:
    return obj.material_slots[0].material is not None if obj.material_slots else False


@pytest.mark.parametrize("how", ["KEEP", "REPLACE"])
def test_result_lost_in_a_crash_is_applied_again(
    context, service: StandIn, saved: Path, how: str
) -> None:
    box()
    keep(saved)
    done = run_to_end(submitted(how))
    assert done.state is State.DONE
    paid = len(service.ledger.tasks)
    bare = crash(saved)
    assert bare is not None
    assert not bare.tripo_addon.task_id
    assert landing_choice.default_choice_message(done).startswith("Apply to Box")
    again = import_again(done)
    assert (again.state, again.placement.landing) == (State.DONE, Landing[how])
    assert shown() == [bare]
    assert bare.tripo_addon.task_id == done.task_id
    assert [row.name for row in bare.tripo_addon.variants] == ["Original"]
    assert len(service.ledger.tasks) == paid


def test_object_with_its_result_gets_a_copy_beside_it(context) -> None:
    obj = box()
    done = run_to_end(submitted())
    assert "a copy beside Box" in landing_choice.default_choice_message(done)
    copied = import_again(done)
    (copy,) = (each for each in shown() if each != obj)
    assert copy.name == copied.root
    assert copy.location.x > 2.0
    assert len(obj.tripo_addon.variants) == 1


def test_undone_result_is_applied_again(context) -> None:
    box()
    bpy.ops.ed.undo_push(message="A box")
    done = run_to_end(submitted())
    bpy.ops.ed.undo()
    obj = bpy.data.objects["Box"]
    assert not obj.tripo_addon.task_id
    import_again(done)
    assert bpy.data.objects["Box"].tripo_addon.task_id == done.task_id
    assert len(shown()) == 1


@pytest.mark.parametrize("how", ["KEEP", "REPLACE"])
def test_object_in_older_file_is_found_by_name_and_shape(context, saved: Path, how: str) -> None:
    box()
    keep(saved)
    job = submitted(how)
    obj = crash(saved)
    assert obj is not None
    assert not obj.tripo_addon.uid
    done = run_to_end(job)
    assert done.state is State.DONE
    assert obj.tripo_addon.task_id == done.task_id
    assert shown() == [obj]


def test_different_object_with_the_same_name_is_left_alone(context, saved: Path) -> None:
    box()
    keep(saved)
    job = submitted()
    obj = crash(saved)
    assert obj is not None
    obj.data.vertices[0].co.x = -5.0
    waiting = run_to_end(job)
    assert waiting.state is State.READY
    assert "no longer exists" in targets.question(waiting)


def test_same_name_and_shape_in_another_file_is_not_the_target(context, saved: Path) -> None:
    box()
    keep(saved)
    done = run_to_end(submitted())
    bpy.ops.wm.read_homefile(use_empty=True)
    other = box()
    import_again(done)
    assert not other.tripo_addon.task_id
    assert len(shown()) == 2


def _lose_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    land = landing._land_on

    def without(job, target, model):
        shutil.rmtree(job.blend.parent / "model.parts")
        return land(job, target, model)

    monkeypatch.setattr(landing, "_land_on", without)


def test_missing_file_leaves_the_object_unchanged_and_import_retries(
    context, monkeypatch: pytest.MonkeyPatch
) -> None:
    obj = box()
    obj.data.uv_layers.remove(obj.data.uv_layers[0])
    job = submitted()
    with monkeypatch.context() as broken:
        _lose_parts(broken)
        failed = run_to_end(job)
    assert (failed.state, failed.failure) == (State.FAILED, Failure.IMPORT)
    assert "on disk is incomplete" in failed.trouble.detail
    assert not obj.data.uv_layers
    assert not obj.material_slots
    assert not obj.tripo_addon.variants
    assert not bpy.data.materials
    assert shown() == list(bpy.data.objects) == [obj]
    import_again(failed)
    assert is_dressed(obj)
    assert [layer.name for layer in obj.data.uv_layers] == ["Tripo"]
    assert shown() == [obj]


def test_capture_lost_before_landing_is_made_again(context) -> None:
    obj = box()
    job = submitted()
    engine, lost = composition.engine(), list[Path]()

    def place(ready: Job) -> Event | None:
        lost.extend([] if lost else settings.captures().iterdir())
        for path in lost:
            path.unlink(missing_ok=True)
        return landing.place(ready)

    engine.run_until_idle(place, online=settings.online)
    done = engine.job(job.id)
    assert lost
    assert done is not None
    assert done.state is State.DONE, done.trouble
    assert is_dressed(obj)


@pytest.mark.parametrize("how", ["KEEP", "REPLACE"])
def test_failed_preparation_does_not_import_a_new_object(
    context, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    obj = box()
    job = submitted(how)

    def full(_job, _tools):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setitem(steps._STEPS, State.CONVERTING, full)
        failed = run_to_end(job)
    assert (failed.state, failed.failure) == (State.FAILED, Failure.IMPORT)
    assert "No space left" in failed.trouble.sentence
    assert list(bpy.data.objects) == [obj]
    import_again(failed)
    assert obj.tripo_addon.task_id == failed.task_id
    assert shown() == [obj]


def test_without_second_blender_the_model_is_offered_as_new_object(
    context, monkeypatch: pytest.MonkeyPatch
) -> None:
    obj = box()
    job = submitted()
    with monkeypatch.context() as broken:
        broken.setattr(steps, "convert", lambda *_a, **_k: (_ for _ in ()).throw(OSError(28, "")))
        failed = run_to_end(job)
        assert failed.failure is Failure.IMPORT
        assert "NEW" in landing_choice.choices(failed, bpy.context)
        assert bpy.ops.tripo_addon.land_job(job_id=failed.id, how="NEW") == {"FINISHED"}
    (new,) = (each for each in shown() if each != obj)
    assert new.tripo_addon.task_id == failed.task_id
    assert not obj.tripo_addon.task_id


def test_result_on_the_selected_object_keeps_its_mesh(context) -> None:
    obj = box()
    job = submitted()
    bpy.data.objects.remove(obj)
    waiting = run_to_end(job)
    assert landing_choice.choices(waiting, bpy.context) == ("NEW",)
    other = box("Other")
    assert landing_choice.choices(waiting, bpy.context) == ("NEW", "SELECTED")
    assert bpy.ops.tripo_addon.land_job(job_id=job.id, how="SELECTED") == {"FINISHED"}
    assert len(other.data.polygons) == 6
    assert is_dressed(other)
    assert composition.engine().job(job.id).placement.landing is Landing.KEEP


def test_selected_object_that_cannot_keep_its_mesh_is_not_offered(context) -> None:
    box()
    job = submitted()
    bpy.data.objects.remove(bpy.data.objects["Box"])
    waiting, _other = run_to_end(job), box("Other")
    row = ROWS.row(waiting.id)
    assert row is not None
    assert row.group.standing is Standing.NEEDS_YOU
    assert "tripo_addon.import_job" not in [each.idname for each in job_detail.actions(row)]
    layout = Mock()
    job_row.draw_row(layout, row, bpy.context)
    drawn = layout.split().row().operator.call_args_list
    assert "tripo_addon.import_job" not in [each.args[0] for each in drawn]
    layout = Mock()
    job_detail.draw_decision(layout, waiting, bpy.context)
    texts = [each.kwargs["text"] for each in layout.row().operator.call_args_list]
    assert texts == ["Add as New Object", "Apply to Selected"]
    tooltip = object_operators.TRIPO_ADDON_OT_land_job.description
    assert tooltip(bpy.context, Mock(how="SELECTED")).startswith("Apply to the selected")


def test_waiting_row_has_a_button_and_tooltip_for_each_choice(context) -> None:
    obj = box()
    job = submitted()
    bpy.data.objects.remove(obj)
    waiting = run_to_end(job)
    bpy.ops.object.text_add()
    assert landing_choice.choices(waiting, bpy.context) == ("NEW",)
    with pytest.raises(RuntimeError, match="not a mesh"):
        bpy.ops.tripo_addon.land_job(job_id=job.id, how="SELECTED")


def test_next_step_lands_on_the_reimported_first_result(context, saved: Path) -> None:
    keep(saved)
    forms = bpy.context.scene.tripo_addon
    forms.then_texture, forms.texture.prompt = True, "oak"
    forms.text.prompt = "a man"
    then = generation.later_requests(TaskKind.TEXT_TO_MODEL, bpy.context)
    steps = generation.generation_steps(
        checked(forms.text), then, title="A man", context=bpy.context
    )
    engine = composition.engine()
    first, second = engine.submit(composition.WIRING.account, steps)

    def place(job: Job) -> Event | None:
        """Place all but the last piece of the second step."""
        if job.id == first.id:
            return landing.place(job)
        return None if job.blend else targets.captured(job)

    engine.run_until_idle(place, online=settings.online)
    waiting = engine.job(second.id)
    assert waiting is not None
    assert waiting.placement.target.objects
    crash(saved)
    assert not bpy.data.objects
    assert "Import it again" in targets.question(current(second))
    import_again(current(first))
    done = run_to_end(second)
    assert done.state is State.DONE
    (root,) = shown()
    assert root.tripo_addon.task_id == done.task_id


def test_retry_in_another_file_keeps_its_target_object(context, saved: Path) -> None:
    box()
    keep(saved)
    job, engine = submitted(), composition.engine()
    engine.run_until_idle(lambda _ready: None, online=settings.online)
    engine.cancel(job.id)
    bpy.ops.wm.read_homefile(use_empty=True)
    with pytest.raises(RuntimeError, match="Ready to import"):
        bpy.ops.tripo_addon.retry_job(job_id=job.id)
    (again,) = (each for each in composition.jobs() if each.replaces == job.id)
    assert (again.state, again.placement) == (State.READY, job.placement)
    obj = crash(saved)
    assert obj is not None
    assert run_to_end(again).state is State.DONE
    assert is_dressed(obj)
