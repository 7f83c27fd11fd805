"""After the download: a child process prepares the model, and it is placed."""

from __future__ import annotations

import json
import os
import shutil
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.jobs.bench import (
    ACCOUNT,
    PLACE,
    Bench,
    MakeBench,
    MakeStandIn,
    job_in,
    text,
)
from tests.jobs.test_results import rig_task
from tripo_addon.api.errors import Kind
from tripo_addon.api.tasks import Retarget
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.events import BlendLost, Converted, Failed, FilesLost
from tripo_addon.jobs.model.job import Failure, Finish, Job, Origin, State, Target, folder_name
from tripo_addon.jobs.model.recipes import Step
from tripo_addon.jobs.model_files.unusable_file import UnusableFile
from tripo_addon.jobs.work.child_process import Died
from tripo_addon.jobs.work.conversion import convert
from tripo_addon.jobs.work.converter import Converter


def converting(folder: Path, script: str) -> Converter:
    """A child that takes its instructions from an order file, as Blender's does."""
    command = folder / "convert_double.py"
    command.write_text(f"import json, shutil, sys\norder = json.load(open(sys.argv[1]))\n{script}")
    return Converter((sys.executable, str(command)), dict(os.environ), timeout=60.0)


def test_child_process_makes_a_blend_of_the_model(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, glb: Path
) -> None:
    script = (
        "shutil.copy(order['source'], order['blend'])\n"
        "json.dump({'ok': True}, open(order['result'], 'w'))"
    )
    here = bench(stand_in(), converter=converting(tmp_path, script))
    job = here.until(here.submit(title="a chest"), State.READY)
    assert job.blend is not None
    assert job.blend.read_bytes() == glb.read_bytes()
    assert job.note == ""
    order = json.loads((job.blend.parent / "order.json").read_text(encoding="utf-8"))
    assert (order["name"], order["format"]) == ("a chest", "glb")
    assert (order["turn"], order["fps"], order["meters_per_unit"]) == (-90.0, 25.0, 0.01)


