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
from collections.abc import Container, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

sys.path.insert(0, str(environment.ROOT))

import soak_candidates
import soak_results
from soak import Service
from soak_lives import CALM, DAY, DURABLE, LIST, POINTS, SYNCED, Jump, Life, live
from soak_results import Results
from tests.jobs.bench import KEY
from tests.standin.faults import Fault
from tests.standin.filler import FillerGlb

PAY: Final = "/v3/generation"
LOOK: Final = "/v3/tasks/list"
RESULT: Final = "/results/"
MODEL_BYTES: Final = 2000
SETTLING: Final = 60.0
_ON_ITS_WAY: Final = 1.0
TRAITS: Final = (
    *("shared", "shared", "jumps", "jumps", "full", "power", "damages", "shared"),
    "candidates",
)
_AROUND_PAYMENT: Final = POINTS[2:]
_PROCESSES: Final = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Plan:
    """Rounds of processes that run side by side over one list, in a `calm` plan to their end; the
    service's faults meanwhile; whether the power fails at the end of each round, and how many bytes
    of the list change then. A last process without faults finishes what is left."""

    name: str
    rounds: tuple[tuple[Life, ...], ...]
    faults: tuple[Fault, ...] = ()
    power: bool = False
    damages: int = 0
    task_seconds: float = 0.1
    calm: bool = False

    @property
    def submissions(self) -> tuple[int, ...]:
        """The numbers of all requests, each draft one of its own."""
        drafts = (n + each for n in self.candidates for each in range(soak_candidates.COUNT))
        plain = (n for side in self.rounds for life in side for n in life.submissions)
        return (*plain, *drafts)

    @property
    def candidates(self) -> tuple[int, ...]:
        """The numbers of the requests for several drafts, of which one is kept."""
        return tuple(n for side in self.rounds for life in side for n in life.candidates)


def boundaries() -> tuple[Plan, ...]:
    """Return the cases that are always tested: Blenders side by side while answers are late or
    missing, while two persons retry the same job, and while their clocks are a day apart; and a
    Blender that is killed at each point, with or without a second one."""
    side = tuple(
        Life(f"calm {n}", n, (n, n + 3), 40.0, speed=CALM, settles=True) for n in range(1, 4)
    )
    return (
        Plan("three that live", (side,), (Fault(path=PAY, delay=0.5, times=6),), calm=True),
        Plan("lost answers", ((_whole("first", 1),),), (Fault(path=PAY, cut="after", times=3),)),
        Plan(
            "two who retry",
            # So slow that each sees the other's row fail before it is retried.
            (tuple(replace(_whole(*each), eager=0.02) for each in (("first", 1), ("second", 2))),),
            (Fault(path=PAY, status=400, body="no", delay=0.1, times=24),),
        ),
        Plan(
            "two a day apart",
            # So many that some still wait when the other takes over a killed one's jobs.
            (
                (
                    replace(_whole("first", 1), submissions=(*range(30, 46),)),
                    _whole("second", 2, DAY),
                ),
            ),
            (Fault(path=PAY, delay=0.4, times=40),),
        ),
        *_deaths(),
    )


def _whole(owner: str, number: int, ahead: float = 0.0) -> Life:
    """Return a process that runs to its end, with its own requests."""
    first = 10 * number
    return Life(owner, number, tuple(range(first, first + 6)), 4.0, ahead=ahead)


def _deaths() -> Iterator[Plan]:
    yield from (
        Plan(
            f"{point} {'beside another' if beside else 'alone'}",
            (
                (
                    Life("first", 1, (1, 2), 2.0, point=point, count=count),
                    *((Life("second", 2, (3,), 1.5),) if beside else ()),
                ),
            ),
            power=not beside,
        )
        for number, point in enumerate(POINTS)
        for beside in (False, True)
        for count in (1 + number % 2,)
    )


