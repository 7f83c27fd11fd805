"""Another copy of this add-on in the same Blender: one from a file, one from a repository.

Two of them would register the same names. The one that is enabled last takes over: it switches the
other off and has its preferences; the job list belongs to the user and is found anyway.
"""

from __future__ import annotations

import logging
from typing import Any

import addon_utils
import bpy

from .. import settings
from ..registration import ADDON_ID

_log = logging.getLogger(__name__)
_values: dict[str, object] = {}


def register() -> None:
    """Switch off the other copy, if one runs, and remember what its preferences say.

    It stays in Blender's list, which Blender may be reading at this moment.
    """
    for name in _others():
        _log.info("%s takes over from %s", ADDON_ID, name)
        _values.update(_chosen(name))
        addon_utils.disable(name)


def hand_over() -> None:
    """Put the other copy's choices into our preferences, except where one was made here.

    Called when all is registered: a changed account reconnects.
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
