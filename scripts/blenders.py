"""Makes environments for the other Blenders that the tests run in, in the user's cache.

They are several gigabytes and the same for every checkout, so they are outside it. Python comes
from PATH, or from the root folder that gui_blender.py prepares; it is not installed here. Run as a
script it prepares the Blender that is named.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import debian_root
import environment
from packages import demand_index
from venvs import Venv, stamp_of, version_of

NOT_HERE = 69
"""The script's exit code for `NotHere`."""


class NotHere(Exception):
    """This Blender is not available on this machine; the text says why."""


def own() -> str:
    """The Blender of this environment, such as "4.5"; empty if it has none."""
    return environment.usual_blender(sys.version_info[:2]) if environment.has_bpy() else ""


def prepare(blender: str) -> Path:
    """Return an interpreter with this Blender and all packages for its tests; raises NotHere if
    there is none.

    The current environment is used as it is; another is made or completed, which downloads 350 MB
    the first time.
    """
    if blender == own():
        return Path(sys.executable)
    module = environment.BLENDERS[blender]
    if not module.runs_here():
        raise NotHere("there is no module of it for this system")
    venv = _environment_of(blender)
    if venv.version() != module.python:
        venv.make(_interpreter(module.python))
    wanted = environment.requirements("rings", blender)
    stamp = stamp_of(module.python, *wanted)
    if not venv.holds("rings", stamp):
        demand_index(venv.pip_command, wanted)
        venv.install(wanted)
        venv.remember("rings", stamp)
    return venv.python


def interpreter(blender: str) -> Path:
    """Return the path of the interpreter that `prepare` returns, whether or not it is there yet."""
    return Path(sys.executable) if blender == own() else _environment_of(blender).python


def _environment_of(blender: str) -> Venv:
    return Venv(environment.cache() / f"tests-{blender}", pip=sys.executable)


def _interpreter(python: tuple[int, int]) -> str:
    name = f"python{python[0]}.{python[1]}"
    for path in (sys.executable, shutil.which(name)):
        if path is not None and version_of(path) == python:
            return path
    if (path := _of_root_folder(name)) is not None:
        return path
    raise NotHere(
        f"{name} is neither on PATH nor in a root folder from scripts/gui_blender.py, "
        "which root on Debian can prepare"
    )


def _of_root_folder(name: str) -> str | None:
    """Return the root folder's Python, started from outside; None if it has none.

    A launcher starts it with the loader and the few libraries of the root folder that Python itself
    needs. All others are the machine's: the folder has older builds of libraries that the Blender
    module brings, and a loader that knows of them would use those.
    """
    root = debian_root.root_folder()
    libraries = root / "usr/lib/x86_64-linux-gnu"
    loader = root / "usr/lib64/ld-linux-x86-64.so.2"
    program = root / "usr/bin" / name
    if not (loader.exists() and program.exists()):
        return None
    kept = root / "usr/local/lib/python-alone"
    kept.mkdir(parents=True, exist_ok=True)
    compiled = sorted((root / "usr/lib" / name / "lib-dynload").glob("*.so"))
    for library in _needed(loader, libraries, (program, *compiled)) | _of_libc(root):
        if (libraries / library).exists() and not (kept / library).is_symlink():
            (kept / library).symlink_to(libraries / library)
    # From here Python finds its standard library in a parent folder, and `venv` links to it. Not in
    # a folder of PATH: inside the root folder, where Blender looks for a Python, these paths lead
    # nowhere.
    launcher = root / "usr/python-alone" / name
    launcher.parent.mkdir(exist_ok=True)
    command = f'exec "{loader}" --library-path "{kept}" --argv0 "$0" "{program}" "$@"'
    launcher.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
    launcher.chmod(0o755)
    return str(launcher)


def _needed(loader: Path, libraries: Path, files: tuple[Path, ...]) -> set[str]:
    found: set[str] = set()
    for file in files:
        command = [str(loader), "--library-path", str(libraries), "--list", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found.update(re.findall(r"^\s*([^\s/]+) => ", done.stdout, re.MULTILINE))
    return found


def _of_libc(root: Path) -> set[str]:
    """Return all parts of the C library: parts of different releases do not work together."""
    listed = (root / "var/lib/dpkg/info/libc6:amd64.list").read_text(encoding="utf-8")
    return set(re.findall(r"/(lib[^/\s]+\.so\.\d+)$", listed, re.MULTILINE))


if __name__ == "__main__":
    try:
        prepare(sys.argv[1])
    except NotHere as reason:
        print(reason)
        sys.exit(NOT_HERE)
