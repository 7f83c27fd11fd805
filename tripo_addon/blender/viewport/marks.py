"""Draws boxes, lines and names in a viewport with a single draw call.

Each call of a redraw costs more than what it draws. Therefore one program draws all three, from a
batch that is built once per change. Main thread only, with the GPU context of a window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import bpy
import gpu
from gpu.types import GPUShader, GPUShaderCreateInfo
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix, Vector

from ...api.record import mutable_record, record

if TYPE_CHECKING:
    from .label_sheet import LabelSheet

_CORNERS: Final = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
_BOTTOM: Final = -0.5
_TOP: Final = 0.5
_FACES: Final = (
    (0, 1, 2, 3),
    (4, 5, 6, 7),
    *((side, (side + 1) % 4, (side + 1) % 4 + 4, side + 4) for side in range(4)),
)
# What a vertex is part of follows from its `look`. It is
# - of a face: 0, 0, 1 and the strength;
# - of a line: pixels beside it, how far along it, half its width in pixels, and the strength;
#   `other` is the line's other end;
# - of a name: its place in the sheet, 0 and -1; `other` is the distance from the point in pixels.
# A line lies in a triangle that is twice as long and as wide: triangles are what drawing costs, and
# a rectangle has two. What is behind the viewer is cut off. A name stands at whole pixels, because
# its letters would be blurred between them, and in front of everything. Boxes are drawn a hair
# nearer than they are, so that the floor below them does not shine through in stripes.
_VERTEX: Final = """
void main()
{
  vec4 place = ModelViewProjectionMatrix * vec4(at, 1.0);
  if (look.w < 0.0) {
    vec2 pixel = floor((place.xy / place.w * 0.5 + 0.5) * area + 0.5) + other.xy;
    if (place.w > 0.0) place = vec4(pixel / area * 2.0 - 1.0, -0.99, 1.0);
    else place = vec4(2.0, 2.0, 2.0, 1.0);
  }
  if (look.w > 0.0 && look.x != 0.0) {
    vec4 end = ModelViewProjectionMatrix * vec4(other, 1.0);
    float depth = place.z + place.w;
    float end_depth = end.z + end.w;
    vec4 cut = place + (end - place) * (depth / (depth - end_depth));
    if (depth < 0.0) place = cut;
    if (end_depth < 0.0) end = cut;
    place = vec4(place.xyz / place.w, 1.0);
    vec3 along = end.xyz / end.w - place.xyz;
    vec2 ahead = along.xy * area;
    ahead /= max(length(ahead), 1e-6);
    place.xyz += along * look.y;
    place.xy += vec2(-ahead.y, ahead.x) * look.x / area * 2.0;
  }
  place.z -= 1e-6 * place.w;
  gl_Position = place;
  drawn = look;
}
"""
# What is not seen is discarded, because it would hide what is drawn after it and is further away.
_FRAGMENT: Final = """
void main()
{
  if (drawn.w < 0.0) color = texture(sheet, drawn.xy);
  else {
    float cover = drawn.y > 1.0 ? 0.0 : clamp(drawn.z - abs(drawn.x), 0.0, 1.0);
    color = vec4(tint.rgb, 1.0) * tint.a * drawn.w * cover;
  }
  if (color.a == 0.0) discard;
}
"""


@record
class Drawing:
    """Marks as the graphics card holds them."""

    batch: Any
    image: Any

    def draw(
        self, color: tuple[float, ...], *, strength: float = 1.0, through: bool = False
    ) -> None:
        """Draw the marks in a color like `theme_color`; with `through` also where something is in
        front of them. To be called by a POST_VIEW handler."""
        program = _program()
        gpu.state.blend_set("ALPHA_PREMULT")
        gpu.state.depth_test_set("NONE" if through else "LESS_EQUAL")
        program.bind()
        program.uniform_float("tint", (*color, strength))
        program.uniform_float("area", gpu.state.viewport_get()[2:])
        program.uniform_sampler("sheet", self.image)
        self.batch.draw(program)
        gpu.state.depth_test_set("NONE")
        gpu.state.blend_set("NONE")


_Point = Sequence[float]


@mutable_record
class Marks:
    """Collects what a `Drawing` shows: the later, the further in front. A box is the unit cube in
    its `world` matrix."""

    _at: list[_Point] = field(default_factory=list[_Point])
    _other: list[_Point] = field(default_factory=list[_Point])
    _look: list[_Point] = field(default_factory=list[_Point])
    _triangles: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])

    def fill(self, world: Matrix, fraction: float, strength: float) -> None:
        """Add the faces of a box that is filled to a part of its height."""
        first = len(self._at)
        for height in (_BOTTOM, _BOTTOM + fraction):
            for corner in _ring(world, height):
                self._add(corner, corner, (0.0, 0.0, 1.0, strength))
        for face in _FACES:
            self._rectangle(*(first + corner for corner in face))

    def edges(self, world: Matrix, pixels: float, strength: float = 1.0) -> None:
        """Add the edges of a box."""
        low, high = _ring(world, _BOTTOM), _ring(world, _TOP)
        for side in range(4):
            for start, end in ((low[side], low[side - 1]), (high[side], high[side - 1])):
                self.line(start, end, pixels, strength)
            self.line(low[side], high[side], pixels, strength)

    def line(self, start: _Point, end: _Point, pixels: float, strength: float) -> None:
        """Add a line with soft sides."""
        first, half = len(self._at), (pixels + 1.0) / 2
        for beside, along in ((-half, 0.0), (-half, 2.0), (3 * half, 0.0)):
            self._add(start, end, (beside, along, half, strength))
        self._triangles.append((first, first + 1, first + 2))

    def names(self, sheet: LabelSheet, points: Sequence[_Point], rise: float) -> None:
        """Add the texts of a sheet above points; `rise` is the distance of their baselines in
        pixels."""
        for point, corners in zip(points, sheet.corners(rise), strict=False):
            first = len(self._at)
            for pixels, place in corners:
                self._add(point, (*pixels, 0.0), (*place, 0.0, -1.0))
            self._rectangle(first, first + 1, first + 2, first + 3)

    def drawing(self, sheet: LabelSheet | None = None) -> Drawing:
        """Return what was added; names are those of the sheet."""
        columns = {"at": self._at, "other": self._other, "look": self._look}
        batch = batch_for_shader(_program(), "TRIS", columns, indices=self._triangles)
        return Drawing(batch, sheet.image if sheet is not None else _no_names())

    def _add(self, at: _Point, other: _Point, look: _Point) -> None:
        self._at.append(at)
        self._other.append(other)
        self._look.append(look)

    def _rectangle(self, one: int, two: int, three: int, four: int) -> None:
        self._triangles += ((one, two, three), (one, three, four))


def _ring(world: Matrix, height: float) -> list[_Point]:
    return [(world @ Vector((x, y, height)))[:] for x, y in _CORNERS]


def theme_color() -> tuple[float, ...]:
    """Return the theme's color of the active object, as the viewport's framebuffer takes it: the
    theme has it in sRGB."""
    color = bpy.context.preferences.themes[0].view_3d.object_active[:3]
    return tuple(
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in color
    )


@cache
def _no_names() -> Any:
    types: Any = gpu.types  # whose stubs lack the arguments of constructors
    return types.GPUTexture((1, 1), format="RGBA8")


@cache
def _program() -> GPUShader:
    types: Any = gpu.types
    passed = types.GPUStageInterfaceInfo("tripo_addon_mark")
    passed.smooth("VEC4", "drawn")
    info = GPUShaderCreateInfo()
    # Set by Blender when the program is bound.
    info.push_constant("MAT4", "ModelViewProjectionMatrix")
    info.push_constant("VEC4", "tint")
    info.push_constant("VEC2", "area")
    info.vertex_in(0, "VEC3", "at")
    info.vertex_in(1, "VEC3", "other")
    info.vertex_in(2, "VEC4", "look")
    info.vertex_out(passed)
    info.sampler(0, "FLOAT_2D", "sheet")
    info.fragment_out(0, "VEC4", "color")
    info.vertex_source(_VERTEX)
    info.fragment_source(_FRAGMENT)
    return gpu.shader.create_from_info(info)
