"""The Blender side: the only room that imports bpy. Registers its modules in order, or not at
all."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from ..late_modules import is_loaded
from . import loop
from .command_line import command
from .forms import scene_properties
from .job_list import window_properties
from .objects import provenance_properties, scene_changes, selection, variants
from .previews import image_palettes, model_pictures, thumbnails, turntables
from .requests import recently_sent
from .session import composition, disk_meter, file_events, former_copy
from .ui import (
    animation_list,
    compare,
    draft_operators,
    drop_pictures,
    first_run,
    frame_operator,
    generate_dialog,
    generate_operators,
    generate_panel,
    jobs_panel,
    lost_task,
    menus,
    object_operators,
    object_panel,
    operators,
    picture_operators,
    picture_tools,
    pictures_panel,
    presets,
    prompt_field,
    resume_operator,
    service_operators,
    status_bar,
    style_menu,
    style_operators,
    take_picture,
    updates,
)
from .ui.preferences import addon_preferences
from .viewport import box_drawing, box_gizmos, highlight

_MODULES = (
    former_copy,
    provenance_properties,
    scene_properties,
    window_properties,
    addon_preferences,
    operators,
    first_run,
    picture_operators,
    take_picture,
    generate_operators,
    frame_operator,
    draft_operators,
    picture_tools,
    compare,
    object_operators,
    animation_list,
    service_operators,
    updates,
    lost_task,
    resume_operator,
    presets,
    prompt_field,
    style_operators,
    style_menu,
    generate_panel,
    pictures_panel,
    jobs_panel,
    object_panel,
    generate_dialog,
    drop_pictures,
    menus,
    status_bar,
    composition,
    file_events,
    disk_meter,
    selection,
    scene_changes,
    variants,
    highlight,
    box_drawing,
    box_gizmos,
    recently_sent,
    thumbnails,
    model_pictures,
    turntables,
    image_palettes,
    loop,
    command,
)
_HOLDERS = frozenset(
    {
        box_drawing,
        composition,
        disk_meter,
        image_palettes,
        model_pictures,
        recently_sent,
        thumbnails,
        turntables,
    }
)
"""Modules that register nothing: what they hold comes with their use, and is let go at the end."""


def register() -> None:
    """Register every module. If one fails, those before it are unregistered and the error is
    raised."""
    done = []
    try:
        for module in _MODULES:
            if module not in _HOLDERS:
                module.register()
            done.append(module)
        former_copy.hand_over()
    except Exception:
        _unregister(done)
        raise


def unregister() -> None:
    """Unregister every module, last first."""
    _unregister(_MODULES)


def _unregister(modules: Sequence[ModuleType]) -> None:
    for module in reversed(modules):
        if is_loaded(module):
            module.unregister()
