"""The base of the parts of the preferences: `AddonPreferences` to the type checker only, because
Blender would require each subclass to be registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bpy.types import AddonPreferences

    Topic = AddonPreferences
else:
    Topic = object
