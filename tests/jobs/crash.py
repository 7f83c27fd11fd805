"""Runs the engine of a Blender and kills its own process at the point named by CRASH_AT.

python -m tests.jobs.crash USER_FOLDER BASE_URL

A separate process, so that nothing is flushed, closed or answered after the point. Exits with 7 if
the point was never reached.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import NoReturn

from tests.doubles import QuickClock
from tests.jobs.bench import ACCOUNT as ACCOUNT_OF_TRIPO
from tests.jobs.bench import KEY, PLACE, SMALL_DISK_RESERVE, Wrapped, drafts, image, text, views
from tripo_addon.api.dialect import Stop, never
from tripo_addon.api.replies import FileRef, Task
from tripo_addon.api.services import comfy_router, tripo_v3
from tripo_addon.api.tasks import TaskRequest
from tripo_addon.jobs.engine.engine import JobEngine
from tripo_addon.jobs.engine.workers import ThreadWorkers
from tripo_addon.jobs.model.job import Job, State
from tripo_addon.jobs.model.recipes import Step
from tripo_addon.jobs.storage.payments import SendDecision
from tripo_addon.jobs.storage.store import Store
from tripo_addon.jobs.work.converter import Converter

CRASH_AT = os.environ.get("CRASH_AT", "")
KIND = os.environ.get("CRASH_KIND", "text")
ACCOUNT = os.environ.get("CRASH_ACCOUNT", ACCOUNT_OF_TRIPO)
NEVER_CAME = 7
SECONDS = 30.0
# Windows ends a process the same way for any other signal.
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
KILL_THE_PARENT = f"import os; os.kill(os.getppid(), {int(KILL)})"


REACHED: dict[str, int] = {}


def reached(point: str) -> None:
    """Kill the process at the point, or at its third time: "3 x while running"."""
    REACHED[point] = REACHED.get(point, 0) + 1
    if CRASH_AT in {point, f"{REACHED[point]} x {point}"}:
        die()


def die() -> NoReturn:
    os.kill(os.getpid(), KILL)
    time.sleep(SECONDS)
    sys.exit(NEVER_CAME)


class FatalStore(Store):
    def save(self, job: Job, wall: float, *, announced: bool = False) -> bool:
        reached(f"before {job.state.value} is written")
        saved = super().save(job, wall, announced=announced)
        reached(f"after {job.state.value} is written")
        return saved

    def save_all(self, jobs: Sequence[Job], wall: float) -> bool:
        reached("before all drafts are written")
        saved = super().save_all(jobs, wall)
        reached("after all drafts are written")
        return saved

    def about_to_pay(self, job: Job, wall: float, *, stop: Stop = never) -> SendDecision:
        reached("before the announcement")
        if CRASH_AT in {"before submitting is written", "after submitting is written"}:
            # Another worker is killed by that write; this one must not be ahead of it.
            time.sleep(SECONDS)
        leave = super().about_to_pay(job, wall, stop=stop)
        reached("after the announcement")
        return leave

    def paid(self, job: Job, task_id: str, wall: float) -> None:
        reached("before the receipt")
        super().paid(job, task_id, wall)
        reached("after the receipt")


class FatalDialect(Wrapped):
    def upload(self, file: Path, *, stop: Stop = never) -> FileRef:
        sent = self.inner.upload(file, stop=stop)
        reached("while uploading")
        return sent

    def submit(
        self,
        request: TaskRequest,
        files: tuple[FileRef, ...],
        *,
        repeat_key: str = "",
        stop: Stop = never,
    ) -> str:
        reached("before the request")
        return self.inner.submit(request, files, repeat_key=repeat_key, stop=stop)

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        reached("while running")
        return self.inner.look_up(task_ids)


def request_with_files(folder: Path) -> TaskRequest:
    if KIND == "views":
        return views(folder, "front", "left", "back", "right")
    return image(folder / "front.png") if KIND == "image" else text()


def new_ids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"crashed-job-{next(numbers)}"


def submitted(engine: JobEngine, folder: Path) -> Job:
    """Return the first job of the request."""
    if KIND != "drafts":
        step = Step(request=request_with_files(folder), title="a chest", placement=PLACE)
        return engine.submit(ACCOUNT, (step,))[0]
    return engine.submit_drafts(ACCOUNT, drafts(8))[0]


def main(folder: Path, base_url: str) -> int:
    store = FatalStore(folder / "jobs.sqlite3", "crashing")
    store.prepare()
    engine = JobEngine(
        store=store,
        workers=ThreadWorkers(),
        clock=QuickClock(),
        folder=folder / "downloads",
        converter=Converter((sys.executable, "-c", KILL_THE_PARENT), dict(os.environ))
        if CRASH_AT == "while converting"
        else None,
        new_id=new_ids(),
        room=SMALL_DISK_RESERVE,
    )
    speak = comfy_router if ACCOUNT.startswith("comfy") else tripo_v3
    engine.connect(ACCOUNT, FatalDialect(speak.connect(base_url, KEY)))
    job = submitted(engine, folder)
    until = time.monotonic() + SECONDS
    # A request that is lost within the same moment leaves no trace for a test.
    while not store.timeline(job.id) and time.monotonic() < until:
        time.sleep(0.002)
    while time.monotonic() < until:
        engine.tick(online=True)
        found = engine.job(job.id)
        if found is not None and found.state is State.DOWNLOADING and found.attempt:
            reached("while downloading")
        if found is not None and found.state is State.READY:
            reached("when ready")
        time.sleep(0.002)
    return NEVER_CAME


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
