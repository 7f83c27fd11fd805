"""Draws many short texts into one texture.

Drawing a text letter by letter takes as long as drawing a hundred boxes. Therefore the texts are
drawn when one changes; a redraw places rows of the texture (`marks`). Main thread only, with the
GPU context of a window.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import blf
import gpu
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
_CORNERS: Final = ((0, 0), (1, 0), (1, 1), (0, 1))
_Pair = tuple[float, float]


@record
class LabelSheet:
    """A texture with a row for each text, `size` pixels high; `widths` are in pixels."""

    texts: tuple[str, ...]
    size: float
    image: Any
    widths: tuple[int, ...]

    def corners(self, rise: float) -> Iterator[list[tuple[_Pair, _Pair]]]:
        """Yield the corners of each text: the distance in pixels from the point that it stands
        above, and the place in the texture. `rise` is the distance of the baseline."""
        row, down = _row(self.size), round(rise - _base(self.size))
        for number, width in enumerate(self.widths):
            yield [
                (
                    (right * width - width // 2, top * row + down),
                    (right * width / self.image.width, (number + top) / len(self.widths)),
                )
                for right, top in _CORNERS
            ]


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
