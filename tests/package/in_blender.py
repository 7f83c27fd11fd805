"""Runs one command on the built zip inside a separate Blender, and prints one JSON line of results.

Run by path in a child process. Takes the test environment's site-packages off the path first, so
that the add-on finds only what its zip contains.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import FunctionType

import bpy
import numpy as np  # noqa: F401 - Blender's importers need it, from where it is here

sys.path[:] = [place for place in sys.path if not place.startswith(sys.prefix)]

import addon_utils  # noqa: E402 - Blender's own module, there once bpy is loaded

MODULE = "bl_ext.user_default.tripo_addon"


def install(*archives: str) -> object:
    """Install zips, save the preferences, and return the enabled add-ons.

    Blender's own operator returns FINISHED even if it failed.
    """
    for archive in archives:
        bpy.ops.extensions.package_install_files(
            filepath=archive, repo="user_default", enable_on_install=True
        )
    bpy.ops.wm.save_userpref()
    return enabled()


def origins(*modules: str) -> object:
    """In a later session: return each module's file and version."""
    begin_again()
    found = {name: import_module(name) for name in modules}
    versions = {name: getattr(module, "__version__", "") for name, module in found.items()}
    return {name: (module.__file__, versions[name]) for name, module in found.items()}


def report() -> object:
    """In a later session: return the enabled add-ons, and what ours says about its packages."""
    begin_again()
    dependencies = import_module(f"{MODULE}.blender.session.dependencies")
    return (enabled(), dependencies.dependency_report())


def install_and_generate(*archives: str) -> object:
    """Install zips and press Generate in the same session. Returns the enabled add-ons and the
    message."""
    return (install(*archives), generate())


def generate_later() -> object:
    """In a later session, press Generate. Returns the enabled add-ons and the message."""
    begin_again()
    return (enabled(), generate())


def generate() -> str:
    """Request a model from a service that is unreachable. Returns the error, or ""."""
    os.environ |= {"TRIPO_API_KEY": "tsk_" + "x" * 40, "TRIPO_BASE_URL": "http://127.0.0.1:9"}
    bpy.context.preferences.system.use_online_access = True
    bpy.context.scene.tripo_addon.text.prompt = "a small wooden chest"
    try:
        bpy.ops.tripo_addon.generate_text()
    except RuntimeError as error:
        return str(error)
    return ""


def write_list(words: str) -> object:
    """In a later session: return what the add-on finds in its job list's file, then write this text
    to it."""
    begin_again()
    path = import_module(f"{MODULE}.blender.settings").store_path()
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(words, encoding="utf-8")
    return found


def remove() -> object:
    """In a later session: uninstall the extension as the preferences do, and return what is
    enabled."""
    begin_again()
    names = [repo.module for repo in bpy.context.preferences.extensions.repos]
    index = names.index("user_default")
    bpy.ops.extensions.package_uninstall(repo_index=index, pkg_id="tripo_addon")
    bpy.ops.wm.save_userpref()
    return enabled()


def begin_again() -> None:
    """Enable what an earlier session had enabled."""
    if bpy.app.version >= (4, 3, 0):
        bpy.ops.wm.read_userpref()
        return
    # That operator redraws icons, which crashes the module of 4.2 without a window. Installed
    # extensions are in the repository's folder, so enabling them one by one gives the same state.
    for folder in Path(bpy.utils.user_resource("EXTENSIONS", path="user_default")).iterdir():
        if (folder / "blender_manifest.toml").exists():
            addon_utils.enable(f"bl_ext.user_default.{folder.name}", default_set=True)


def cycle() -> object:
    """Enable, disable, enable, disable. Returns the traces before, while enabled, and after."""
    seen = [traces()]
    for _ in range(2):
        enable()
        seen.append(traces())
        disable()
        seen.append(traces())
    return seen


def enabled() -> list[str]:
    """Return the modules of the enabled extensions."""
    named = bpy.context.preferences.addons.keys()
    return sorted(name for name in named if name.startswith("bl_ext."))


def enable() -> None:
    """Enable the installed add-on as the preferences do."""
    addon_utils.enable(MODULE, default_set=True)


def disable() -> None:
    """Disable it the same way."""
    addon_utils.disable(MODULE, default_set=True)


def traces() -> dict[str, list[str]]:
    """Return everything that an add-on could leave behind in Blender."""
    functions = [
        found
        for found in gc.get_objects()
        if isinstance(found, FunctionType) and str(found.__module__).startswith("bl_ext.")
    ]
    lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    hooked = {
        f"{name}: {found.__name__}"
        for name, hooks in lists.items()
        if isinstance(hooks, list)
        for found in hooks
        if str(getattr(found, "__module__", "")).startswith("bl_ext.")
    }
    return {
        "classes": [name for name in dir(bpy.types) if "tripo" in name.lower()],
        "operators": dir(bpy.ops.tripo_addon),
        "properties": [
            owner.__name__
            for owner in (bpy.types.Scene, bpy.types.Object, bpy.types.WindowManager)
            if "tripo_addon" in owner.bl_rna.properties
        ],
        "timers": [each.__name__ for each in functions if bpy.app.timers.is_registered(each)],
        "handlers": sorted(hooked),
        "threads": [each.name for each in threading.enumerate()][1:],
        "preferences": enabled(),
    }


COMMANDS: dict[str, Callable[..., object]] = {
    "install": install,
    "origins": origins,
    "report": report,
    "install_and_generate": install_and_generate,
    "generate_later": generate_later,
    "cycle": cycle,
    "write_list": write_list,
    "remove": remove,
}

if __name__ == "__main__":
    answer = COMMANDS[sys.argv[1]](*sys.argv[2:])
    if MODULE in enabled():
        disable()
    sys.stdout.write(f"\nANSWER {json.dumps(answer)}\n")
    if bpy.app.version < (4, 3, 0):
        # The module of 4.2 crashes in its own exit once a property with a callback was registered,
        # by any add-on: it never frees the property, and frees its panels after Python has ended.
        sys.stdout.flush()
        os._exit(0)
