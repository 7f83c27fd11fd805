"""Draws one line of the job list: the job's name and its most important fact.

Only reads: opens no file, uses no network, writes no property and makes no data-block.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from bpy.types import Context, UILayout, UIList

from ....jobs.model import job_groups
from ....jobs.model.states import State
from ...job_list import rows
from ...messages import jobs as messages
from ...objects import resolved_target
from ...previews import job_pictures
from ...registration import class_pair
from ...session import composition
from .. import frame_operator, operators
from ..text_wrap import is_narrow, text_fits, truncated

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems

    from ....jobs.model.job import Job
    from ...job_list.rows import Row

# The share of the line's width that the name takes.
_NAME: Final = 0.5
_NAME_BESIDE_TIME: Final = 0.66
_NAME_ALONE: Final = 0.85
# Pixels at scale 1 of a button beside a text.
_BUTTON: Final = 20
_ICONS: Final[dict[State, IconItems]] = {
    State.DONE: "CHECKMARK",
    State.FAILED: "ERROR",
    State.CANCELLED: "CANCEL",
    State.READY: "FILE_TICK",
}


class TRIPO_ADDON_UL_jobs(UIList):
    def draw_item(
        self,
        context: Context,
        layout: UILayout,
        _data: Any,
        _item: Any,
        _icon: int | None,
        _active_data: Any,
        _active_property: str | None,
        index: int | None,
    ) -> None:
        """Draw the row at this place."""
        row = rows.ROWS.at(index) if index is not None else None
        if row is None:
            # Its job was removed since the last turn of the loop.
            layout.label(text="")
            return
        draw_row(layout, row, context)

    def draw_filter(self, _context: Context, layout: UILayout) -> None:
        """Draw no filter: Blender's own looks at names that are not here; ours is above the
        list."""
        layout.label(text=messages.shown(len(rows.ROWS.order)))


def draw_row(layout: UILayout, row: Row, context: Context) -> None:
    """Draw the name, the job's state or result, and its most important button."""
    job, description = row.job, row.description
    share = _share_of_name(row, context)
    split = layout.split(factor=share, align=True)
    # Red on the chosen row's color cannot be read; there the icon says it.
    trouble = (job_groups.Standing.NEEDS_YOU, job_groups.Standing.FAILED)
    alert = row.group.standing in trouble and row.group.key != rows.ROWS.chosen
    picture, name = thumbnail_of(row), split
    if picture or alert:
        name = split.row(align=True)
        name.alert = alert
    if picture:
        name.label(text="", icon_value=picture)
    name.label(text=row.title, icon=icon_of(row))
    line = split.row(align=True)
    if job.state is State.READY and not job.elsewhere and not resolved_target.RESOLVED.of(job).asks:
        _button(line, operators.TRIPO_ADDON_OT_import_job, job, text=messages.IMPORT_HERE)
    elif description.fraction is not None:
        waits = composition.waiting_message(job)
        doing = messages.WAITING if waits else description.headline
        left = "" if waits else messages.time_left(row.left)
        texts = _running(doing, description.fraction, left)
        text = truncated(texts, context, share=1 - share, taken=_BUTTON)
        line.progress(text=text, factor=description.fraction)
        _button(line, operators.TRIPO_ADDON_OT_cancel_job, job, icon="X")
    else:
        taken = _taken(row)
        if share < _NAME_ALONE:
            line.label(text=truncated(_status(row), context, share=1 - share, taken=taken))
        if taken:
            frame = frame_operator.TRIPO_ADDON_OT_frame_job
            _button(line, frame, job, icon="ZOOM_SELECTED")


def _share_of_name(row: Row, context: Context) -> float:
    """The name's share of the line: more than half where only a time fits beside it, and nearly all
    where not even that does."""
    if row.group.standing is not job_groups.Standing.FINISHED:
        return _NAME
    if is_narrow(context):
        return _NAME_ALONE
    longest, *_, time_sent = _status(row)
    taken = _taken(row)
    if text_fits(longest, context, share=1 - _NAME, taken=taken):
        return _NAME
    fits = text_fits(time_sent, context, share=1 - _NAME_BESIDE_TIME, taken=taken)
    return _NAME_BESIDE_TIME if fits else _NAME


def _taken(row: Row) -> int:
    """The pixels that a row's button takes from the text beside it."""
    return _BUTTON if frame_operator.can_frame(row.job) else 0


def thumbnail_of(row: Row) -> int:
    """Return the icon of the row's picture, that of its last step if several have one; 0 if there
    is none."""
    for step in reversed(row.group.steps):
        picture = job_pictures.job_thumbnail(step)
        if picture:
            return picture
    return 0


def icon_of(row: Row) -> IconItems:
    """Return the icon for the row's state."""
    if row.group.standing is job_groups.Standing.NEEDS_YOU:
        return "QUESTION"
    return _ICONS.get(row.job.state, "SORTTIME")


def age(job: Job) -> float:
    """Return how many seconds ago the job was sent."""
    return max(0.0, time.time() - job.created)


@lru_cache(maxsize=256)
def _running(doing: str, fraction: float, left: str) -> tuple[str, ...]:
    """Return what a running row does and how long it still takes, from the longest text to the
    shortest."""
    percent = messages.percent(fraction)
    return (messages.joined(doing, left), doing, messages.joined(percent, left), percent)


def _status(row: Row) -> tuple[str, ...]:
    """Return the result of a row that does not run, from the longest text to the shortest."""
    job = row.job
    if row.group.standing is job_groups.Standing.FINISHED:
        result = row.cost if job.state is State.DONE else row.description.headline
        sent = messages.moment(job.created, age(job))
        return (messages.joined(result or row.description.headline, sent), sent)
    if job.trouble is not None and not job.may_be_attached:
        return (job.trouble.sentence, row.description.headline)
    return (row.description.headline, messages.NEEDS_YOU)


def _button(
    line: UILayout, operator: type, job: Job, *, text: str = "", icon: IconItems = "NONE"
) -> None:
    line.operator(operator.bl_idname, text=text, icon=icon).job_id = job.id


register, unregister = class_pair((TRIPO_ADDON_UL_jobs,))
