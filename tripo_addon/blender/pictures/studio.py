"""Four views around a box, and the plain studio for them: equal frames without perspective, neutral
light, white background.

Main thread only. With a window the viewport's engine draws them; without one, Cycles renders them
on the CPU, which works in every Blender.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Matrix, Vector

from ...api.record import record
from .. import settings
from .drawn_views import Eye, draw, shaded, viewport_of
from .image_files import NoPicture, image_raster
from .raster import WHITE, Raster

if TYPE_CHECKING:
    from bpy.types import Context, Object, Scene

_MARGIN: Final = 1.1
"""The frame's side in longest sides of the box."""
_QUARTERS: Final = {"front": 0, "left": 1, "back": 2, "right": 3}
"""Quarter turns counterclockwise about Z from Blender's front view. The left view shows the
subject's own left side, not the viewer's."""
# In linear light; together a light gray.
_AMBIENT: Final = 0.1
_FRONTAL: Final = 0.25
_SKY: Final = 0.08


@record
class View:
    """One view: `eye` converts the camera's coordinates to the world, `side` is the frame's side
    and `depth` the largest distance of anything from the camera, in units of the scene."""

    name: str
    eye: Matrix
    side: float
    depth: float


def around(low: Sequence[float], high: Sequence[float]) -> tuple[View, ...]:
    """Return the views of a box, each centered in its frame, and all at one scale."""
    sides = [above - below for below, above in zip(low, high, strict=True)]
    middle = Vector([(below + above) / 2 for below, above in zip(low, high, strict=True)])
    depth = 2.0 * math.hypot(*sides) + 1e-6
    return tuple(
        View(name, _eye(middle, quarters, depth / 2), _MARGIN * max(sides), depth)
        for name, quarters in _QUARTERS.items()
    )


def _eye(middle: Vector, quarters: int, distance: float) -> Matrix:
    # A camera looks along its −Z; rotated upright, it looks along the world's +Y.
    turned = Matrix.Rotation(quarters * math.pi / 2, 4, "Z") @ Matrix.Rotation(math.pi / 2, 4, "X")
    return Matrix.Translation(middle) @ turned @ Matrix.Translation((0.0, 0.0, distance))


def drawn(
    scene: Scene, views: Sequence[View], context: Context, *, pixels: int
) -> Iterator[Raster]:
    """Draw the views in a window. Raises `NoPicture` if no 3D viewport is open, and
    `RuntimeError`."""
    viewport = viewport_of(context)
    if viewport is None:
        from ..messages import pictures as messages

        raise NoPicture(messages.NEEDS_VIEWPORT)
    _set_up(scene, "BLENDER_WORKBENCH")
    shading: Any = scene.display.shading
    shading.light, shading.color_type = "STUDIO", "MATERIAL"
    shading.show_specular_highlight = shading.show_shadows = shading.show_cavity = False
    if viewport.space.local_view is not None:
        for obj in scene.objects:
            obj.local_view_set(viewport.space, True)
    layer = scene.view_layers[0]
    layer.update()
    with shaded(viewport.space, "RENDERED"):
        for view in views:
            eye = Eye(view.eye.inverted(), _flat(view))
            yield draw(scene, layer, viewport, eye, (pixels, pixels), ground=False).on(WHITE)


def _flat(view: View) -> Matrix:
    """Return the projection of an orthographic camera with a square frame."""
    scale, deep = 2.0 / view.side, -2.0 / view.depth
    return Matrix(((scale, 0, 0, 0), (0, scale, 0, 0), (0, 0, deep, -1.0), (0, 0, 0, 1)))


def rendered(scene: Scene, views: Sequence[View], *, pixels: int, samples: int) -> Iterator[Raster]:
    """Render the views on the CPU. Raises `RuntimeError` if Cycles is disabled."""
    made: list[Any] = []
    try:
        camera = _lit(scene, made, samples=samples)
        scene.render.resolution_x = scene.render.resolution_y = pixels
        for view in views:
            camera.data.ortho_scale, camera.data.clip_end = view.side, view.depth
            camera.data.clip_start = view.depth * 1e-4
            camera.matrix_world = view.eye
            yield _render(scene).on(WHITE)
    finally:
        bpy.data.batch_remove(made)


def _set_up(scene: Scene, engine: str) -> None:
    try:
        scene.render.engine = engine
    except TypeError as error:
        raise RuntimeError(str(error)) from error
    display: Any = scene.display_settings
    display.display_device, scene.view_settings.view_transform = "sRGB", "Standard"
    scene.render.film_transparent = True


def _lit(scene: Scene, made: list[Any], *, samples: int) -> Object:
    """Give the scene a clay material that emits its own light, and return its camera. Appends what
    it makes.

    Without lamps there is no noise: what faces the camera or the sky is brighter.
    """
    _set_up(scene, "CYCLES")
    cycles: Any = scene.cycles
    cycles.device, cycles.samples, cycles.use_denoising = "CPU", samples, False
    cycles.max_bounces = 0
    clay, data = bpy.data.materials.new("Clay"), bpy.data.cameras.new("Camera")
    camera = bpy.data.objects.new("Camera", data)
    made += [camera, data, clay]
    _glow(clay)
    scene.view_layers[0].material_override = clay
    data.type = "ORTHO"
    scene.collection.objects.link(camera)
    scene.camera = camera
    return camera


def _glow(clay: Any) -> None:
    """Build the material's emission: a constant part, one toward the camera, one toward the sky."""
    clay.use_nodes = True
    nodes, links = clay.node_tree.nodes, clay.node_tree.links
    nodes.clear()
    surface, facing = nodes.new("ShaderNodeNewGeometry"), nodes.new("ShaderNodeVectorMath")
    facing.operation = "DOT_PRODUCT"
    links.new(surface.outputs["Normal"], facing.inputs[0])
    links.new(surface.outputs["Incoming"], facing.inputs[1])
    upward = nodes.new("ShaderNodeSeparateXYZ")
    links.new(surface.outputs["Normal"], upward.inputs[0])
    total: Any = _AMBIENT
    for source, share in ((facing.outputs["Value"], _FRONTAL), (upward.outputs["Z"], _SKY)):
        node = nodes.new("ShaderNodeMath")
        node.operation = "MULTIPLY_ADD"
        links.new(source, node.inputs[0])
        node.inputs[1].default_value = share
        if isinstance(total, float):
            node.inputs[2].default_value = total
        else:
            links.new(total, node.inputs[2])
        total = node.outputs[0]
    glow, output = nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeOutputMaterial")
    links.new(total, glow.inputs["Strength"])
    links.new(glow.outputs[0], output.inputs["Surface"])


def _render(scene: Scene) -> Raster:
    folder = settings.pictures()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{os.urandom(8).hex()}.png"
    scene.render.filepath = str(path)
    form: Any = scene.render.image_settings
    form.file_format, form.color_mode, form.color_depth = "PNG", "RGBA", "8"
    try:
        bpy.ops.render.render(write_still=True, scene=scene.name)
        image = bpy.data.images.load(str(path))
        try:
            return image_raster(image)
        finally:
            bpy.data.images.remove(image)
    finally:
        path.unlink(missing_ok=True)
