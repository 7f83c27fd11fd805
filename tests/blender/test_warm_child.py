"""The real child Blender that takes order after order: nothing of one order affects the next, and
nothing of it stays."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import bpy
import pytest

from tests.blender import samples
from tests.blender.addon import KEY, enabled, model_file
from tests.blender.arriving import WARM, append, measures, order_for
from tests.jobs.test_child_process import gone_soon
from tests.standin.service import StandIn
from tripo_addon.blender.session import composition
from tripo_addon.blender.session.child_command import child_command, child_environment
from tripo_addon.jobs.model.job import State
from tripo_addon.jobs.work.child_process import Finished
from tripo_addon.jobs.work.conversion import run_order
from tripo_addon.jobs.work.converter import Converter
from tripo_addon.jobs.work.warm_child import WarmChild

linux = pytest.mark.skipif(sys.platform != "linux", reason="finds the child in /proc")


@pytest.fixture(scope="module", autouse=True)
def no_other_child() -> None:
    """End the child that took the orders of other tests: this one counts children."""
    WARM.end()


def a_converter() -> Converter:
    return Converter(child_command(), child_environment(), timeout=300.0, takes_orders=True)


def children(*, of: int | None = None) -> set[int]:
    """Return the ids of a process's children that take orders, by default this process's."""
    found: set[int] = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if b"--orders" in command and int(parent) == (of or os.getpid()):
            found.add(int(process.name))
    return found


def carried_out(
    model: Path, folder: Path, warm: WarmChild | None, **entries: object
) -> dict[str, object]:
    folder.mkdir()
    order = order_for(model, folder, "Chest") | entries
    ended = run_order(order, a_converter(), folder, lambda: False, warm=warm)
    assert isinstance(ended, Finished), ended
    return ended.result


def arrived(folder: Path) -> dict[str, object]:
    """Return what is in the .blend of a folder, and the bytes of all files beside it."""
    bpy.ops.wm.read_homefile(use_empty=True)
    append(folder / "model.blend", "Chest")
    parts = (folder / "model.parts").rglob("*")
    files = {path.name: path.read_bytes() for path in parts if path.is_file()}
    return {**measures(bpy.context.scene.collection.children[0].objects[0]), "files": files}


@linux
def test_reused_child_gives_the_same_result_as_a_fresh_one(
    tmp_path: Path,
) -> None:
    rigged = samples.glb(tmp_path / "rigged.glb", samples.rigged)
    heavy = samples.fbx(tmp_path / "heavy.fbx", samples.heavy)
    broken = tmp_path / "broken.glb"
    broken.write_bytes(rigged.read_bytes()[:900])
    other = {"fps": 60.0, "meters_per_unit": 0.01, "turn": 45.0, "height": 3.0}
    warm = WarmChild()
    try:
        warm.prepare(a_converter())
        results = [
            carried_out(heavy, tmp_path / "first", warm, **other),
            carried_out(rigged, tmp_path / "second", warm),
        ]
        (child,) = children()
        results.append(carried_out(rigged, tmp_path / "bad", warm, source=str(broken)))
        assert gone_soon(child)
    finally:
        warm.end()
    assert results == [
        carried_out(heavy, tmp_path / "fresh first", None, **other),
        carried_out(rigged, tmp_path / "fresh second", None),
        carried_out(rigged, tmp_path / "fresh bad", None, source=str(broken)),
    ]
    assert [each["ok"] for each in results] == [True, True, False]
    for name in ("first", "second"):
        assert arrived(tmp_path / name) == arrived(tmp_path / f"fresh {name}")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    folder = tmp_path_factory.mktemp("service")
    with StandIn(seconds=0, keys=(KEY,), model=model_file(folder)) as service:
        yield service


@linux
def test_two_jobs_share_one_child_that_ends_when_the_addon_is_disabled(
    service: StandIn,
) -> None:
    with enabled(service) as context:
        context.scene.tripo_addon.text.prompt = "a chest"
        assert children() == set()
        bpy.ops.tripo_addon.generate_text()
        first = children()
        bpy.ops.tripo_addon.generate_text(again=True)
        assert len(first) == 1
        assert children() == first
        assert [job.state for job in composition.jobs()] == [State.DONE] * 2
    assert all(map(gone_soon, first))


BLENDER = """
import sys, time
sys.path.insert(0, {root!r})
from tripo_addon.jobs.work.converter import Converter
from tripo_addon.jobs.work.warm_child import WarmChild
WarmChild().prepare(Converter({command!r}, {environment!r}, takes_orders=True))
print(flush=True)
time.sleep(600)
"""


@linux
def test_new_child_ends_when_its_parent_blender_is_gone() -> None:
    given = a_converter()
    root = str(Path(__file__).resolve().parents[2])
    code = BLENDER.format(root=root, command=given.command, environment=dict(given.environment))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as blender:
        assert blender.stdout is not None
        blender.stdout.readline()
        (child,) = children(of=blender.pid)
        blender.kill()
        blender.wait()
    assert gone_soon(child)


def test_reused_child_closes_the_log_of_its_previous_job(tmp_path: Path) -> None:
    """On Windows an open file cannot be deleted."""
    warm = WarmChild()
    try:
        warm.prepare(replace(a_converter(), timeout=200.0))
        source = samples.glb(tmp_path / "plain.glb", samples.plain)
        carried_out(source, tmp_path / "one", warm)
        log = tmp_path / "one" / "convert.log"
        before = log.read_bytes()
        assert before
        carried_out(source, tmp_path / "two", warm)
        assert log.read_bytes() == before
    finally:
        warm.end()
