"""Writes the results of bench.py as a Markdown table: each figure with its baseline."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Row:
    """A figure as text. `baseline` is another figure or a text for comparison."""

    figure: str
    text: str
    baseline: str
    goal: str = ""


ROWS: Final = (
    Row("arrival_small.total_ratio", "8,000 faces from file to scene", "Blender's import = 1", "4"),
    Row("arrival_small.cold_total_ratio", "the same, no child waiting", "Blender's import = 1"),
    Row(
        "arrival_small.stall_cpu_ms",
        "the longest turn meanwhile, ms of CPU",
        "arrival_small.import_ms",
        "20",
    ),
    Row("arrival_small.warm_child_mb", "what the waiting child holds, MB", ""),
    Row("arrival.total_ratio", "1 M faces from file to scene", "Blender's import = 1", "1.3"),
    Row("arrival.stall_ratio", "the longest turn meanwhile", "Blender's import = 1", "0.015"),
    Row("arrival.fbx_total_ratio", "1 M faces as FBX", "Blender's import = 1"),
    Row("arrival.fbx_stall_ratio", "the longest turn meanwhile", "Blender's import = 1"),
    Row("parts.one_mesh_stall_ratio", "4,000 objects of one mesh", "Blender's append = 1"),
    Row("parts.mesh_each_stall_ratio", "4,000 objects of a mesh each", "Blender's append = 1"),
    Row("arrival_4m.total_ratio", "4 M faces from file to scene", "Blender's import = 1"),
    Row("arrival_4m.stall_ratio", "the longest turn meanwhile", "Blender's import = 1"),
    Row("enable.total_ms", "import and register(), ms of CPU", "enable.baseline_ms", "40"),
    Row("enable.import_ms", "of this the import", "enable.baseline_ms"),
    Row("enable.first_draw_ms", "the first drawing of all panels", "enable.second_draw_ms"),
    Row("start.ms", "start with 10,000 past jobs, ms of CPU", "start.empty_ms"),
    Row("start.longest_ms", "the longest turn meanwhile", "start.blender_ms"),
    Row("capture.ms", "sending 500,000 faces with modifiers, ms", "capture.write_ms", "50"),
    Row(
        "latency.success_to_scene",
        "from a task's success to the model in the scene, without the download, s",
        "latency.download",
    ),
    Row("tick.p99_ms", "a turn of the engine with 100 running jobs, ms", ""),
    Row("draw.p99_cpu_ms", "both panels, 1,000 past jobs, ms of CPU", ""),
    Row(
        "draw_busy.p99_cpu_ms",
        "both panels, 100 running and 10,000 past jobs, five that ask, 10,000 objects, ms of CPU",
        "draw_busy.empty_p99_cpu_ms",
        "1",
    ),
    Row("draw_asking.ratio", "the list with a row that asks", "the empty list = 1"),
    Row("download.throughput_vs_curl", "speed of a download of 500 MB", "curl = 1"),
    Row("download.rss_growth_megabytes", "memory that it takes, MB", ""),
    Row("poll.requests_per_interval", "look-ups for 50 tasks", "for one task = 1"),
    Row("poll.overhead_ratio", "how late a success is noticed", "the task's duration = 1"),
)


def table(figures: Mapping[str, object]) -> str:
    """Return the measured rows, below the machine and the date."""
    lines = [
        "# Performance",
        "",
        f"Measured {datetime.date.today().isoformat()} by `scripts/bench.py --table`, in one run, "
        f"on {_machine()}. Figures without a unit are ratios.",
        "",
        "| what | measured | baseline | goal |",
        "|---|---|---|---|",
    ]
    for row in ROWS:
        if row.figure in figures:
            beside = figures.get(row.baseline, row.baseline)
            measured, goal = _text(figures[row.figure]), row.goal and f"at most {row.goal}"
            lines.append(f"| {row.text} (`{row.figure}`) | {measured} | {_text(beside)} | {goal} |")
    return "\n".join(lines) + "\n"


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        pairs: Mapping[object, object] = value
        return ", ".join(f"{name}: {each}" for name, each in pairs.items())
    return str(value)


def _machine() -> str:
    load = f", load {os.getloadavg()[0]:.0f}" if hasattr(os, "getloadavg") else ""
    return f"{_processor()} ({os.cpu_count()} cores{load}), {platform.system()}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
