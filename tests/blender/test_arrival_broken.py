"""Files that are no models, and children that fail."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy

from tests.blender import samples
from tests.blender.addon import enabled
from tests.blender.arriving import (
    NAME,
    PLACE,
    Way,
    append,
    both_ways,
    order_for,
    run_in_new_child,
)
from tripo_addon.api.tasks import TextToModel
from tripo_addon.blender.arrival import importer, landing
from tripo_addon.blender.child import start
from tripo_addon.blender.child.importing import datablocks
from tripo_addon.blender.child.importing.options import ImportOptions
from tripo_addon.blender.objects import placement
from tripo_addon.blender.session.child_command import child_command, child_environment
from tripo_addon.jobs.model.events import Failed, Placed
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.model_files.model_format import ModelFormat
from tripo_addon.jobs.model_files.unusable_file import UnusableFile
from tripo_addon.jobs.work.child_process import Died, Finished
from tripo_addon.jobs.work.conversion import convert
from tripo_addon.jobs.work.converter import Converter


def truncated(folder: Path, export: samples.Exporter) -> bytes:
    whole = export(folder / f"whole.{export.__name__}", samples.textured).read_bytes()
    return whole[: len(whole) // 2]


def with_missing_keys(path: Path) -> bytes:
    """Write a file whose mesh is imported before Blender finds that its animation's keys are
    missing."""
    channel = {"sampler": 0, "target": {"node": 0, "path": "translation"}}
    keys = {"channels": [channel], "samplers": [{"input": 9, "output": 9}]}
    return samples.points_only(path, count=4, extra={"animations": [keys]}).read_bytes()


def with_invalid_indices(path: Path) -> bytes:
    """Write a triangle between vertices that do not exist."""
    return samples.points_only(path, count=3, extra=INVALID_INDICES).read_bytes()


INVALID_INDICES = {
    "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
    "accessors": [
        {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
        {"bufferView": 0, "componentType": 5125, "count": 9, "type": "SCALAR"},
    ],
}
NEEDY = {"extensionsUsed": ["KHR_from_tomorrow"], "extensionsRequired": ["KHR_from_tomorrow"]}
TEXT_FBX = b"; FBX 7.4.0 project file\nFBXHeaderExtension:  {\n  FBXVersion: 7400\n"

BROKEN: dict[str, Callable[[Path], bytes]] = {
    "cut.glb": lambda folder: truncated(folder, samples.glb),
    "cut.fbx": lambda folder: truncated(folder, samples.fbx),
    "cut.usdz": lambda folder: truncated(folder, samples.usdz),
    "page.glb": lambda _: b"<!doctype html><title>403</title>",
    "nothing.glb": lambda _: b"",
    "picture.glb": lambda _: b"\x89PNG\r\n\x1a\n" + bytes(200),
    "hollow.glb": lambda folder: samples.points_only(folder / "a", count=0).read_bytes(),
    "late.glb": lambda folder: with_missing_keys(folder / "a"),
    "wild.glb": lambda folder: with_invalid_indices(folder / "a"),
    "needy.glb": lambda _: samples.as_glb({"asset": {"version": "2.0"}, **NEEDY}),
    "header-only.fbx": lambda _: TEXT_FBX,
    "empty.stl": lambda _: bytes(84),
}


def broken(name: str, folder: Path) -> Path:
    path = folder / name
    content = BROKEN[name](folder)
    path.write_bytes(content)
    bpy.ops.wm.read_homefile(use_empty=True)
    return path


@pytest.mark.parametrize("name", BROKEN)
def test_failed_import_leaves_no_data_and_explains(name: str, tmp_path: Path) -> None:
    """Even if nothing has checked it before."""
    path = broken(name, tmp_path)
    scene, before = bpy.context.scene, datablocks.known()
    with pytest.raises(importer.ImportFailed, match=r"^\w.*[^.]$"):
        importer.import_directly(
            path,
            format=ModelFormat(path.suffix.lstrip(".")),
            name=NAME,
            terms=ImportOptions(),
            scene=scene,
            parent=scene.collection,
            location=PLACE,
        )
    assert datablocks.known() == before
    assert bpy.context.scene == scene


@pytest.mark.parametrize("name", BROKEN)
def test_failed_import_fails_the_job_and_keeps_the_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = broken(name, tmp_path / "in")
    with pytest.raises(UnusableFile, match=r"\w.*\w"):
        convert(job_of(path), converter(), folder=tmp_path / "job", stop=lambda: False)
    assert path.is_file()
    left = {each.name for each in (tmp_path / "job").iterdir()}
    assert left <= {"convert.log"}


def job_of(path: Path) -> Job:
    request = TextToModel(model="v3.1-20260211", prompt="a chest")
    return Job(id="job-1", account="nobody", title=NAME, request=request, model=path)


def converter(**limits: Any) -> Converter:
    return Converter(child_command(), child_environment(), **limits)


def test_model_beyond_child_memory_limit_fails_the_job(
    tmp_path: Path,
) -> None:
    path = samples.glb(tmp_path / "model.glb", samples.heavy)
    event = convert(
        job_of(path), converter(memory=64 * 2**20), folder=tmp_path / "job", stop=lambda: False
    )
    assert isinstance(event, Failed)
    assert event.failure is Failure.IMPORT
    assert "more memory than this computer could spare" in event.trouble.detail
    assert {each.name for each in (tmp_path / "job").iterdir()} == {"convert.log"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux refuses memory")
def test_orphaned_child_keeps_its_memory_limit(tmp_path: Path) -> None:
    path = samples.glb(tmp_path / "model.glb", samples.heavy)
    ended = run_in_new_child(order_for(path, tmp_path, memory=64 * 2**20), tmp_path)
    assert isinstance(ended, Died)
    # Python shuts down normally, which Blender's own code may not survive.
    assert ended.crashed or ended.code == start.EXHAUSTED


def test_hung_child_is_killed_and_leaves_nothing(tmp_path: Path) -> None:
    path = samples.glb(tmp_path / "model.glb", samples.plain)
    event = convert(
        job_of(path), converter(timeout=0.3), folder=tmp_path / "job", stop=lambda: False
    )
    assert isinstance(event, Failed)
    assert "took over 0.3 seconds" in event.trouble.sentence + event.trouble.detail
    assert {each.name for each in (tmp_path / "job").iterdir()} == {"convert.log"}


def test_order_without_work_exits_with_code_3(tmp_path: Path) -> None:
    ended = run_in_new_child({"do": "dance", "seconds": 300}, tmp_path)
    assert isinstance(ended, Died)
    assert ended.code == 3
    assert "KeyError: 'dance'" in ended.last_lines


def test_unexpected_error_is_reported_as_a_bug(tmp_path: Path) -> None:
    order = {"do": "convert", "seconds": 300, "result": str(tmp_path / "result.json")}
    ended = run_in_new_child(order, tmp_path)
    assert isinstance(ended, Finished)
    assert (ended.result["ok"], ended.result["failure"]) == (False, "mistake")
    assert "KeyError: 'source'" in str(ended.result["sentence"])
    assert "Traceback" in (tmp_path / "log.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [b"", b"not a blend file", b"BLENDER-v405"])
def test_damaged_blend_leaves_no_data(content: bytes, tmp_path: Path) -> None:
    blend = tmp_path / "model.blend"
    blend.write_bytes(content)
    before = datablocks.known()
    with pytest.raises(importer.ImportFailed):
        append(blend)
    assert datablocks.known() == before


@both_ways
def test_file_with_only_points_is_imported(arrive: Way, tmp_path: Path) -> None:
    root = arrive(samples.points_only(tmp_path / "model.glb", count=4), tmp_path)
    assert (len(root.data.vertices), len(root.data.polygons)) == (4, 0)


def test_child_warns_about_model_without_faces(tmp_path: Path) -> None:
    source = samples.points_only(tmp_path / "model.glb", count=4)
    ended = run_in_new_child(order_for(source, tmp_path), tmp_path)
    assert isinstance(ended, Finished)
    assert ended.result["warnings"] == ["The model has no faces"]


def test_direct_import_warns_about_model_without_faces_in_row(tmp_path: Path) -> None:
    source = samples.points_only(tmp_path / "model.glb", count=4)
    with enabled() as context:
        place = placement.placement(context)
        event = landing.place(replace(job_of(source), state=State.READY, placement=place))
    assert isinstance(event, Placed)
    assert "The model has no faces" in event.note
