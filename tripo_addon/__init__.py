"""Tripo 3D generation inside Blender. This module only hands registration on, and loads
nothing before."""


def register() -> None:
    """Called by Blender when the add-on is enabled."""
    from . import blender

    blender.register()


def unregister() -> None:
    """Called by Blender when the add-on is disabled, and at exit."""
    from . import blender

    blender.unregister()
