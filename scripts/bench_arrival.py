"""Measures how long importing a big model blocks Blender: by our timer, and directly.

Runs with a Python that has bpy; prints JSON. Other scripts use its functions. Asserts nothing:
times depend on the machine, so ratios are what counts.
"""

import json
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any, cast

import bench_process
from bench_models import big_model, model_of_parts, small_model
from bench_process import CACHE, answer

RUNS = 3
CHILD_STARTS_SECONDS = 5.0
"""Seconds between starting a child and the model's arrival, as for a task that reports progress."""
PARTS_RUNS = 2
_in_fresh_blender = partial(bench_process.in_fresh_blender, __file__)


def measure(folder: Path = CACHE) -> dict[str, object]:
    """Measure the big GLB, and under "fbx" the same of a big FBX. See `measure_model`."""
    told: dict[str, object] = measure_model(big_model(folder))
    told["fbx"] = measure_model(big_model(folder, kind="fbx"), runs=1)
    return told


def measure_small(folder: Path = CACHE) -> dict[str, Any]:
    """Measure a small GLB. See `measure_model`."""
    direct = _in_fresh_blender("direct", str(small_model(folder)))["seconds"]
    return measure_model(small_model(folder)) | {"direct_by_addon": direct}


def measure_model(model: Path, runs: int = RUNS) -> dict[str, Any]:
    """Measure both ways for one file, each run in its own process. Times in seconds, memory in
    megabytes.

    `stalls` are the longest turns of the add-on's timer from the file on disk to the object in the
    scene, with a child, including the undo step as far as the bpy module makes one; `totals` the
    time this takes, including the timer's pauses; `import` is Blender's own import of the same
    file. They alternate, so that other work on the machine affects both. `ratio` is the longest
    stall relative to the median import, `ratio_cpu` the ratio of median CPU times, `total_ratio`
    the median total relative to the median import. The child was started before the file arrived,
    except in `cold_totals` and `cold_total_ratio`. `memory` is how much each way raises the peak
    memory of the artist's process, `warm_child_mb` what the waiting child uses. `direct_by_addon`,
    if present, are the stalls of direct imports by the add-on in one process: the first loads
    Blender's importer.
    """
    arrivals, cold, imports = [], [], []
    for _ in range(runs):
        arrivals.append(_in_fresh_blender("arrive", str(model)))
        cold.append(_in_fresh_blender("arrive_cold", str(model))["total"])
        imports.append(_in_fresh_blender("import", str(model)))
    longest = max(run["longest"] for run in arrivals)
    direct = statistics.median(run["seconds"] for run in imports)
    stall_cpu = statistics.median(run["longest_cpu"] for run in arrivals)
    direct_cpu = statistics.median(run["cpu"] for run in imports)
    total = statistics.median(run["total"] for run in arrivals)
    return {
        "blender": arrivals[0]["blender"],
        "model_megabytes": round(model.stat().st_size / 1e6, 1),
        "faces": arrivals[0]["faces"],
        "stalls": [round(run["longest"], 4) for run in arrivals],
        "totals": [round(run["total"], 3) for run in arrivals],
        "turns": [[round(seconds, 4) for seconds in run["turns"]] for run in arrivals],
        "import": [round(run["seconds"], 3) for run in imports],
        "stall_cpu": round(stall_cpu, 4),
        "import_cpu": round(direct_cpu, 3),
        "ratio": round(longest / direct, 4),
        "ratio_cpu": round(stall_cpu / direct_cpu, 4),
        "total_ratio": round(total / direct, 3),
        "cold_totals": [round(seconds, 3) for seconds in cold],
        "cold_total_ratio": round(statistics.median(cold) / direct, 3),
        "warm_child_mb": round(statistics.median(run["warm_child_mb"] for run in arrivals)),
        "memory": {
            "by_child": round(statistics.median(run["memory"] for run in arrivals)),
            "direct": round(statistics.median(run["memory"] for run in imports)),
        },
    }


def measure_parts(meshes: int, folder: Path = CACHE) -> dict[str, Any]:
    """Measure PARTS objects with so many meshes: the longest turn of our timer (`stalls`, in
    seconds) from a GLB into the scene, compared with Blender's own append of the same objects from
    one .blend (`append`). The two alternate. `ratio` is the longest stall relative to the median
    append, `ratio_cpu` the ratio of median CPU times."""
    arrivals, appends = [], []
    for _ in range(PARTS_RUNS):
        model = model_of_parts(folder, meshes=meshes, kind="glb")
        arrivals.append(_in_fresh_blender("arrive", str(model)))
        blend = model_of_parts(folder, meshes=meshes, kind="blend")
        appends.append(_in_fresh_blender("append", str(blend)))
    append = statistics.median(run["seconds"] for run in appends)
    append_cpu = statistics.median(run["cpu"] for run in appends)
    stall_cpu = statistics.median(run["longest_cpu"] for run in arrivals)
    return {
        "stalls": [round(run["longest"], 4) for run in arrivals],
        "append": [round(run["seconds"], 4) for run in appends],
        "stall_cpu": round(stall_cpu, 4),
        "append_cpu": round(append_cpu, 4),
        "totals": [round(run["total"], 2) for run in arrivals],
        "ratio": round(max(run["longest"] for run in arrivals) / append, 4),
        "ratio_cpu": round(stall_cpu / append_cpu, 4),
    }


