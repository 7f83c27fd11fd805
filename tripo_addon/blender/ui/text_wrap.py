"""Wraps text in layouts, because Blender cuts off labels at the end of a line.

Text is measured with the interface's own font.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from textwrap import shorten
from typing import TYPE_CHECKING

import blf
import bpy

from ..one_drawing import once_a_drawing

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
# The width at scale 1 below which a panel is narrow: Blender makes sidebars wider.
_NARROW = 240
# A unit that is not broken: a word with the space before it, or its part up to a hyphen or slash; a
# date is whole.
_PART = re.compile(r" ?(?:\d+-\d+-\d+|[^ /-]+[/-]*|[/-]+)")


@lru_cache(maxsize=512)
def wrapped(text: str, room: int, size: float) -> tuple[str, ...]:
    """Break a text into lines of at most `room` pixels, at a font size in pixels."""
    blf.size(_FONT, size)
    lines: list[str] = []
    for part in _PART.findall(" ".join(text.split())):
        if lines and _width(lines[-1] + part) <= room:
            lines[-1] += part
        else:
            lines += _split_word(part.lstrip(), room)
    return tuple(lines)


def truncated(
    texts: Sequence[str], context: bpy.types.Context, *, taken: int = 0, share: float = 1.0
) -> str:
    """The first of these texts that fits a button as wide as the panel, else the last one. `taken`
    and `share` are as in `text_fits`."""
    if len(texts) == 1:
        return texts[0]
    return _fitting(tuple(texts), *_room_and_size(context, _BUTTON + taken, share))


@lru_cache(maxsize=512)
def _fitting(texts: tuple[str, ...], room: int, size: float) -> str:
    return next((text for text in texts if len(wrapped(text, room, size)) == 1), texts[-1])


@lru_cache(maxsize=256)
def short(text: str, most: int) -> str:
    """The first words of a text, at most so many characters of it."""
    return shorten(text, most, placeholder=" …")


def text_fits(text: str, context: bpy.types.Context, *, taken: int = 0, share: float = 1.0) -> bool:
    """Whether a text fits a button as wide as a share of the region; `taken` pixels (at scale 1) of
    it are used by something else, beside the borders of a panel."""
    room, size = _room_and_size(context, _BUTTON + taken, share)
    return len(wrapped(text, room, size)) == 1


def columns_in(context: bpy.types.Context, least: int) -> int:
    """How many columns of at least so many pixels (at scale 1) fit beside each other."""
    width, scale, _points = _measures(context)
    return max(1, int((width - _PANEL * scale) / (least * scale)))


def is_narrow(context: bpy.types.Context) -> bool:
    """Whether the panel is narrower than a button with a few words needs."""
    width, scale, _points = _measures(context)
    return width < _NARROW * scale


def draw_wrapped(
    layout: bpy.types.UILayout,
    text: str,
    context: bpy.types.Context,
    *,
    icon: IconItems = "NONE",
    alert: bool = False,
    share: float = 1.0,
    fill_row: bool = False,
    width: int = 0,
) -> None:
    """Draw a text as labels, one per line. " " draws one blank line, "" draws nothing. `share` is
    the layout's share of the region's width. `fill_row`: a single line is as high as a button.
    `width`: the layout's own, in pixels, where it is not the region's."""
    if not text:
        return
    taken = _BOX + (_ICON if icon != "NONE" else 0)
    room, size = _room_and_size(context, taken, share)
    first, *others = wrapped(text, width - _PANEL - taken if width else room, size) or (" ",)
    if fill_row and not others and not alert:
        layout.label(text=first, icon=icon)
        return
    column = layout.column(align=True)
    column.alert = alert
    column.scale_y = 1.0 if fill_row and not others else 0.8
    column.label(text=first, icon=icon)
    for line in others:
        column.label(text=line, icon="BLANK1" if icon != "NONE" else "NONE")


def _room_and_size(context: bpy.types.Context, taken: int, share: float = 1.0) -> tuple[int, float]:
    """Pixels left for text in a share of the panel's width, less `taken` pixels at scale 1 and the
    panel's borders; and the size of the interface's font in pixels."""
    width, scale, size = _measures(context)
    return int(share * (width - _PANEL * scale) - taken * scale), size


@once_a_drawing
def _measures(context: bpy.types.Context) -> tuple[int, float, float]:
    """The region's width in pixels, the scale of the interface, and the size of its font in
    pixels."""
    region, preferences = context.region, context.preferences
    width = region.width if region is not None else _NO_REGION
    scale = preferences.system.ui_scale
    return width, scale, scale * preferences.ui_styles[0].widget.points


def _split_word(part: str, room: int) -> Iterator[str]:
    """Split a word that is wider than the line."""
    while part:
        fits = bisect_right(range(1, len(part) + 1), room, key=lambda end: _width(part[:end]))
        yield part[: max(1, fits)]
        part = part[max(1, fits) :]


def _width(text: str) -> float:
    return blf.dimensions(_FONT, text)[0]
