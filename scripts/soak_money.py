"""Checks that nothing is lost or paid twice while several Blenders share a list: engines in
separate processes that are killed around the moment of payment, while answers are cut, clocks jump
by a day, the disk is full, the list is damaged or the power fails.

Plain Python: Blender would only add time. Exits 1 if a request is paid twice or something paid is
lost. Spends nothing.
"""

from __future__ import annotations

import environment

if __name__ == "__main__":
    environment.enter("demo")

import argparse
import logging
import multiprocessing
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

sys.path.insert(0, str(environment.ROOT))

from soak import Service
from soak_lives import DAY, DURABLE, LIST, SYNCED, Life, live
from soak_money_checks import MODEL_BYTES, check_results
from soak_money_plans import TRAITS, Plan, all_drawn, boundaries
from soak_results import Results
from tests.jobs.bench import KEY

SETTLING: Final = 60.0
_ON_ITS_WAY: Final = 1.0
_PROCESSES: Final = multiprocessing.get_context("forkserver")


def played(plan: Plan, keep: Path) -> Results:
    """Run one plan from its first process to its last, and return the result."""
    chance = random.Random(plan.name)  # noqa: S311 - as above
    with (
        tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as place,
        Service(
            keys=(KEY,), seconds=plan.task_seconds, filler_bytes=MODEL_BYTES, per_minute=10_000
        ) as service,
    ):
        folder = Path(place)
        found = Results()
        service.fault(*plan.faults)
        for side in plan.rounds:
            _count_ends(_lived(side, folder, service.base_url, power=plan.power), found)
            if plan.power:
                _lose_power(folder)
            for _ in range(plan.damages):
                _damage(folder / LIST, chance)
        service.all_well()
        # Requests that a process sent before it was killed may still arrive.
        time.sleep(_ON_ITS_WAY)
        settler = Life("settler", 1, (), SETTLING, eager=1.0, ahead=10 * DAY, settles=True)
        (code,) = _lived((settler,), folder, service.base_url, power=False)
        if code:
            found.lost.append(f"the last process ended with {code}")
        try:
            check_results(plan, service, folder, found)
        except sqlite3.Error as error:
            found.lost.append(f"the list cannot be read: {error}")
        if found.lost or found.twice:
            shutil.copytree(folder, keep / plan.name.replace(" ", "-"), dirs_exist_ok=True)
    return found


def _count_ends(codes: Iterable[int], found: Results) -> None:
    for code in codes:
        found.count("killed" if code < 0 else "quit")
        if code > 0:
            found.lost.append(f"a process ended with {code}")


def _lived(side: Sequence[Life], folder: Path, address: str, *, power: bool) -> list[int]:
    running = [
        _PROCESSES.Process(target=live, args=(folder, address, life), kwargs={"power": power})
        for life in side
    ]
    for process in running:
        process.start()
    for process, life in zip(running, side, strict=True):
        process.join(life.seconds + SETTLING)
        if process.is_alive():
            process.kill()
            process.join()
    return [process.exitcode or 0 for process in running]


def _lose_power(folder: Path) -> None:
    """Leave only what was synced: the list as of its last commit, and synced files."""
    durable, store = folder / DURABLE, folder / LIST
    store.with_name(f"{LIST}-journal").unlink(missing_ok=True)
    if durable.exists():
        shutil.copyfile(durable, store)
    else:
        store.unlink(missing_ok=True)
    notes = folder / SYNCED
    synced = set(notes.read_text().split()) if notes.exists() else set()
    for file in (folder / "downloads").rglob("*"):
        if file.is_file() and str(file.stat().st_ino) not in synced:
            file.write_bytes(b"")


def _damage(store: Path, chance: random.Random) -> None:
    """Change one byte of the list."""
    if not store.exists() or not store.stat().st_size:
        return
    content = bytearray(store.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    store.write_bytes(content)


def main() -> None:
    """Run the plans, a few at a time, and print the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--plans", type=int, default=24, help="how many random ones (default 24)")
    add("--seed", type=int, default=1, help="what they are drawn from (default 1)")
    add("--only", type=int, help="the one of this number, to play it again")
    add("--trait", choices=sorted(set(TRAITS)), default="", help="what goes wrong in all of them")
    add("--boundaries", action="store_true", help="a death at every point before that")
    add("--at-once", type=int, default=os.cpu_count() or 1, help="plans side by side")
    add("--keep", type=Path, default=environment.ROOT / "soak-output", help="for bad plans")
    given = parser.parse_args()
    numbers = range(given.plans) if given.only is None else (given.only,)
    plans = (
        *(boundaries() if given.boundaries else ()),
        *all_drawn(given.seed, numbers, given.trait),
    )
    # Up to Python 3.13, a module to preload for all processes is not found by our own path.
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    started = time.monotonic()
    # Not threads: multiprocessing checks all children of a process whenever one is started, and of
    # two threads that do so at once one takes the other's exit code.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(given.at_once, mp_context=spawn, initializer=_begin) as pool:
        results = list(_printed(plans, pool.map(partial(played, keep=given.keep), plans)))
    _close(results, seconds=time.monotonic() - started)


def _begin() -> None:
    """Prepare a process that plays plans."""
    logging.getLogger("tests.standin").setLevel(logging.CRITICAL)
    _PROCESSES.set_forkserver_preload(["soak_lives"])


def _printed(plans: Sequence[Plan], done: Iterator[Results]) -> Iterator[Results]:
    for plan, found in zip(plans, done, strict=True):
        for sentence in (*found.lost, *found.twice):
            print(f"plan {plan.name}: {sentence}", flush=True)
        yield found


def _close(results: Sequence[Results], *, seconds: float) -> None:
    sums: Counter[str] = Counter()
    for found in results:
        sums.update(found.sums)
    lost = sum(len(found.lost) for found in results)
    twice = sum(len(found.twice) for found in results)
    print("; ".join(f"{name} {count}" for name, count in sorted(sums.items())))
    print(f"{seconds:.0f} s", flush=True)
    print(f"plans {len(results)}, lost {lost}, paid twice {twice}")
    raise SystemExit(1 if lost or twice else 0)


if __name__ == "__main__":
    main()
