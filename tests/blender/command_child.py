"""Runs `blender --command tripo …` in a child process. The bpy module has no command line, so the
child calls what Blender would call, and exits as Blender would.

Run as a script it is that child: `python command_child.py ARGUMENTS…`; if the first of them is a
script, it runs that, as `blender --background --python SCRIPT` would.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KEY = "tsk_marker_7f3a"


@dataclass(frozen=True)
class Ended:
    """The result of a command: its exit code and output."""

    code: int
    output: str
    errors: str

    @property
    def document(self) -> Any:
        """The output as JSON."""
        return json.loads(self.output)


@dataclass(frozen=True)
class CommandLine:
    """Blender's command line with its own user folder, pointed at a stand-in."""

    home: Path
    address: str
    key: str = KEY
    online: bool = True

    def run(self, *arguments: object, code: int = 0, seconds: float = 120.0) -> Ended:
        """Run a command to its end, and check its exit code."""
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=seconds)
        ended = Ended(process.returncode, output, errors)
        assert ended.code == code, ended
        return ended

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """Start a command in its own process group."""
        return subprocess.Popen(
            [sys.executable, __file__, *map(str, arguments)],
            cwd=self.home,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        own = {
            "BLENDER_USER_RESOURCES": str(self.home / "blender"),
            "TRIPO_API_KEY": self.key,
            "TRIPO_BASE_URL": self.address,
            "PYTHONPATH": str(ROOT),
            "TRIPO_TEST_ONLINE": "1" if self.online else "",
        }
        return {**os.environ, **own}


def _main() -> None:
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True)
    import tripo_addon
    from tests.blender import quick_looks
    from tripo_addon.blender.command_line import command

    quick_looks.look_soon()

    entry = bpy.context.preferences.addons.new()
    entry.module = tripo_addon.__name__
    tripo_addon.register()
    bpy.context.preferences.system.use_online_access = bool(os.environ["TRIPO_TEST_ONLINE"])
    if sys.argv[1].endswith(".py"):
        runpy.run_path(sys.argv[1], run_name="__main__")
        code = 0
    else:
        code = command.run(sys.argv[1:])
    tripo_addon.unregister()
    sys.stdout.flush()
    sys.stderr.flush()
    # As in the other tests: bpy may wait forever in its own exit.
    os._exit(code)


if __name__ == "__main__":
    _main()
