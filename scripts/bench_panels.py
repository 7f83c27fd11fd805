"""Cases of bench.py about registration and drawing panels, the first time and later."""

from __future__ import annotations

import gc
import itertools
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

HEAVY = ("requests", "pydantic", "sqlite3")
DRAWS = 300
ROUNDS = 5
VISIBLE_ROWS = 10
OBJECTS = 10_000
RUNNING, PAST, WAITING = 100, 10_000, 5


def enable() -> dict[str, Any]:
    """Import and register the add-on, then draw its panels for the first time. Garbage of Blender's
    own start is collected before."""
    import bpy  # noqa: F401 - what Blender itself has loaded is not ours

    before = set(sys.modules)
    gc.collect()
    start, busy = time.perf_counter(), time.thread_time()
    import tripo_addon

    tripo_addon.register()
    registered = time.thread_time()
    spent = time.perf_counter() - start
    heavy = [name for name in HEAVY if name in set(sys.modules) - before]
    loaded = sum(name.partition(".")[0] == tripo_addon.__name__ for name in sys.modules)
    first = time.thread_time()
    draw_all()
    drawn = time.thread_time()
    draw_all()
    again = time.thread_time()
    tripo_addon.unregister()
    return {
        "ms": spent * 1000,
        "cpu_ms": (registered - busy) * 1000,
        "drawn_cpu_ms": (registered - busy + drawn - first) * 1000,
        "first_draw_cpu_ms": (drawn - first) * 1000,
        "second_draw_cpu_ms": (again - drawn) * 1000,
        "heavy": heavy,
        "loaded": loaded,
    }


def enable_bare() -> dict[str, Any]:
    """The same for an add-on of one panel and one operator."""
    import bpy  # noqa: F401 - as above

    gc.collect()
    start, busy = time.perf_counter(), time.thread_time()
    import bench_bare_addon

    bench_bare_addon.register()
    spent, worked = time.perf_counter() - start, time.thread_time() - busy
    bench_bare_addon.unregister()
    return {"ms": spent * 1000, "cpu_ms": worked * 1000}


def draw() -> dict[str, Any]:
    """All panels of the sidebar with 1,000 past jobs."""
    with _enabled() as (engine, once, _kept):
        take_over(engine, finished=tuple(job(number, "DONE") for number in range(1000)))
        spent = timed(once, DRAWS, rounds=ROUNDS)
        return {**spent, "listed_jobs": len(engine.jobs())}


