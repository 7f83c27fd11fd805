"""Sentences in a layout: Blender's labels are one line and cut off, ours are not.

Measures with the interface's own font; draws labels and nothing else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import blf
import bpy

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems

_FONT = 0  # blf's number of the interface's font
# Pixels at scale 1, measured in 4.3: a sidebar's tabs and the borders of a panel, of a box, of a
# button; an icon before a text.
_PANEL = 56
_BOX = 10
_BUTTON = 16
_ICON = 26
_NO_REGION = 300
# What stays together: a word with the space before it, or a part of one up to a hyphen or slash.
_PART = re.compile(r" ?(?:[^ /-]+[/-]*|[/-]+)")


@lru_cache(maxsize=512)
def wrapped(text: str, room: int, size: float) -> tuple[str, ...]:
    """The lines of a text in that many pixels, at a font size in pixels."""
    blf.size(_FONT, size)
    lines: list[str] = []
    for part in _PART.findall(" ".join(text.split())):
        if lines and _width(lines[-1] + part) <= room:
            lines[-1] += part
        else:
            lines += _pieces(part.lstrip(), room)
    return tuple(lines)


def truncated(texts: Sequence[str], context: bpy.types.Context, *, taken: int = 0) -> str:
    """The first of these texts that a button as wide as the panel can show, or else the last."""
    return next((text for text in texts if text_fits(text, context, taken=taken)), texts[-1])


def text_fits(text: str, context: bpy.types.Context, *, taken: int = 0) -> bool:
    """Whether a button as wide as the panel has room for this text; `taken` are the pixels at scale
    1 that something else takes of it."""
    return len(wrapped(text, _room(context, _PANEL + _BUTTON + taken), _size(context))) == 1


def draw_wrapped(
    layout: bpy.types.UILayout,
    text: str,
    context: bpy.types.Context,
    *,
    icon: IconItems = "NONE",
    alert: bool = False,
    share: float = 1.0,
) -> None:
    """The whole text as labels, one under the other; a blank text keeps one line free, an empty
    one none. `share` is how much of the region's width the layout has."""
    if not text:
        return
    column = layout.column(align=True)
    column.alert = alert
    column.scale_y = 0.8
    taken = _PANEL + _BOX + (_ICON if icon != "NONE" else 0)
    lines = wrapped(text, _room(context, taken, share), _size(context))
    for number, line in enumerate(lines or (" ",)):
        column.label(
            text=line, icon=icon if number == 0 else "BLANK1" if icon != "NONE" else "NONE"
        )


def _room(context: bpy.types.Context, taken: int, share: float = 1.0) -> int:
    """Pixels for a text in a share of the region that is drawn, where so many of scale 1 are
    taken."""
    width = context.region.width if context.region is not None else _NO_REGION
    return int(share * width - taken * context.preferences.system.ui_scale)


def _size(context: bpy.types.Context) -> float:
    preferences = context.preferences
    return preferences.ui_styles[0].widget.points * preferences.system.ui_scale


def _pieces(part: str, room: int) -> Iterator[str]:
    """A part, broken where it is wider than the room."""
    while part:
        fits = bisect_right(range(1, len(part) + 1), room, key=lambda end: _width(part[:end]))
        yield part[: max(1, fits)]
        part = part[max(1, fits) :]


def _width(text: str) -> float:
    return blf.dimensions(_FONT, text)[0]
