"""Draws many short texts at points of a viewport with a single draw call.

Drawing a text letter by letter takes as long as drawing a hundred boxes. Therefore the texts are
drawn into a texture, which is only updated when a text changes; a redraw places its rows on the
screen. Main thread only, with the GPU context of a window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import blf
import gpu
from gpu.types import GPUShader, GPUShaderCreateInfo
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix

from ...api.record import record

_FONT: Final = 0
_SHADOW_BLUR: Final = 3
_SHADOW_STRENGTH: Final = 0.8
_MARGIN: Final = 4
"""Pixels around a text for its shadow."""
_LINE: Final = 1.5
"""Height of a row, relative to the size of the text."""
_BASE: Final = 0.4
"""Height of the baseline above the bottom of its row, likewise."""
_CORNERS: Final = ((0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1))
# At whole pixels, because the letters would be blurred between them. What is behind the viewer is
# put outside the screen.
_VERTEX: Final = """
void main()
{
  vec4 place = view * vec4(at, 1.0);
  vec2 pixel = floor((place.xy / place.w * 0.5 + 0.5) * area + 0.5) + corner;
  gl_Position = vec4(pixel / area * 2.0 - vec2(1), vec2(0, 1));
  if (place.w <= 0.0) gl_Position = vec4(2);
  sheet_uv = uv;
}
"""
_FRAGMENT: Final = """
void main()
{
  color = texture(sheet, sheet_uv);
}
"""


@record
class LabelSheet:
    """A texture with a row for each text, `size` pixels high; `widths` are in pixels."""

    texts: tuple[str, ...]
    size: float
    image: Any
    widths: tuple[int, ...]

    def placed(self, points: Sequence[Sequence[float]], rise: float) -> Any:
        """Return a batch that shows the texts above points in world space; `rise` is the distance
        of the baselines above them in pixels."""
        wide, row = self.image.width, _row(self.size)
        down = round(rise - _base(self.size))
        columns: dict[str, list[Sequence[float]]] = {"at": [], "corner": [], "uv": []}
        for number, (at, width) in enumerate(zip(points, self.widths, strict=False)):
            for right, top in _CORNERS:
                columns["at"].append(at)
                columns["corner"].append((right * width - width // 2, top * row + down))
                columns["uv"].append((right * width / wide, (number + top) / len(self.widths)))
        return batch_for_shader(_shader(), "TRIS", columns)

    def draw(self, batch: Any, view: Matrix, area: tuple[int, int]) -> None:
        """Draw a batch of `placed`. `view` projects world space to the viewport, `area` is the
        viewport's size in pixels."""
        shader = _shader()
        gpu.state.blend_set("ALPHA_PREMULT")
        shader.bind()
        shader.uniform_float("view", view)
        shader.uniform_float("area", area)
        shader.uniform_sampler("sheet", self.image)
        batch.draw(shader)
        gpu.state.blend_set("NONE")


def sheet_of(texts: tuple[str, ...], size: float) -> LabelSheet:
    """Draw a sheet with at least one text; texts that no texture has room for are left out."""
    blf.size(_FONT, size)
    row, most = _row(size), gpu.capabilities.max_texture_size_get()
    fitting = texts[: most // row]
    widths = [math.ceil(blf.dimensions(_FONT, text)[0]) + 2 * _MARGIN for text in fitting]
    types: Any = gpu.types  # whose stubs lack the arguments of constructors
    # A GPUOffScreen would unbind the viewport's framebuffer when it is made: nothing drawn after
    # it would be seen, neither boxes nor Blender's own gizmos.
    image = types.GPUTexture((min(max(widths), most), row * len(fitting)), format="RGBA8")
    with types.GPUFrameBuffer(color_slots=image).bind():
        _draw_texts(fitting, (image.width, image.height), row, _base(size))
    return LabelSheet(texts, size, image, tuple(min(width, most) for width in widths))


def _row(size: float) -> int:
    return math.ceil(_LINE * size) + 2 * _MARGIN


def _base(size: float) -> int:
    return round(_BASE * size) + _MARGIN


def _draw_texts(texts: Sequence[str], area: tuple[int, int], row: int, base: float) -> None:
    """Draw each text in a row of its own, from the bottom up."""
    gpu.state.active_framebuffer_get().clear(color=(0.0, 0.0, 0.0, 0.0))
    with gpu.matrix.push_pop(), gpu.matrix.push_pop_projection():
        gpu.matrix.load_matrix(Matrix.Translation((-1.0, -1.0, 0.0)))
        gpu.matrix.load_projection_matrix(Matrix())
        gpu.matrix.scale((2.0 / area[0], 2.0 / area[1]))
        blf.color(_FONT, 1.0, 1.0, 1.0, 1.0)
        blf.enable(_FONT, blf.SHADOW)
        blf.shadow(_FONT, _SHADOW_BLUR, 0.0, 0.0, 0.0, _SHADOW_STRENGTH)
        for number, text in enumerate(texts):
            blf.position(_FONT, _MARGIN, number * row + base, 0.0)
            blf.draw(_FONT, text)
        blf.disable(_FONT, blf.SHADOW)


@cache
def _shader() -> GPUShader:
    types: Any = gpu.types
    passed = types.GPUStageInterfaceInfo("tripo_addon_label")
    passed.smooth("VEC2", "sheet_uv")
    info = GPUShaderCreateInfo()
    info.push_constant("MAT4", "view")
    info.push_constant("VEC2", "area")
    info.vertex_in(0, "VEC3", "at")
    info.vertex_in(1, "VEC2", "corner")
    info.vertex_in(2, "VEC2", "uv")
    info.vertex_out(passed)
    info.sampler(0, "FLOAT_2D", "sheet")
    info.fragment_out(0, "VEC4", "color")
    info.vertex_source(_VERTEX)
    info.fragment_source(_FRAGMENT)
    return gpu.shader.create_from_info(info)
