"""Puts known faults into the code, one at a time, and checks that a test notices each.

The faults in mutations_*.py are about money, leases, keys, recovery and downloads. Each is put into
a copy of the checkout, where the tests that should notice it run. Exits 1 if a fault survives, or
if the text that it replaces is no longer in the code.
"""

from __future__ import annotations

import environment

if __name__ == "__main__":
    environment.enter("test")

import argparse
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from mutation import Mutation
from mutations import MUTATIONS

SECONDS = 300.0
"""Seconds: a fault may make its tests hang, which counts as noticed."""


@dataclass(frozen=True)
class Verdict:
    """The result of a mutation: its tests' outcome, and the seconds they took."""

    mutation: Mutation
    word: str
    seconds: float

    @property
    def noticed(self) -> bool:
        """Whether a test failed or hung."""
        return self.word in {"noticed", "hung"}


def copied(folder: Path) -> Path:
    """Copy the checkout's files that git tracks or would add into `folder`, and return it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=environment.ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, target = environment.ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return folder


def tried(mutation: Mutation, tree: Path) -> Verdict:
    """Apply the mutation to a copy, run its tests, and revert it."""
    path = tree / mutation.path
    sound = path.read_text(encoding="utf-8")
    if sound.count(mutation.old) != 1:
        return Verdict(mutation, "not applicable: its text is not there once", 0.0)
    path.write_text(sound.replace(mutation.old, mutation.new), encoding="utf-8")
    started = time.monotonic()
    try:
        word = _answer(tree, mutation.tests)
    finally:
        path.write_text(sound, encoding="utf-8")
    return Verdict(mutation, word, time.monotonic() - started)


def _answer(tree: Path, tests: tuple[str, ...]) -> str:
    options = ("-x", "-q", "-p", "no:cacheprovider")
    command = [sys.executable, "-B", "-m", "pytest", *options, *tests]
    try:
        done = subprocess.run(
            command, cwd=tree, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "hung"
    # 1: tests failed; 2: they could not be collected, which a fault should not cause.
    return {0: "SURVIVED", 1: "noticed"}.get(done.returncode, f"pytest ended {done.returncode}")


def main() -> None:
    """Try every mutation, or the named ones, one per core at a time."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", help="mutations to try; all where none is named")
    given = options.parse_args()
    chosen = [each for each in MUTATIONS if not given.names or each.name in given.names]
    workers = os.cpu_count() or 1
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        trees: queue.Queue[Path] = queue.Queue()
        for number in range(workers):
            trees.put(copied(Path(folder, str(number))))

        def run(mutation: Mutation) -> Verdict:
            tree = trees.get()
            try:
                verdict = tried(mutation, tree)
            finally:
                trees.put(tree)
            print(f"{verdict.word:10} {verdict.seconds:5.1f} s  {mutation.name}", flush=True)
            return verdict

        with ThreadPoolExecutor(workers) as pool:
            verdicts = list(pool.map(run, chosen))
    missed = [each.mutation.name for each in verdicts if not each.noticed]
    print(f"{len(verdicts) - len(missed)} of {len(verdicts)} faults noticed")
    for name in missed:
        print(f"not noticed: {name}")
    raise SystemExit(1 if missed or not verdicts else 0)


if __name__ == "__main__":
    main()
