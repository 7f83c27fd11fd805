"""The plans of soak_money.py: which processes live side by side, when they die, and what fails."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import soak_candidates
from soak_lives import CALM, DAY, POINTS, Jump, Life
from tests.standin.faults import Fault

PAY: Final = "/v3/generation"
LOOK: Final = "/v3/tasks/list"
RESULT: Final = "/results/"
TRAITS: Final = (
    *("shared", "shared", "jumps", "jumps", "full", "power", "damages", "shared"),
    "candidates",
)
_AROUND_PAYMENT: Final = POINTS[2:]


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


def all_drawn(seed: int, numbers: Iterable[int], trait: str) -> Iterator[Plan]:
    """Return the plans of these numbers. See `drawn`."""
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
