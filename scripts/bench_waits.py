"""Cases of bench.py about waits that an artist notices: a model, Blender's start, a click."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bench_models
import bench_panels
from bench_panels import job

PAST = 10_000
FACES = 500_000
CAPTURES = 3
REAL_SECONDS = 8.0
"""Seconds at a task's end that pass in real time, because a second Blender starts then."""
_STEP = 0.02


def latency(seconds: str) -> dict[str, Any]:
    """Time a task of so many seconds at the stand-in, from its success to the model in the scene,
    without the download: noticing the success, preparation, and placement. Both clocks skip ahead
    while nothing can happen."""
    import bpy

    import tripo_addon
    from tests.standin.service import StandIn
    from tripo_addon.jobs.model.clock import SystemClock

    lasts, ahead = float(seconds), [0.0]

    def wall(_clock: object = None) -> float:
        return time.time() + ahead[0]

    def moment(_clock: object) -> float:
        return time.monotonic() + ahead[0]

    SystemClock.wall = wall  # pyright: ignore[reportAttributeAccessIssue]
    SystemClock.now = moment  # pyright: ignore[reportAttributeAccessIssue]
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.context.preferences.system.use_online_access = True
    with StandIn(seconds=lasts, clock=wall, model=bench_models.small_model()) as service:
        os.environ["TRIPO_BASE_URL"] = service.base_url
        os.environ["TRIPO_API_KEY"] = "tsk_standin"
        engine, wanted = _submitted()
        reached: dict[str, float] = {}
        while not (now := engine.job(wanted)).state.final:
            reached.setdefault(now.state.name, wall())
            _pause(now, service.ledger.tasks, lasts, ahead, wall)
        reached[now.state.name] = wall()
        done = service.ledger.tasks[0].created + lasts
        tripo_addon.unregister()
    if "DONE" not in reached:
        raise SystemExit(f"the model did not arrive: {now}")
    steps = {
        "poll": reached["DOWNLOADING"] - done,
        "prepare": reached["READY"] - reached["CONVERTING"],
        "land": reached["DONE"] - reached["READY"],
    }
    return {
        "seconds": round(sum(steps.values()), 2),
        "download": round(reached["CONVERTING"] - reached["DOWNLOADING"], 2),
        **{name: round(value, 2) for name, value in steps.items()},
    }


def _submitted() -> tuple[Any, str]:
    """Return the engine of the add-on, enabled here, and the id of the submitted job."""
    import bpy

    import tripo_addon

    bpy.context.preferences.addons.new().module = tripo_addon.__name__
    tripo_addon.register()
    from tripo_addon.api.tasks import TextToModel
    from tripo_addon.blender.objects import placement
    from tripo_addon.blender.session import composition
    from tripo_addon.jobs.model.recipes import Step

    request = TextToModel(model="v3.1-20260211", prompt="a small wooden chest")
    step = Step(request=request, title="Chest", placement=placement.placement(bpy.context))
    engine = composition.engine()
    (made,) = engine.submit(composition.WIRING.account, (step,))
    return engine, made.id


def _pause(
    now: Any, tasks: Any, lasts: float, ahead: list[float], wall: Callable[[], float]
) -> None:
    """Run a turn of the loop and the pause after it, which is skipped while the task has long to
    go."""
    from tripo_addon.blender import loop

    wait = loop.pump() or _STEP
    left = tasks[0].created + lasts - wall() - REAL_SECONDS if tasks else 0.0
    if now.state.name == "RUNNING" and left > 0:
        ahead[0] += min(wait, left)
        wait = _STEP
    time.sleep(wait)


def past_jobs(count: str) -> dict[str, Any]:
    """Write a list of so many finished jobs to the add-on's folder."""
    from tripo_addon.blender import settings
    from tripo_addon.jobs.storage.store import Store

    store = Store(settings.store_path(), "bench")
    store.prepare()
    rows = [job(number, "DONE") for number in range(int(count))]
    store._run(lambda db: [store._write(db, row, row.created) for row in rows])
    return {}


