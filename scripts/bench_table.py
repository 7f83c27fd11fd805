"""Writes the results of bench.py as a Markdown table: each figure with its baseline and goal."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Figure:
    """A figure by its name, with the unit that is written behind it."""

    name: str
    unit: str = ""


@dataclass(frozen=True)
class Baseline:
    """What a figure is compared with, and the figure of that if it is one."""

    text: str
    figure: Figure | None = None


@dataclass(frozen=True)
class Row:
    """What was measured. `ratio` names a figure; without one it is computed from the measured
    figure and its baseline. The goals are the most that the figure and the ratio should be."""

    text: str
    measured: Figure | None
    baseline: Baseline | None = None
    ratio: str = ""
    goal: str = ""
    ratio_goal: str = ""

    @property
    def name(self) -> str:
        """The figure that the row is about."""
        return self.measured.name if self.measured is not None else self.ratio


def _model(text: str, prefix: str, **goals: str) -> tuple[Row, Row]:
    """Return the rows of a model: until it is in the scene, and the longest stop meanwhile.
    `goals`: `total` and `stall` are of the ratios, `stall_ms` of the stop itself."""
    imported = Baseline("Blender's import", Figure(f"{prefix}import_s", "s"))
    return (
        Row(
            f"{text}: from file to scene",
            Figure(f"{prefix}total_s", "s"),
            imported,
            ratio=f"{prefix}total_ratio",
            ratio_goal=goals.get("total", ""),
        ),
        Row(
            f"{text}: longest stop meanwhile",
            Figure(f"{prefix}stall_ms", "ms"),
            imported,
            ratio=f"{prefix}stall_ratio",
            goal=goals.get("stall_ms", ""),
            ratio_goal=goals.get("stall", ""),
        ),
    )


def _parts(text: str, prefix: str) -> Row:
    return Row(
        f"4,000 objects, {text}: longest stop",
        Figure(f"{prefix}_stall_s", "s"),
        Baseline("Blender's append", Figure(f"{prefix}_append_s", "s")),
        ratio=f"{prefix}_stall_ratio",
    )


_CPU: Final = "ms of CPU"
ROWS: Final = (
    *_model("8,000 faces", "arrival.small_", total="4", stall_ms="20"),
    Row(
        "8,000 faces, no child waiting: from file to scene",
        Figure("arrival.small_cold_total_s", "s"),
        Baseline("Blender's import", Figure("arrival.small_import_s", "s")),
        ratio="arrival.small_cold_total_ratio",
    ),
    Row("Memory of the waiting child", Figure("arrival.warm_child_mb", "MB")),
    *_model("1 M faces, GLB", "arrival.", total="1.3", stall="0.015"),
    *_model("1 M faces, FBX", "arrival.fbx_"),
    *_model("4 M faces, GLB", "arrival.4m_"),
    _parts("one mesh", "parts.one_mesh"),
    _parts("a mesh each", "parts.mesh_each"),
    Row(
        "Enabling: import and `register()`",
        Figure("enable.total_ms", _CPU),
        Baseline("one panel and one operator", Figure("enable.baseline_ms", _CPU)),
        goal="40",
    ),
    Row("Enabling and the first drawing together", Figure("enable.drawn_ms", _CPU)),
    Row(
        "First drawing of all panels",
        Figure("enable.first_draw_ms", _CPU),
        Baseline("the second drawing", Figure("enable.second_draw_ms", _CPU)),
    ),
    Row(
        "Start with 10,000 past jobs, until they are drawn",
        Figure("start.ms", _CPU),
        Baseline("without jobs", Figure("start.empty_ms", _CPU)),
    ),
    Row(
        "Start: longest stop meanwhile",
        Figure("start.longest_ms", _CPU),
        Baseline("Blender's start", Figure("start.blender_ms", _CPU)),
    ),
    Row("A turn of the engine with 100 running jobs, p99", Figure("tick.p99_cpu_ms", _CPU)),
    Row("Drawing all panels with 1,000 past jobs, p99", Figure("draw.p99_cpu_ms", _CPU)),
    Row(
        "Drawing all panels with 100 running and 10,000 past jobs, five with a question, "
        "10,000 objects, p99 (median of five rounds of 300)",
        Figure("draw_busy.p99_cpu_ms", _CPU),
        Baseline("without jobs", Figure("draw_busy.empty_p99_cpu_ms", _CPU)),
        goal="1",
    ),
    Row(
        "Of this the layout calls alone, the same each time: its p99 against its median is what "
        "the machine adds",
        Figure("draw_busy.layout_p99_cpu_ms", _CPU),
        Baseline("their median", Figure("draw_busy.layout_p50_cpu_ms", _CPU)),
    ),
    Row(
        "The same drawing of all panels, median",
        Figure("draw_busy.p50_cpu_ms", _CPU),
        Baseline("without jobs", Figure("draw_busy.empty_p50_cpu_ms", _CPU)),
    ),
    Row(
        "Drawing a row with a question, 10,000 objects, median",
        Figure("draw_asking.p50_ms", "ms"),
        Baseline("the empty list", Figure("draw_asking.empty_p50_ms", "ms")),
    ),
    Row(
        "A click that sends 500,000 faces with modifiers",
        Figure("capture.ms", "ms"),
        Baseline("Blender's writing of the object", Figure("capture.write_ms", "ms")),
        goal="50",
    ),
    Row(
        "From a task's success to the model in the scene, without the download",
        Figure("latency.success_to_scene", "s"),
        Baseline("the download", Figure("latency.download", "s")),
    ),
    Row(
        "Download of 500 MB",
        Figure("download.megabytes_per_second", "MB/s"),
        Baseline("curl"),
        ratio="download.throughput_vs_curl",
    ),
    Row("Download of 500 MB: memory", Figure("download.rss_growth_megabytes", "MB")),
    Row("Look-ups for 50 tasks", None, Baseline("one task"), "poll.requests_per_interval"),
    Row(
        "How late a success is noticed",
        None,
        Baseline("the task's duration"),
        "poll.overhead_ratio",
    ),
)


def table(figures: Mapping[str, object]) -> str:
    """Return the measured rows, below the machine and the date."""
    lines = [
        "# Performance",
        "",
        f"Measured {datetime.date.today().isoformat()} by `scripts/bench.py --table`, in one run, "
        f"on {_machine()}.",
        "",
        "| what | measured | compared with | ratio | goal, at most |",
        "|---|---|---|---|---|",
    ]
    lines += [_line(row, figures) for row in ROWS if row.name in figures]
    return "\n".join(lines) + "\n"


def _line(row: Row, figures: Mapping[str, object]) -> str:
    measured, baseline = _value(row.measured, figures), ""
    beside = row.baseline.figure if row.baseline is not None else None
    if row.baseline is not None:
        baseline = f"{row.baseline.text} {_value(beside, figures)}".strip()
    ratio = _text(figures[row.ratio]) if row.ratio in figures else ""
    if not ratio and row.measured is not None and beside is not None:
        ratio = _ratio(figures.get(row.measured.name), figures.get(beside.name))
    goal = row.goal or (row.ratio_goal and f"{row.ratio_goal} (ratio)")
    return f"| {row.text} (`{row.name}`) | {measured} | {baseline} | {ratio} | {goal} |"


def _value(figure: Figure | None, figures: Mapping[str, object]) -> str:
    if figure is None or figure.name not in figures:
        return ""
    return f"{_text(figures[figure.name])} {figure.unit}"


def _ratio(measured: object, baseline: object) -> str:
    if isinstance(measured, int | float) and isinstance(baseline, int | float) and baseline:
        return f"{measured / baseline:.2f}"
    return ""


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
