"""The command line and environment of the second Blender, without secrets."""

from __future__ import annotations

import fnmatch
import os
import sys
from pathlib import Path
from typing import Final

import bpy

from ...api.redaction import Redaction

_SCRIPT: Final = Path(__file__).resolve().parents[1] / "child" / "start.py"
# In upper case. A proxy's address may contain a password, and the child is offline anyway; the last
# one would load the user's own scripts and extensions.
_KEPT_BACK: Final = (
    "TRIPO_*",
    "*_KEY",
    "*_TOKEN",
    "*SECRET*",
    "*PASSWORD*",
    "*CREDENTIAL*",
    "*_PROXY",
    "BLENDER_USER_*",
)


def child_command(order: Path | None = None) -> tuple[str, ...]:
    """Return the command that runs child/start.py; without `order`, its path has to be added.

    The bpy module has no executable: there Python runs the script, which imports bpy.
    """
    script = str(_SCRIPT)
    if bpy.app.binary_path:
        start = (bpy.app.binary_path, "--background", "--factory-startup", "--offline-mode")
        start = (*start, "--python-exit-code", "3", "--python", script)
    else:
        # -P: modules beside the script must not hide those of the same name that Blender imports.
        start = (sys.executable, "-P", script)
    return (*start, "--") if order is None else (*start, "--", str(order))


def child_environment(*, secrets: tuple[str, ...] = ()) -> dict[str, str]:
    """Return this process's environment without keys, passwords and Blender's user folders, and
    without variables that contain one of `secrets` in any encoding."""
    redaction = Redaction(secrets)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not any(fnmatch.fnmatchcase(name.upper(), pattern) for pattern in _KEPT_BACK)
        and not redaction.stands_in(value)
    }
    # No folder can exist below a file, so no scripts can be placed there for the child to run.
    return kept | {"BLENDER_USER_RESOURCES": str(_SCRIPT / "none")}
