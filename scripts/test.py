"""Run every ring of tests that this machine can, and say which rings it cannot run and why.

Makes the environment first, then the house's checks, then pytest over the rings in one run. No test
can spend credits: keys are taken out of the environment, and proxies never stand before loopback.
"""

from __future__ import annotations

import environment

if __name__ == "__main__":
    environment.enter("test")

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import check
import gui_blender
import vendor

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PROXIES = ("http_proxy", "https_proxy", "all_proxy")
OPTIONS_WITH_A_PATH = ("--deselect", "--ignore", "--rootdir", "-c", "-k", "-m", "-p")
# Far beyond what all rings need; a Blender that hangs at exit must not hold the machine for ever.
LIMIT = 75 * 60


@dataclass(frozen=True)
class Ring:
    """Folders of tests with the same needs; `lacking` says what is missing here, if anything."""

    name: str
    folders: tuple[str, ...]
    lacking: str = ""


def rings() -> tuple[Ring, ...]:
    """All rings, those that cannot run here with the reason."""
    no_module = "Blender's Python module is not here; it exists for Python 3.11 and 3.13."
    no_blender = "" if environment.has_bpy() else no_module
    no_window = (
        ""
        if gui_blender.find() is not None
        else "No windowed Blender here; `python3 scripts/gui_blender.py` prepares one."
    )
    return (
        Ring("plain", ("test_architecture.py", "api", "jobs", "standin_checks")),
        Ring("Blender", ("blender", "package"), no_blender),
        Ring("window", ("gui",), no_blender or no_window),
    )


def safe(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables without keys, and without proxies other than local ones."""
    kept = {name: value for name, value in variables.items() if not name.endswith("_API_KEY")}
    for name, value in variables.items():
        if name.lower() in PROXIES and urlsplit(value).hostname not in LOOPBACK:
            del kept[name]
    loopback = ",".join(LOOPBACK)
    return {**kept, "NO_PROXY": loopback, "no_proxy": loopback}


def main() -> None:
    """Run the house's checks and the rings; arguments go to pytest, paths replace the rings."""
    given = sys.argv[1:]
    good = True
    if not _names_tests(given):
        good = _house()
        given = [*given, *_folders_of_able_rings()]
    code = _pytest(given)
    if not good:
        print("The house's checks FAILED; they stand at the top.", file=sys.stderr, flush=True)
    raise SystemExit(code if code != 0 else int(not good))


def _names_tests(arguments: list[str]) -> bool:
    """Whether any argument is a file or folder to test, rather than the value of an option."""
    before = ["", *arguments]
    return any(
        Path(word.split("::")[0]).exists() and option not in OPTIONS_WITH_A_PATH
        for option, word in zip(before, arguments, strict=False)
    )


def _house() -> bool:
    print("— house —", flush=True)
    good = check.run_steps()
    try:
        vendor.fetch()
    except vendor.WrongWheel as error:
        print(f"wheels   FAILED\n{error}", flush=True)
        return False
    return good


def _folders_of_able_rings() -> list[str]:
    tests = environment.ROOT / "tests"
    able = [ring for ring in rings() if not ring.lacking]
    print(f"— rings: {', '.join(ring.name for ring in able)} —", flush=True)
    for ring in rings():
        if ring.lacking:
            print(f"SKIPPED RING {ring.name}: {ring.lacking}", flush=True)
    named = (name for ring in able for name in ring.folders)
    return [f"tests/{name}" for name in named if (tests / name).exists()]


def _pytest(arguments: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    try:
        done = subprocess.run(
            command, cwd=environment.ROOT, env=safe(os.environ), timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        print(f"pytest did not end within {LIMIT // 60} minutes.", file=sys.stderr)
        return 1
    return done.returncode


if __name__ == "__main__":
    main()
