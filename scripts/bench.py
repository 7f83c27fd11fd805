"""Measures the add-on's costs side by side in one run, prints them, and writes them as JSON.

Ratios are what counts; absolute times depend on the machine. Asserts nothing. Needs no display;
everything that imports bpy runs in its own process.
"""

import start

if __name__ == "__main__":
    start.enter("demo")

import argparse
import functools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import bench_arrival
import bench_models
import bench_process
import bench_table
import environment

_CASES = Path(__file__).with_name("bench_cases.py")
ENABLE_RUNS = 4
DOWNLOAD_BYTES = 500_000_000


def arrival() -> dict[str, object]:
    """A GLB and an FBX of 1 M faces: the longest stall of the main thread, and the time from file
    to scene, both relative to Blender's own import of the same file."""
    measured: dict[str, Any] = bench_arrival.measure()
    fbx = measured["fbx"]
    return {
        **_arrived("arrival.", measured),
        "arrival.memory_mb": measured["memory"],
        **_arrived("arrival.fbx_", fbx),
        "arrival.fbx_memory_mb": fbx["memory"],
        "arrival.details": measured,
    }


def _arrived(prefix: str, measured: dict[str, Any]) -> dict[str, object]:
    """Return the figures of one model: see `bench_arrival.measure_model`."""
    return {
        f"{prefix}total_s": round(statistics.median(measured["totals"]), 2),
        f"{prefix}import_s": round(statistics.median(measured["import"]), 2),
        f"{prefix}stall_ms": round(max(measured["stalls"]) * 1000, 1),
        f"{prefix}stall_cpu_ms": round(measured["stall_cpu"] * 1000, 1),
        f"{prefix}total_ratio": measured["total_ratio"],
        f"{prefix}stall_ratio": measured["ratio"],
    }


def arrival_largest() -> dict[str, object]:
    """The same for a GLB of 4 M faces."""
    measured = bench_arrival.measure_model(bench_models.largest_model(), runs=1)
    return {**_arrived("arrival.4m_", measured), "arrival.4m_details": measured}


def arrival_small() -> dict[str, object]:
    """The same for a GLB of 8,000 faces: with a child Blender that was started before the file
    arrived, and with one that is started for it."""
    measured = bench_arrival.measure_small()
    return {
        **_arrived("arrival.small_", measured),
        "arrival.small_cold_total_s": round(statistics.median(measured["cold_totals"]), 2),
        "arrival.small_cold_total_ratio": measured["cold_total_ratio"],
        "arrival.warm_child_mb": measured["warm_child_mb"],
        "arrival.small_details": measured,
    }


def parts() -> dict[str, object]:
    """A GLB of 4,000 objects, sharing one mesh and with a mesh each: the longest stall of the main
    thread relative to Blender's own append of the same objects."""
    shared, each = (bench_arrival.measure_parts(meshes) for meshes in (1, bench_models.PARTS))
    figures = {
        f"parts.{name}_{figure}": value
        for name, measured in (("one_mesh", shared), ("mesh_each", each))
        for figure, value in (
            ("stall_s", round(max(measured["stalls"]), 2)),
            ("append_s", round(statistics.median(measured["append"]), 2)),
            ("stall_ratio", measured["ratio"]),
        )
    }
    return {
        **figures,
        "parts.details": {"one_mesh": shared, "mesh_each": each},
    }


def enable() -> dict[str, object]:
    """Import and `register()` of the add-on, compared with an add-on of one panel and one operator,
    and the first drawing of all its panels, compared with the second.

    Each in a fresh Blender, alternating; medians of milliseconds of CPU time, which other work on
    the machine does not change. What is only put off until the first drawing counts in
    `enable.drawn_ms`. With compiled Python files, as Blender has them from the second
    start on.
    """
    ours = [_case("enable") for _ in range(ENABLE_RUNS + 1)][1:]
    bare = [_case("enable_bare") for _ in range(ENABLE_RUNS)]

    def median(name: str, runs: list[dict[str, Any]] = ours) -> float:
        return round(statistics.median(run[name] for run in runs), 2)

    return {
        "enable.total_ms": median("cpu_ms"),
        "enable.drawn_ms": median("drawn_cpu_ms"),
        "enable.loaded_modules": round(median("loaded")),
        "enable.wall_ms": median("ms"),
        "enable.baseline_ms": median("cpu_ms", bare),
        "enable.first_draw_ms": median("first_draw_cpu_ms"),
        "enable.second_draw_ms": median("second_draw_cpu_ms"),
        "enable.heavy_modules": sorted({name for run in ours for name in run["heavy"]}),
    }


def latency() -> dict[str, object]:
    """Seconds from a service's success to the model in the scene, without its download, for tasks
    of 10, 60 and 300 seconds."""
    runs = {f"{seconds}s": _case("latency", str(seconds)) for seconds in (10, 60, 300)}
    return {
        "latency.success_to_scene": {name: run["seconds"] for name, run in runs.items()},
        "latency.download": {name: run["download"] for name, run in runs.items()},
        "latency.details": runs,
    }