def draw_asking() -> dict[str, Any]:
    """The panels with one READY row whose object is gone, among 10,000 others."""
    with _enabled(objects=OBJECTS) as (engine, once, kept):
        empty = timed(once, DRAWS)
        waiting = _waiting_job(0)
        take_over(engine, waiting)
        question = kept.of(waiting).question

        def looked_up() -> None:
            kept.forget()
            once()

        after_change = timed(looked_up, DRAWS // 3)
        drawn = timed(once, DRAWS)
    return {
        "objects": OBJECTS,
        "question": question,
        "empty_p50_ms": empty["p50_ms"],
        "p50_ms": drawn["p50_ms"],
        "p99_ms": drawn["p99_ms"],
        "after_change_p50_ms": after_change["p50_ms"],
        "ratio": round(drawn["p50_ms"] / empty["p50_ms"], 2),
    }


def draw_busy() -> dict[str, Any]:
    """All panels with 100 running and 10,000 past jobs, and five READY rows that ask, in a file of
    10,000 objects with one selected, each time after a turn of the loop with new progress; compared
    with the same panels without a job, and with their layout calls alone."""
    with _enabled(objects=OBJECTS) as (engine, once, kept):
        empty = timed(once, DRAWS, rounds=ROUNDS)
        waiting = [_waiting_job(PAST + RUNNING + number) for number in range(WAITING)]
        running = [job(PAST + number, "RUNNING") for number in range(RUNNING)]
        past = tuple(job(number, "DONE") for number in range(PAST))
        take_over(engine, *running, *waiting, finished=past)
        turns = itertools.count()

        def turn() -> None:
            """What a turn of the loop does when a job has made progress, before a redraw."""
            take_over(engine, replace(running[-1], progress=next(turns) % 100))
            kept.tick()

        once()
        spent = timed(once, DRAWS, before=turn, rounds=ROUNDS)
        unchanged = timed(once, DRAWS)
        layout = timed(_layout_calls_of(once), DRAWS, rounds=ROUNDS)
        listed = len(engine.jobs())
        questions = sum(kept.of(each).asks for each in engine.jobs() if each.state.name == "READY")
    return {
        **spent,
        "unchanged_p50_ms": unchanged["p50_ms"],
        "unchanged_p99_cpu_ms": unchanged["p99_cpu_ms"],
        "asking": questions,
        "layout_p50_ms": layout["p50_ms"],
        "layout_p50_cpu_ms": layout["p50_cpu_ms"],
        "layout_p99_cpu_ms": layout["p99_cpu_ms"],
        "empty_p50_ms": empty["p50_ms"],
        "empty_p50_cpu_ms": empty["p50_cpu_ms"],
        "empty_p99_cpu_ms": empty["p99_cpu_ms"],
        "ratio": round(spent["p50_ms"] / empty["p50_ms"], 2),
        "listed_jobs": listed,
        "objects": OBJECTS,
    }


def _layout_calls_of(once: Callable[[], None]) -> Callable[[], None]:
    """Return a function that makes the same layout calls as one drawing, and does nothing else."""
    _Layout.calls = calls = []
    try:
        once()
    finally:
        _Layout.calls = None

    def only_calls() -> None:
        layout = _Layout()
        for name, args, options in calls:
            getattr(layout, name)(*args, **options)

    return only_calls


@contextmanager
def _enabled(*, objects: int = 0) -> Iterator[tuple[Any, Callable[[], None], Any]]:
    """Enable the add-on in a file with so many objects, the first selected. Yield its engine, the
    function that draws its panels, and the cached answers about targets."""
    import bpy

    import tripo_addon

    bpy.ops.wm.read_homefile(use_empty=True)
    mesh = bpy.data.meshes.new("one")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    for number in range(objects):
        obj = bpy.data.objects.new(f"part {number}", mesh)
        bpy.context.scene.collection.objects.link(obj)
    if objects:
        first = bpy.context.scene.collection.objects[0]
        first.select_set(True)
        bpy.context.view_layer.objects.active = first
    addon = bpy.context.preferences.addons.new()
    addon.module = tripo_addon.__name__
    tripo_addon.register()
    addon.preferences.set_up_done = True
    # With access and a key, a form is checked as before a click; nothing is sent without a timer.
    bpy.context.preferences.system.use_online_access = True
    addon.preferences.api_key = "tsk_bench"
    from tripo_addon.blender.job_list.rows import ROWS
    from tripo_addon.blender.objects.resolved_target import RESOLVED
    from tripo_addon.blender.objects.scene_walks import WALKS
    from tripo_addon.blender.session import composition

    # In background mode, as here, nothing is cached between redraws.
    RESOLVED._keep = WALKS.keep = ROWS._keep = True
    bpy.context.scene.tripo_addon.text.prompt = "a small wooden chest"
    engine = composition.engine()
    draw_all()
    try:
        yield engine, draw_all, RESOLVED
    finally:
        tripo_addon.unregister()


def draw_all() -> None:
    """Draw every panel of ours as Blender does, into a layout that accepts every call and draws
    nothing."""
    import bpy

    for panel, self in _panels():
        if not hasattr(panel, "poll") or panel.poll(bpy.context):
            if hasattr(self, "draw_header_preset"):
                panel.draw_header_preset(self, bpy.context)
            panel.draw(self, bpy.context)


@cache
def _panels() -> tuple[tuple[Any, Any], ...]:
    """The panels of our tab, each with what stands for an instance of it: Blender makes these
    itself. Popovers are drawn when somebody opens them."""
    import bpy

    return tuple(
        (panel, SimpleNamespace(layout=_Layout(), is_popover=False, **_methods(panel)))
        for panel in bpy.types.Panel.__subclasses__()
        if panel.__name__.startswith("TRIPO_ADDON_PT_") and hasattr(panel, "bl_category")
    )


def _methods(registered: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(registered).items() if callable(value)}


def _waiting_job(number: int) -> Any:
    """Return a job that is READY for a deleted object."""
    from tripo_addon.blender.session import composition
    from tripo_addon.jobs.model.job import Handle, Landing, Placement, Target

    target = Target(objects=(Handle("gone", "id"),), shape="x", frame=(0.0,) * 16, capture="x")
    place = Placement(document=composition.WIRING.document, landing=Landing.REPLACE, target=target)
    # With a prepared file: else a new session would prepare it again, and nothing would be asked.
    return replace(job(number, "READY"), placement=place, blend=Path("chest.blend"))


class _Layout:
    """Accepts every call and attribute of a UILayout; sub-panels are open. Draws only the visible
    rows of a list. `calls` collects the calls, if it is a list."""

    calls: list[tuple[str, tuple[object, ...], dict[str, object]]] | None = None

    def __getattr__(self, name: str) -> Any:
        return partial(self._take, name)

    def _take(self, name: str, *args: object, **options: object) -> _Layout:
        if _Layout.calls is not None:
            _Layout.calls.append((name, args, options))
        return self

    def __iter__(self) -> Any:
        return iter((_Layout(), _Layout()))

    def template_list(
        self, kind: str, _id: str, data: Any, name: str, *rest: Any, **_o: Any
    ) -> None:
        """Filter as Blender does with every redraw, and draw the visible rows."""
        import bpy

        found, shown, count = _list(kind)
        if hasattr(shown, "filter_items"):
            found.filter_items(shown, bpy.context, data, name)
        for number, row in enumerate(getattr(data, name)[:VISIBLE_ROWS]):
            arguments = (bpy.context, self, data, row, 0, *rest[:2], number, 0)
            found.draw_item(shown, *arguments[:count])


@cache
def _list(kind: str) -> tuple[Any, Any, int]:
    """A kind of list, what stands for an instance of it, and how many arguments drawing takes."""
    import bpy

    found: Any = getattr(bpy.types, kind)
    shown = SimpleNamespace(
        layout_type="DEFAULT", filter_name="", bitflag_filter_item=1 << 30, **_methods(found)
    )
    return found, shown, found.draw_item.__code__.co_argcount - 1


def job(number: int, state: str) -> Any:
    """A job in a state, without a service."""
    from tripo_addon.api.tasks import TextToModel
    from tripo_addon.jobs.model.job import Job, State

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


def take_over(engine: Any, *active: Any, finished: Sequence[Any] = ()) -> None:
    """Pass jobs to an engine as its list on disk would, and arrange its rows as a turn of the loop
    does."""
    from tripo_addon.blender.job_list import window_properties
    from tripo_addon.jobs.storage.claims import Claim, ClaimedJob

    kept = tuple(ClaimedJob(each, paid=None, announced=False) for each in active)
    engine.take_over(Claim(kept, held_elsewhere=0), finished)
    window_properties.sync()


def timed(
    once: Callable[[], None],
    count: int,
    *,
    pause: float = 0.0,
    before: Callable[[], None] = lambda: None,
    rounds: int = 1,
) -> dict[str, float]:
    """Return milliseconds of each call: by the clock, which includes the machine's other work, and
    of this thread's own CPU time. What is done `before` each is not measured. Each figure is the
    median of so many `rounds`, since one moment of a busy machine decides on the p99 of one."""
    figures = [_round(once, count, pause, before) for _ in range(rounds)]
    return {name: statistics.median(each[name] for each in figures) for name in figures[0]}


def _round(
    once: Callable[[], None], count: int, pause: float, before: Callable[[], None]
) -> dict[str, float]:
    spent: list[float] = []
    worked: list[float] = []
    for _ in range(count):
        before()
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
        "p50_cpu_ms": round(statistics.median(worked), 4),
        "p99_cpu_ms": round(worked[last_percent], 4),
        "longest_ms": round(spent[-1], 4),
    }
