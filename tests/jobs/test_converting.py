"""The second half of the road: a child process prepares the model, and it is placed."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.jobs.bench import (
    PLACE,
    Benches,
    Stands,
    job_in,
)
from tripo_addon.jobs.effects import Converter
from tripo_addon.jobs.job import Failure, State, describe, folder_name
from tripo_addon.jobs.machine import Broke


def converting(folder: Path, script: str) -> Converter:
    """A child that is told what to do by an order file, as Blender's is."""
    command = folder / "convert_double.py"
    command.write_text(f"import json, shutil, sys\norder = json.load(open(sys.argv[1]))\n{script}")
    return Converter((sys.executable, str(command)), dict(os.environ), timeout=60.0)


def test_a_child_process_makes_a_blend_of_the_model(
    stand_in: Stands, bench: Benches, tmp_path: Path, glb: Path
) -> None:
    script = (
        "shutil.copy(order['source'], order['blend'])\n"
        "json.dump({'ok': True}, open(order['result'], 'w'))"
    )
    here = bench(stand_in(), converter=converting(tmp_path, script))
    job = here.until(here.wish(title="a chest"), State.READY)
    assert job.blend is not None
    assert job.blend.read_bytes() == glb.read_bytes()
    assert job.note == ""
    order = json.loads((job.blend.parent / "order.json").read_text(encoding="utf-8"))
    assert (order["name"], order["format"]) == ("a chest", "glb")
    assert (order["turn"], order["fps"], order["metres_per_unit"]) == (-90.0, 25.0, 0.01)


def test_a_model_that_the_child_cannot_read_is_a_bad_file_and_is_kept(
    stand_in: Stands, bench: Benches, tmp_path: Path
) -> None:
    script = "json.dump({'ok': False, 'sentence': 'It is bent'}, open(order['result'], 'w'))"
    here = bench(stand_in(), converter=converting(tmp_path, script))
    job = here.until(here.wish(), State.FAILED)
    assert (job.failure, job.retry_is_free) == (Failure.BAD_FILE, True)
    assert "It is bent" in describe(job).detail
    assert job.model is not None
    assert job.model.is_file()


@pytest.mark.parametrize(
    ("script", "timeout", "said"),
    [("sys.exit(3)", 60.0, "exit code 3"), ("import time; time.sleep(60)", 1.0, "too long")],
    ids=["died", "too slow"],
)
def test_a_child_that_fails_leaves_the_model_for_a_direct_import(
    stand_in: Stands, bench: Benches, tmp_path: Path, script: str, timeout: float, said: str
) -> None:
    converter = replace(converting(tmp_path, script), timeout=timeout)
    here = bench(stand_in(), converter=converter)
    job = here.until(here.wish(), State.READY)
    assert job.blend is None
    assert said in job.note


def test_a_child_that_cannot_start_leaves_the_model_for_a_direct_import(
    stand_in: Stands, bench: Benches
) -> None:
    converter = Converter(("/no/such/program",), {}, timeout=5.0)
    here = bench(stand_in(), converter=converter)
    job = here.until(here.wish(), State.READY)
    assert job.blend is None
    assert "No second Blender could be started" in job.note


def test_a_converter_shows_no_environment_in_its_repr() -> None:
    assert "secret" not in repr(Converter(("blender",), {"TOKEN": "secret"}))


def test_an_unforeseen_fault_while_preparing_leaves_the_model_for_a_direct_import(
    stand_in: Stands, bench: Benches, glb: Path
) -> None:
    here = bench(stand_in(), owner="before")
    job = job_in(State.CONVERTING, model=glb)
    here.store.save(job, 0.0)
    later = bench(here.service, owner="later")
    folder = later.folder / "downloads" / folder_name(job)
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where the folder should be")
    later.take_over()
    found = later.until(job, State.READY)
    assert "could not be prepared" in found.note


def test_a_model_that_was_deleted_is_fetched_again_by_a_free_retry(
    stand_in: Stands, bench: Benches
) -> None:
    here = bench(stand_in())
    done = here.place(here.until(here.wish(), State.READY))
    assert done.model is not None
    done.model.unlink()
    second = here.engine.bring(done.id, PLACE)
    assert second is not None
    failed = here.until(second, State.FAILED)
    assert (failed.failure, failed.retry_is_free) == (Failure.BAD_FILE, True)
    third = here.engine.retry(failed.id)
    assert third is not None
    here.until(third, State.READY)
    assert here.paid_for() == 1


def test_a_model_that_cannot_be_imported_keeps_its_file_for_another_try(
    stand_in: Stands, bench: Benches
) -> None:
    here = bench(stand_in())
    ready = here.until(here.wish(), State.READY)
    trouble = job_in(State.FAILED).trouble
    assert trouble is not None
    here.engine.placed(ready.id, Broke(Failure.IMPORT, trouble))
    failed = here.now(ready)
    assert (failed.state, failed.failure) == (State.FAILED, Failure.IMPORT)
    second = here.engine.bring(failed.id, PLACE)
    assert second is not None
    assert here.until(second, State.READY).model == ready.model
    assert here.paid_for() == 1
