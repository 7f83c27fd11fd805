"""The picture tools: what they send, keep and cost, and how what they made is used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender.addon import picture
from tests.standin.service import StandIn
from tripo_addon.blender.requests import picture_requests
from tripo_addon.blender.session import composition


def newest() -> Any:
    return picture_requests.made()[0]


def test_generated_image_is_stored_and_costs_the_shown_price(forms: Any, service: StandIn) -> None:
    forms.new_image.prompt = "a brass watch"
    price = composition.price(forms.new_image.kind, forms.new_image.values())
    bpy.ops.tripo_addon.new_image()
    (task,) = service.ledger.tasks
    assert (task.kind, task.credits, task.body["prompt"]) == (
        "text_to_image",
        price,
        "a brass watch",
    )
    (path,) = newest().pictures
    assert path.stat().st_size > 100
    assert newest().title == path.stem == "A brass watch"


def test_immediate_repeat_of_a_request_is_refused(forms: Any, service: StandIn) -> None:
    forms.new_image.prompt = "a brass watch"
    bpy.ops.tripo_addon.new_image()
    with pytest.raises(RuntimeError, match="sent"):
        bpy.ops.tripo_addon.new_image()
    assert len(service.ledger.tasks) == 1


def test_image_is_edited_with_its_displayed_rotation(
    forms: Any, service: StandIn, tmp_path: Path
) -> None:
    forms.edit_image.path = str(picture(tmp_path / "watch.png", pixels=300))
    forms.edit_image.path_turn = 1
    forms.edit_image.prompt = "make it silver"
    assert forms.edit_image.values()["turns"] == (("references", 1),)
    bpy.ops.tripo_addon.edit_image()
    (task,) = service.ledger.tasks
    assert task.kind == "generate_image"
    assert len(service.ledger.uploads) == 1


def test_image_becomes_four_views_and_a_model(forms: Any, service: StandIn, tmp_path: Path) -> None:
    forms.make_views.path = str(picture(tmp_path / "watch.png", pixels=300))
    bpy.ops.tripo_addon.make_views()
    job = newest()
    assert len(job.pictures) == 4
    bpy.ops.tripo_addon.use_views(job_id=job.id)
    assert forms.mode == "multiview"
    views = [getattr(forms.multiview, view) for view in ("front", "left", "back", "right")]
    assert views == [str(path) for path in job.pictures]
    assert Path(views[0]).stem == "Watch front"
    assert forms.multiview.title == "Watch"
    assert forms.multiview.reading.refused is None


def test_model_from_views_takes_one_click_at_the_shown_price(
    forms: Any, service: StandIn, tmp_path: Path
) -> None:
    price = picture_requests.model_price(bpy.context)
    forms.make_views.path = str(picture(tmp_path / "watch.png", pixels=300))
    bpy.ops.tripo_addon.make_views()
    # Nothing goes on before somebody has seen the views.
    assert [task.kind for task in service.ledger.tasks] == ["generate_multiview_image"]
    bpy.ops.tripo_addon.generate_from_views(job_id=newest().id)
    assert [task.kind for task in service.ledger.tasks][1:] == ["multiview_to_model"]
    assert service.ledger.tasks[1].credits == price == 30
    assert any(obj.tripo_addon.task_id for obj in bpy.context.scene.objects)


def test_views_are_edited_by_their_task(forms: Any, service: StandIn, tmp_path: Path) -> None:
    forms.make_views.path = str(picture(tmp_path / "watch.png", pixels=300))
    bpy.ops.tripo_addon.make_views()
    made = newest()
    assert not bpy.ops.tripo_addon.edit_views.poll()
    bpy.ops.tripo_addon.choose_views(job_id=made.id)
    assert forms.picture_tool == "edit_views"
    forms.edit_views.back = "add a strap"
    price = composition.price(forms.edit_views.kind, forms.edit_views.values())
    bpy.ops.tripo_addon.edit_views()
    task = service.ledger.tasks[-1]
    assert (task.kind, task.credits) == ("edit_multiview_image", price)
    assert made.task_id in str(task.body)
    assert len(newest().pictures) == 4
    assert newest().id != made.id


def test_editing_views_without_chosen_views_is_refused(forms: Any) -> None:
    sentence = picture_requests.refuse_pictures_of(forms.edit_views)
    assert sentence == "Choose four views below with Edit"


def test_views_of_another_account_are_refused_unpaid(forms: Any, service: StandIn) -> None:
    forms.edit_views.views_task = "somebody-elses"
    forms.edit_views.front = "add a strap"
    with pytest.raises(RuntimeError):
        bpy.ops.tripo_addon.edit_views()
    assert service.ledger.tasks == ()


@pytest.mark.parametrize(
    ("place", "filled"),
    [
        ("image", "image.path"),
        ("left", "multiview.left"),
        ("edit_image", "edit_image.path"),
        ("make_views", "make_views.path"),
    ],
)
def test_result_is_used_with_one_click(forms: Any, place: str, filled: str) -> None:
    forms.new_image.prompt = "a brass watch"
    bpy.ops.tripo_addon.new_image()
    bpy.ops.tripo_addon.use_image(job_id=newest().id, number=0, place=place)
    assert forms.path_resolve(filled) == str(newest().pictures[0])


def test_request_is_recalled_into_its_tool(forms: Any) -> None:
    forms.new_image.prompt = "a brass watch"
    bpy.ops.tripo_addon.new_image()
    forms.new_image.prompt, forms.picture_tool = "", "make_views"
    bpy.ops.tripo_addon.recall_job(job_id=newest().id)
    assert (forms.picture_tool, forms.new_image.prompt) == ("new_image", "a brass watch")
