"""A Blender's worth of engine that kills itself at the point that CRASH_AT names.

python -m tests.jobs.crash USER_FOLDER BASE_URL

A process of its own, so that nothing is flushed, closed or answered after the point. Ends with 7
where it never came to the point.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

from tests.doubles import QuickClock
from tests.jobs.bench import MODEL, Bench, Wrapped, picture, text
from tripo_addon.api.replies import FileRef, Task
from tripo_addon.api.tasks import ImageToModel, TaskRequest
from tripo_addon.jobs.effects import Converter
from tripo_addon.jobs.job import Job, State
from tripo_addon.jobs.store import Store
from tripo_addon.jobs.workers import ThreadWorkers

CRASH_AT = os.environ.get("CRASH_AT", "")
NEVER_CAME = 7
SECONDS = 30.0
# Windows ends a process in the same way for any other signal.
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
KILL_THE_PARENT = f"import os; os.kill(os.getppid(), {int(KILL)})"


def reached(point: str) -> None:
    if point == CRASH_AT:
        die()


def die() -> NoReturn:
    os.kill(os.getpid(), KILL)
    time.sleep(SECONDS)
    sys.exit(NEVER_CAME)


class FatalStore(Store):
    def about_to_pay(self, job: Job, wall: float) -> bool:
        reached("before the announcement")
        allowed = super().about_to_pay(job, wall)
        reached("after the announcement")
        return allowed

    def paid(self, job_id: str, task_id: str, wall: float) -> None:
        reached("before the receipt")
        super().paid(job_id, task_id, wall)
        reached("after the receipt")


class FatalDialect(Wrapped):
    def upload(self, picture: Path) -> FileRef:
        file = self.inner.upload(picture)
        reached("while uploading")
        return file

    def submit(self, request: TaskRequest, files: tuple[FileRef, ...]) -> str:
        reached("before the request")
        return self.inner.submit(request, files)

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        reached("while running")
        return self.inner.look_up(task_ids)


def main(folder: Path, base_url: str) -> int:
    bench = Bench(
        SimpleNamespace(base_url=base_url),
        folder,
        clock=QuickClock(),
        workers=ThreadWorkers(),
        owner="crashing",
        speak=FatalDialect,
        keep=FatalStore,
        converter=Converter((sys.executable, "-c", KILL_THE_PARENT), dict(os.environ))
        if CRASH_AT == "while converting"
        else None,
    )
    request: TaskRequest = text()
    if CRASH_AT == "while uploading":
        request = ImageToModel(model=MODEL, image=picture(folder / "front.png"))
    job = bench.wish(request)
    until = time.monotonic() + SECONDS
    # A wish that dies within the same moment was never there, and no test could tell.
    while not bench.store.timeline(job.id) and time.monotonic() < until:
        time.sleep(0.002)
    while time.monotonic() < until:
        bench.engine.tick(online=True)
        found = bench.now(job)
        if found.state is State.DOWNLOADING and found.attempt:
            reached("while downloading")
        if found.state is State.READY:
            reached("when ready")
        time.sleep(0.002)
    return NEVER_CAME


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
