"""Runs repository steps in a Blender session, and reports the state after each.

Run by path in a child process, with the repository's address and the steps. Takes the environment's
own packages off the path first, so that only packages from extensions can be found.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path

import bpy
import numpy as np  # noqa: F401 - Blender's importers need it, from where it is here

sys.path[:] = [place for place in sys.path if not place.startswith(sys.prefix)]

import addon_utils  # noqa: E402 - Blender's own module, there once bpy is loaded

REPOSITORY = "atelier_for_tripo"
ID = "tripo_addon"
MODULE = f"bl_ext.{REPOSITORY}.{ID}"
LOCAL = "user_default"
KEY = "tsk_" + "x" * 40


def begin(url: str) -> None:
    """Enable what an earlier session had enabled, allow network access, and add the repository (""
    adds none).

    Removes all other repositories, so that only this one is asked.
    """
    restored = bpy.app.version >= (4, 3, 0)
    if restored:
        bpy.ops.wm.read_userpref()
    bpy.context.preferences.system.use_online_access = True
    repositories = bpy.context.preferences.extensions.repos
    remote = [each for each in repositories if each.use_remote_url]
    for other in [each for each in remote if each.module != REPOSITORY]:
        repositories.remove(other)
    if url and REPOSITORY not in [each.module for each in repositories]:
        repositories.new(name="Atelier", module=REPOSITORY, remote_url=url)
    if restored:
        return
    # Reading the preferences redraws icons, which crashes the module of 4.2 without a window.
    # Installed extensions are in the repository's folder, so enabling them gives the same state.
    folders = [
        folder
        for name in (LOCAL, REPOSITORY)
        for folder in Path(bpy.utils.user_resource("EXTENSIONS", path=name)).glob("*/")
    ]
    installed = [
        f"bl_ext.{folder.parent.name}.{folder.name}"
        for folder in folders
        if (folder / "blender_manifest.toml").exists()
    ]
    addon_utils.extensions_refresh(addon_modules_pending=installed)
    for name in installed:
        # `refresh_handled` is newer than the stubs.
        addon_utils.enable(name, default_set=True, refresh_handled=True)  # pyright: ignore[reportCallIssue]


def neighbor(archive: str) -> None:
    """Install the other extension from disk."""
    bpy.ops.extensions.package_install_files(filepath=archive, repo=LOCAL, enable_on_install=True)


def install() -> None:
    """Do what *Install* does in the preferences, or *Update* if another version is offered."""
    sync()
    bpy.ops.extensions.package_install(repo_index=_index(), pkg_id=ID, enable_on_install=True)


def update() -> None:
    """Update all repositories, as *Install Available Updates* does."""
    sync()
    bpy.ops.extensions.package_upgrade_all()


def sync() -> None:
    """Fetch the repository's list."""
    bpy.ops.extensions.repo_sync(repo_index=_index())


def disable() -> None:
    """Disable the add-on, as its check box does."""
    addon_utils.disable(MODULE, default_set=True)


def remove() -> None:
    """Uninstall it, as the preferences do."""
    bpy.ops.extensions.package_uninstall(repo_index=_index(), pkg_id=ID)


def from_file(archive: str) -> None:
    """Install the add-on itself from disk, and set a key."""
    neighbor(archive)
    bpy.context.preferences.addons[f"bl_ext.{LOCAL}.{ID}"].preferences.api_key = KEY


def set_up() -> None:
    """Press *Set Up Updates*."""
    bpy.ops.tripo_addon.set_up_updates()


def look() -> None:
    """Do nothing, to see the state at the start of the session."""


def seen() -> dict[str, object]:
    """Return what is enabled, the release on disk, the release that runs, and whether it works.

    `wrong` is the add-on's own sentence about a package that it cannot use; `left` is what it left
    behind in Blender while it is not enabled; `has_key` is whether its preferences have the key.
    """
    names = sorted(bpy.context.preferences.addons.keys())
    runs = MODULE in names and addon_utils.check(MODULE)[1]
    folder = Path(bpy.utils.user_resource("EXTENSIONS", path=REPOSITORY), ID)
    wrong = runs_from = None
    if runs:
        wrong = import_module(f"{MODULE}.blender.session.dependencies").dependency_report()
        runs_from = import_module(f"{MODULE}.blender.session.update_address").ADDRESS
    return {
        "enabled": [name for name in names if name.startswith("bl_ext.")],
        "on_disk": _version(folder / "blender_manifest.toml"),
        "runs": runs_from,
        "wrong": wrong,
        "has_key": runs and bpy.context.preferences.addons[MODULE].preferences.api_key == KEY,
        "local_runs": addon_utils.check(f"bl_ext.{LOCAL}.{ID}")[1],
        "left": [] if runs else [*dir(bpy.ops.tripo_addon), *_classes()],
    }


def _classes() -> list[str]:
    return [name for name in dir(bpy.types) if name.startswith("TRIPO_ADDON")]


def _version(manifest: Path) -> str:
    import tomllib

    if not manifest.exists():
        return ""
    return tomllib.loads(manifest.read_text(encoding="utf-8"))["version"]


def _index() -> int:
    names = [each.module for each in bpy.context.preferences.extensions.repos]
    return names.index(REPOSITORY)


STEPS = {
    each.__name__: each
    for each in (neighbor, install, update, disable, remove, from_file, set_up, look)
}


def main(url: str, *words: str) -> None:
    """Run the steps, `name` or `name=argument`, and print the state after each as one line."""
    begin(url)
    answers = {}
    for word in words:
        name, _, argument = word.partition("=")
        STEPS[name](*filter(None, [argument]))
        answers[name] = seen()
    bpy.ops.wm.save_userpref()
    if addon_utils.check(MODULE)[1]:
        addon_utils.disable(MODULE)
    sys.stdout.write(f"\nANSWER {json.dumps(answers)}\n")
    if bpy.app.version < (4, 3, 0):
        # The module of 4.2 crashes in its own exit once a property with a callback was registered.
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