def started() -> dict[str, object]:
    """The main thread's work from Blender's start until a page of 10,000 past jobs is drawn, in
    milliseconds of CPU time; compared with no job, and with Blender's own start."""
    full, empty = _case("started", "10000"), _case("started", "0")
    return {
        "start.ms": full["ms"],
        "start.empty_ms": empty["ms"],
        "start.longest_ms": full["longest_ms"],
        "start.blender_ms": full["blender_ms"],
        "start.details": {"full": full, "empty": empty},
    }


def capture() -> dict[str, object]:
    """How long a click that sends 500,000 faces with modifiers stops the interface, in
    milliseconds, compared with Blender's own writing of the object."""
    return {f"capture.{name}": value for name, value in _case("capture").items()}


def tick() -> dict[str, object]:
    """One turn of the engine with 100 running jobs, in milliseconds."""
    return {f"tick.{name}": value for name, value in _case("tick").items()}


def draw() -> dict[str, object]:
    """One drawing of both panels with 1,000 finished jobs, in milliseconds: our Python, not
    Blender's own drawing, which needs a window."""
    return {f"draw.{name}": value for name, value in _case("draw").items()}


def draw_asking() -> dict[str, object]:
    """One drawing of the list with a row that asks a question, in a file of 10,000 objects,
    relative to the empty list; and the time to find the question again after a change."""
    return {f"draw_asking.{name}": value for name, value in _case("draw_asking").items()}


def draw_busy() -> dict[str, object]:
    """One drawing of both panels with 100 running and 10,000 past jobs and five rows that ask, in a
    file of 10,000 objects, relative to one without jobs."""
    return {f"draw_busy.{name}": value for name, value in _case("draw_busy").items()}


def download() -> dict[str, object]:
    """Growth of the process's memory during a download of 500 MB, and the speed compared with
    curl's."""
    command = [sys.executable, "-m", "tests.standin", "--seconds", "0"]
    running = subprocess.Popen(
        [*command, "--bytes", str(DOWNLOAD_BYTES)],
        cwd=environment.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        address = running.stdout.readline().strip() if running.stdout else ""
        measured = _case("download", address)
    finally:
        running.terminate()
        running.wait(timeout=20)
    return {f"download.{name}": value for name, value in measured.items()}


def poll() -> dict[str, object]:
    """Look-ups with 50 running tasks relative to one, and the delay until a success is noticed
    relative to the task's duration; in simulated time."""
    return {f"poll.{name}": value for name, value in _case("poll").items()}


MEASUREMENTS: dict[str, Callable[[], dict[str, object]]] = {
    "arrival": arrival,
    "arrival_small": arrival_small,
    "parts": parts,
    "enable": enable,
    "tick": tick,
    "draw": draw,
    "draw_asking": draw_asking,
    "draw_busy": draw_busy,
    "started": started,
    "capture": capture,
    "latency": latency,
    "download": download,
    "poll": poll,
    "arrival_4m": arrival_largest,
}


class NotMeasured(Exception):
    """A case failed; the text has its output."""


def _case(name: str, *arguments: str) -> dict[str, Any]:
    """Run one case in a fresh process, with its own user folders, on an installed copy of the
    add-on. Raises `NotMeasured`."""
    with tempfile.TemporaryDirectory() as folder:
        variables = {
            name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
        }
        variables |= {"BLENDER_USER_RESOURCES": folder}
        variables |= {"PYTHONPATH": os.pathsep.join((str(_installed()), str(environment.ROOT)))}
        result = Path(folder) / "figures.json"
        done = subprocess.run(
            [sys.executable, str(_CASES), name, str(result), *arguments],
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise NotMeasured(f"The case {name} failed:\n{done.stderr}")
        return json.loads(result.read_text(encoding="utf-8"))


@functools.cache
def _installed() -> Path:
    """Return a folder with a fresh copy of the add-on. The first start compiles it, beside its
    sources, as in an installation."""
    folder = bench_process.CACHE / "installed"
    shutil.rmtree(folder, ignore_errors=True)
    sources = environment.ROOT / "tripo_addon"
    leave_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(sources, folder / sources.name, ignore=leave_out)
    return folder


def _measured(names: Sequence[str]) -> tuple[dict[str, object], list[str]]:
    """Measure and print, one after the other. Returns the figures, and what failed."""
    figures: dict[str, object] = {}
    failed: list[str] = []
    for name in names:
        begun = time.monotonic()
        try:
            found = MEASUREMENTS[name]()
        except (NotMeasured, subprocess.CalledProcessError) as error:
            print(error, file=sys.stderr)
            failed.append(name)
            continue
        figures |= found
        for figure, value in found.items():
            print(f"{figure}: {value}", flush=True)
        print(f"({name} took {time.monotonic() - begun:.0f} s)", file=sys.stderr, flush=True)
    return figures, failed


def main() -> None:
    """Run the requested measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "only",
        nargs="*",
        help=f"of {', '.join(MEASUREMENTS)}; default: all",
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--table", type=Path, help="write a table of them to this file (Markdown)")
    args = parser.parse_args()
    unknown = set(args.only) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}")
    if not environment.has_bpy():
        raise SystemExit("The bench needs Blender as a Python module, which this Python has not.")
    figures, failed = _measured(args.only or list(MEASUREMENTS))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    if args.table:
        args.table.write_text(bench_table.table(figures), encoding="utf-8")
    if failed:
        raise SystemExit(f"Not measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
