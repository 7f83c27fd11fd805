"""Sentences in a layout: Blender's labels are one line and cut off, ours are not."""

from __future__ import annotations

import textwrap
from functools import lru_cache

import bpy

_PIXELS_A_LETTER = 6.6
_MARGIN = 42


@lru_cache(maxsize=512)
def wrapped(text: str, letters: int) -> tuple[str, ...]:
    """The lines of a text at that many letters a line."""
    return tuple(textwrap.wrap(text, letters, break_long_words=True))


def letters_across(context: bpy.types.Context) -> int:
    """How many letters fit into a line of the region that is drawn, at the interface's scale."""
    region = context.region
    width = region.width if region is not None else 300
    scale = context.preferences.system.ui_scale or 1.0
    return max(16, int((width - _MARGIN * scale) / (_PIXELS_A_LETTER * scale)))


def draw_wrapped(
    layout: bpy.types.UILayout,
    text: str,
    context: bpy.types.Context,
    *,
    icon: str = "NONE",
    alert: bool = False,
) -> None:
    """The whole text as labels, one under the other; nothing for an empty text."""
    column = layout.column(align=True)
    column.alert = alert
    column.scale_y = 0.8
    for number, line in enumerate(wrapped(text, letters_across(context))):
        column.label(
            text=line, icon=icon if number == 0 else "BLANK1" if icon != "NONE" else "NONE"
        )
