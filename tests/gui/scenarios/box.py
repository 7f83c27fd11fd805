"""The box of a waiting model: moved, scaled and turned by its handles while the task runs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import bpy
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Matrix, Vector

from tests.gui.scenarios.first_model import arrived, surroundings

if TYPE_CHECKING:
    from tests.gui.hands import Point
    from tests.gui.stage import Stage, Steps


def play(stage: Stage) -> Steps:
    """Show the box as soon as the job is sent, drag it, and let the model arrive in it."""
    # As close as an artist would go to hit this handle and not the next.
    view = stage.area().spaces.active.region_3d
    view.view_location, view.view_distance = (2.5, 0.0, 0.5), 7.0
    yield from stage.generate(stage.options["prompt"])
    yield from stage.until("a box", lambda: _boxes(stage))
    yield from stage.until("a running task", lambda: stage.jobs()[0].state.name == "RUNNING")
    stage.facts["before"], stage.facts["stands"] = surroundings(), [_stand(stage)]
    yield from stage.picture("box")
    yield from _look_at_progress(stage)
    yield from _pull(stage, _foot(stage), (60, -60))
    yield from stage.picture("moved")
    yield from _pull(stage, _handle(stage, (0.0, 0.0, 0.5)), (0, 60))
    yield from _pull(stage, _handle(stage, (0.5, 0.5, 0.5)), (40, 30))
    yield from stage.picture("sized")
    ring = Vector((1.25 * math.hypot(*_box(stage).stand.sides[:2]) / 2, 0.0, 0.0))
    start, end = (Vector(_box(stage).stand.foot) + spoke for spoke in (ring, _turned(ring, 0.6)))
    pixels = _pixel(stage, start)
    across, up = _pixel(stage, end)
    yield from _pull(stage, pixels, (across - pixels[0], up - pixels[1]))
    yield from stage.picture("turned")
    yield from _hide(stage)
    yield from _enable_again(stage)
    stage.facts["after"] = surroundings()
    bpy.context.window_manager.print_undo_steps()
    yield from stage.until("the arrival", lambda: stage.jobs()[0].state.final)
    yield 0.5
    root = bpy.data.objects[stage.jobs()[0].root]
    stage.facts["model"] = arrived(root)
    stage.facts["frame"] = _in_box(stage, root)
    stage.facts["boxes left"] = len(_boxes(stage))
    yield from stage.picture("arrived")
    yield from _measure(stage)


def _look_at_progress(stage: Stage) -> Steps:
    """Take a picture of the first drawing after the box has filled further."""
    state = stage.module("blender.viewport.waiting_boxes").BOXES
    before = state.version
    yield from stage.until("progress", lambda: state.version > before)
    yield 0.3
    stage.facts["dot"] = _foot(stage)
    yield from stage.glance("progress")


def _measure(stage: Stage) -> Steps:
    """Measure what twenty boxes and their names add to a redraw, and look from inside of one."""
    drawing = stage.module("blender.viewport.box_drawing")
    state = stage.module("blender.viewport.waiting_boxes")
    taken: list[float] = []
    drawing._draw = _timed(drawing._draw, taken)
    stand = stage.jobs()[0].placement.stand
    # A turn of the loop, as after a model's picture is made, would look for the boxes of jobs.
    update, drawing.update = drawing.update, lambda: None
    state.BOXES.show(
        tuple(
            state.WaitingBox(
                job_id=f"{number}",
                scene=bpy.context.scene.session_uid,
                stand=replace(stand, foot=(number % 5 - 1.0, number // 5 - 2.0, 0.0)),
                fraction=number / 20,
                text=f"A small wooden chest · Generating {5 * number}%",
            )
            for number in range(20)
        )
    )
    drawing._attach(wanted=True)
    yield from stage.picture("twenty")
    for _ in range(60):
        stage.area().tag_redraw()
        yield 0.02
    stage.facts["redraw"] = taken
    stand = replace(stand, foot=(100.0, 0.0, -5.0), sides=(10.0, 10.0, 10.0))
    state.BOXES.show((replace(state.BOXES.shown[0], stand=stand, fraction=1.0),))
    view = stage.area().spaces.active.region_3d
    view.view_location, view.view_distance = (100.0, 0.0, 0.0), 4.0
    yield from stage.picture("inside")
    state.forget()
    drawing._attach(wanted=False)
    drawing.update = update


def _timed(draw: Callable[[], None], times: list[float]) -> Callable[[], None]:
    def timed() -> None:
        begin = time.thread_time()
        draw()
        times.append(1000 * (time.thread_time() - begin))

    return timed


def _hide(stage: Stage) -> Steps:
    overlay = stage.area().spaces.active.overlay
    overlay.show_overlays = False
    yield from stage.picture("without-overlays")
    overlay.show_overlays = True


def _enable_again(stage: Stage) -> Steps:
    """Disable and enable the add-on; what the artist did must be on disk by then."""
    bpy.ops.preferences.addon_disable(module=stage.addon)
    yield 0.5
    stage.facts["left behind"] = [name for name in dir(bpy.types) if "TRIPO_ADDON" in name]
    yield from stage.picture("disabled")
    bpy.ops.preferences.addon_enable(module=stage.addon)
    stage.enter_key()
    yield from stage.until("the box again", lambda: _boxes(stage))
    stage.facts["stands"].append(_stand(stage))


def _pull(stage: Stage, start: Point, by: tuple[int, int]) -> Steps:
    yield from stage.hands.move((start[0] + 1, start[1]))
    yield 0.3
    yield from stage.hands.drag(start, (start[0] + by[0], start[1] + by[1]))
    yield 0.5
    stage.facts["stands"].append(_stand(stage))


def _foot(stage: Stage) -> Point:
    return _pixel(stage, Vector(_box(stage).stand.foot))


def _handle(stage: Stage, corner: tuple[float, float, float]) -> Point:
    """Return the window position of a point on the box, given in its own frame from -0.5 to 0.5."""
    moves, stand = stage.module("blender.viewport.box_moves"), _box(stage).stand
    return _pixel(stage, moves.matrix_of(stand) @ Vector(corner))


def _pixel(stage: Stage, point: Vector) -> Point:
    region, view = stage.viewport(), stage.area().spaces.active.region_3d
    at = location_3d_to_region_2d(region, view, point)
    return round(at.x + region.x), round(at.y + region.y)


def _turned(spoke: Vector, angle: float) -> Vector:
    return Matrix.Rotation(angle, 3, "Z") @ spoke


def _boxes(stage: Stage) -> Any:
    return stage.module("blender.viewport.waiting_boxes").BOXES.shown


def _box(stage: Stage) -> Any:
    return _boxes(stage)[0]


def _stand(stage: Stage) -> dict[str, Any]:
    """Return the box as it is drawn and as the job stores it."""
    drawn, known = _box(stage).stand, stage.jobs()[0].placement
    return {
        "foot": drawn.foot,
        "sides": drawn.sides,
        "turn": drawn.turn,
        "text": _box(stage).text,
        "is known": known.stand == drawn,
        "fills": known.fills,
    }


def _in_box(stage: Stage, root: bpy.types.Object) -> list[list[float]]:
    """Return the smallest and largest corner of a model in its box's frame, measured from the
    foot."""
    stand = stage.jobs()[0].placement.stand
    frame = Matrix.Translation(stand.foot) @ Matrix.Rotation(stand.turn, 4, "Z")
    points = [
        frame.inverted() @ obj.matrix_world @ vertex.co
        for obj in (root, *root.children_recursive)
        if obj.type == "MESH"
        for vertex in obj.data.vertices
    ]
    return [[pick(point[axis] for point in points) for axis in range(3)] for pick in (min, max)]
