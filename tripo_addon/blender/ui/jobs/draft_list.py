"""The drafts of a model below the job list, each with the button that keeps it.

Only reads: opens no file, uses no network, writes no property and makes no data-block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bpy.types import Context, Operator, UILayout

from ....jobs.model.description import describe
from ....jobs.model.states import State
from ...messages import drafts as messages
from ...previews.job_pictures import job_thumbnail
from .. import frame_operator, operators
from ..draft_operators import draw_keep, keep_texts
from ..text_wrap import draw_wrapped, is_narrow, text_fits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bpy._typing.rna_enums import IconItems

    from ....jobs.model.job import Job

# The share of a line for a draft's name.
_NAME: Final = 0.2
# Pixels at scale 1 of the two buttons beside the one with the price.
_SIDE: Final = 50
_CAME: Final = frozenset({State.READY, State.DONE})
_STOPPED: Final = frozenset({State.FAILED, State.CANCELLED})


def draw(
    box: UILayout, steps: Sequence[Job], context: Context, *, retry_text: Callable[[Job], str]
) -> None:
    """Draw a line for each draft among the steps of a request."""
    drafts = [(job, job.draft) for job in steps if job.draft is not None]
    seeds = messages.seeds(drafts[0][1].seed, drafts[-1][1].seed)
    draw_wrapped(box, seeds, context)
    column = box.column(align=True)
    for job, draft in drafts:
        button = _button_text(job, retry_text)
        side = _SIDE if job.state in _CAME else 0
        if is_narrow(context) or not text_fits(button, context, share=1 - _NAME, taken=side):
            _draw_narrow(column, job, draft.number, button, context)
        else:
            _draw_line(column, job, draft.number, button, context)


def _button_text(job: Job, retry_text: Callable[[Job], str]) -> str:
    """Return the shortest text of the draft's button; what it does while it has none."""
    if job.state in _CAME:
        return keep_texts(job)[-1]
    return retry_text(job) if job.state in _STOPPED else describe(job).headline


def _draw_line(column: UILayout, job: Job, number: int, button: str, context: Context) -> None:
    line = column.split(factor=_NAME, align=True)
    _draw_number(line, job, number)
    buttons = line.row(align=True)
    if job.state in _CAME:
        draw_keep(buttons, job, context, share=1 - _NAME, taken=_SIDE)
        _draw_side_buttons(buttons, job)
    elif job.state in _STOPPED:
        _button(buttons, operators.TRIPO_ADDON_OT_retry_job, job, text=button)
    else:
        buttons.label(text=button)


def _draw_narrow(column: UILayout, job: Job, number: int, button: str, context: Context) -> None:
    """Give the button a line of its own: neither a price nor a number is cut."""
    line = column.row(align=True)
    name = line.row()
    name.alignment = "LEFT"
    _draw_number(name, job, number)
    if job.state in _CAME:
        line.label(text="")
        _draw_side_buttons(line, job)
        draw_keep(column, job, context)
        return
    line.label(text=describe(job).headline)
    if job.state in _STOPPED:
        _button(column, operators.TRIPO_ADDON_OT_retry_job, job, text=button)


def _draw_number(line: UILayout, job: Job, number: int) -> None:
    picture = job_thumbnail(job)
    icon: IconItems = "NONE" if picture else "MESH_DATA"
    line.label(text=str(number), icon=icon, icon_value=picture)


def _draw_side_buttons(buttons: UILayout, job: Job) -> None:
    if frame_operator.can_frame(job):
        _button(buttons, frame_operator.TRIPO_ADDON_OT_frame_job, job, icon="ZOOM_SELECTED")
    _button(buttons, operators.TRIPO_ADDON_OT_import_job, job, icon="IMPORT")


def _button(
    line: UILayout, operator: type[Operator], job: Job, *, text: str = "", icon: IconItems = "NONE"
) -> None:
    button: Any = line.operator(operator.bl_idname, text=text, icon=icon)
    button.job_id = job.id
