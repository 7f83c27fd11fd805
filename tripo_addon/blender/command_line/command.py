"""Registers `blender --command tripo`, and imports everything else when it is used.

Main thread only.
"""

from __future__ import annotations

from typing import Final

import bpy

NAMES: Final = ("tripo", "tripo_addon")
"""The command, and its name if another add-on has taken the short one."""
_HANDLES: Final[list[object]] = []


def run(arguments: list[str]) -> int:
    """Run a command with these arguments; returns the process's exit code."""
    from .run import run_command

    return run_command(arguments)


def register() -> None:
    """Register the command under its names."""
    _HANDLES.extend(bpy.utils.register_cli_command(name, run) for name in NAMES)


def unregister() -> None:
    """Unregister the command."""
    while _HANDLES:
        bpy.utils.unregister_cli_command(_HANDLES.pop())
