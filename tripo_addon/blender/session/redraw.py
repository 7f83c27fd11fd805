"""Redraws parts of Blender's windows: regions that show jobs, or the 3D viewports. Main thread
only."""

from __future__ import annotations

import bpy


def panels() -> None:
    """Redraw only regions that show jobs, not viewports, which may be slow to draw."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()
            if area.type == "VIEW_3D":
                _regions(area, "UI")


def viewports() -> None:
    """Redraw the scene in every 3D viewport."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                _regions(area, "WINDOW")


def _regions(area: bpy.types.Area, kind: str) -> None:
    for region in area.regions:
        if region.type == kind:
            region.tag_redraw()
