"""Compare how model files of other programs arrive with Blender's own import of each.

Every GLB, glTF, FBX, OBJ, STL, USDZ and ZIP below a folder is imported twice, by Blender itself and
by the add-on, and a table tells where they differ: parts, faces, the box of each part that is seen,
material slots, images, shape keys, actions and who has them. A file that the add-on refuses in a
sentence is no difference.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import environment

ENDINGS = frozenset({".glb", ".gltf", ".fbx", ".obj", ".stl", ".usdz", ".zip"})
SECONDS = 300.0
PARTS = "part boxes"
SHARE = 1e-3
"""How much a box may differ, as a share of its longest side."""


def main(words: list[str]) -> int:
    """Compare the files of `--folder`, print the table, and give 1 if any differs."""
    options = argparse.ArgumentParser(prog="test.py corpus", description=__doc__)
    options.add_argument("--folder", type=Path, required=True, help="where the model files are")
    given = options.parse_args(words)
    files = sorted(
        path
        for path in given.folder.rglob("*")
        if path.suffix.lower() in ENDINGS and path.is_file()
    )
    if not files:
        print(f"There is no model file in {given.folder}.", file=sys.stderr)
        return 1
    width = max(len(path.name) for path in files)
    differing = 0
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for path, (good, told) in zip(files, pool.map(examined, files), strict=True):
            differing += not good
            print(f"{path.name:{width}}  {told}", flush=True)
    print(f"{len(files)} files, {differing} differ from Blender's own import")
    return 1 if differing else 0


def examined(path: Path) -> tuple[bool, str]:
    """Whether a file arrives as it should, and the table's words for it."""
    script = Path(__file__).with_name("corpus_in_blender.py")
    command = [sys.executable, "-B", str(script), str(path.resolve())]
    settings = {**os.environ, "PYTHONPATH": str(environment.ROOT)}
    try:
        done = subprocess.run(
            command, env=settings, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"did not end within {SECONDS:.0f} s"
    told = [line for line in done.stdout.splitlines() if line.startswith("FACTS ")]
    if not told:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:]
        return False, f"Blender ended with {done.returncode}: {''.join(last)}"
    found = json.loads(told[-1].removeprefix("FACTS "))
    if "refused" in found:
        return True, f"refused: {found['refused']}"
    return judged(found["plain"], found["arrived"])


def judged(plain: dict[str, Any], arrived: dict[str, Any]) -> tuple[bool, str]:
    """Whether two sets of facts are those of the same model, and the words for it."""
    reach = max((abs(value) for value in plain["box"]), default=0.0)
    wrong = [
        f"{name}: {arrived[name]} instead of {plain[name]}"
        for name in plain
        if name != PARTS and not _same(plain[name], arrived[name], reach)
    ]
    pairs = itertools.zip_longest(plain[PARTS], arrived[PARTS], fillvalue=[])
    if not all(_same(one, other, reach) for one, other in pairs):
        wrong.append(f"{PARTS}: some parts have another place or size")
    if wrong:
        return False, "DIFFERS  " + "; ".join(wrong)
    counts = ", ".join(
        f"{count} {name}" for name, count in plain.items() if isinstance(count, int) and count
    )
    return True, f"alike  {counts}"


def _same(one: Any, other: Any, reach: float) -> bool:
    """Whether two counts are equal, or two lists of coordinates in a model that far across."""
    if not isinstance(one, list):
        return one == other
    slack = SHARE * reach + 1e-6
    return len(one) == len(other) and all(
        abs(a - b) <= slack for a, b in zip(one, other, strict=True)
    )