def _append(blend: Path) -> dict[str, Any]:
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True)
    begun, cpu = time.perf_counter(), time.thread_time()
    with bpy.data.libraries.load(str(blend), link=False) as (found, wanted):
        wanted.collections = list(found.collections)
    bpy.context.scene.collection.children.link(wanted.collections[0])
    return {"seconds": time.perf_counter() - begun, "cpu": time.thread_time() - cpu}


def _arrive(model: Path, *, warm: bool = True) -> dict[str, Any]:
    """Run the add-on's timer by hand, with its pauses, from a file on disk until its model is in
    the scene."""
    import bpy

    import tripo_addon

    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.context.preferences.addons.new().module = tripo_addon.__name__
    tripo_addon.register()
    from dataclasses import replace

    from tripo_addon.api.tasks import TextToModel
    from tripo_addon.blender import loop
    from tripo_addon.blender.objects import placement
    from tripo_addon.blender.session import composition
    from tripo_addon.jobs.model.job import Job, State
    from tripo_addon.jobs.storage.claims import Claim, ClaimedJob

    job = Job(
        id="big",
        account="bench",
        title="Big",
        request=TextToModel(model="v3.1-20260211", prompt="something big"),
        placement=placement.placement(bpy.context),
        state=State.CONVERTING,
        model=model,
    )
    engine = composition.engine()
    loop.pump()
    if warm:
        # A nearly finished task, of an account that is not connected.
        near = replace(job, id="near", state=State.RUNNING, model=None, task_id="task", progress=90)
        near = ClaimedJob(near, paid=None, announced=False)
        engine.take_over(Claim((near,), held_elsewhere=0))
        end = time.perf_counter() + CHILD_STARTS_SECONDS
        while time.perf_counter() < end:
            time.sleep(loop.pump() or 0.1)
        engine.cancel("near")
    memory, waiting = _peak_megabytes(), _held_by_children()
    begun = time.perf_counter()
    engine.take_over(Claim((ClaimedJob(job, paid=None, announced=False),), held_elsewhere=0))
    turns, busy = [], []
    while not cast("Job", engine.job(job.id)).state.final:
        started, cpu = time.perf_counter(), time.thread_time()
        wait = loop.pump()
        busy.append(time.thread_time() - cpu)
        turns.append(time.perf_counter() - started)
        if not cast("Job", engine.job(job.id)).state.final:
            time.sleep(wait or 0.0)
    total = time.perf_counter() - begun
    arrived = cast("Job", engine.job(job.id))
    if arrived.state is not State.DONE:
        raise SystemExit(f"the model did not arrive: {arrived}")
    memory = _peak_megabytes() - memory
    faces = sum(len(mesh.polygons) for mesh in bpy.data.meshes)
    tripo_addon.unregister()
    return {
        "turns": [seconds for seconds in turns if seconds > 0.001],
        "longest": max(turns),
        "longest_cpu": max(busy),
        "total": total,
        "memory": memory,
        "warm_child_mb": waiting,
        "faces": faces,
        "blender": bpy.app.version_string,
    }


def _import(model: Path) -> dict[str, Any]:
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True)
    operator: Any = bpy.ops.import_scene.gltf
    if model.suffix == ".fbx":
        newer = "fbx_import" in dir(bpy.ops.wm)
        operator = bpy.ops.wm.fbx_import if newer else bpy.ops.import_scene.fbx
    memory = _peak_megabytes()
    begun, cpu = time.perf_counter(), time.process_time()
    operator(filepath=str(model))
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    return {"seconds": seconds, "cpu": cpu, "memory": _peak_megabytes() - memory}


def _direct(model: Path) -> dict[str, Any]:
    import bpy

    from tripo_addon.blender.arrival import importer
    from tripo_addon.blender.child.importing.options import ImportOptions
    from tripo_addon.blender.objects import placement
    from tripo_addon.jobs.model_files.model_format import recognize

    bpy.ops.wm.read_homefile(use_empty=True)
    scene, seconds = bpy.context.scene, []
    for _ in range(RUNS):
        begun = time.perf_counter()
        importer.import_directly(
            model,
            format=recognize(model),
            name="Small",
            terms=ImportOptions(**placement.scene_options(scene)),
            scene=scene,
            parent=scene.collection,
            location=(0.0, 0.0, 0.0),
        )
        seconds.append(round(time.perf_counter() - begun, 4))
    return {"seconds": seconds}


def _held_by_children() -> float:
    """Return the megabytes of this process's waiting children, with their share of common memory. 0
    without /proc."""
    held = 0
    for task in Path("/proc/self/task").glob("*/children"):
        for child in task.read_text(encoding="ascii").split():
            told = Path(f"/proc/{child}/smaps_rollup").read_text(encoding="ascii")
            held += sum(int(line.split()[1]) for line in told.splitlines() if line[:4] == "Pss:")
    return held / 1000


def _peak_megabytes() -> float:
    """Return this process's peak memory in megabytes; 0 on Windows, where Python cannot tell."""
    if sys.platform == "win32":
        return 0.0
    import resource

    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


_TASKS = {
    "arrive": _arrive,
    "arrive_cold": lambda model: _arrive(model, warm=False),
    "append": _append,
    "import": _import,
    "direct": _direct,
}


if __name__ == "__main__":
    if len(sys.argv) == 4:
        answer(_TASKS)
    else:
        print(json.dumps(measure(), indent=2))
