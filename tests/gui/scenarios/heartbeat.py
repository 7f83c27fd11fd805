"""A pulse of 60 Hz during the arrival of a big model, and during Blender's own import of it.

Meanwhile the viewport's area shows a text editor. Drawing a million faces takes equally long both
ways, and is measured separately, when the viewport comes back.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

BEAT_SECONDS = 1 / 60
PAUSE_SECONDS = 2.0
BESIDE_THE_CUBE = (2.5, -1.0, 0.0)


class Pulse:
    """Redraws a header at every beat, and records the time and the main thread's CPU time so
    far."""

    def __init__(self) -> None:
        self._beats: list[tuple[float, float]] = []
        self._stopped = False
        bpy.app.timers.register(self._beat)

    def _beat(self) -> float | None:
        if self._stopped:
            return None
        self._note()
        for region in widest().regions:
            if region.type == "HEADER":
                region.tag_redraw()
        return BEAT_SECONDS

    def _note(self) -> None:
        self._beats.append((time.perf_counter(), time.thread_time()))

    def stop(self) -> dict[str, float]:
        """Return the number of beats, and the longest gap between two: by the clock, and the most
        CPU time of the main thread in one. In milliseconds."""
        self._stopped = True
        # After a long gap the caller may run before the next beat.
        self._note()
        pairs = list(zip(self._beats, self._beats[1:], strict=False))
        return {
            "beats": len(self._beats),
            "gap": max(1000 * (end[0] - start[0]) for start, end in pairs),
            "work": max(1000 * (end[1] - start[1]) for start, end in pairs),
        }


def play(stage: Stage) -> Steps:
    """Measure an idle moment, the add-on's arrival, and, in a new scene, Blender's operator."""
    bpy.context.scene.cursor.location = BESIDE_THE_CUBE
    widest().type = "TEXT_EDITOR"
    yield PAUSE_SECONDS
    yield from measure(stage, "idle", a_while())
    widest().type = "VIEW_3D"
    yield from stage.generate("a big ball")
    yield from measure(stage, "arrival", the_arrival(stage))
    stage.facts["faces"] = faces()
    yield from stage.picture("arrived")

    with stage.inside():
        bpy.ops.wm.read_homefile()
    yield PAUSE_SECONDS
    yield from measure(stage, "import", the_import(stage.jobs()[0].model))
    stage.facts["faces of the import"] = faces()


def measure(stage: Stage, name: str, steps: Steps) -> Steps:
    """Measure some steps without a viewport, then its first drawing after them."""
    widest().type = "TEXT_EDITOR"
    pulse = Pulse()
    yield from steps
    yield PAUSE_SECONDS / 2
    stage.facts[name] = pulse.stop()
    pulse = Pulse()
    yield 0.1
    widest().type = "VIEW_3D"
    yield PAUSE_SECONDS / 2
    stage.facts[name]["drawing"] = pulse.stop()["gap"]


def a_while() -> Steps:
    """Wait without doing anything."""
    yield PAUSE_SECONDS


def the_arrival(stage: Stage) -> Steps:
    """Wait until the add-on's job is done."""
    yield from stage.until("the arrival", lambda: stage.states() == ["DONE"])


def the_import(model: Path) -> Steps:
    """Import the file with Blender's operator."""
    yield 0.2
    operator: Any = bpy.ops.import_scene.gltf
    if model.suffix == ".fbx":
        newer = "fbx_import" in dir(bpy.ops.wm)
        operator = bpy.ops.wm.fbx_import if newer else bpy.ops.import_scene.fbx
    operator(filepath=str(model))


def widest() -> bpy.types.Area:
    """Return the largest area, which holds the viewport or replaces it."""
    areas = bpy.context.window_manager.windows[0].screen.areas
    return max(areas, key=lambda area: area.width * area.height)


def faces() -> int:
    """Return the number of faces of the biggest mesh in the scene."""
    shown = (obj for obj in bpy.context.scene.objects if obj.type == "MESH")
    return max((len(obj.data.polygons) for obj in shown), default=0)
