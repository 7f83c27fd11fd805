"""Kills a command and runs it again as a person would: for tests and soaks.

Each row's name is its prompt, so that a person can match a lost answer's task.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from typing import Final

from tests.blender.command_child import CommandLine
from tests.standin.service import StandIn

ORDER: Final = ("batch", "batch.csv", "--out", "out", "--yes")


def paid_prompts(service: StandIn) -> Counter[str]:
    """How often each prompt was paid for."""
    return Counter(str(task.body.get("prompt")) for task in service.ledger.tasks)


def expire_leases(tripo: CommandLine) -> None:
    """Let the leases of a Blender that was killed run out, without the half minute."""
    for path in tripo.home.rglob("jobs.sqlite3"):
        with closing(sqlite3.connect(path, timeout=30)) as db, db:
            listed = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchone()
            if listed:
                db.execute("UPDATE jobs SET until = 0")


def run_until_settled(tripo: CommandLine, service: StandIn, order: Sequence[str] = ORDER) -> None:
    """Run the batch to its end, as a person does who looks for the task of each lost answer."""
    for _try in range(6):
        process = tripo.start(*order, "--json")
        output, errors = process.communicate(timeout=180)
        if process.returncode == 0:
            return
        assert process.returncode == 5, errors
        for row in json.loads(output):
            _resolve_unknown_outcome(tripo, service, row)
    raise AssertionError(tripo.run("jobs", "--all").output)


def _resolve_unknown_outcome(tripo: CommandLine, service: StandIn, row: dict[str, object]) -> None:
    (job,) = [each for each in listed_jobs(tripo) if each["id"] == row["job"]] or [{}]
    if not job.get("outcome_unknown"):
        return
    known = {each["task"] for each in listed_jobs(tripo)}
    wanted = str(row["name"]).lower()
    made = [
        task.id
        for task in service.ledger.tasks
        if task.body.get("prompt") == wanted and task.id not in known
    ]
    if made:
        tripo.run("attach", row["job"], made[0])
    else:
        tripo.run("retry", row["job"], "--yes")


def recover_lost_tasks(tripo: CommandLine, service: StandIn) -> None:
    """Attach the task of each lost answer, or try again if there is none. Only for commands that
    run one at a time: the newest task of the kind that no job has is taken."""
    jobs = listed_jobs(tripo)
    known = {each["task"] for each in jobs}
    for job in jobs:
        if job["outcome_unknown"]:
            made = [
                task.id
                for task in service.ledger.tasks
                if task.kind == job["kind"] and task.id not in known
            ]
            answer = ("attach", job["id"], made[-1]) if made else ("retry", job["id"], "--yes")
            tripo.run(*answer)


def listed_jobs(tripo: CommandLine) -> list[dict[str, object]]:
    return tripo.run("jobs", "--all", "--json").document


def kill_after(process: subprocess.Popen[str], seconds: float) -> bool:
    """Kill a command after some time; returns whether it had printed its result by then."""
    try:
        output, _errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _errors = process.communicate()
    return bool(output)