def started(count: str) -> dict[str, Any]:
    """Measure from Blender's start until the first page of so many past jobs is drawn: the main
    thread's work, its longest stall, and when the list is ready."""
    folder = Path(os.environ["BLENDER_USER_RESOURCES"])
    cases = Path(__file__).with_name("bench_cases.py")
    subprocess.run([sys.executable, cases, "past_jobs", folder / "x", count], check=True)
    begun, busy = time.perf_counter(), time.thread_time()
    turns: list[float] = []

    def turn(work: Callable[[], object]) -> None:
        start = time.thread_time()
        work()
        turns.append(time.thread_time() - start)

    import bpy  # noqa: F401 - its start is told apart

    ready, loaded = time.perf_counter(), time.thread_time()
    import tripo_addon

    turn(tripo_addon.register)
    turn(bench_panels.draw_all)
    from tripo_addon.blender import loop
    from tripo_addon.blender.session import composition

    # In background mode, the timer that loads a list after a moment never fires.
    turn(lambda: _ask_for_list(composition))
    while composition.WIRING.engine is None:
        turn(loop.pump)
        time.sleep(_STEP)
    turn(bench_panels.draw_all)
    spent, listed = time.thread_time() - loaded, len(composition.jobs())
    there = time.perf_counter() - ready
    tripo_addon.unregister()
    return {
        "ms": round(spent * 1000, 1),
        "longest_ms": round(max(turns) * 1000, 1),
        "listed_after_ms": round(there * 1000),
        "blender_ms": round((loaded - busy) * 1000),
        "blender_wall_ms": round((ready - begun) * 1000),
        "listed_jobs": listed,
    }


def _ask_for_list(composition: Any) -> None:
    composition.WIRING.pending = composition.workers().ask("store", composition._preparation())


def capture() -> dict[str, Any]:
    """Measure the stall of a click that sends an object of 500,000 faces with modifiers: its plan
    and its capture, compared with Blender's own writing of the same object."""
    import bpy

    import bench_models
    import tripo_addon

    bpy.ops.wm.read_homefile(use_empty=True)
    side = int((FACES / 2) ** 0.5)
    obj = bpy.data.objects.new("sphere", bench_models.sphere(side, side))
    bpy.context.scene.collection.objects.link(obj)
    for kind in ("SUBSURF", "SOLIDIFY", "WEIGHTED_NORMAL"):
        obj.modifiers.new(kind, kind)
        obj.modifiers[kind].show_viewport = kind != "SUBSURF"
    obj.select_set(True)
    bpy.context.view_layer.objects.active = obj
    bpy.context.view_layer.update()
    bpy.context.preferences.addons.new().module = tripo_addon.__name__
    tripo_addon.register()
    from tripo_addon.blender.requests import object_requests

    form = bpy.context.scene.tripo_addon.texture
    form.prompt = "weathered oak"
    plans: list[float] = []
    captures: list[float] = []
    writes: list[float] = []
    for number in range(CAPTURES):
        start = time.perf_counter()
        made = object_requests.plan(form, bpy.context)
        planned = time.perf_counter()
        if isinstance(made, str):
            raise SystemExit(made)
        object_requests.captured(form, made)
        captured = time.perf_counter()
        path = Path(os.environ["BLENDER_USER_RESOURCES"]) / f"{number}.blend"
        bpy.data.libraries.write(str(path), {obj}, fake_user=True, compress=False)
        writes.append(time.perf_counter() - captured)
        plans.append(planned - start)
        captures.append(captured - planned)
    faces = len(obj.data.polygons)
    tripo_addon.unregister()
    return {
        "ms": round(min(captures) * 1000, 1),
        "plan_ms": round(min(plans) * 1000, 1),
        "write_ms": round(min(writes) * 1000, 1),
        "faces": faces,
        "runs_ms": [round(each * 1000, 1) for each in captures],
    }
