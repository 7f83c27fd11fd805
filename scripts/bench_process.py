"""Runs one task of a benchmark in a Python process of its own, which has bpy."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(tempfile.gettempdir()) / "tripo-addon-bench"


def in_fresh_blender(script: str, task: str, path: str) -> dict[str, Any]:
    """Run a task of this script with a file, and return what it measured: see `answer`."""
    # Compile once: from the second start on, Blender has compiled files.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(CACHE / "compiled")}
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        subprocess.run(
            (sys.executable, str(Path(script).resolve()), task, path, str(told)),
            env=environment | {"BLENDER_USER_RESOURCES": folder},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return json.loads(told.read_text(encoding="utf-8"))


def answer(tasks: Mapping[str, Callable[[Path], dict[str, Any]]]) -> None:
    """Run the task that `in_fresh_blender` named, in the process that it started."""
    task, path, told = sys.argv[1:]
    Path(told).write_text(json.dumps(tasks[task](Path(path))), encoding="utf-8")
