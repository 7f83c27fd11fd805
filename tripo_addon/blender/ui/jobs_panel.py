"""The sidebar's Jobs panel, drawn from frozen job records.

Only reads: opens no file, uses no network, writes no property and makes no data-block.
"""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING, Final

from bpy.types import Context, Panel, UILayout

from ...api.catalog.task_kinds import GENERATIONS
from ...jobs.model.description import describe
from ...jobs.model.job import Failure, Job, State
from ..arrival import landing_choice
from ..messages import jobs as messages
from ..messages import prices
from ..objects.resolved_target import RESOLVED
from ..registration import class_pair
from ..requests import checks, readable_copy
from ..session import composition
from . import (
    frame_operator,
    lost_task,
    object_operators,
    operators,
)
from .text_wrap import draw_wrapped, truncated
from .widgets import (
    Sidebar,
)

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems


JOBS_ON_A_PAGE: Final = 5
_LONGEST_MESSAGE: Final = 400
_ICONS: Final[dict[State, IconItems]] = {
    State.DONE: "CHECKMARK",
    State.FAILED: "ERROR",
    State.CANCELLED: "CANCEL",
    State.READY: "FILE_TICK",
}


class TRIPO_ADDON_PT_jobs(Sidebar, Panel):
    bl_label = "Jobs"
    bl_order = 2

    def draw_header_preset(self, _context: Context) -> None:
        """The number of unfinished jobs."""
        active = sum(not job.state.final for job in composition.jobs())
        if active:
            self.layout.label(text=messages.active(active))

    def draw(self, context: Context) -> None:
        """One page of the job list, newest first."""
        layout = self.layout
        jobs = composition.jobs()
        draw_wrapped(layout, composition.list_message(), context, icon="ERROR")
        if not jobs:
            empty = messages.LOADING if composition.WIRING.pending else messages.EMPTY
            draw_wrapped(layout, empty, context)
            return
        pages = -(-len(jobs) // JOBS_ON_A_PAGE)
        page = min(context.window_manager.tripo_addon.page, pages)
        first = (page - 1) * JOBS_ON_A_PAGE
        for job in jobs[first : first + JOBS_ON_A_PAGE]:
            _draw_job(layout.box(), job, context)
        if pages > 1:
            _draw_pages(layout, page, pages)


def _draw_job(box: UILayout, job: Job, context: Context) -> None:
    description = describe(job)
    row = box.row()
    title = job.title
    if job.kind not in GENERATIONS:
        title = messages.title(job.kind.label, title)
    row.label(text=title, icon=_ICONS.get(job.state, "SORTTIME"))
    _draw_buttons(row.row(align=True), job)
    if description.fraction is not None:
        box.progress(text=description.headline, factor=description.fraction)
        detail = _obstacle(job) or description.detail
    else:
        detail = messages.status(description.headline, description.detail)
    alert = job.state is State.FAILED
    draw_wrapped(box, detail or " ", context, alert=alert)
    if alert and job.trouble is not None:
        # Candidates are listed below the row, so no advice is needed there.
        draw_wrapped(box, "" if job.candidates else job.trouble.advice, context)
        message = shorten(job.trouble.message, _LONGEST_MESSAGE, placeholder=" …")
        draw_wrapped(box, messages.service_says(message), context)
    if RESOLVED.of(job).asks:
        _draw_decision(box, job, context)
    if job.failure is Failure.BAD_FILE and readable_copy.readable_step(job) is not None:
        label = messages.CONVERT_TO_FBX
        text = prices.labeled(label, readable_copy.readable_price(job))
        idname = object_operators.TRIPO_ADDON_OT_convert_job.bl_idname
        box.operator(idname, text=truncated((text, label), context)).job_id = job.id
    if checks.asks_for_more(job):
        label = messages.UPLOAD_AS_FILE if job.lost_its_source else messages.GENERATE_AGAIN
        text = prices.labeled(label, checks.retry_price(job))
        button = box.operator(
            operators.TRIPO_ADDON_OT_retry_job.bl_idname, text=truncated((text, label), context)
        )
        button.job_id = job.id
    if job.may_be_attached:
        lost_task.draw(box, job, context)


def _obstacle(job: Job) -> str:
    """What an unfinished job waits for: online access, its own file, a decision, Object Mode."""
    if job.state is not State.READY:
        return composition.waiting_message(job)
    if not composition.belongs_to_open_file(job):
        return messages.OTHER_FILE
    return RESOLVED.of(job).question or composition.WIRING.waiting_for


def _draw_decision(box: UILayout, job: Job, context: Context) -> None:
    """The choices for a result whose target has changed, or could not take it."""
    row = box.row(align=True)
    for choice in landing_choice.choices(job, context):
        label, _tooltip = messages.LANDING_CHOICES[choice]
        idname = object_operators.TRIPO_ADDON_OT_land_job.bl_idname
        button = row.operator(idname, text=label)
        button.job_id, button.how = job.id, choice


def _draw_buttons(row: UILayout, job: Job) -> None:
    if job.elsewhere:
        return
    if job.state is State.FAILED and job.trouble is not None:
        _button(row, operators.TRIPO_ADDON_OT_copy_error, job, "COPYDOWN")
    if job.state in {State.FAILED, State.CANCELLED} and job.failure is not Failure.IMPORT:
        _button(row, operators.TRIPO_ADDON_OT_retry_job, job, "FILE_REFRESH")
    if frame_operator.can_frame(job):
        _button(row, frame_operator.TRIPO_ADDON_OT_frame_job, job, "ZOOM_SELECTED")
    undecided = job.state is State.READY and RESOLVED.of(job).asks
    has_model = job.state in {State.DONE, State.READY} and job.model is not None
    if (has_model and not undecided) or job.failure is Failure.IMPORT:
        _button(row, operators.TRIPO_ADDON_OT_import_job, job, "IMPORT")
    if job.state.final:
        _button(row, operators.TRIPO_ADDON_OT_remove_job, job, "X")
    else:
        _button(row, operators.TRIPO_ADDON_OT_cancel_job, job, "CANCEL")


def _button(row: UILayout, operator: type, job: Job, icon: IconItems) -> None:
    row.operator(operator.bl_idname, text="", icon=icon).job_id = job.id


def _draw_pages(layout: UILayout, page: int, pages: int) -> None:
    row = layout.row(align=True)
    newer = row.row(align=True)
    newer.enabled = page > 1
    idname = operators.TRIPO_ADDON_OT_turn_page.bl_idname
    newer.operator(idname, text="", icon="TRIA_LEFT").direction = "NEWER"
    center = row.row(align=True)
    center.alignment = "CENTER"
    center.label(text=messages.page(page, pages))
    older = row.row(align=True)
    older.enabled = page < pages
    older.operator(idname, text="", icon="TRIA_RIGHT").direction = "OLDER"


register, unregister = class_pair((TRIPO_ADDON_PT_jobs,))
