"""Compares how model files of other programs arrive with Blender's own import of each.

Every GLB, glTF, FBX, OBJ, STL, USDZ and ZIP below a folder is imported twice, by Blender itself and
by the add-on. A table shows where they differ: parts, faces, bounding boxes of visible parts,
material slots, images, shape keys, actions and their users. A file that the add-on refuses with a
sentence is no difference; an intended difference is listed with its reason (`KNOWN`). With
`--fetched` the files are taken from packages, which pip fetches for this run.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environment
import packages

ENDINGS = frozenset({".glb", ".gltf", ".fbx", ".obj", ".stl", ".usdz", ".zip"})
SECONDS = 300.0
PARTS = "part boxes"
SHARE = 1e-3
"""The allowed difference of a box, as a share of its longest side."""


COLORED = "parts colored by vertices alone"
MOST = 120
"""The number of files compared per package, spread evenly over all of its files."""


@dataclass(frozen=True)
class Known:
    """An intended difference: the fact, the condition, and the reason."""

    fact: str
    holds: Callable[[dict[str, Any], dict[str, Any]], bool]
    reason: str


KNOWN = (
    Known(
        "material slots",
        lambda plain, arrived: (
            arrived["material slots"] == plain["material slots"] + plain[COLORED] > 0
        ),
        "colors of vertices get a material that shows them",
    ),
)


def main(words: list[str]) -> int:
    """Compare the files of `--folder`, or of packages, and print the table. Returns 1 if any
    differs."""
    options = argparse.ArgumentParser(prog="test.py corpus", description=__doc__)
    where = options.add_mutually_exclusive_group(required=True)
    where.add_argument("--folder", type=Path, help="where the model files are")
    where.add_argument("--fetched", action="store_true", help="those that packages carry")
    given = options.parse_args(words)
    if not given.fetched:
        return compared(_models(given.folder), str(given.folder))
    with _fetched() as folders:
        return compared([path for each in folders for path in _some(_models(each))], "the packages")


def _models(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file()
    )


def _some(files: Sequence[Path]) -> list[Path]:
    most = min(MOST, len(files))
    return [files[number * len(files) // most] for number in range(most)]


@contextmanager
def _fetched() -> Iterator[list[Path]]:
    """Return the unpacked wheels of `environment.CORPUS`, each in its own folder. None of their
    code runs. Raises SystemExit if pip cannot fetch one."""
    pip = (sys.executable, "-m", "pip")
    packages.demand_index(pip, environment.CORPUS)
    with tempfile.TemporaryDirectory() as place:
        wheels = Path(place, "wheels")
        command = [*pip, "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += [*packages.BOUNDS, "--dest", str(wheels), *environment.CORPUS]
        subprocess.run(command, check=True)
        folders: list[Path] = []
        for wheel in sorted(wheels.iterdir()):
            folders.append(Path(place, wheel.stem))
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folders[-1])
        yield folders


def compared(files: Sequence[Path], source: str) -> int:
    """Print a line for each file as it is compared, then the totals. Returns 1 if any differs, or
    if there is none."""
    if not files:
        print(f"There is no model file in {source}.", file=sys.stderr)
        return 1
    width = max(len(path.name) for path in files)
    differing = 0
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for path, (good, line) in zip(files, pool.map(examined, files), strict=True):
            differing += not good
            print(f"{path.name:{width}}  {line}", flush=True)
    print(f"{len(files)} files, {differing} differ from Blender's own import")
    return 1 if differing else 0


def examined(path: Path) -> tuple[bool, str]:
    """Return whether a file arrives as it should, and the text for the table."""
    script = Path(__file__).with_name("corpus_in_blender.py")
    command = [sys.executable, "-B", str(script), str(path.resolve())]
    settings = {**os.environ, "PYTHONPATH": str(environment.ROOT)}
    try:
        done = subprocess.run(
            command, env=settings, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"did not end within {SECONDS:.0f} s"
    facts = [line for line in done.stdout.splitlines() if line.startswith("FACTS ")]
    if not facts:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:]
        return False, f"Blender ended with {done.returncode}: {''.join(last)}"
    found = json.loads(facts[-1].removeprefix("FACTS "))
    if "refused" in found:
        return True, f"refused: {found['refused']}"
    return judged(found["plain"], found["arrived"])


def judged(plain: dict[str, Any], arrived: dict[str, Any]) -> tuple[bool, str]:
    """Return whether two sets of facts describe the same model, and the text for the table."""
    reach = max((abs(value) for value in plain["box"]), default=0.0)
    names = [name for name in plain if name not in {PARTS, COLORED}]
    differing = [name for name in names if not _same(plain[name], arrived[name], reach)]
    meant = {each.fact: each.reason for each in KNOWN if each.holds(plain, arrived)}
    wrong = [
        f"{name}: {arrived[name]} instead of {plain[name]}"
        for name in differing
        if name not in meant
    ]
    pairs = itertools.zip_longest(plain[PARTS], arrived[PARTS], fillvalue=[])
    if not all(_same(one, other, reach) for one, other in pairs):
        wrong.append(f"{PARTS}: some parts have another place or size")
    if wrong:
        return False, "DIFFERS  " + "; ".join(wrong)
    counts = ", ".join(
        f"{count} {name}" for name, count in plain.items() if isinstance(count, int) and count
    )
    return True, "; ".join((f"alike  {counts}", *(meant[name] for name in differing)))


def _same(one: Any, other: Any, reach: float) -> bool:
    """Return whether two counts are equal, or two lists of coordinates in a model of that size."""
    if not isinstance(one, list):
        return one == other
    slack = SHARE * reach + 1e-6
    return len(one) == len(other) and all(
        abs(a - b) <= slack for a, b in zip(one, other, strict=True)
    )
