"""Jobs that save files in a folder of the user: names, and folders that cannot be written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.bench import ACCOUNT, PLACE, Bench, MakeBench, MakeStandIn, text
from tripo_addon.api.errors import Kind
from tripo_addon.api.tasks import TaskRequest
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Failure, Finish, Job, Landing, Placement, State
from tripo_addon.jobs.model.recipes import Step

FILES = replace(PLACE, landing=Landing.DOWNLOAD)


def submitted(here: Bench, *requests: TaskRequest, place: Placement = FILES) -> list[Job]:
    steps = [Step(request=each, title="a chest", placement=place) for each in requests]
    return list(here.engine.submit(ACCOUNT, steps))


def test_files_are_saved_under_the_title_without_overwriting(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, glb: Path
) -> None:
    here = bench(stand_in())
    folder = tmp_path / "chosen"
    place = replace(FILES, save_to=str(folder))
    for _ in range(2):
        (job,) = submitted(here, text(), place=place)
        here.until(job, State.DONE)
    assert sorted(each.name for each in folder.iterdir()) == ["a chest 2.glb", "a chest.glb"]
    assert (folder / "a chest.glb").read_bytes() == glb.read_bytes()


@pytest.mark.parametrize(
    ("below", "why"),
    [
        ("taken", "the chosen folder is a file"),
        ("taken/deeper", "the chosen folder is a file"),
        ("x" * 300, "the path of the chosen folder is too long"),
        ("/".join(["x" * 90] * 11), "the path of the chosen folder is too long"),
    ],
    ids=["a file", "below a file", "a long name", "a long path"],
)
def test_unwritable_chosen_folder_is_reported_before_sending(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, below: str, why: str
) -> None:
    here = bench(stand_in())
    (tmp_path / "taken").write_text("a file where the folder should be")
    (job,) = submitted(here, text(), place=replace(FILES, save_to=str(tmp_path / below)))
    failed = here.until(job, State.FAILED)
    assert failed.failure is Failure.REJECTED
    assert failed.trouble is not None
    assert failed.trouble.kind is Kind.FOLDER
    assert failed.trouble.detail.startswith(why)
    assert "nothing was sent" in failed.trouble.detail
    assert here.service.ledger.sent("POST", "/") == ()


@pytest.mark.parametrize(
    ("finish", "why"),
    [("textures", "the texture folder"), ("library", "the asset library folder")],
)
def test_texture_or_asset_folder_is_checked_before_sending(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, finish: str, why: str
) -> None:
    here, taken = bench(stand_in()), tmp_path / "taken"
    taken.write_text("a file where the folder should be")
    given: dict[str, Any] = {finish: str(taken)}
    place = replace(PLACE, finish=Finish(**given))
    (job,) = submitted(here, text(), place=place)
    failed = here.until(job, State.FAILED)
    assert failed.trouble is not None
    assert failed.trouble.detail.startswith(f"{why} is a file")
    assert here.service.ledger.sent("POST", "/") == ()
    # What adds no model to the scene writes no .blend.
    (files,) = submitted(here, text(), place=replace(place, landing=Landing.DOWNLOAD))
    here.until(files, State.DONE)


def test_files_stay_in_the_download_folder_if_the_chosen_one_breaks(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, glb: Path
) -> None:
    here = bench(stand_in())
    folder = tmp_path / "chosen"
    (job,) = submitted(here, text(), place=replace(FILES, save_to=str(folder)))
    here.until(job, State.RUNNING)
    folder.rmdir()
    folder.write_text("a file where the folder should be")
    done = here.until(job, State.DONE)
    assert done.model is not None
    assert done.model.read_bytes() == glb.read_bytes()
    shown = describe(done).detail
    assert "the chosen folder is a file" in shown
    assert f"The files stay in {done.model.parent}" in shown
    assert len(here.service.ledger.sent("GET", "/results/")) == 1
    assert folder.is_file()


def test_files_with_an_invalid_title_get_a_valid_name(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    here = bench(stand_in())
    folder = tmp_path / "chosen"
    titles = {"宝箱" * 100: "宝箱" * 20, "CON": "CON_", "a 3/4 view.": "a 3-4 view"}
    for title, name in titles.items():
        step = Step(request=text(), title=title, placement=replace(FILES, save_to=str(folder)))
        (job,) = here.engine.submit(ACCOUNT, [step])
        here.until(job, State.DONE)
        assert (folder / f"{name}.glb").is_file()
