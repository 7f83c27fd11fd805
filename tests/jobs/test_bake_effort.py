"""A child's time limit follows its work, and is shown before the work is paid for."""

from __future__ import annotations

import json
from pathlib import Path

from tests.jobs.bench import job_in
from tripo_addon.jobs.model.bake_effort import Bake
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Handle, Job, Landing, Placement, State, Target
from tripo_addon.jobs.work.conversion import time_limit
from tripo_addon.jobs.work.converter import Converter

CONVERTER = Converter(("blender",), {}, timeout=100.0)


def keeping(folder: Path, *, objects: int = 1, faces: int = 6, side: int = 1024) -> Job:
    answer = {"objects": [f"Part {number}" for number in range(objects)], "faces": faces}
    (folder / "mine.json").write_text(json.dumps(answer), encoding="utf-8")
    target = Target(capture=str(folder / "mine.blend"), texture_size=side)
    model = folder / "model.glb"
    model.write_bytes(bytes(5000))
    place = Placement(landing=Landing.KEEP, target=target)
    return job_in(State.CONVERTING, model=model, placement=place)


def test_more_objects_faces_or_texels_extend_the_time_limit(tmp_path: Path) -> None:
    usual = time_limit(keeping(tmp_path), CONVERTER)
    assert usual > CONVERTER.timeout
    assert time_limit(keeping(tmp_path, objects=60), CONVERTER) > usual
    assert time_limit(keeping(tmp_path, faces=1_000_000), CONVERTER) > usual
    assert time_limit(keeping(tmp_path, side=4096), CONVERTER) > usual
    # The service's result may be of any size.
    assert time_limit(keeping(tmp_path, side=0), CONVERTER) == time_limit(
        keeping(tmp_path, side=4096), CONVERTER
    )


def test_no_bake_or_unreadable_capture_gets_usual_time_limit(tmp_path: Path) -> None:
    assert time_limit(job_in(State.CONVERTING), CONVERTER) == CONVERTER.timeout
    lost = keeping(tmp_path)
    (tmp_path / "mine.json").unlink()
    assert time_limit(lost, CONVERTER) == CONVERTER.timeout


def test_bake_of_sixty_objects_takes_time_and_memory_of_about_one() -> None:
    one, sixty = Bake(1, 6, 2048), Bake(60, 360, 2048)
    assert sixty.seconds < 2 * one.seconds
    assert sixty.memory == one.memory
    assert "for all 60 objects" in sixty.message
    assert "objects" not in one.message


def test_row_shows_bake_time_limit_during_preparation() -> None:
    target = Target(parts=(Handle("A"), Handle("B")), faces=12, texture_size=4096)
    place = Placement(landing=Landing.KEEP, target=target)
    detail = describe(job_in(State.CONVERTING, placement=place)).detail
    assert detail == Bake(2, 12, 4096).message
    assert "baked" not in describe(job_in(State.RUNNING, placement=place)).detail
    other = Placement(landing=Landing.REPLACE, target=target)
    assert describe(job_in(State.CONVERTING, placement=other)).detail == ""
