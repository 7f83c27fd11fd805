"""The Blender side: the only room that imports bpy. Registers its modules in order, or not at
all."""

from __future__ import annotations

from . import (
    animations,
    finding,
    object_operators,
    object_panel,
    object_properties,
    operators,
    panels,
    preferences,
    properties,
    pump,
    resolved,
    resuming,
    service_operators,
    sources,
    variants,
    wiring,
)

_MODULES = (
    object_properties,
    properties,
    preferences,
    operators,
    object_operators,
    animations,
    service_operators,
    finding,
    resuming,
    panels,
    object_panel,
    wiring,
    sources,
    resolved,
    variants,
    pump,
)


def register() -> None:
    """Register every module. If one fails, those before it are unregistered and the error is
    raised."""
    done = []
    try:
        for module in _MODULES:
            module.register()
            done.append(module)
    except Exception:
        for module in reversed(done):
            module.unregister()
        raise


def unregister() -> None:
    """Unregister every module, last first."""
    for module in reversed(_MODULES):
        module.unregister()
