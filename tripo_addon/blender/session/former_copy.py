"""Handles a second copy of this add-on in the same Blender: one from a file, one from a repository.

Both would register the same names. The one enabled last disables the other and takes over its
preferences; the job list is in the user folder and shared.
"""

from __future__ import annotations

from typing import Any

import addon_utils
import bpy

from .. import settings
from ..logs import logger
from ..registration import ADDON_ID

_log = logger(__name__)

_values: dict[str, object] = {}


def register() -> None:
    """Disable the other copy, if it is enabled, and store its preferences.

    It stays in Blender's list of add-ons, which Blender may be iterating over.
    """
    for name in _others():
        _log.info("%s takes over from %s", ADDON_ID, name)
        _values.update(_chosen(name))
        addon_utils.disable(name)


def hand_over() -> None:
    """Copy the other copy's preferences into ours, except those already set here.

    Called after all classes are registered, because a changed account reconnects.
    """
    preferences: Any = settings.preferences()
    if preferences is not None:
        for name, value in _values.items():
            if name in preferences.bl_rna.properties and not preferences.is_property_set(name):
                setattr(preferences, name, value)
    _values.clear()


def unregister() -> None:
    """Nothing to undo."""


def _others() -> list[str]:
    addon = ADDON_ID.rpartition(".")[2]
    names = [each.module for each in bpy.context.preferences.addons if each.module != ADDON_ID]
    same = [name for name in names if name.startswith("bl_ext.") and name.endswith(f".{addon}")]
    return [name for name in same if addon_utils.check(name)[1]]


def _chosen(name: str) -> dict[str, object]:
    preferences = bpy.context.preferences.addons[name].preferences
    own = [each.identifier for each in preferences.bl_rna.properties if not each.is_readonly]
    return {name: getattr(preferences, name) for name in own if preferences.is_property_set(name)}
