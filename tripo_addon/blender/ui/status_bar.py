"""Shows jobs in Blender's status bar: how many run, the progress of the newest, and how many need a
person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from bpy.types import Context, Event, Operator

from ...jobs.model import job_groups
from ..job_list import rows as job_rows
from ..messages import jobs as messages
from ..registration import class_pair
from ..session import composition
from . import running_job
from .operators import refused

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems


class TRIPO_ADDON_OT_cancel_all(Operator):
    """Stop all running Tripo jobs. Tasks already accepted by the service are still charged"""

    bl_idname = "tripo_addon.cancel_all"
    bl_label = "Cancel All Tripo Jobs"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        """Only if a job is running."""
        if not job_rows.ROWS.going:
            cls.poll_message_set(messages.NO_JOB_RUNNING)
            return False
        return True

    def invoke(self, context: Context, event: Event) -> set[OperatorReturnItems]:
        """Ask for confirmation: accepted tasks are charged all the same."""
        return context.window_manager.invoke_confirm(
            self,
            event,
            title=messages.cancel_all(len(job_rows.ROWS.going)),
            message=messages.CANCEL_ALL_STILL_CHARGED,
            confirm_text=messages.CANCEL_JOBS,
        )

    def execute(self, _context: Context) -> set[OperatorReturnItems]:
        """Cancel each job."""
        engine = composition.WIRING.engine
        if engine is None:
            return refused(self, messages.NO_JOB_RUNNING)
        for job in tuple(step for row in running_job.running() for step in row.group.steps):
            engine.cancel(job.id)
        return {"FINISHED"}


def status_text() -> str:
    """The text of the status bar item; "" if no job runs or waits for the artist."""
    return messages.status_bar(
        len(job_rows.ROWS.going), job_rows.ROWS.counts[job_groups.Standing.NEEDS_YOU]
    )


def _draw(header: Any, _context: Context) -> None:
    text = status_text()
    if not text:
        return
    line, row = header.layout.row(align=True), running_job.newest()
    fraction = row.description.fraction if row is not None else None
    if fraction is None:
        line.label(text=text, icon="ERROR" if row is None else "SHADERFX")
    else:
        line.progress(text=text, factor=fraction)
    if row is not None:
        line.operator(TRIPO_ADDON_OT_cancel_all.bl_idname, text="", icon="X")


_register_classes, _unregister_classes = class_pair((TRIPO_ADDON_OT_cancel_all,))


def register() -> None:
    """Add the item to the status bar."""
    _register_classes()
    bpy.types.STATUSBAR_HT_header.append(_draw)


def unregister() -> None:
    """Remove the item from the status bar."""
    bpy.types.STATUSBAR_HT_header.remove(_draw)
    _unregister_classes()
