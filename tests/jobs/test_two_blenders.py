"""A hundred jobs of two real processes with one list: all arrive, and none is paid for twice."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.jobs.bench import MakeStandIn
from tripo_addon.jobs.model.job import State
from tripo_addon.jobs.storage.store import Store

ROOT = Path(__file__).resolve().parents[2]
EACH = 50


def begin(folder: Path, base_url: str, owner: str) -> subprocess.Popen[str]:
    module = (sys.executable, "-m", "tests.jobs.blender_process")
    return subprocess.Popen(
        (*module, str(folder), base_url, owner, str(EACH)),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_hundred_jobs_of_two_blenders_each_arrive_once(
    stand_in: MakeStandIn, tmp_path: Path, capsys
) -> None:
    service = stand_in(seconds=0.2, balance=1e6, clock=time.time, per_minute=10_000)
    folder = tmp_path / "user"
    both = [begin(folder, service.base_url, owner) for owner in ("left", "right")]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    reports = [json.loads(process.communicate(timeout=300)[0]) for process in both]
    assert reports == [{"placed": EACH, "seen": 2 * EACH, "trouble": ""}] * 2
    tasks = service.ledger.tasks
    prompts = [str(task.body["prompt"]) for task in tasks]
    assert sorted(prompts) == sorted(f"{o} {n}" for o in ("left", "right") for n in range(EACH))
    done = Store(folder / "jobs.sqlite3", "afterwards").finished(1000)
    assert {job.state for job in done} == {State.DONE}
    assert {job.task_id for job in done} == {task.id for task in tasks}
    assert all(job.model is not None and job.model.is_file() for job in done)
    polls = len(service.ledger.sent("POST", "/v3/tasks/list"))
    refused = len(service.ledger.sent("POST", "/v3/generation")) - len(tasks)
    with capsys.disabled():
        sys.stdout.write(f"\n100 jobs: {polls} status requests, {refused} refused as too many\n")
    assert polls < 100 * 20
