"""Builds the zips, and starts separate Blenders to examine them; never imports bpy here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import build

Ask = Callable[..., object]


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """All zips by platform, built from this tree."""
    built = build.build(output=tmp_path_factory.mktemp("dist"))
    return {path.stem.rsplit("-", 1)[1].replace("_", "-"): path for path in built}


@pytest.fixture(scope="session")
def archive(archives: dict[str, Path]) -> Path:
    """The zip for this machine."""
    return archives[build.current_platform()]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Runs commands of in_blender.py, each in a new Blender; all of a test share a user folder."""

    def answer(*words: str | Path) -> object:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("in_blender.py")), *map(str, words)],
            env={**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "blender")},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        answers = [line for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
        assert done.returncode == 0, done.stdout + done.stderr
        assert answers, done.stdout + done.stderr
        return json.loads(answers[-1].removeprefix("ANSWER "))

    return answer
