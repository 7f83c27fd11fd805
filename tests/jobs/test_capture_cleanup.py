"""Captured objects stay on disk as long as a job needs them, and no longer."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from tests.jobs.bench import PLACE, bare_job
from tripo_addon.api.tasks import ImageToModel, ImportModel
from tripo_addon.jobs.model.job import Target
from tripo_addon.jobs.work.capture_cleanup import sweep, sweep_pictures

WALL = 2_000_000_000.0
DAY = 86_400.0


def test_only_old_unused_captures_are_removed(tmp_path: Path) -> None:
    names = ("sent", "landed", "new", "old")
    for name in names:
        for ending in (".blend", ".json"):
            path = tmp_path / f"{name}{ending}"
            path.write_text("x")
            age = 60.0 if name == "new" else 2 * DAY
            os.utime(path, (WALL - age, WALL - age))
    other = tmp_path / "notes.txt"
    other.write_text("mine")
    os.utime(other, (0, 0))
    jobs = (
        bare_job(request=ImportModel(source_file=tmp_path / "sent.blend")),
        bare_job(placement=replace(PLACE, target=Target(capture=str(tmp_path / "landed.blend")))),
    )
    sweep(tmp_path, jobs, WALL)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {
        *(f"{name}{ending}" for name in names[:3] for ending in (".blend", ".json")),
        "notes.txt",
    }


def test_missing_folder_is_no_error(tmp_path: Path) -> None:
    sweep(tmp_path / "missing", (), WALL)


def test_pictures_stay_while_used_and_for_a_month(tmp_path: Path) -> None:
    for name in ("sent", "in a slot", "new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Viewport.png").write_text("x")
        age = 29 * DAY if name == "new" else 31 * DAY
        os.utime(tmp_path / name, (WALL - age, WALL - age))
    jobs = (bare_job(request=ImageToModel(image=tmp_path / "sent" / "Viewport.png")),)
    sweep_pictures(tmp_path, jobs, [str(tmp_path / "in a slot" / "Viewport.png")], WALL)
    assert {path.name for path in tmp_path.iterdir()} == {"sent", "in a slot", "new"}
