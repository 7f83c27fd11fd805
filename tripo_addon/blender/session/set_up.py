"""Whether setup is done: online access, a key, and a first job. Main thread only."""

from __future__ import annotations

import bpy

from .. import settings
from . import composition


def is_open() -> bool:
    """Whether the setup guide is still shown."""
    chosen = settings.preferences()
    return chosen is not None and not chosen.set_up_done and not composition.jobs()


def close() -> None:
    """Store that setup is done or was dismissed. Writes the preferences."""
    chosen = settings.preferences()
    if chosen is not None and not chosen.set_up_done:
        chosen.set_up_done = True
        bpy.context.preferences.is_dirty = True
