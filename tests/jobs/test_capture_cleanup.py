"""Captured objects stay on disk as long as a job needs them, and no longer."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from tests.jobs.bench import PLACE, bare_job
from tripo_addon.api.tasks import ImportModel
from tripo_addon.jobs.model.job import Target
from tripo_addon.jobs.work.capture_cleanup import sweep

WALL = 2_000_000_000.0
DAY = 86_400.0


def test_only_old_captures_that_nobody_needs_are_removed(tmp_path: Path) -> None:
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


def test_a_folder_that_is_not_there_is_no_trouble(tmp_path: Path) -> None:
    sweep(tmp_path / "missing", (), WALL)
