"""The tools of the Images panel in scripts and on the command line: the same requests and
prices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tripo_addon.scripting as tripo
from tests.blender.addon import KEY, picture
from tests.blender.command_child import CommandLine
from tests.standin.service import StandIn
from tripo_addon.blender.scripting.images import KINDS
from tripo_addon.blender.session import composition

FLARE = "chat_image_2.5_flare"


@pytest.fixture
def watch(tmp_path: Path) -> Path:
    return picture(tmp_path / "watch.png", pixels=300)


def planned(tool: str, **options: Any) -> Any:
    """What a plan says, as the ledger has it."""
    found = tripo.plan_images(tool, **options)
    return json.loads(found.body), found.price


@pytest.mark.every_blender
def test_image_matches_its_plan_and_is_saved_to_the_folder(
    forms: Any, service: StandIn, tmp_path: Path
) -> None:
    asked: dict[str, Any] = {"prompt": "a brass watch", "model": FLARE, "quality": "high"}
    body, price = planned("new_image", **asked)
    assert service.ledger.requests == ()
    style = {"name": "Clay", "after": "soft light"}
    job = tripo.new_image(**asked, style=style, folder=tmp_path / "made", name="Watch")
    tripo.wait(job)
    (task,) = service.ledger.tasks
    assert task.body == {**body, "prompt": "a brass watch, soft light"}
    assert (job.price, job.charged, task.credits) == (price, price, price)
    (file,) = job.files
    assert (file.parent, file.stem) == (tmp_path / "made", "Watch")
    assert file.stat().st_size > 100
    assert forms.new_image.prompt == ""


def test_several_images_are_edited_as_in_the_panel(
    forms: Any, service: StandIn, watch: Path, tmp_path: Path
) -> None:
    box = picture(tmp_path / "box.png", pixels=320)
    form = forms.edit_image
    form.model, form.prompt = FLARE, "image[1] in image[2]"
    form.path, form.reference_2 = str(watch), str(box)
    given: Any = {"images": [watch, box], "prompt": "image[1] in image[2]", "model": FLARE}
    _body, price = planned("edit_image", **given)
    assert price == composition.price(form.kind, form.values())
    job = tripo.edit_image(**given)
    tripo.wait(job)
    assert tuple(job.request["references"]) == form.values()["references"]
    body: Any = service.ledger.tasks[0].body
    assert len(body["inputs"]) == 2
    with pytest.raises(tripo.Refused) as refused:
        tripo.edit_image([watch] * 5, "a watch")
    assert refused.value.field == "references"
    assert len(service.ledger.tasks) == 1


def test_views_are_generated_and_edited_by_job(forms: Any, service: StandIn, watch: Path) -> None:
    views = tripo.make_views(watch)
    tripo.wait(views)
    assert [path.stem for path in views.files] == [
        f"Watch {view}" for view in ("front", "left", "back", "right")
    ]
    body, price = planned("edit_views", views=views, edits={"back": "add a strap"})
    job = tripo.edit_views(views, {"back": "add a strap"})
    tripo.wait(job)
    task = service.ledger.tasks[-1]
    assert (task.body, task.credits) == (body, price)
    with pytest.raises(tripo.Refused, match="not made with this account"):
        tripo.edit_views("somebody-elses", {"back": "add a strap"})
    with pytest.raises(tripo.Refused):
        tripo.edit_views(views, {})
    assert len(service.ledger.tasks) == 2


@pytest.mark.parametrize("tool", KINDS)
def test_refused_requests_are_not_sent(forms: Any, service: StandIn, tool: str) -> None:
    with pytest.raises(tripo.Refused):
        tripo.plan_images(tool, face_limt=3)
    assert service.ledger.requests == ()


def test_commands_pay_once_and_print_every_image(
    service: StandIn, watch: Path, tmp_path: Path
) -> None:
    line = CommandLine(tmp_path, service.base_url, key=KEY)
    planned = line.run("edit-image", watch, watch, "--prompt", "gold", "--plan", "--json").document
    assert service.ledger.tasks == ()
    asked = ("edit-image", watch, watch, "--prompt", "gold", "--folder", "made")
    assert line.run(*asked, "--max-price", "1", "--yes", code=4).output == ""
    ended = line.run(*asked, "--yes")
    (task,) = service.ledger.tasks
    assert task.credits == planned["price"]
    body: Any = task.body
    assert len(body["inputs"]) == len(planned["uploads"]) == 2
    (file,) = (line.home / "made").iterdir()
    assert str(file) in ended.output
    made = line.run("make-views", watch, "--yes", "--json").document[0]
    assert len(made["files"]) == 4
    listed = line.run("edit-views", made["id"], "--back", "add a strap", "--yes").output
    assert len([each for each in listed.splitlines() if Path(each).is_file()]) == 4
    assert line.run("edit-views", made["id"], "--yes", code=3).output == ""
    line.run("new-image", "--prompt", "a watch", "--yes")
    assert len(service.ledger.tasks) == 4
