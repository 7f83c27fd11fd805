"""Doubles for what the house has handed in: time and threads.

Nothing here stands for our own code, a service or a file: those are real in every test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Work = Callable[[], None]


@dataclass
class Clock:
    """Time that passes when a test says so: `clock.seconds += tick.wait`."""

    seconds: float = 1000.0
    started: float = 1_700_000_000.0
    chance: float = 0.0

    def now(self) -> float:
        """Seconds that only ever grow."""
        return self.seconds

    def wall(self) -> float:
        """Seconds since 1970; as far on as `now` is."""
        return self.started + self.seconds

    def jitter(self) -> float:
        """The same chance every time."""
        return self.chance


@dataclass
class InlineWorkers:
    """Does the work at once, on the thread that hands it over."""

    ended: bool = False

    def start(self, lane: str, work: Work) -> None:
        """Do it."""
        del lane
        work()

    def shutdown(self, *, patience: float) -> bool:
        """There is nothing to wait for."""
        del patience
        self.ended = True
        return True


@dataclass
class HeldWorkers(InlineWorkers):
    """Keeps the work of the lanes in `held` until a test lets it go; does the rest at once."""

    held: set[str] = field(default_factory=set[str])
    waiting: list[Work] = field(default_factory=list[Work])

    def start(self, lane: str, work: Work) -> None:
        """Do it, or keep it."""
        if lane in self.held:
            self.waiting.append(work)
        else:
            work()

    def let_go(self) -> None:
        """Do what was kept, in the order in which it came."""
        waiting, self.waiting = self.waiting, []
        for work in waiting:
            work()
