"""Runs the engine of a Blender that works on many requests while others share its list.

python -m tests.jobs.blender_process USER_FOLDER BASE_URL OWNER COUNT

A separate process with real threads. Starts when it reads a line; prints how many of its jobs were
placed, and how many it sees in all.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from pathlib import Path

from tests.doubles import QuickClock
from tests.jobs.bench import ACCOUNT, KEY, PLACE, SMALL_DISK_RESERVE, text
from tripo_addon.api.services.tripo_v3 import connect
from tripo_addon.jobs.engine.engine import JobEngine
from tripo_addon.jobs.engine.workers import ThreadWorkers
from tripo_addon.jobs.model.events import Placed
from tripo_addon.jobs.model.job import Job, State
from tripo_addon.jobs.model.recipes import Step
from tripo_addon.jobs.storage.store import Store

SECONDS = 240.0


def main(folder: Path, base_url: str, owner: str, count: int) -> None:
    store = Store(folder / "jobs.sqlite3", owner)
    store.prepare()
    clock, numbers = QuickClock(factor=20.0), itertools.count(1)
    engine = JobEngine(
        store=store,
        workers=ThreadWorkers(),
        clock=clock,
        folder=folder / "downloads",
        converter=None,
        new_id=lambda: f"{next(numbers):04}-{owner}",
        room=SMALL_DISK_RESERVE,
    )
    engine.connect(ACCOUNT, connect(base_url, KEY))
    engine.take_over(store.claim(clock.wall()), store.finished(1000))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for number in range(count):
        request = text(f"{owner} {number}")
        engine.submit(ACCOUNT, (Step(request=request, title=f"{number}", placement=PLACE),))
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and not _all_seen(engine, count):
        for job in engine.tick(online=True).ready:
            engine.placed(job.id, Placed(f"root of {job.id}"))
        engine.refresh()
        time.sleep(0.005)
    engine.shutdown()
    report = {
        "placed": sum(_is_mine(job, owner) and job.state is State.DONE for job in engine.jobs()),
        "seen": sum(job.state is State.DONE for job in engine.jobs()),
        "trouble": engine.list_trouble,
    }
    sys.stdout.write(json.dumps(report) + "\n")


def _is_mine(job: Job, owner: str) -> bool:
    return job.id.endswith(owner)


def _all_seen(engine: JobEngine, count: int) -> bool:
    return sum(job.state is State.DONE for job in engine.jobs()) == 2 * count


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
