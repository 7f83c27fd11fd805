"""Where the panels are."""

from __future__ import annotations


class Sidebar:
    """Places a panel in the 3D viewport's sidebar, on the add-on's own tab."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Tripo"
