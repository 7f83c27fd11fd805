"""Makes and completes a virtual environment of pinned packages, and marks what is installed.

Standard library only, since it runs before anything is installed. Does not know what the packages
are for, nor where interpreters come from.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import packages


@dataclass(frozen=True)
class Venv:
    """An environment in `folder`; `pip` is the interpreter whose pip fills it, by default its
    own."""

    folder: Path
    pip: str = ""

    @property
    def python(self) -> Path:
        """The path of its interpreter, whether or not it exists yet."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def version(self) -> tuple[int, int] | None:
        """The environment's Python version; None if it is missing, broken or half made."""
        return version_of(str(self.python)) if self._stamps() else None

    def make(self, base: str) -> tuple[int, int]:
        """Make it again with the interpreter `base`, and return its version. Raises SystemExit."""
        print(f"Making {self.folder} …", file=sys.stderr, flush=True)
        options = ("--clear", "--without-pip") if self.pip else ("--clear",)
        command = [base, "-m", "venv", *options, str(self.folder)]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            output = f"{made.stdout}{made.stderr}".rstrip()
            raise SystemExit(f"{base} could not make {self.folder}:\n{output}")
        version = version_of(str(self.python))
        if version is None:
            raise SystemExit(f"{self.python} does not run; delete {self.folder} and try again.")
        return version

    def holds(self, group: str, stamp: str) -> bool:
        """Return whether the whole group is installed, from the package list with this stamp."""
        return self._stamps().get(group) == stamp

    def remember(self, group: str, stamp: str) -> None:
        """Record that the whole group is installed."""
        written = self.folder / "stamps.json.part"
        written.write_text(json.dumps({**self._stamps(), group: stamp}, indent=1), encoding="utf-8")
        written.replace(self.folder / "stamps.json")

    def install(self, pins: tuple[str, ...], *options: str) -> None:
        """Install exactly these packages. The list contains all dependencies, so pip resolves
        none."""
        if not pins:
            return
        with_blender = any(pin.startswith("bpy==") for pin in pins)
        size = "; Blender alone is 350 MB, the first time" if with_blender else ""
        print(f"Installing {len(pins)} pinned package(s){size} …", file=sys.stderr, flush=True)
        log = self.folder / "install.log"
        command = [
            *self.pip_command,
            "install",
            "--no-deps",
            "--only-binary=:all:",
            *packages.BOUNDS,
        ]
        command += [*options, *pins]
        if run_long(command, log) != 0:
            raise SystemExit(
                f"The packages could not be installed; the end of {log}:\n{end_of(log)}"
            )

    @property
    def pip_command(self) -> tuple[str, ...]:
        """Return the start of a pip command that installs into it."""
        return (self.pip or str(self.python), "-m", "pip", "--python", str(self.python))

    def _stamps(self) -> dict[str, str]:
        try:
            stamps = json.loads((self.folder / "stamps.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamps if isinstance(stamps, dict) else {}


def stamp_of(python: tuple[int, int], *packages: str) -> str:
    """Return a stamp for a list of packages and a Python version."""
    text = "\n".join((f"{python[0]}.{python[1]}", *packages))
    return hashlib.sha256(text.encode()).hexdigest()


def version_of(python: str) -> tuple[int, int] | None:
    """Return an interpreter's version, such as (3, 11); None if it does not run."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return None
    words = done.stdout.split()
    return (int(words[0]), int(words[1])) if done.returncode == 0 and len(words) == 2 else None


def run_long(command: list[str], log: Path) -> int:
    """Run a command with its output in a log, and print every 15 seconds that it still runs."""
    with log.open("w", encoding="utf-8") as out:
        running = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        started = time.monotonic()
        while running.poll() is None:
            try:
                running.wait(timeout=15)
            except subprocess.TimeoutExpired:
                print(f"  … {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return running.returncode


def end_of(log: Path) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
