"""Fresh interpreters, to see what an import loads."""

from __future__ import annotations

import os
import subprocess
import sys

from .sources import ROOT


def run_python(code: str, *arguments: str, **variables: str) -> str:
    """Return the output of a fresh interpreter; the test fails with its errors unless it exits with
    0."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
