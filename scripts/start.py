"""Begins every script: continues in the environment that contains what the script needs.

This file, and the scripts that begin here, use only syntax and modules of Python 3.6: an old
`python3` must be able to read them and say what is missing. environment.py and everything after it
may use a newer Python.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
# In order of preference: the bpy module exists for the first two.
NEWER = ("python3.13", "python3.11", "python3.14", "python3.12")
TOO_OLD = """\
Python {} is too old for this. Install Python 3.13 or 3.11, for which there is Blender as a module
(or 3.12 or 3.14 beside a Blender 4.2.13 or later), and run: python3.13 {}"""


def enter(group: str) -> None:
    """Continue in `.venv`, made to contain a group of packages ("tools", "demo", "build" or
    "test").

    Returns if this process already runs there; otherwise this process is replaced by the same
    script in `.venv`. Raises SystemExit with a sentence if this machine cannot make the
    environment.
    """
    if sys.version_info < OLDEST:
        newer = next((path for path in map(shutil.which, NEWER) if path and _runs(path)), None)
        if newer is None:
            running = ".".join(map(str, sys.version_info[:3]))
            raise SystemExit(TOO_OLD.format(running, " ".join(sys.argv)))
        go_on_with(newer)
    import environment

    environment.enter(group)


def go_on_with(python: str) -> None:
    """Replace this process by the same script in another interpreter."""
    command = [python, *sys.argv]
    if os.name != "nt":
        os.execv(python, command)
    # Windows has no exec that keeps the console waiting for the new process.
    raise SystemExit(subprocess.call(command))


def _runs(python: str) -> bool:
    """Return whether it starts: a version manager may put a name on PATH with nothing behind it."""
    command, nowhere = [python, "-c", ""], subprocess.DEVNULL
    return subprocess.call(command, stdout=nowhere, stderr=nowhere) == 0
