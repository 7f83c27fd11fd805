"""The menu of a job, with actions that are rarely needed.

Only reads: opens no file, uses no network, writes no property and makes no data-block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bpy.types import Context, Menu, Operator

from ....api.catalog import SERVICES
from ...job_list import rows
from ...messages import jobs as messages
from ...registration import class_pair
from .. import operators
from . import job_operators

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems

    from ....jobs.model.job import Job


_ENTRIES: Final[tuple[tuple[type[Operator], str, IconItems], ...]] = (
    (job_operators.TRIPO_ADDON_OT_show_files, messages.SHOW_FILES, "FILE_FOLDER"),
    (job_operators.TRIPO_ADDON_OT_copy_job, messages.COPY_DIAGNOSTICS, "COPYDOWN"),
    (operators.TRIPO_ADDON_OT_remove_job, messages.REMOVE, "TRASH"),
)


class TRIPO_ADDON_MT_job(Menu):
    bl_label = "Job"
    bl_description = "More actions for this job"

    def draw(self, _context: Context) -> None:
        """Draw the menu of the row whose details are shown."""
        layout = self.layout
        row = rows.ROWS.row(rows.ROWS.chosen)
        if row is None:
            return
        for operator, text, icon in _ENTRIES:
            entry: Any = layout.operator(operator.bl_idname, text=text, icon=icon)
            entry.job_id = row.job.id
        address = console(row.job)
        if address:
            link: Any = layout.operator("wm.url_open", text=messages.OPEN_CONSOLE, icon="URL")
            link.url = address


def console(job: Job) -> str:
    """Return the web address of the job's service console; "" if unknown."""
    service = SERVICES.get(job.service_id)
    if service is None or not service.regions:
        return ""
    address = job.account.partition(" ")[2]
    known = (region for region in service.regions if region.base_url == address)
    return next(known, service.regions[0]).console_url


register, unregister = class_pair((TRIPO_ADDON_MT_job,))
