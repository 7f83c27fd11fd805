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
from ..text_wrap import draw_wrapped, text_fits, truncated

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
        came = job.state in _CAME
        # A price is never cut: in a narrow panel its button has a line of its own.
        narrow = came and not text_fits(keep_texts(job)[-1], context, share=1 - _NAME, taken=_SIDE)
        line = column.row(align=True) if narrow else column.split(factor=_NAME, align=True)
        picture = job_thumbnail(job)
        icon: IconItems = "NONE" if picture else "MESH_DATA"
        line.label(text=str(draft.number), icon=icon, icon_value=picture)
        buttons = line.row(align=True)
        if narrow:
            _draw_side_buttons(buttons, job)
            draw_keep(column, job, context)
        elif came:
            draw_keep(buttons, job, context, share=1 - _NAME, taken=_SIDE)
            _draw_side_buttons(buttons, job)
        else:
            _draw_state(buttons, job, context, retry_text)


def _draw_side_buttons(buttons: UILayout, job: Job) -> None:
    if frame_operator.can_frame(job):
        _button(buttons, frame_operator.TRIPO_ADDON_OT_frame_job, job, icon="ZOOM_SELECTED")
    _button(buttons, operators.TRIPO_ADDON_OT_import_job, job, icon="IMPORT")


def _draw_state(
    buttons: UILayout, job: Job, context: Context, retry_text: Callable[[Job], str]
) -> None:
    if job.state in _STOPPED:
        _button(buttons, operators.TRIPO_ADDON_OT_retry_job, job, text=retry_text(job))
    else:
        buttons.label(text=truncated((describe(job).headline,), context, share=1 - _NAME))


def _button(
    line: UILayout, operator: type[Operator], job: Job, *, text: str = "", icon: IconItems = "NONE"
) -> None:
    button: Any = line.operator(operator.bl_idname, text=text, icon=icon)
    button.job_id = job.id
