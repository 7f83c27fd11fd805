"""Draws the state of the connection in one line: an icon and a text for each stage of its test.

Only reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..session import connection
from .text_wrap import draw_wrapped

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems
    from bpy.types import Context, UILayout

_ICONS: Final[dict[connection.Stage, IconItems]] = {
    connection.Stage.UNTESTED: "NONE",
    connection.Stage.RUNNING: "TIME",
    connection.Stage.GOOD: "CHECKMARK",
    connection.Stage.BAD: "ERROR",
}


def draw_connection(layout: UILayout, context: Context, *, share: float = 1.0) -> None:
    """Draw what the last test found; nothing before a test."""
    known = connection.known()
    draw_wrapped(
        layout,
        known.sentence,
        context,
        icon=_ICONS[known.stage],
        alert=known.stage is connection.Stage.BAD,
        share=share,
    )
