"""A few schedules of the soak, and whether it notices the faults it looks for."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

import soak_results
import soak_schedules
from soak_schedules import CREATE, End, Life, Schedule, Submission
from tests.standin.faults import Fault
from tests.standin.ledger import Ledger, Standing, Task
from tests.standin.messages import Request

ROOT = Path(__file__).resolve().parents[2]
KEY = "tsk_of_the_test"
MODEL = b"a model"
PLAN = Schedule("of the test", (Life((Submission(1, "text"),), (), End("idle")),), False, 0.0, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_six_schedules_lose_nothing_and_pay_once(tmp_path: Path) -> None:
    pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")
    command = (sys.executable, "scripts/soak.py", "--schedules", "6", "--seed", "2")
    done = subprocess.run(
        (*command, "--keep", str(tmp_path / "kept")),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "schedules 6, lost 0, paid twice 0"
    killed = re.search(r"killed (\d+)", done.stdout)
    assert killed is not None
    assert int(killed[1]) > 0


def test_schedule_is_reproducible_and_differs_from_others() -> None:
    drawn = [soak_schedules.schedule(5, number) for number in range(40)]
    assert drawn == [soak_schedules.schedule(5, number) for number in range(40)]
    assert len({repr(each.lives) for each in drawn}) == 40
    assert {
        submission.kind for each in drawn for life in each.lives for submission in life.submissions
    } == {*soak_schedules.KINDS}


def test_every_kind_is_killed_on_both_sides_of_every_journal_write() -> None:
    plans = soak_schedules.boundaries()
    assert len({each.name for each in plans}) == len(plans)
    kinds = Counter(life.submissions[0].kind for each in plans for life in each.lives[:1])
    assert kinds == {"text": 18, "image": 20, "multiview": 20, "textured": 36, "own": 32}


def results(
    folder: Path, rows: Sequence[Mapping[str, object]], *, tasks: int, posts: int
) -> soak_results.Results:
    """Check one request, with an invented job list and ledger."""
    ledger = Ledger({KEY: 1000.0}, lambda: 1000.0, per_minute=100)
    body: dict[str, object] = {"model_seed": 1}
    for _ in range(posts):
        ledger.note(
            Request(
                role="api",
                method="POST",
                path=f"{CREATE}/text-to-model",
                query={},
                headers={"content-type": "application/json"},
                content=json.dumps(body).encode(),
            )
        )
    for number in range(tasks):
        task = Task(
            key=KEY, kind="text_to_model", category="c", body=body, credits=1, created=0, seconds=0
        )
        task.id, task.end = f"task-{number}", Standing("success", 100)
        ledger.open(task, at_once=9, begin=lambda: None)
    store = folder / "jobs.sqlite3"
    with closing(sqlite3.connect(store)) as db, db:
        db.execute("CREATE TABLE jobs (id, created, record)")
        db.execute("CREATE TABLE journal (seq INTEGER PRIMARY KEY, job, entry, detail)")
        for number, row in enumerate(rows):
            record = {"request": {"kind": "text_to_model", "model_seed": 1}, **row}
            db.execute("INSERT INTO jobs VALUES (?, 1, ?)", (f"job-{number}", json.dumps(record)))
            db.execute(
                "INSERT INTO journal (job, entry, detail) VALUES (?, 'about to pay', '')",
                (f"job-{number}",),
            )
    return soak_results.check_results(PLAN, ledger, (), store, soak_results.digest_of((MODEL,)))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.glb"
    path.write_bytes(MODEL)
    return path


def test_model_that_arrived_passes_the_check(tmp_path: Path, model: Path) -> None:
    row = {"state": "done", "task_id": "task-0", "model": str(model)}
    found = results(tmp_path, (row,), tasks=1, posts=1)
    assert (found.lost, found.twice) == ([], [])


def test_second_task_for_one_submission_is_reported(tmp_path: Path, model: Path) -> None:
    row = {"state": "done", "task_id": "task-0", "model": str(model)}
    assert len(results(tmp_path, (row,), tasks=2, posts=2).twice) == 2


def test_second_request_without_second_task_is_reported(tmp_path: Path) -> None:
    row = {"state": "failed", "failure": "outcome unknown"}
    found = results(tmp_path, (row,), tasks=1, posts=2)
    assert found.lost == []
    assert found.twice == ["1 paid requests were sent again after 0 refusals"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"state": "failed", "failure": "interrupted"}, "does not know its task"),
        ({"state": "running", "task_id": "task-0"}, "the model did not come"),
        ({"state": "failed", "failure": "gave up", "task_id": "task-0"}, "did not come"),
        ({"state": "done", "task_id": "task-0", "model": "/gone/model.glb"}, "not on disk"),
    ],
)
def test_task_without_model_is_reported(tmp_path: Path, row: dict[str, object], words: str) -> None:
    (loss,) = results(tmp_path, (row,), tasks=1, posts=1).lost
    assert words in loss


def test_model_with_different_content_is_reported(tmp_path: Path, model: Path) -> None:
    model.write_bytes(MODEL[:-1])
    row = {"state": "done", "task_id": "task-0", "model": str(model)}
    (loss,) = results(tmp_path, (row,), tasks=1, posts=1).lost
    assert "not what was sent" in loss


def test_task_unknown_to_any_job_is_reported(tmp_path: Path) -> None:
    (loss,) = results(tmp_path, (), tasks=1, posts=1).lost
    assert "there is no job" in loss


def test_refused_request_may_be_sent_again() -> None:
    refused = Fault(path=CREATE, status=429, times=2)
    assert soak_results.times_refused((refused, Fault(path=CREATE, status=503))) == 2
