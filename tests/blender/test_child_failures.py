"""A second Blender that fails while it prepares a model, and what the artist sees of it.

A failing program runs instead; the job, the scene and the disk are real.
"""

from __future__ import annotations

import os
import shlex
import signal
import stat
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

from tests.blender import samples
from tests.blender.addon import KEY, enabled, model_file
from tests.blender.test_arrival_broken import converter, job_of
from tests.standin.service import StandIn
from tripo_addon.blender.child.importing import datablocks
from tripo_addon.blender.session import composition
from tripo_addon.jobs.model.events import Event, Failed
from tripo_addon.jobs.model.job import Failure, State
from tripo_addon.jobs.work.conversion import convert

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script cannot be a program here")

WRITE = "order['blend'], 'wb').write"
DONE = "json.dump({'ok': True}, open(order['result'], 'w'))\n"
ENDS = {
    "crashes": ("os.kill(os.getpid(), 11)", "crashed (SIGSEGV)"),
    "is killed": (
        f"open({WRITE}(bytes(100)); os.kill(os.getpid(), 9)",
        "ended from outside (SIGKILL)",
    ),
    "fills its memory": ("sys.exit(4)", "ran out of memory"),
    "says nothing": ("pass", "ended without a result"),
    "writes a garbled result": (
        "open(order['result'], 'wb').write(os.urandom(999))",
        "ended without a result",
    ),
    "writes a garbled model": (
        f"open({WRITE}(os.urandom(9999))\n{DONE}",
        "can no longer be read",
    ),
    "writes half a model": (f"open({WRITE}(b'BLENDER-v405')\n{DONE}", "can no longer be read"),
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    folder = tmp_path_factory.mktemp("service")
    with StandIn(seconds=0, keys=(KEY,), model=model_file(folder)) as service:
        yield service


@pytest.mark.parametrize("end", ENDS)
def test_child_failure_fails_the_job_and_leaves_no_data(
    end: str, service: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script, reason = ENDS[end]
    program, its_script = tmp_path / "blender", tmp_path / "script.py"
    its_script.write_text(
        f"import json, os, sys\norder = json.load(open(sys.argv[-1]))\n{script}", encoding="utf-8"
    )
    # Not named as its interpreter, since the path of Python may have a blank.
    command = shlex.join((sys.executable, str(its_script)))
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    # The bpy module starts Python as its child.
    monkeypatch.setattr(sys, "executable", str(program))
    with enabled(service) as context:
        context.scene.tripo_addon.text.prompt = "a chest"
        composition.engine()
        before = datablocks.known()
        with pytest.raises(RuntimeError):
            bpy.ops.tripo_addon.generate_text()
        assert datablocks.known() == before
        (job,) = composition.jobs()
        assert job.state is State.FAILED
        assert job.failure is Failure.IMPORT
        assert job.trouble is not None
        assert reason in job.trouble.detail
        assert job.model is not None
        left = {path.name for path in job.model.parent.iterdir()}
    assert left - {"preview.webp", "preview.png"} <= {"model.glb", "convert.log"}


@pytest.mark.skipif(sys.platform != "linux", reason="finds the child in /proc")
def test_killed_child_leaves_nothing(tmp_path: Path) -> None:
    path = samples.glb(tmp_path / "model.glb", samples.heavy)
    folder = tmp_path / "job"
    events: list[Event] = []

    def work() -> None:
        events.append(convert(job_of(path), converter(), folder=folder, stop=lambda: False))

    before = datablocks.known()
    thread = threading.Thread(target=work)
    thread.start()
    os.kill(child_at_work(folder), signal.SIGKILL)
    thread.join(60)
    (event,) = events
    assert isinstance(event, Failed)
    assert event.failure is Failure.IMPORT
    assert "ended from outside (SIGKILL)" in event.trouble.detail
    assert {each.name for each in folder.iterdir()} == {"convert.log"}
    assert datablocks.known() == before


def child_at_work(folder: Path) -> int:
    """Return the process id of the child that carries out the order in a folder, once Blender
    prints."""
    order, log = str(folder / "order.json").encode(), folder / "convert.log"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if order in command and log.exists() and log.stat().st_size:
                return int(process.name)
        time.sleep(0.01)
    raise AssertionError("the child did not begin")
