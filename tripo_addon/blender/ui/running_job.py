"""Draws the newest running job in one line, directly under the button that sent it.

Only reads.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ..job_list import rows as job_rows
from ..messages import jobs as messages
from ..one_drawing import once_a_drawing
from ..session import composition
from .operators import TRIPO_ADDON_OT_cancel_job
from .text_wrap import short, truncated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bpy.types import Context, UILayout

    from ..job_list.rows import Row

_SHORT_TITLE: Final = 16
# Pixels at scale 1 that the button takes from the bar's text.
_CANCEL: Final = 8


def draw(layout: UILayout, context: Context) -> bool:
    """Draw its name, its progress, and a button that cancels it. Return whether a job is
    running."""
    row = newest()
    if row is None:
        return False
    line = layout.row(align=True)
    waiting = composition.waiting_message(row.job)
    left = messages.time_left(row.left)
    texts = _texts(row.job.title, row.description.headline, left, waiting)
    text = truncated(texts, context, taken=_CANCEL)
    line.progress(text=text, factor=row.description.fraction or 0.0)
    line.operator(TRIPO_ADDON_OT_cancel_job.bl_idname, text="", icon="X").job_id = row.job.id
    return True


@lru_cache(maxsize=64)
def _texts(title: str, doing: str, left: str, waiting: str) -> tuple[str, ...]:
    """Return what the line says, from the longest text to the shortest."""
    if waiting:
        # What waits for the artist does not come nearer to its end.
        return (*_lengths(title, waiting, ""), *_lengths(title, messages.WAITING, ""))
    return _lengths(title, doing, left)


def _lengths(title: str, doing: str, left: str) -> tuple[str, ...]:
    brief = short(title, _SHORT_TITLE)
    return (
        messages.joined(title, doing, left),
        messages.joined(brief, doing, left),
        messages.joined(brief, doing),
        doing,
    )


@once_a_drawing
def newest() -> Row | None:
    """Return the newest row that is running in this Blender, or None."""
    return next(running(), None)


def running() -> Iterator[Row]:
    """Yield the rows that are running in this Blender, newest first."""
    return filter(None, map(job_rows.ROWS.row, job_rows.ROWS.going))
