"""The cases of bench.py that run in a fresh process each; writes figures as JSON."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bench_panels
import bench_waits
from bench_panels import job, timed

if TYPE_CHECKING:
    from tripo_addon.api.dialect import Dialect

TICKS = 1200
DOWNLOADS = 4
OVERHEADS = 20
RUNNING_TASKS = 50


def tick() -> dict[str, Any]:
    """A running engine with 100 running jobs, ticked at 60 Hz: real workers and a real store. The
    service answers from memory, because the network is the workers' part, not the tick's."""
    import tempfile

    from tripo_addon.jobs.engine.engine import JobEngine
    from tripo_addon.jobs.engine.workers import ThreadWorkers
    from tripo_addon.jobs.model.clock import SystemClock
    from tripo_addon.jobs.storage.claims import Claim, ClaimedJob
    from tripo_addon.jobs.storage.store import Store

    folder = Path(tempfile.mkdtemp())
    store = Store(folder / "jobs.sqlite3", "bench")
    store.prepare()
    engine = JobEngine(
        store=store,
        workers=ThreadWorkers(),
        clock=SystemClock(),
        folder=folder,
        converter=None,
        new_id=lambda: "",
    )
    engine.connect("bench", cast("Dialect", _Running()))
    kept = tuple(
        ClaimedJob(job(number, "RUNNING"), paid=None, announced=False) for number in range(100)
    )
    engine.take_over(Claim(kept, held_elsewhere=0))

    def once() -> None:
        engine.tick(online=True)

    spent = timed(once, TICKS, pause=1 / 60)
    active = sum(not job.state.final for job in engine.jobs())
    engine.shutdown()
    return {**spent, "running_jobs": active}


def download(address: str) -> dict[str, Any]:
    """Submit, wait, and download the result as a worker does; peak memory before and after. Then,
    alternating, with curl, or a plain loop over requests; the best time of each counts."""
    import resource
    import tempfile

    from tripo_addon.api.dialect import never
    from tripo_addon.api.http.downloads import Bounds
    from tripo_addon.api.http.downloads import download as fetch
    from tripo_addon.api.services import tripo_v3
    from tripo_addon.api.tasks import TextToModel

    dialect = tripo_v3.connect(address, "tsk_standin")
    task = dialect.submit(TextToModel(model="v3.1-20260211", prompt="a big file"), ())

    def link() -> str:
        links: tuple[str, ...] = ()
        while not links:
            links = dialect.look_up([task])[task].output.models
        return links[0]

    def ours(target: Path) -> None:
        # As for every service that runs on this machine.
        bounds = Bounds(local=True)
        fetch(link(), target, stop=never, progress=lambda _done, _total: None, bounds=bounds)

    def theirs(target: Path) -> None:
        _plain_download(link(), target)

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "model"
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        spent = [_seconds(ours, target)]
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        size = target.stat().st_size
        others = [_seconds(theirs, target)]
        for _ in range(DOWNLOADS - 1):
            spent.append(_seconds(ours, target))
            others.append(_seconds(theirs, target))
    return {
        "megabytes": round(size / 1e6, 1),
        "rss_growth_megabytes": round(grown / (2**20 if sys.platform == "darwin" else 1024), 1),
        "megabytes_per_second": round(size / 1e6 / min(spent), 1),
        "throughput_vs_curl": round(min(others) / min(spent), 2),
        "compared_with": "curl" if shutil.which("curl") else "requests",
    }


def _seconds(work: Callable[[Path], None], target: Path) -> float:
    """Return the seconds of one download, without disk writes left over from the one before."""
    target.unlink(missing_ok=True)
    if sys.platform != "win32":
        os.sync()
    start = time.perf_counter()
    work(target)
    return time.perf_counter() - start


def _plain_download(link: str, target: Path) -> None:
    curl = shutil.which("curl")
    if curl is not None:
        subprocess.run([curl, "--silent", "--fail", "--output", str(target), link], check=True)
        return
    import requests

    with requests.get(link, stream=True, timeout=60) as response, target.open("wb") as file:
        for chunk in response.iter_content(1 << 20):
            file.write(chunk)


def poll() -> dict[str, Any]:
    """How often the service is asked, and how late a success is noticed; in simulated time, with
    the real client and the stand-in."""
    alone, together = _requests(1), _requests(RUNNING_TASKS)
    late = {f"{seconds}s": _overhead(seconds) for seconds in (10, 60, 300)}
    return {
        "running_tasks": RUNNING_TASKS,
        "requests_per_interval": round(together / alone, 2),
        "overhead_ratio": late,
    }


def _requests(tasks: int) -> int:
    """Return the look-ups while this many tasks run for five minutes."""
    with _bench(seconds=1e6, chances=1) as (engine, service, clock):
        from tripo_addon.api.tasks import TextToModel
        from tripo_addon.jobs.model.job import Job, State
        from tripo_addon.jobs.storage.claims import Claim, ClaimedJob

        dialect = engine.dialect
        kept: list[ClaimedJob] = []
        for number in range(tasks):
            request = TextToModel(model="v3.1-20260211", prompt=f"{number}")
            job = Job(
                id=f"job-{number}",
                account="bench",
                title="a chest",
                request=request,
                task_id=dialect.submit(request, ()),
                state=State.RUNNING,
            )
            kept.append(ClaimedJob(job, paid=None, announced=False))
        engine.take_over(Claim(tuple(kept), held_elsewhere=0))
        end = clock.seconds + 300
        while clock.seconds < end:
            clock.seconds += engine.tick(online=True).wait or 0.0
        return len(service.ledger.sent("POST", "/v3/tasks/list"))


def _overhead(seconds: float) -> float:
    """Return the delay from the service's success until we notice it, relative to the task's
    duration: the mean of several tasks of about that length."""
    from tripo_addon.api.tasks import TextToModel
    from tripo_addon.jobs.model.job import Placement, State
    from tripo_addon.jobs.model.recipes import Step

    ratios: list[float] = []
    for number in range(OVERHEADS):
        lasts = seconds * (0.9 + 0.2 * number / OVERHEADS)
        with _bench(seconds=lasts, chances=number) as (engine, service, clock):
            request = TextToModel(model="v3.1-20260211", prompt="a chest")
            step = Step(request=request, title="a chest", placement=Placement())
            (job,) = engine.submit("bench", (step,))
            while engine.job(job.id).state in {State.PENDING, State.SUBMITTING, State.RUNNING}:
                clock.seconds += engine.tick(online=True).wait or 0.0
            finished = service.ledger.tasks[0].created + lasts
            ratios.append((clock.wall() - finished) / lasts)
    return round(statistics.mean(ratios), 4)


@contextmanager
def _bench(*, seconds: float, chances: int) -> Iterator[tuple[Any, Any, Any]]:
    """Yield an engine and a stand-in on one clock that is moved by hand."""
    import random
    import tempfile

    from tests.doubles import Clock, InlineWorkers
    from tests.standin.service import StandIn
    from tests.standin.tripo_v3.table import MANNER
    from tripo_addon.api.services import tripo_v3
    from tripo_addon.jobs.engine.engine import JobEngine
    from tripo_addon.jobs.storage.store import Store
    from tripo_addon.jobs.work.disk_space import DiskSpace

    luck = random.Random(chances)  # noqa: S311 - the same chances in every run
    # Fifty at once are more than an account may start; here it is allowed.
    cast("dict[str, int]", MANNER.at_once)["H"] = RUNNING_TASKS

    class Lucky(Clock):
        def jitter(self) -> float:
            return luck.random()

    clock = Lucky()
    with (
        tempfile.TemporaryDirectory() as name,
        StandIn(seconds=seconds, filler_bytes=4096, balance=1e6, clock=clock.wall) as service,
    ):
        store = Store(Path(name) / "jobs.sqlite3", "bench")
        engine: Any = JobEngine(
            store=store,
            workers=InlineWorkers(),
            clock=clock,
            folder=Path(name) / "downloads",
            converter=None,
            new_id=lambda: "job",
            room=DiskSpace(downloads=1, job_list=1),
        )
        engine.dialect = tripo_v3.connect(service.base_url, "tsk_standin")
        engine.connect("bench", engine.dialect)
        yield engine, service, clock
        engine.shutdown()


class _Running:
    """A service whose tasks never end. Only look-ups are answered."""

    @property
    def service(self) -> Any:
        from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3

        return TRIPO_V3

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Any]:
        from tripo_addon.api.replies import Status, Task

        return {id: Task(id=id, status=Status.RUNNING, progress=40) for id in task_ids}

    def close(self) -> None:
        """Nothing is open."""


def main() -> None:
    """`bench_cases.py CASE RESULT [ARGUMENT ...]`."""
    name, result, *arguments = sys.argv[1:]
    cases: dict[str, Callable[..., dict[str, Any]]] = {
        "enable": bench_panels.enable,
        "enable_bare": bench_panels.enable_bare,
        "tick": tick,
        "draw": bench_panels.draw,
        "draw_asking": bench_panels.draw_asking,
        "draw_busy": bench_panels.draw_busy,
        "past_jobs": bench_waits.past_jobs,
        "latency": bench_waits.latency,
        "started": bench_waits.started,
        "capture": bench_waits.capture,
        "download": download,
        "poll": poll,
    }
    Path(result).write_text(json.dumps(cases[name](*arguments)), encoding="utf-8")


if __name__ == "__main__":
    main()
