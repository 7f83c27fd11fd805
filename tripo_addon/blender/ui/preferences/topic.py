"""What the parts of the preferences are to the checker of types: preferences. To Blender they must
not be, or it would want each of them registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bpy.types import AddonPreferences

    Topic = AddonPreferences
else:
    Topic = object
