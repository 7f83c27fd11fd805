"""The engine's clock, which tests can replace. No other module here reads a clock."""

from __future__ import annotations

import random
import time
from typing import Protocol


class Clock(Protocol):
    """Two readings of time, and random jitter."""

    def now(self) -> float:
        """Return seconds that only ever grow; for waits. Means nothing after a restart."""
        ...

    def wall(self) -> float:
        """Return seconds since 1970; for records that people read."""
        ...

    def jitter(self) -> float:
        """Return a random number from 0 to 1, to spread requests out."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """`time.monotonic`."""
        return time.monotonic()

    def wall(self) -> float:
        """`time.time`."""
        return time.time()

    def jitter(self) -> float:
        """`random.random`."""
        return random.random()  # noqa: S311 - spreads requests, guards nothing
