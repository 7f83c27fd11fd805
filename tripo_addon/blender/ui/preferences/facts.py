"""Draws read-only texts in the preferences, aligned with the values of fields.

Only reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..text_wrap import draw_wrapped

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems
    from bpy.types import Context, UILayout

_LABELS: Final = 0.4
"""The share of the width that Blender gives to the labels of fields."""
VALUES: Final = 1 - _LABELS
"""The share of the width for values."""


def beside_label(column: UILayout, label: str = "") -> UILayout:
    """Return a layout in the column of the values, with a label in the column of labels."""
    split = column.split(factor=_LABELS)
    heading = split.row()
    heading.alignment = "RIGHT"
    heading.label(text=label)
    return split.column()


def draw_fact(
    column: UILayout,
    label: str,
    text: str,
    context: Context,
    *,
    icon: IconItems = "INFO",
    alert: bool = False,
) -> None:
    """Draw a text with a label; "" draws nothing."""
    if text:
        place = beside_label(column, label)
        draw_wrapped(place, text, context, icon=icon, alert=alert, share=VALUES)
