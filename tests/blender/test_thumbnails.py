"""Thumbnails are requested while drawing, and made by a worker.

Blender has no icons in background mode, so these tests examine what it is given; the window tests
see icons.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import bpy
import pytest
from PIL import Image, ImageOps

from tests.blender import addon
from tests.blender.sample_pictures import colors_match, quarter_colors, quartered_picture
from tripo_addon.api.tasks import parse_request
from tripo_addon.blender import settings
from tripo_addon.blender.previews import thumbnails
from tripo_addon.blender.previews.job_pictures import job_pictures
from tripo_addon.blender.previews.thumbnails import THUMBNAILS, image_thumbnail, thumbnail
from tripo_addon.blender.session import composition
from tripo_addon.jobs.model.job import Job

PATIENCE = 60.0


@pytest.fixture(autouse=True)
def context() -> Iterator[bpy.types.Context]:
    with addon.enabled() as context:
        yield context


def settle() -> None:
    """Run turns until none of them has anything left to do."""
    end = time.monotonic() + PATIENCE
    while THUMBNAILS.tick() is not None:
        assert time.monotonic() < end
        time.sleep(0.001)


def handed_over(path: Path, turn: int = 0) -> str:
    """Return the name under which Blender has the file's thumbnail, or ""."""
    thumbnail(path, turn)
    collection, name = THUMBNAILS._collection, THUMBNAILS._entries[path].names.get(turn, "")
    assert not name or (collection is not None and name in collection)
    return name


def make_due(path: Path) -> None:
    """Let enough time pass that the file is checked again when it is drawn."""
    THUMBNAILS._entries[path].looked = float("-inf")


def test_file_has_its_thumbnail_and_size_after_one_tick(tmp_path: Path) -> None:
    path = addon.picture(tmp_path / "chest.png", pixels=48)
    assert handed_over(path) == ""
    settle()
    assert handed_over(path)
    seen = THUMBNAILS.look(path)
    assert seen is not None
    assert seen.exists
    assert seen.sides == (48, 48)
    assert seen.digest == ""


def test_missing_file_gets_its_thumbnail_once_it_exists(
    tmp_path: Path,
) -> None:
    path = tmp_path / "late.png"
    assert thumbnail(None) == 0
    assert handed_over(path) == ""
    settle()
    seen = THUMBNAILS.look(path)
    assert seen is not None
    assert not seen.exists
    addon.picture(path)
    make_due(path)
    assert handed_over(path) == ""
    settle()
    assert handed_over(path)


def test_drawing_reads_nothing_from_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = addon.picture(tmp_path / "chest.png")
    thumbnail(path)
    settle()
    watched: list[str] = []

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event in {"open", "os.listdir", "os.scandir"}:
            watched.append(event)

    def refuse(*_arguments: object, **_named: object) -> None:
        watched.append("stat")

    watching = True
    sys.addaudithook(hook)
    monkeypatch.setattr(os, "stat", refuse)
    try:
        assert handed_over(path)
        assert THUMBNAILS.look(path, digest=True) is not None
        assert not handed_over(tmp_path / "another.png")
    finally:
        watching = False
        monkeypatch.undo()
    assert not watched


def test_changed_file_gets_a_new_thumbnail(tmp_path: Path) -> None:
    path = addon.picture(tmp_path / "chest.png", pixels=48)
    thumbnail(path)
    settle()
    former = handed_over(path)
    addon.picture(path, pixels=96)
    os.utime(path, ns=(1, 1))
    make_due(path)
    assert handed_over(path) == former
    settle()
    assert handed_over(path) not in {"", former}
    assert len(THUMBNAILS._collection or ()) == 1
    seen = THUMBNAILS.look(path)
    assert seen is not None
    assert seen.sides == (96, 96)


def test_unchanged_file_keeps_its_thumbnail(tmp_path: Path) -> None:
    path = addon.picture(tmp_path / "chest.png")
    thumbnail(path)
    settle()
    former = handed_over(path)
    make_due(path)
    thumbnail(path)
    settle()
    assert handed_over(path) == former


def test_each_tick_loads_only_a_few_files(tmp_path: Path) -> None:
    for number in range(3 * thumbnails.PER_TURN):
        thumbnail(tmp_path / f"{number}.png")
    THUMBNAILS.tick()
    assert len(THUMBNAILS._to_look) == 2 * thumbnails.PER_TURN
    settle()
    assert all(entry.seen is not None for entry in THUMBNAILS._entries.values())