def drawn(seed: int, number: int, trait: str = "") -> Plan:
    """Return the plan of that number: the same each time. `trait` is the fault beside the kills and
    the network; by default it depends on the number."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - is meant to come out the same again
    trait = trait or TRAITS[number % len(TRAITS)]
    if trait == "candidates":
        return _of_candidates(f"{number} of seed {seed} ({trait})", chance)
    alone, submitted = trait in ("power", "damages"), 0
    rounds: list[tuple[Life, ...]] = []
    for turn in range(2 if not alone else 3):
        side: list[Life] = []
        for each in range(1 if alone else chance.randint(2, 5)):
            count = chance.randint(1, 2)
            submissions = tuple(range(submitted + 1, submitted + 1 + count))
            submitted += count
            side.append(_life(chance, f"b{turn}{each}", submissions, trait))
        rounds.append(tuple(side))
    return Plan(
        f"{number} of seed {seed} ({trait})",
        tuple(rounds),
        tuple(_fault(chance) for _ in range(submitted)),
        power=trait == "power",
        damages=1 if trait == "damages" else 0,
        task_seconds=chance.choice((0.0, 0.1, 0.4)),
    )


def _of_candidates(name: str, chance: random.Random) -> Plan:
    """Return a plan with several drafts, which are kept in the same life or in a later one: alone
    or beside another, and most are killed at a point of the payment or at any moment."""
    rounds: list[tuple[Life, ...]] = []
    for turn in range(chance.randint(2, 4)):
        side = [_life(chance, f"b{turn}{each}", (), name) for each in range(chance.randint(1, 2))]
        side = [replace(life, dies=not life.point and chance.random() < 0.7) for life in side]
        if not turn:
            side[0] = replace(side[0], candidates=(1,))
        rounds.append(tuple(side))
    faults = (_fault(chance, (PAY, soak_candidates.TEXTURE)) for _ in range(chance.randint(0, 4)))
    return Plan(name, tuple(rounds), tuple(faults), task_seconds=chance.choice((0.0, 0.1, 0.4)))


def _drawn(seed: int, numbers: Iterable[int], trait: str) -> Iterator[Plan]:
    return (drawn(seed, number, trait) for number in numbers)


def _life(chance: random.Random, owner: str, submissions: tuple[int, ...], trait: str) -> Life:
    seconds = chance.uniform(0.6, 2.0)
    life = Life(owner, chance.getrandbits(32), submissions, seconds)
    if chance.random() < 0.7:
        point = chance.choice(_AROUND_PAYMENT if chance.random() < 0.8 else POINTS)
        life = replace(life, point=point, count=chance.randint(1, 3))
    if trait == "jumps":
        jumps = (
            Jump(chance.uniform(0.0, seconds), chance.choice((-DAY, DAY, 40.0, -40.0)))
            for _ in range(chance.randint(1, 3))
        )
        life = replace(life, jumps=tuple(sorted(jumps, key=lambda jump: jump.after)))
    if trait == "full":
        start = chance.uniform(0.1, seconds / 2)
        life = replace(life, full=(start, start + chance.uniform(0.1, 0.6)))
    return life


def _fault(chance: random.Random, paid: Sequence[str] = (PAY,)) -> Fault:
    """Return a fault, mostly of a paid request."""
    path = chance.choice(paid) if chance.random() < 0.75 else chance.choice((LOOK, RESULT))
    kind = chance.randrange(8)
    if kind < 3:
        return Fault(path=path, cut="after" if kind else "before")
    if kind == 3:
        return Fault(path=path, status=429, headers={"Retry-After": "1"})
    if kind == 4:
        return Fault(path=path, status=chance.choice((400, 403, 503)), body="no")
    if kind == 5:
        return Fault(path=path, delay=chance.uniform(0.05, 0.5))
    if kind == 6:
        return Fault(path=path, truncate=chance.randint(0, 60))
    return Fault(path=PAY, ending="failed", error_code=2008)


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


def check_results(plan: Plan, service: Service, folder: Path, found: Results) -> None:
    """Compare every request with the service's ledger, the list and the disk."""
    digest = soak_results.digest_of(FillerGlb(MODEL_BYTES).read(0, MODEL_BYTES))
    rows = soak_results.rows_of(folder / LIST)
    # A changed byte may damage a file's name; a result with a task is downloaded again, free.
    known = {
        row.task_id
        for row in rows
        if _has_come(row, digest) or (plan.damages and row.state == "done")
    }
    maybe = sum(
        row.failure == "outcome unknown" and bool(row.record.get("details_lost")) for row in rows
    )
    refused = failed = 0
    posts = [post.body for post in service.ledger.sent("POST", PAY)]
    for submission in plan.submissions:
        found.count("submissions")
        tasks = [task for task in service.ledger.tasks if task.body.get("model_seed") == submission]
        good = [task for task in tasks if not task.ending.ending]
        failed += len(tasks) - len(good)
        found.count("paid", len(tasks))
        if len(good) > 1:
            found.twice.append(f"submission {submission}: {len(good)} tasks")
        own = [row for row in rows if row.submission == submission]
        for task in good:
            if task.id not in known and maybe:
                # The row says that there may be a task; at this speed of time, a search by time
                # fails.
                maybe -= 1
                found.count("shown as maybe paid")
            elif task.id not in known:
                found.lost.append(
                    f"submission {submission}: task {task.id} did not come; {_in_words(own)}"
                )
        found.lost += [
            f"submission {submission}: {promise}" for promise in _broken_promises(plan, own)
        ]
        found.count(own[-1].failure or own[-1].state if own else "never noted")
    _check_candidates(plan, service, rows, known, found)
    refused += soak_results.refusals(plan.faults)
    # A process that is killed during a request sends none of the body.
    sent = [body["model_seed"] for body in posts if isinstance(body, dict) and "model_seed" in body]
    again = len(sent) - len(set(sent))
    if again > refused + failed:
        found.twice.append(f"{again} requests were sent again after {refused + failed} refusals")


