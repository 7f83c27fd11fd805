"""Disk space of finished jobs, and what a purge may delete."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tripo_addon.api.tasks import TextToModel
from tripo_addon.jobs.model.job import Job, State, folder_name
from tripo_addon.jobs.work.disk_use import DiskUse, measure, purge_prepared

CHEST = TextToModel(model="v3.1-20260211", prompt="a chest")
MODEL, BLEND, PARTS = 1000, 300, 50


def kept(folder: Path, number: int = 1) -> Job:
    """Return a finished job with its files in a folder of its own."""
    job = Job(id=f"{number:032x}"[::-1], account="tripo-v3 x", title="A chest", request=CHEST)
    own = folder / folder_name(job)
    (own / "model.parts").mkdir(parents=True)
    (own / "model.glb").write_bytes(b"-" * MODEL)
    (own / "model.blend").write_bytes(b"-" * BLEND)
    (own / "model.parts" / "0.npy").write_bytes(b"-" * PARTS)
    paths = {"model": own / "model.glb", "blend": own / "model.blend"}
    return replace(job, state=State.DONE, **paths)


def left(job: Job) -> set[str]:
    assert job.model is not None
    return {path.name for path in job.model.parent.iterdir()}


def test_purge_frees_the_measured_size_and_keeps_downloads(tmp_path: Path) -> None:
    job = kept(tmp_path)
    (tmp_path / "holiday.blend").write_bytes(b"-" * 5000)
    assert measure((job,)) == DiskUse(MODEL + BLEND + PARTS, BLEND + PARTS)
    assert purge_prepared((job,)) == BLEND + PARTS
    assert left(job) == {"model.glb"}
    assert (tmp_path / "holiday.blend").exists()
    assert measure((job,)) == DiskUse(MODEL, 0)


@pytest.mark.parametrize("state", [State.READY, State.CONVERTING, State.DOWNLOADING])
def test_file_shared_with_a_running_job_is_kept(tmp_path: Path, state: State) -> None:
    done = kept(tmp_path)
    again = replace(done, id="f" * 32, state=state)
    assert purge_prepared((done, again)) == 0
    assert left(done) == {"model.glb", "model.blend", "model.parts"}


def test_last_copy_of_a_deleted_download_is_kept(tmp_path: Path) -> None:
    job = kept(tmp_path)
    assert job.model is not None
    job.model.unlink()
    assert purge_prepared((job,)) == 0
    assert "model.blend" in left(job)


def test_foreign_folder_is_not_scanned(tmp_path: Path) -> None:
    job = kept(tmp_path)
    chosen = tmp_path / "my models"
    assert job.model is not None
    job.model.parent.rename(chosen)
    moved = replace(job, model=chosen / "model.glb", blend=chosen / "model.blend")
    assert measure((moved,)) == DiskUse()
    assert purge_prepared((moved,)) == 0
    assert (chosen / "model.blend").exists()
