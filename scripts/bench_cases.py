"""The cases of bench.py that each run in a fresh process; writes its figures as JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from tripo_addon.api.dialect import Dialect

HEAVY = ("requests", "pydantic", "sqlite3")
TICKS = 1200
DRAWS = 1000


def enable() -> dict[str, Any]:
    """Our add-on, from nothing imported to registered."""
    import bpy  # noqa: F401 - what Blender itself has loaded is not ours

    before = set(sys.modules)
    start = time.perf_counter()
    import tripo_addon

    tripo_addon.register()
    spent = time.perf_counter() - start
    heavy = [name for name in HEAVY if name in set(sys.modules) - before]
    tripo_addon.unregister()
    return {"ms": spent * 1000, "heavy": heavy}


def enable_bare() -> dict[str, Any]:
    """An add-on of one panel and one operator, the same way."""
    import bpy  # noqa: F401 - as above

    start = time.perf_counter()
    import bench_bare_addon

    bench_bare_addon.register()
    spent = time.perf_counter() - start
    bench_bare_addon.unregister()
    return {"ms": spent * 1000}


def tick() -> dict[str, Any]:
    """A running engine with 100 running jobs, ticked at 60 Hz: real workers and a real store.
    The service answers from memory, since the network is the workers' and not the tick's."""
    import tempfile

    from tripo_addon.jobs.clock import SystemClock
    from tripo_addon.jobs.engine import JobEngine
    from tripo_addon.jobs.store import Claim, Kept, Store
    from tripo_addon.jobs.workers import ThreadWorkers

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
    kept = tuple(Kept(_job(number, "RUNNING"), paid=None, asked=False) for number in range(100))
    engine.adopt(Claim(kept, held=0))

    def once() -> None:
        engine.tick(online=True)

    spent = _timed(once, TICKS, pause=1 / 60)
    active = sum(not job.state.final for job in engine.jobs())
    engine.shutdown()
    return {**spent, "running_jobs": active}


def draw() -> dict[str, Any]:
    """Both panels, drawn into a layout that takes every call and draws nothing."""
    import bpy

    import tripo_addon

    tripo_addon.register()
    from tripo_addon.blender import panels, wiring
    from tripo_addon.jobs.store import Claim

    engine = wiring.engine()
    finished = tuple(_job(number, "DONE") for number in range(1000))
    engine.adopt(Claim((), held=0), finished)

    drawn: Any = SimpleNamespace(layout=_Layout())

    bpy.context.scene.tripo_addon.text.prompt = "a small wooden chest"

    def once() -> None:
        panels.TRIPO_ADDON_PT_generate.draw(drawn, bpy.context)
        panels.TRIPO_ADDON_PT_jobs.draw(drawn, bpy.context)

    spent = _timed(once, DRAWS)
    listed = len(wiring.jobs())
    tripo_addon.unregister()
    return {**spent, "listed_jobs": listed}


def download(address: str) -> dict[str, Any]:
    """Submit, wait, and fetch the result as a worker does; peak memory before and after."""
    import resource
    import tempfile

    from tripo_addon.api.files import download as fetch
    from tripo_addon.api.services import tripo_v3
    from tripo_addon.api.tasks import TextToModel

    dialect = tripo_v3.connect(address, "tsk_standin")
    task = dialect.submit(TextToModel(model="v3.1-20260211", prompt="a big file"), ())
    links: tuple[str, ...] = ()
    while not links:
        links = dialect.look_up([task])[task].output.models
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "model"
        start = time.perf_counter()
        fetch(links[0], target, stop=lambda: False, progress=lambda _done, _total: None)
        spent = time.perf_counter() - start
        size = target.stat().st_size
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "megabytes": round(size / 1e6, 1),
        "rss_growth_megabytes": round(grown / (2**20 if sys.platform == "darwin" else 1024), 1),
        "megabytes_per_second": round(size / 1e6 / spent, 1),
    }


class _Running:
    """A service whose tasks never end. Asked for tasks only."""

    @property
    def service(self) -> Any:
        from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3

        return TRIPO_V3

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Any]:
        from tripo_addon.api.replies import Status, Task

        return {id: Task(id=id, status=Status.RUNNING, progress=40) for id in task_ids}

    def close(self) -> None:
        """Nothing is open."""


class _Layout:
    """Takes every call and attribute of a UILayout; a panel inside it is open."""

    def __getattr__(self, name: str) -> Any:
        return _Layout()

    def __call__(self, *_args: object, **_options: object) -> _Layout:
        return self

    def __iter__(self) -> Any:
        return iter((_Layout(), _Layout()))


def _job(number: int, state: str) -> Any:
    from tripo_addon.api.tasks import TextToModel
    from tripo_addon.jobs.job import Job, State

    return Job(
        id=f"job-{number}",
        account="bench",
        title=f"Wooden Chest {number}",
        request=TextToModel(model="v3.1-20260211", prompt="a wooden chest"),
        price=20,
        credits=20.0,
        created=float(number),
        task_id=f"task-{number}",
        state=State[state],
    )


def _timed(once: Callable[[], None], count: int, *, pause: float = 0.0) -> dict[str, float]:
    """Milliseconds of each call: by the clock, which the machine's other work is in, and of this
    thread's own processor time, which it is not."""
    spent: list[float] = []
    worked: list[float] = []
    for _ in range(count):
        start, busy = time.perf_counter(), time.thread_time()
        once()
        worked.append((time.thread_time() - busy) * 1000)
        spent.append((time.perf_counter() - start) * 1000)
        if pause:
            time.sleep(pause)
    spent.sort()
    worked.sort()
    last_percent = int(count * 0.99)
    return {
        "p50_ms": round(statistics.median(spent), 4),
        "p99_ms": round(spent[last_percent], 4),
        "p99_cpu_ms": round(worked[last_percent], 4),
        "longest_ms": round(spent[-1], 4),
    }


def main() -> None:
    """`bench_cases.py CASE RESULT [ARGUMENT ...]`."""
    name, told, *arguments = sys.argv[1:]
    cases: dict[str, Callable[..., dict[str, Any]]] = {
        "enable": enable,
        "enable_bare": enable_bare,
        "tick": tick,
        "draw": draw,
        "download": download,
    }
    Path(told).write_text(json.dumps(cases[name](*arguments)), encoding="utf-8")


if __name__ == "__main__":
    main()
