"""Several images in one edit: as many as the chosen version takes, in the order of their slots."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender.addon import picture
from tests.standin.service import StandIn
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.rules import chosen_version
from tripo_addon.api.tasks import parse_request
from tripo_addon.blender.forms.fields import property_name, turn_name
from tripo_addon.blender.forms.picture_forms import REFERENCES
from tripo_addon.blender.requests import picture_requests

FLARE, SEEDREAM = "chat_image_2.5_flare", "seedream_v5"


def fill(form: Any, folder: Path, count: int) -> list[str]:
    """Put so many pictures into the slots, each of another size."""
    files = [str(picture(folder / f"{n}.png", pixels=299 + n)) for n in range(1, count + 1)]
    for slot, file in zip(REFERENCES, files, strict=False):
        setattr(form, property_name(slot), file)
    form.prompt = "the watch of image[1] in the box of image[2]"
    return files


def test_slot_count_is_the_largest_of_any_version() -> None:
    versions = [
        (row, version)
        for row in SERVICES.values()
        if TaskKind.EDIT_IMAGE in row.offers
        for version in row.offers[TaskKind.EDIT_IMAGE].models
    ]
    limits = [each for _row, version in versions for each in version.limits]
    most = max(each.window.high for each in limits if each.name == "references")
    assert len(versions) > 5
    assert len(REFERENCES) == most == 16


def test_images_are_sent_in_order_with_displayed_rotation(
    forms: Any, service: StandIn, tmp_path: Path
) -> None:
    form = forms.edit_image
    form.model = FLARE
    files = fill(form, tmp_path, 16)
    # An empty slot between them is left out.
    form.reference_4 = ""
    setattr(form, turn_name("reference_3"), 1)
    files.pop(3)
    assert form.values()["references"] == tuple(files)
    assert form.values()["turns"] == (("references[3]", 1),)
    assert parse_request(form.values()).file_turns == (0, 0, 1, *[0] * 12)
    bpy.ops.tripo_addon.edit_image()
    (task,) = service.ledger.tasks
    body: Any = task.body
    assert len(set(body["inputs"])) == len(body["inputs"]) == 15
    job = picture_requests.made()[0]
    assert [Path(each.name).stem for each in job.sent] == [Path(each).stem for each in files]
    assert task.credits == job.price == job.credits


def test_more_images_than_the_version_takes_are_refused_before_payment(
    forms: Any, service: StandIn, tmp_path: Path
) -> None:
    form = forms.edit_image
    form.model = SEEDREAM
    assert form.most == 4
    fill(form, tmp_path, 5)
    assert "4" in str(picture_requests.refuse_pictures_of(form))
    with pytest.raises(RuntimeError):
        bpy.ops.tripo_addon.edit_image()
    assert service.ledger.tasks == ()
    form.reference_5 = ""
    assert picture_requests.refuse_pictures_of(form) is None
    bpy.ops.tripo_addon.edit_image()
    assert len(service.ledger.tasks) == 1


def test_request_with_several_images_is_recalled_unchanged(forms: Any, tmp_path: Path) -> None:
    form = forms.edit_image
    form.model = FLARE
    fill(form, tmp_path, 3)
    form.path_turn, form.reference_3_turn = 2, 1
    sent = form.values()
    bpy.ops.tripo_addon.edit_image()
    for slot in REFERENCES:
        setattr(form, property_name(slot), "")
    form.reference_5 = "left over"
    bpy.ops.tripo_addon.recall_job(job_id=picture_requests.made()[0].id)
    assert form.values() == sent
    assert form.filled == REFERENCES[:3]
    assert chosen_version(form.offer, form.values()).id == FLARE


def test_generated_image_goes_into_next_free_slot(forms: Any, tmp_path: Path) -> None:
    forms.new_image.prompt = "a brass watch"
    bpy.ops.tripo_addon.new_image()
    made = picture_requests.made()[0]
    form = forms.edit_image
    form.model = SEEDREAM
    for _click in range(4):
        bpy.ops.tripo_addon.use_image(job_id=made.id, number=0, place="reference")
    assert form.values()["references"] == (str(made.pictures[0]),) * 4
    assert forms.picture_tool == "edit_image"
    with pytest.raises(RuntimeError, match="no further image"):
        bpy.ops.tripo_addon.use_image(job_id=made.id, number=0, place="reference")


def test_slot_buttons_rotate_and_clear_it(forms: Any, tmp_path: Path) -> None:
    form = forms.edit_image
    fill(form, tmp_path, 2)
    where = {"form": "edit_image", "field": "reference_2"}
    bpy.ops.tripo_addon.turn_picture(**where)
    assert form.reference_2_turn == 1
    bpy.ops.tripo_addon.clear_picture(**where)
    assert form.reference_2 == ""
