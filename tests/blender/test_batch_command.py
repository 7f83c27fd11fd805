"""`blender --command tripo batch`: each row is paid for once, however often and wherever it is
killed."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.blender.addon import picture
from tests.blender.command_child import CommandLine
from tests.blender.command_kills import (
    expire_leases,
    kill_after,
    listed_jobs,
    paid_prompts,
    run_until_settled,
)
from tests.standin.service import StandIn

ORDERS = "/v3/generation"


@pytest.fixture
def task_seconds() -> float:
    """Long enough to kill the command while a task runs."""
    return 0.2


def write_rows(tripo: CommandLine, count: int = 3) -> list[str]:
    names = [f"chest {number}" for number in range(count)]
    text = "".join(f"{name},{name}\n" for name in names)
    (tripo.home / "batch.csv").write_text(f"prompt,name\n{text}", encoding="utf-8")
    return names


def test_csv_becomes_model_files_and_a_result_table(tripo: CommandLine, service: StandIn) -> None:
    picture(tripo.home / "side.png", pixels=300)
    (tripo.home / "batch.csv").write_text(
        "prompt;image;name;face_limit;pbr\na chest;;Chest;5000;no\n;side.png;;;\n;side.png;;;\n",
        encoding="utf-8-sig",
    )
    order = ("batch", "batch.csv", "--out", "out", "--results", "results.csv", "--json", "--yes")
    records = tripo.run(*order).document
    assert [each["state"] for each in records] == ["done"] * 3
    files = [Path(each["file"]).name for each in records]
    assert files == ["Chest.glb", "Side.glb", "Side 2.glb"]
    assert all((tripo.home / "out" / file).stat().st_size > 1000 for file in files)
    with (tripo.home / "results.csv").open(encoding="utf-8") as results:
        assert [row["task"] for row in csv.DictReader(results)] == [r["task"] for r in records]
    # Rows are sent in parallel, so the ledger's order means nothing.
    sent = {task.id: task.body for task in service.ledger.tasks}
    chest = sent[records[0]["task"]]
    assert (chest["face_limit"], chest["pbr"]) == (5000, False)
    paid = len(service.ledger.tasks)
    again = tripo.run(*order)
    assert "3 rows: 0 to pay for, 3 sent before" in again.errors
    assert [each["job"] for each in again.document] == [each["job"] for each in records]
    assert len(service.ledger.tasks) == paid == 3


def test_json_lines_work_and_only_a_new_row_is_paid_for(
    tripo: CommandLine, service: StandIn
) -> None:
    file = tripo.home / "batch.jsonl"
    rows = [{"prompt": "a chest", "texture_quality": "detailed"}, {"prompt": "a door"}]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    tripo.run("batch", "batch.jsonl", "--yes")
    rows.insert(0, {"prompt": "a key"})
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    planned = tripo.run("batch", "batch.jsonl", "--plan", "--json")
    assert [each["state"] for each in planned.document] == ["new", "done", "done"]
    tripo.run("batch", "batch.jsonl", "--yes")
    assert paid_prompts(service) == {"a chest": 1, "a door": 1, "a key": 1}
    tripo.run("batch", "batch.jsonl", "--yes", "--name", "once more")
    assert paid_prompts(service) == {"a chest": 2, "a door": 2, "a key": 2}


def test_nothing_is_sent_while_a_row_is_refused(tripo: CommandLine, service: StandIn) -> None:
    (tripo.home / "batch.csv").write_text(
        "prompt,image,face_limit\na chest,,\n,gone.png,\na door,,many\n", encoding="utf-8"
    )
    ended = tripo.run("batch", "batch.csv", "--yes", code=3)
    assert "Row 2: " in ended.errors
    assert "Row 3: face_limit takes a whole number" in ended.errors
    assert service.ledger.sent("POST", ORDERS) == ()


def test_total_price_is_shown_before_anything_is_sent(tripo: CommandLine, service: StandIn) -> None:
    write_rows(tripo)
    ended = tripo.run("batch", "batch.csv", code=4)
    assert "Price: 60 credits" in ended.errors
    ended = tripo.run("batch", "batch.csv", "--yes", "--max-price", "59", code=4)
    assert "--max-price allows 59 credits" in ended.errors
    assert service.ledger.sent("POST", ORDERS) == ()


@pytest.mark.slow
def test_each_row_is_paid_once_after_kills_and_reruns(tripo: CommandLine, service: StandIn) -> None:
    names, chance = write_rows(tripo, 4), random.Random(7)
    for _kill in range(5):
        process = tripo.start("batch", "batch.csv", "--out", "out", "--yes")
        kill_after(process, chance.uniform(1.0, 6.0))
        expire_leases(tripo)
    run_until_settled(tripo, service)
    assert paid_prompts(service) == dict.fromkeys(names, 1)
    assert len(list((tripo.home / "out").glob("*.glb"))) == 4


def test_ctrl_c_stops_waiting_and_resume_continues(tripo: CommandLine, service: StandIn) -> None:
    service_seconds = 4.0
    for task in service.ledger.tasks:
        task.seconds = service_seconds
    process = tripo.start("generate", "--text", "a chest", "--folder", "out", "--yes")
    end = time.monotonic() + 60
    while not service.ledger.tasks and time.monotonic() < end:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, "")
    assert "resume" in errors
    jobs = tripo.run("resume", "--json").document
    assert [each["state"] for each in jobs] in (["done"], [])
    (job,) = listed_jobs(tripo)
    assert (job["state"], len(service.ledger.tasks)) == ("done", 1)