def test_least_recently_drawn_thumbnails_are_evicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "MOST", 2)
    paths = [addon.picture(tmp_path / f"{name}.png") for name in "abc"]
    for path in paths[:2]:
        thumbnail(path)
    settle()
    kept = handed_over(paths[0])
    thumbnail(paths[2])
    settle()
    assert list(THUMBNAILS._entries) == [paths[0], paths[2]]
    assert len(THUMBNAILS._collection or ()) == 2
    assert handed_over(paths[0]) == kept
    assert handed_over(paths[1]) == ""


@pytest.mark.parametrize(("exif", "turn"), [(1, 1), (6, 0), (6, 3), (2, 2)])
def test_rotated_image_is_shown_as_sent(tmp_path: Path, exif: int, turn: int) -> None:
    path, picture = tmp_path / "chest.jpg", quartered_picture((640, 480))
    about = picture.getexif()
    about[0x112] = exif
    picture.save(path, exif=about, quality=95)
    thumbnail(path, turn)
    settle()
    assert handed_over(path, turn) == ""
    settle()
    assert handed_over(path, turn)
    folder = settings.user_folder() / thumbnails.FOLDER
    copy = next(folder.rglob(f"upright-{turn}.png" if turn else "upright.png"))
    with Image.open(copy) as shown, Image.open(path) as file:
        upright = ImageOps.exif_transpose(file).rotate(-90 * turn, expand=True)
        assert max(shown.size) == 256
        assert shown.width * upright.height == pytest.approx(shown.height * upright.width, rel=0.02)
        assert colors_match(quarter_colors(shown), quarter_colors(upright), most=8)


def test_copies_of_an_image_are_made_once(tmp_path: Path) -> None:
    path = tmp_path / "chest.png"
    quartered_picture().save(path)
    thumbnail(path)
    settle()
    thumbnail(path, 1)
    settle()
    folder = settings.user_folder() / thumbnails.FOLDER
    made = {file: file.stat().st_mtime_ns for file in folder.rglob("*.png")}
    assert len(made) == 4
    THUMBNAILS.clear()
    thumbnail(path)
    settle()
    thumbnail(path, 3)
    settle()
    assert handed_over(path, 3)
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*.png")} == made


def test_equal_content_has_equal_digest(tmp_path: Path) -> None:
    paths = [addon.picture(tmp_path / f"{name}.png") for name in "ab"]
    paths.append(addon.picture(tmp_path / "c.png", pixels=32))
    for path in paths:
        THUMBNAILS.look(path, digest=True)
    settle()
    digests = [seen.digest for path in paths if (seen := THUMBNAILS.look(path)) is not None]
    assert digests[0] == digests[1] != ""
    assert digests[2] not in {"", digests[0]}


def test_image_datablock_gets_its_own_preview() -> None:
    image = bpy.data.images.new("Painted", 8, 8)
    assert image_thumbnail(None) == 0
    assert image_thumbnail(image) == 0
    assert image.preview is None
    assert THUMBNAILS.tick() is None
    assert image.preview is not None


def test_disabling_addon_clears_all_thumbnails(tmp_path: Path) -> None:
    path = addon.picture(tmp_path / "chest.png")
    thumbnail(path)
    settle()
    thumbnails.unregister()
    assert not THUMBNAILS._entries
    assert THUMBNAILS._collection is None
    assert composition.WIRING.workers is not None


def test_job_shows_its_result_or_else_its_input(tmp_path: Path) -> None:
    sent, preview, made = (tmp_path / f"{name}.png" for name in ("sent", "preview", "made"))
    job = Job(
        id="1",
        account="tripo-v3 https://example.invalid",
        title="Chest",
        request=parse_request({"kind": "image_to_model", "image": str(sent)}),
    )
    assert list(job_pictures(job)) == [sent]
    assert list(job_pictures(replace(job, preview=preview))) == [preview, sent]
    assert next(job_pictures(replace(job, preview=preview, pictures=(made,)))) == made


def test_text_url_and_model_inputs_have_no_thumbnail(tmp_path: Path) -> None:
    model = tmp_path / "model.glb"
    for values in (
        {"kind": "text_to_model", "prompt": "a chest"},
        {"kind": "image_to_model", "image": "https://example.invalid/chest.png"},
        {"kind": "import_model", "source_file": str(model)},
    ):
        job = Job(id="1", account="tripo-v3", title="Chest", request=parse_request(values))
        assert not list(job_pictures(job))
