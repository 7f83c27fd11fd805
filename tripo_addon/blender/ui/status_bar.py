"""The jobs in Blender's status bar: how many run, how far the newest is, how many need a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from bpy.types import Context, Event, Operator

from ...jobs.model.description import describe
from ...jobs.model.job import State
from ..messages import jobs as messages
from ..objects.resolved_target import RESOLVED
from ..registration import class_pair
from ..session import composition
from .operators import refused

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

    from ...jobs.model.job import Job


class TRIPO_ADDON_OT_cancel_all(Operator):
    """Stop all running Tripo jobs. Tasks already accepted by the service are still charged"""

    bl_idname = "tripo_addon.cancel_all"
    bl_label = "Cancel All Tripo Jobs"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        """Only where something runs."""
        if not running():
            cls.poll_message_set(messages.NO_JOB_RUNNING)
            return False
        return True

    def invoke(self, context: Context, event: Event) -> set[OperatorReturnItems]:
        """Ask first: what the service has accepted is charged all the same."""
        return context.window_manager.invoke_confirm(
            self,
            event,
            title=messages.cancel_all(len(running())),
            message=messages.CANCEL_ALL_STILL_CHARGED,
            confirm_text=messages.CANCEL_JOBS,
        )

    def execute(self, _context: Context) -> set[OperatorReturnItems]:
        """Cancel each."""
        engine = composition.WIRING.engine
        if engine is None:
            return refused(self, messages.NO_JOB_RUNNING)
        for job in running():
            engine.cancel(job.id)
        return {"FINISHED"}


def running() -> tuple[Job, ...]:
    """The jobs that go on by themselves, the newest first."""
    return tuple(
        job
        for job in composition.jobs()
        if not job.state.final
        and not job.elsewhere
        and not waits_for_person(job)
        # A finished model of another file waits for that file.
        and (job.state is not State.READY or composition.belongs_to_open_file(job))
    )


def waits_for_person(job: Job) -> bool:
    """Whether the job goes on only when the artist decides something."""
    return job.may_be_attached or (job.state is State.READY and RESOLVED.of(job).asks)


def status_text() -> str:
    """The text of the status bar item; "" if no job runs or waits for the artist."""
    return _text(running())


def _text(active: tuple[Job, ...]) -> str:
    return messages.status_bar(len(active), sum(map(waits_for_person, composition.jobs())))


def _draw(header: Any, _context: Context) -> None:
    active = running()
    text = _text(active)
    if not text:
        return
    row = header.layout.row(align=True)
    fraction = describe(active[0]).fraction if active else None
    if fraction is None:
        row.label(text=text, icon="SHADERFX")
    else:
        row.progress(text=text, factor=fraction)
    if active:
        row.operator(TRIPO_ADDON_OT_cancel_all.bl_idname, text="", icon="X")


_register_classes, _unregister_classes = class_pair((TRIPO_ADDON_OT_cancel_all,))


def register() -> None:
    """Add the item to the status bar."""
    _register_classes()
    bpy.types.STATUSBAR_HT_header.append(_draw)


def unregister() -> None:
    """Take it out again."""
    bpy.types.STATUSBAR_HT_header.remove(_draw)
    _unregister_classes()
