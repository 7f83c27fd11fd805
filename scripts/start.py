"""The beginning of every script: go on in the environment that holds what the script needs.

Syntax and library of Python 3.6 only, as are the scripts that begin here: what a machine calls
`python3` may be as old, and shall say what is missing rather than stumble over what it cannot read.
Whatever comes after is for a newer Python, in environment.py and beyond.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
# In the order of use: Blender's module exists for the first two.
NEWER = ("python3.13", "python3.11", "python3.14", "python3.12")
TOO_OLD = """\
Python {} is too old for this. Install Python 3.13 or 3.11, for which there is Blender as a module
(or 3.12 or 3.14 beside a Blender 4.2.13 or later), and run: python3.13 {}"""


def enter(group: str) -> None:
    """Go on in `.venv`, made to hold a group of packages ("tools", "demo", "build" or "test").

    Returns where this process runs in it already; otherwise it is replaced by the same script in
    `.venv`. Raises SystemExit with a sentence where this machine cannot make the environment.
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
    """Whether it starts: a version manager puts names on PATH behind which there is nothing."""
    command, nowhere = [python, "-c", ""], subprocess.DEVNULL
    return subprocess.call(command, stdout=nowhere, stderr=nowhere) == 0