def _check_candidates(
    plan: Plan,
    service: Service,
    rows: Sequence[soak_results.Row],
    known: Container[str],
    found: Results,
) -> None:
    unknown = any(row.record.get("keeps") and row.failure == "outcome unknown" for row in rows)
    for number in plan.candidates:
        kept = soak_candidates.kept_of(service.ledger, number)
        found.count("requests for candidates")
        found.count("kept and paid", len(kept))
        found.count("kept and shown as maybe paid", int(unknown))
        found.twice += soak_candidates.twice(service.ledger, number)
        found.lost += soak_candidates.lost(service.ledger, number, known, maybe=unknown)


def _broken_promises(plan: Plan, rows: Sequence[soak_results.Row]) -> Iterator[str]:
    """Yield violations that cost nothing this time but could later: a task without a receipt,
    unless the disk was full or the list damaged, and a job that was taken over from a running
    Blender."""
    damaged = plan.damages or any(life.full for side in plan.rounds for life in side)
    for row in rows:
        entries = [entry for entry, _detail in row.entries]
        sent = "about to pay" in entries and "failed" not in entries
        received = {"paid", "not accepted"} & set(entries)
        if sent and row.task_id and not received and not damaged:
            yield f"{row.id} has no receipt of {row.task_id}"
        if plan.calm and row.failure == "interrupted":
            yield f"{row.id} was taken from a Blender that lived"


def _has_come(row: soak_results.Row, digest: str) -> bool:
    model = Path(str(row.record.get("model") or "/gone"))
    return model.is_file() and soak_results.digest_of((model.read_bytes(),)) == digest


def _in_words(rows: Sequence[soak_results.Row]) -> str:
    return "; ".join(f"{row.id} {row.state} {row.failure} {row.entries}" for row in rows)


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
    plans = (*(boundaries() if given.boundaries else ()), *_drawn(given.seed, numbers, given.trait))
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
