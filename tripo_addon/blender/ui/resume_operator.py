"""Operator that continues the jobs of an earlier session.

Blender resumes jobs at start and at file load. A script has neither, and the jobs of a Blender that
crashed become available only when its lease has run out. Nothing is paid for: a job that was never
sent is not sent by this.
"""
# No `from __future__ import annotations`: Blender evaluates what declares operators.

from typing import TYPE_CHECKING

import bpy
from bpy.types import Context, Operator

from .. import settings
from ..messages import jobs as messages
from ..registration import class_pair
from ..session import composition, timer
from .operators import refused

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems


class TRIPO_ADDON_OT_resume_jobs(Operator):
    """Continue jobs left unfinished by an earlier session or a crash (free)"""

    bl_idname = "tripo_addon.resume_jobs"
    bl_label = "Resume Jobs"

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Refresh the list; in background mode, **block** until the jobs are done."""
        from ..arrival import landing

        try:
            engine = composition.engine()
        except RuntimeError as error:
            return refused(self, str(error))
        unfinished = sum(not job.state.final for job in composition.jobs())
        engine.refresh()
        if bpy.app.background:
            engine.run_until_idle(landing.place, online=settings.online)
        else:
            timer.arm()
        summary = messages.unfinished(unfinished) if unfinished else messages.NOTHING_UNFINISHED
        self.report({"INFO"}, summary)
        return {"FINISHED"}


register, unregister = class_pair((TRIPO_ADDON_OT_resume_jobs,))
