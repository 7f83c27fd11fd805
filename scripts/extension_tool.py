"""Runs Blender's own command for extensions, which validates, builds, and lists a repository."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import environment


class Refused(Exception):
    """Blender refused; the text is its tool's message."""


def run(subcommand: str, *arguments: str) -> None:
    """Run the tool shipped in the bpy wheel, else the command of a Blender program.

    Raises Refused with the tool's message, or if there is no Blender at all.
    """
    command = [*_tool(), subcommand, *arguments, *_tags(subcommand)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    output = (done.stdout + done.stderr).strip()
    # The tool reports only in words that it could not list a zip, or listed it beside another.
    unlisted = "archive validation failed" in output or "found with duplicates" in output
    if done.returncode != 0 or unlisted:
        raise Refused(f"{subcommand}: {output}")


def _tool() -> tuple[str, ...]:
    scripts, program = _module_scripts(), environment.find_blender()
    if scripts is not None:
        return (sys.executable, str(scripts / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"))
    if program is not None:
        return (str(program), "--factory-startup", "--command", "extension")
    raise Refused(environment.NO_BLENDER)


def _tags(subcommand: str) -> tuple[str, ...]:
    """Return the option that names the file of allowed tags. A Blender program's command knows
    them."""
    scripts = _module_scripts()
    if scripts is None or subcommand not in {"build", "validate"}:
        return ()
    return ("--valid-tags", str(scripts / "modules/_bpy_internal/extensions/tags.py"))


def _module_scripts() -> Path | None:
    """Return the `scripts` folder inside the bpy wheel, without importing the module."""
    spec = importlib.util.find_spec("bpy")
    places = spec.submodule_search_locations if spec else None
    return next((path for place in places or () for path in Path(place).glob("*/scripts")), None)
