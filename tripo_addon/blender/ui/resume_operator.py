"""Going on, when asked for, with what an earlier session left: the list is looked through at start
and at file load, but a script has neither, and a Blender that crashed may free its jobs later.

Sends nothing that costs: a job that was never sent is not sent by this.
"""
# No `from __future__ import annotations`: Blender evaluates what declares operators.

from typing import TYPE_CHECKING

import bpy
from bpy.types import Context, Operator

from .. import settings
from ..registration import class_pair
from ..session import composition, timer
from .operators import refused

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems


class TRIPO_ADDON_OT_resume_jobs(Operator):
    """Go on with the jobs that an earlier session, or a Blender that crashed, left unfinished;
    free"""

    bl_idname = "tripo_addon.resume_jobs"
    bl_label = "Resume Jobs"

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Look through the list; in background mode, see what goes on to its end."""
        from ..arrival import landing

        try:
            engine = composition.engine()
        except RuntimeError as error:
            return refused(self, str(error))
        left = [job.id for job in composition.jobs() if not job.state.final]
        engine.refresh()
        if bpy.app.background:
            engine.run_until_idle(landing.place, online=settings.online)
        else:
            timer.arm()
        self.report({"INFO"}, f"{len(left)} unfinished in the list" if left else _NOTHING)
        return {"FINISHED"}


_NOTHING = "Nothing in the list was left unfinished"
register, unregister = class_pair((TRIPO_ADDON_OT_resume_jobs,))
