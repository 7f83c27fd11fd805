"""The job list's properties on Blender's window manager: as many empty rows as the list has, the
index of the chosen one, and the search text.

The rows themselves are in `rows`; Blender only needs their number.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import Any

import bpy
from bpy.app.handlers import persistent
from bpy.props import CollectionProperty, EnumProperty, IntProperty, PointerProperty, StringProperty
from bpy.types import Context, PropertyGroup, WindowManager

from ..messages import jobs as messages
from ..registration import class_pair, handler_pair
from ..session import redraw
from . import rows as job_rows


class TRIPO_ADDON_PG_job_row(PropertyGroup):
    """A row of the list, identified by its index."""


def _number(_window: Any) -> int:
    return job_rows.ROWS.number


def _choose(_window: Any, number: int) -> None:
    job_rows.ROWS.choose(number)
    # The handles of its box are shown.
    redraw.viewports()


def _chosen(_window: Any) -> str:
    return job_rows.ROWS.chosen


def _chosen_otherwise(window: Any, _context: Context) -> None:
    job_rows.ROWS.search, job_rows.ROWS.standing = window.job_search.strip(), window.job_filter
    job_rows.ROWS.arrange()
    fill()


class TRIPO_ADDON_PG_window(PropertyGroup):
    """State of the interface; never saved in a file."""

    job_rows: CollectionProperty(type=TRIPO_ADDON_PG_job_row, options={"HIDDEN"})
    job_number: IntProperty(
        name="Job", description="The job whose details are shown", get=_number, set=_choose
    )
    selected_job: StringProperty(
        name="Selected Job", description="ID of the first job of the row that is shown", get=_chosen
    )
    compared_side: IntProperty(
        name="Turn",
        description="The side from which compared models are seen",
        min=0,
        max=7,  # one less than `model_pictures.FRAMES`, which loads with its first use
        options={"SKIP_SAVE"},
    )
    job_search: StringProperty(
        name="Search",
        description="Show only jobs with this text in their name or prompt",
        options={"TEXTEDIT_UPDATE", "SKIP_SAVE"},
        update=_chosen_otherwise,
    )
    job_filter: EnumProperty(
        name="Filter",
        description="Which jobs are shown",
        items=messages.FILTERS,
        update=_chosen_otherwise,
    )


def sync() -> None:
    """Update the rows. Called once per turn of the loop; fast if nothing has changed."""
    job_rows.ROWS.refresh()
    fill()


def fill() -> None:
    """Add or remove Blender's rows to match their number."""
    rows = bpy.context.window_manager.tripo_addon.job_rows
    for _number in range(len(job_rows.ROWS.order) - len(rows)):
        rows.add()
    for number in range(len(rows) - 1, len(job_rows.ROWS.order) - 1, -1):
        rows.remove(number)


@persistent
def _opened(*_unused: object) -> None:
    """Restore rows after loading a file, whose window manager has others and no search text."""
    window = bpy.context.window_manager.tripo_addon
    job_rows.ROWS.search, job_rows.ROWS.standing = window.job_search.strip(), window.job_filter
    job_rows.ROWS.arrange()
    fill()


@persistent
def _before_saving(*_unused: object) -> None:
    """Remove the rows before saving: the list is not part of the artist's file."""
    bpy.context.window_manager.tripo_addon.job_rows.clear()


@persistent
def _saved(*_unused: object) -> None:
    fill()


_watch, _stop_watching = handler_pair(
    (
        ("load_post", _opened),
        ("save_pre", _before_saving),
        ("save_post", _saved),
        ("save_post_fail", _saved),
    )
)
_register_classes, _unregister_classes = class_pair((TRIPO_ADDON_PG_job_row, TRIPO_ADDON_PG_window))


def register() -> None:
    """Register the groups, and a pointer to them on the window manager."""
    _register_classes()
    WindowManager.tripo_addon = PointerProperty(type=TRIPO_ADDON_PG_window)
    _watch()


def unregister() -> None:
    """Remove the pointer, then the groups."""
    _stop_watching()
    bpy.context.window_manager.tripo_addon.job_rows.clear()
    del WindowManager.tripo_addon
    _unregister_classes()