def test_model_unreadable_to_the_child_is_a_bad_file_and_kept(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    script = "json.dump({'ok': False, 'sentence': 'It is bent'}, open(order['result'], 'w'))"
    here = bench(stand_in(), converter=converting(tmp_path, script))
    job = here.until(here.submit(), State.FAILED)
    assert (job.failure, job.retry_is_free) == (Failure.BAD_FILE, True)
    assert "It is bent" in describe(job).detail
    assert job.model is not None
    assert job.model.is_file()


def test_child_that_gives_up_leaves_the_model_for_direct_import(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    here = bench(stand_in(), converter=converting(tmp_path, "sys.exit(3)"))
    job = here.until(here.submit(), State.READY)
    assert job.blend is None
    assert "exit code 3" in job.note


CRASHES = [
    ("import os; os.kill(os.getpid(), 11)", 60.0, "SIGSEGV"),
    ("sys.exit(139)", 60.0, "exit code 139"),
    ("import os; os._exit(0xC0000005)", 60.0, "exit code 3221225477"),
    ("import time; time.sleep(60)", 1.0, "over 1 seconds"),
]
WINDOWS = sys.platform == "win32"


@pytest.mark.parametrize(
    ("script", "timeout", "reason"),
    [CRASHES[2], CRASHES[3]] if WINDOWS else [CRASHES[0], CRASHES[1], CRASHES[3]],
    ids=["crash", "too slow"] if WINDOWS else ["crash", "crash in a shell", "too slow"],
)
def test_model_that_crashed_the_child_is_imported_here_only_on_request(
    stand_in: MakeStandIn,
    bench: MakeBench,
    tmp_path: Path,
    script: str,
    timeout: float,
    reason: str,
) -> None:
    converter = replace(converting(tmp_path, script), timeout=timeout)
    here = bench(stand_in(), converter=converter)
    job = here.until(here.submit(), State.FAILED)
    assert job.failure is Failure.IMPORT
    assert reason in describe(job).detail
    assert job.model is not None
    assert job.model.is_file()
    second = here.engine.bring(job.id, PLACE)
    assert second is not None
    assert (second.state, second.blend, second.model) == (State.READY, None, job.model)
    assert "pauses" in second.note
    assert here.paid_for() == 1


LITTER = """
import os, pathlib, sys, tempfile
blend = pathlib.Path(order['blend'])
blend.with_suffix('.parts').mkdir()
(blend.with_suffix('.parts') / 'layer-0-0').write_bytes(bytes(100))
blend.with_name('model.blend.part').write_bytes(b'half')
pathlib.Path(order['result'] + '.part').write_text('{"ok"')
tempfile.NamedTemporaryFile(delete=False)
"""
BAD_ENDS = [
    ("import os; os.kill(os.getpid(), 9)", "ended from outside (SIGKILL)"),
    ("sys.exit(137)", "because memory ran out"),
    ("sys.exit(4)", "ran out of memory"),
    ("sys.exit(0)", "without a result"),
    ("open(order['result'], 'wb').write(bytes(range(256)))", "without a result"),
    ("json.dump([1], open(order['result'], 'w'))", "without a result"),
    ("json.dump({'ok': 7}, open(order['result'], 'w'))", "produced no model"),
    ("json.dump({'ok': True}, open(order['result'], 'w'))", "produced no model"),
]


@pytest.mark.parametrize(("script", "reason"), BAD_ENDS)
def test_child_that_ends_badly_fails_the_job_and_keeps_its_log(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, script: str, reason: str
) -> None:
    here = bench(stand_in(), converter=converting(tmp_path, LITTER + script))
    job = here.until(here.submit(), State.FAILED)
    assert (job.failure, reason in describe(job).detail) == (Failure.IMPORT, True)
    assert job.model is not None
    left = {path.name for path in job.model.parent.iterdir()}
    assert left == {"model.glb", "convert.log"}


def test_child_over_its_memory_limit_is_stopped_and_reported(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    script = "held = []\nwhile True: held.append(bytearray(b'x' * 2**24))"
    converter = replace(converting(tmp_path, script), memory=200 * 2**20)
    here = bench(stand_in(), converter=converter)
    job = here.until(here.submit(), State.FAILED)
    assert job.failure is Failure.IMPORT
    assert "needed more memory than this computer could spare (0.2 GB)" in describe(job).detail
    assert job.model is not None
    assert {path.name for path in job.model.parent.iterdir()} == {"model.glb", "convert.log"}


def test_temporary_files_of_the_child_are_removed(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    script = (
        "import tempfile; tempfile.mkdtemp()\n"
        "shutil.copy(order['source'], order['blend'])\n"
        "json.dump({'ok': True}, open(order['result'], 'w'))"
    )
    here = bench(stand_in(), converter=converting(tmp_path, script))
    job = here.until(here.submit(), State.READY)
    assert job.blend is not None
    left = {path.name for path in job.blend.parent.iterdir()}
    assert left == {"model.glb", "model.blend", "result.json", "order.json", "convert.log"}


def test_child_gets_the_model_from_an_archive_and_archive_stays(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, glb: Path
) -> None:
    packed = tmp_path / "packed"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.txt", "a chest")
        archive.write(glb, "inside/模型.bin")
    script = (
        "shutil.copy(order['source'], order['blend'])\n"
        "json.dump({'ok': True, 'warnings': [order['format']]}, open(order['result'], 'w'))"
    )
    here = bench(stand_in(model=packed), converter=converting(tmp_path, script))
    job = here.until(here.submit(), State.READY)
    assert job.blend is not None
    assert job.model is not None
    assert (job.model.name, job.note) == ("model.zip", "glb")
    assert job.blend.read_bytes() == glb.read_bytes()
    assert list(job.model.parent.glob("unpacked*")) == []


def test_order_contains_the_import_settings(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    script = (
        "shutil.copy(order['source'], order['blend'])\n"
        "told = [order['do'], order['origin'], order['height']]\n"
        "json.dump({'ok': True, 'warnings': told}, open(order['result'], 'w'))"
    )
    here = bench(stand_in(), converter=converting(tmp_path, script))
    finish = Finish(origin=Origin.BOTTOM, height=1.8)
    place = replace(PLACE, finish=finish)
    (job,) = here.engine.submit(ACCOUNT, (Step(request=text(), title="a chest", placement=place),))
    assert here.until(job, State.READY).note == "convert. bottom. 1.8"


RELAY = (
    "shutil.copy(order['source'], order['blend'])\n"
    "json.dump({'ok': True, 'warnings': [json.dumps(order)]}, open(order['result'], 'w'))"
)


def test_child_gets_every_animation_with_format_and_name(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, glb: Path
) -> None:
    here = bench(stand_in(), converter=converting(tmp_path, RELAY))
    moves = ("preset:walk", "preset:slash", "preset:hurt")
    request = Retarget(source_task=rig_task(here), animations=moves)
    order = json.loads(here.until(here.submit(request), State.READY).note)
    assert order["clip_names"] == ["Walk", "Slash", "Hurt"]
    assert [clip["format"] for clip in order["clips"]] == ["glb", "glb"]
    assert [Path(clip["source"]).read_bytes() for clip in order["clips"]] == [glb.read_bytes()] * 2


def test_model_without_animations_has_no_clips(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    here = bench(stand_in(), converter=converting(tmp_path, RELAY))
    order = json.loads(here.until(here.submit(), State.READY).note)
    assert (order["clips"], order["clip_names"]) == ([], [])


def test_clip_in_archive_is_extracted_and_missing_clip_is_a_bad_file(
    tmp_path: Path, glb: Path
) -> None:
    packed = tmp_path / "clip-1.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(glb, "walk.glb")
    request = Retarget(source_task="rig", animations=("preset:walk", "preset:run"))
    job = replace(job_in(State.CONVERTING, model=glb), request=request, clips=(packed,))
    folder = tmp_path / "converted"
    event = convert(job, converting(tmp_path, RELAY), folder=folder, stop=lambda: False)
    assert isinstance(event, Converted)
    (clip,) = json.loads(event.note)["clips"]
    assert (clip["format"], Path(clip["source"]).name) == ("glb", "walk.glb")
    assert list(folder.glob("unpacked*")) == []
    packed.unlink()
    with pytest.raises(UnusableFile):
        convert(job, converting(tmp_path, RELAY), folder=folder, stop=lambda: False)


@pytest.mark.parametrize("code", [-11, 134, 139, 0xC0000005, 0xC00000FD])
def test_windows_signals_and_exceptions_are_crashes(code: int) -> None:
    assert Died("", code, ()).crashed


@pytest.mark.parametrize("code", [0, 1, 3, 127, 255])
def test_other_exit_codes_are_no_crashes(code: int) -> None:
    assert not Died("", code, ()).crashed


def test_order_tells_the_child_when_to_end_without_its_parent(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    script = (
        "shutil.copy(order['source'], order['blend'])\n"
        "json.dump({'ok': True, 'warnings': [order['seconds']]}, open(order['result'], 'w'))"
    )
    converter = converting(tmp_path, script)
    here = bench(stand_in(), converter=converter)
    job = here.until(here.submit(), State.READY)
    assert float(job.note) > converter.timeout


def test_missing_blend_is_made_again_from_the_model(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    script = (
        "shutil.copy(order['source'], order['blend'])\n"
        "json.dump({'ok': True}, open(order['result'], 'w'))"
    )
    here = bench(stand_in(), converter=converting(tmp_path, script))
    job = here.until(here.submit(), State.READY)
    assert job.blend is not None
    job.blend.unlink()
    here.engine.placed(job.id, BlendLost())
    assert here.now(job).state is State.CONVERTING
    again = here.until(job, State.READY)
    assert again.blend is not None
    assert again.blend.is_file()
    assert here.paid_for() == 1


def test_child_that_cannot_start_leaves_the_model_for_direct_import(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    converter = Converter(("/no/such/program",), {}, timeout=5.0)
    here = bench(stand_in(), converter=converter)
    job = here.until(here.submit(), State.READY)
    assert job.blend is None
    assert "No second Blender could be started" in job.note


def test_converter_repr_hides_the_environment() -> None:
    assert "secret" not in repr(Converter(("blender",), {"TOKEN": "secret"}))


def without_room(stand_in: MakeStandIn, bench: MakeBench, job: Job) -> Bench:
    """A Blender that continues a job whose .blend does not fit on the disk."""
    here = bench(stand_in(), owner="before")
    here.store.save(job, 0.0)
    later = bench(here.service, owner="later")
    folder = later.folder / "downloads" / folder_name(job)
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where the folder should be")
    later.take_over()
    return later


def test_unexpected_error_in_preparation_leaves_model_for_direct_import(
    stand_in: MakeStandIn, bench: MakeBench, glb: Path
) -> None:
    job = job_in(State.CONVERTING, model=glb)
    found = without_room(stand_in, bench, job).until(job, State.READY)
    assert "could not be prepared" in found.note


def test_result_for_an_object_is_not_imported_directly_on_full_disk(
    stand_in: MakeStandIn, bench: MakeBench, glb: Path
) -> None:
    onto = replace(PLACE, target=Target(capture="captured.blend"))
    job = job_in(State.CONVERTING, model=glb, placement=onto)
    found = without_room(stand_in, bench, job).until(job, State.FAILED)
    assert found.failure is Failure.IMPORT
    assert found.trouble is not None
    assert found.trouble.kind is Kind.FOLDER


def test_deleted_model_is_downloaded_again_once(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    done = here.place(here.until(here.submit(), State.READY))
    assert done.model is not None
    shutil.rmtree(here.folder / "downloads")
    second = here.engine.bring(done.id, PLACE)
    assert second is not None
    ready = here.until(second, State.READY)
    assert ready.files_on_disk
    assert ready.model is not None
    ready.model.unlink()
    here.engine.placed(ready.id, FilesLost())
    failed = here.now(ready)
    assert (failed.state, failed.failure) == (State.FAILED, Failure.BAD_FILE)
    assert failed.retry_is_free
    assert here.paid_for() == 1


def test_download_folder_deleted_in_preparation_is_downloaded_again(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    marker = tmp_path / "seen"
    script = (
        "import os, pathlib\n"
        f"marker = {str(marker)!r}\n"
        "if not os.path.exists(marker):\n"
        "    open(marker, 'w').close()\n"
        "    shutil.rmtree(pathlib.Path(order['blend']).parents[1])\n"
        "    sys.exit(3)\n"
        "shutil.copy(order['source'], order['blend'])\n"
        "json.dump({'ok': True}, open(order['result'], 'w'))"
    )
    here = bench(stand_in(), converter=converting(tmp_path, script))
    ready = here.until(here.submit(), State.READY)
    assert marker.exists()
    assert ready.files_on_disk
    assert ready.blend is not None
    assert ready.blend.is_file()
    assert here.paid_for() == 1


def test_model_that_fails_to_import_keeps_its_file_for_a_retry(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    ready = here.until(here.submit(), State.READY)
    trouble = job_in(State.FAILED).trouble
    assert trouble is not None
    here.engine.placed(ready.id, Failed(Failure.IMPORT, trouble))
    failed = here.now(ready)
    assert (failed.state, failed.failure) == (State.FAILED, Failure.IMPORT)
    second = here.engine.bring(failed.id, PLACE)
    assert second is not None
    assert here.until(second, State.READY).model == ready.model
    assert here.paid_for() == 1
