"""A hundred models requested in two real Blenders with one job list: all arrive, none is paid for
twice."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.standin.service import StandIn

ROOT = Path(__file__).resolve().parents[2]
KEY = "tsk_of_two_blenders"
EACH = 50
SECONDS = 300.0
ORDER = {
    "archive": "",
    "converts": False,
    "life": 0,
    "last": False,
    "patience": SECONDS,
    # Both run, so a lease must last longer than anything that keeps the other busy.
    "speed": 3.0,
    "end": {"way": "idle", "what": "", "count": 1, "seconds": 0.0},
}


def installed(user: Path) -> Path:
    """The user folder that both share, with the add-on in it."""
    addon = user / "extensions" / "user_default" / "tripo_addon"
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tripo_addon", addon, ignore=unwanted)
    shutil.copy2(ROOT / "blender_manifest.toml", addon)
    return user


@contextmanager
def blender(
    folder: Path, user: Path, address: str, first: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a Blender with its own .blend; it requests models of these numbers all at once."""
    folder.mkdir()
    numbers = range(first, first + EACH)
    submissions = [{"number": number, "kind": "text"} for number in numbers]
    order = json.dumps({**ORDER, "folder": str(folder), "submissions": submissions})
    variables = {
        "BLENDER_USER_RESOURCES": str(user),
        "TRIPO_API_KEY": KEY,
        "TRIPO_BASE_URL": address,
    }
    with output_of(folder).open("wb") as output:
        running = subprocess.Popen(
            (sys.executable, str(ROOT / "scripts" / "soak_in_blender.py"), "--", order),
            env={**os.environ, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def output_of(folder: Path) -> Path:
    """Return the file for a Blender's output. A pipe that nobody reads would block it."""
    return folder / "blender.log"


@pytest.mark.skipif(sys.platform == "win32", reason="the soak's Blender needs SIGKILL")
def test_hundred_models_of_two_blenders_all_arrive_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")
    user = installed(tmp_path / "user")
    with StandIn(
        keys=(KEY,), seconds=0.2, filler_bytes=4096, balance=1e6, per_minute=10_000
    ) as service:
        with ExitStack() as stack:
            address = service.base_url
            both = {
                name: stack.enter_context(blender(tmp_path / name, user, address, first))
                for name, first in (("left", 1), ("right", 1 + EACH))
            }
            for name, each in both.items():
                assert each.wait(timeout=SECONDS) == 0, output_of(tmp_path / name).read_text()
        tasks, ledger = service.ledger.tasks, service.ledger
        seeds = sorted(int(str(task.body["model_seed"])) for task in tasks)
        polls = len(ledger.sent("POST", "/v3/tasks/list"))
        refused = len(ledger.sent("POST", "/v3/generation")) - len(tasks)
    assert seeds == list(range(1, 2 * EACH + 1))
    store = user / "datafiles" / "tripo_addon" / "jobs.sqlite3"
    with closing(sqlite3.connect(store)) as db:
        jobs = [json.loads(record) for (record,) in db.execute("SELECT record FROM jobs")]
        paid = [task for (task,) in db.execute("SELECT detail FROM journal WHERE entry = 'paid'")]
    assert {job["state"] for job in jobs} == {"done"}
    assert sorted(paid) == sorted(job["task_id"] for job in jobs) == sorted(t.id for t in tasks)
    assert all(Path(job["model"]).is_file() and job["root"] for job in jobs)
    with capsys.disabled():
        sys.stdout.write(f"\n100 models: {polls} status requests, {refused} refused as too many\n")
