"""The sidebar's Jobs panel: the list, and below it the details of the chosen row.

Only reads: opens no file, uses no network, writes no property and makes no data-block.
"""

from __future__ import annotations

from typing import Final

from bpy.types import Context, Panel, UILayout

from ...jobs.model import job_groups
from ..job_list import rows as job_rows
from ..messages import jobs as messages
from ..one_drawing import one_drawing
from ..registration import class_pair
from ..session import composition
from .jobs import job_detail, job_menu, job_operators, job_row
from .sidebar import Sidebar
from .text_wrap import draw_wrapped, truncated

_LINES: Final = 5
# Pixels at scale 1 that the panel's header needs besides the counts.
_HEADER: Final = 70


class TRIPO_ADDON_PT_jobs(Sidebar, Panel):
    bl_label = "Jobs"
    bl_order = 3

    def draw_header_preset(self, context: Context) -> None:
        """Draw how many jobs run, wait for the artist, and failed."""
        counts = job_rows.ROWS.counts
        texts = messages.header(
            counts[job_groups.Standing.RUNNING],
            counts[job_groups.Standing.NEEDS_YOU],
            counts[job_groups.Standing.FAILED],
        )
        self.layout.label(text=truncated(texts, context, taken=_HEADER))

    def draw(self, context: Context) -> None:
        """Draw the list, and the details of the chosen row."""
        with one_drawing():
            _draw_panel(self.layout, context)


def _draw_panel(layout: UILayout, context: Context) -> None:
    draw_wrapped(layout, composition.list_message(), context, icon="ERROR")
    if not composition.jobs():
        empty = messages.LOADING if composition.WIRING.pending else messages.EMPTY
        draw_wrapped(layout, empty, context)
        return
    _draw_search(layout, context)
    window = context.window_manager.tripo_addon
    layout.template_list(
        job_row.TRIPO_ADDON_UL_jobs.__name__,
        "",
        window,
        "job_rows",
        window,
        "job_number",
        rows=_LINES,
    )
    if not job_rows.ROWS.order:
        draw_wrapped(layout, messages.NOTHING_FOUND, context)
    row = job_rows.ROWS.row(job_rows.ROWS.chosen)
    # Below a list that was searched there are no details of a job that it does not show.
    if row is not None and (job_rows.ROWS.number >= 0 or not job_rows.ROWS.filtered):
        job_detail.draw(layout, row, context)


def _draw_search(layout: UILayout, context: Context) -> None:
    window = context.window_manager.tripo_addon
    line = layout.row(align=True)
    line.prop(window, "job_search", text="", icon="VIEWZOOM")
    line.prop(window, "job_filter", text="")
    clear = job_operators.TRIPO_ADDON_OT_clear_finished.bl_idname
    line.operator(clear, text="", icon="TRASH")


_register_panel, _unregister_panel = class_pair((TRIPO_ADDON_PT_jobs,))


def register() -> None:
    """Register the list, its operators and menu, and the panel."""
    job_operators.register()
    job_menu.register()
    job_row.register()
    _register_panel()


def unregister() -> None:
    """Unregister them, last first."""
    _unregister_panel()
    job_row.unregister()
    job_menu.unregister()
    job_operators.unregister()
