"""Draws a scene as a 3D viewport shows it, into a picture: needs a window.

Main thread only. Restores the viewport's settings afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Matrix

from ...api.record import record
from .raster import Raster, from_bytes

if TYPE_CHECKING:
    from bpy.types import Area, Context, Region, Scene, SpaceView3D, ViewLayer

_LONGEST_SIDE: Final = 2048
"""The longest side in pixels: services gain nothing from more."""
_DRAWN_ENGINES: Final = frozenset({"BLENDER_EEVEE", "BLENDER_EEVEE_NEXT", "BLENDER_WORKBENCH"})
"""Engines that can draw a viewport offscreen; others, such as Cycles, leave it black."""


@record
class Viewport:
    """A 3D viewport on the screen. Valid until undo, file load or the end of a tick."""

    space: SpaceView3D
    region: Region


@record
class Eye:
    """The position a picture is seen from: `view` converts world to eye coordinates, `projection`
    these to the picture."""

    view: Matrix
    projection: Matrix


def viewport_of(context: Context) -> Viewport | None:
    """Return the 3D viewport that the artist works in: the one under the mouse, else the largest;
    None without a window."""
    if bpy.app.background:
        return None
    here: Area | None = context.area
    areas = sorted(context.screen.areas if context.screen else (), key=_pixels, reverse=True)
    for area in (here, *areas):
        if area is not None and area.type == "VIEW_3D":
            space: Any = area.spaces.active
            region = next((each for each in area.regions if each.type == "WINDOW"), None)
            if region is not None and _pixels(region):
                return Viewport(space, region)
    return None


def _pixels(part: Area | Region) -> int:
    return part.width * part.height


def draw_viewport(viewport: Viewport, context: Context) -> Raster:
    """Draw the viewport as it is, without its overlays."""
    looks: Any = viewport.space.region_3d
    eye = Eye(looks.view_matrix.copy(), looks.window_matrix.copy())
    size = _fitting(viewport.region.width, viewport.region.height)
    return _draw_as_shaded(viewport, context, eye, size)


def draw_camera(viewport: Viewport, context: Context) -> Raster:
    """Draw what the scene's camera sees, shaded as the viewport is. The scene must have one."""
    scene: Any = context.scene
    render, graph = scene.render, context.evaluated_depsgraph_get()
    camera = scene.camera.evaluated_get(graph)
    share = render.resolution_percentage / 100
    width, height = round(render.resolution_x * share), round(render.resolution_y * share)
    projection = camera.calc_matrix_camera(
        graph,
        x=max(1, width),
        y=max(1, height),
        scale_x=render.pixel_aspect_x,
        scale_y=render.pixel_aspect_y,
    )
    eye = Eye(camera.matrix_world.normalized().inverted(), projection)
    # Correct non-square pixels: a plain picture could not say that it has them.
    size = _fitting(round(width * render.pixel_aspect_x), round(height * render.pixel_aspect_y))
    return _draw_as_shaded(viewport, context, eye, size)


def _draw_as_shaded(
    viewport: Viewport, context: Context, eye: Eye, size: tuple[int, int]
) -> Raster:
    shading = viewport.space.shading.type
    if shading == "RENDERED" and context.scene.render.engine not in _DRAWN_ENGINES:
        shading = "MATERIAL"
    with shaded(viewport.space, shading):
        return draw(context.scene, context.view_layer, viewport, eye, size)


@contextmanager
def shaded(space: SpaceView3D, shading: str) -> Iterator[None]:
    """Yield the viewport with this shading and without overlays, then restore it."""
    looks: Any = space.shading
    kept = looks.type, space.overlay.show_overlays
    try:
        looks.type, space.overlay.show_overlays = shading, False
        yield
    finally:
        looks.type, space.overlay.show_overlays = kept


def draw(
    scene: Scene,
    layer: ViewLayer,
    viewport: Viewport,
    eye: Eye,
    size: tuple[int, int],
    *,
    ground: bool = True,
) -> Raster:
    """Draw an evaluated view layer of any scene. Without `ground`, empty areas are transparent.
    Raises `RuntimeError` if the graphics card cannot."""
    import gpu

    width, height = size
    offscreen: Any = gpu.types.GPUOffScreen  # The stubs know no arguments
    target = offscreen(width, height, format="RGBA8")
    try:
        target.draw_view3d(
            scene,
            layer,
            viewport.space,
            viewport.region,
            eye.view,
            eye.projection,
            do_color_management=True,
            draw_background=ground,
        )
        with target.bind():
            frame: Any = gpu.state.active_framebuffer_get()
            read = frame.read_color(0, 0, width, height, 4, 0, "UBYTE")
        # As one row: numpy misreads a buffer of several dimensions.
        read.dimensions = width * height * 4
        return from_bytes(read, width, height)
    finally:
        target.free()


def _fitting(width: int, height: int) -> tuple[int, int]:
    factor = min(1.0, _LONGEST_SIDE / max(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))
