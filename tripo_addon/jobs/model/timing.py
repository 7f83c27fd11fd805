"""How long to wait: numbers in, numbers out. All in seconds."""

from __future__ import annotations

from typing import Final

from ...api.catalog.records import Pace

USUAL: Final = Pace(first=2.0, waits=((20.0, 2.0), (90.0, 3.0), (600.0, 5.0)), slowest=15.0)
"""What Tripo asks for: 2 to 5 seconds (API v3 documents)."""
_LOOKS_TO_THE_END: Final = 3.0
_BACKOFF_FIRST: Final = 1.0
_BACKOFF_MOST: Final = 60.0
_ASKED_MOST: Final = 600.0
_SPREAD: Final = 0.25


def until_next_look(age: float, *, jitter: float, pace: Pace = USUAL, progress: int = 0) -> float:
    """The wait before a running task is asked for again; `age` is how long it has been running,
    `progress` its percent.

    Young tasks are asked often and old ones rarely, at the pace that the service asks for; one that
    should soon be done, as its progress goes, is asked sooner, but never sooner than a young one.
    """
    wait = next((wait for until, wait in pace.waits if age < until), pace.slowest)
    if progress:
        left = max(age, 0.0) * (100 - progress) / progress
        quickest = pace.waits[0][1] if pace.waits else pace.slowest
        wait = max(min(wait, left / _LOOKS_TO_THE_END), min(wait, quickest))
    return wait * (1 + _SPREAD * jitter)


def backoff(attempt: int, *, jitter: float, asked: float | None = None) -> float:
    """The wait after the given number of failures in a row. `asked`, the service's Retry-After, can
    make it longer, up to ten minutes, but never shorter: a service that says 0 for ever is not to
    be asked without end."""
    wait = min(_BACKOFF_MOST, _BACKOFF_FIRST * 2.0 ** min(attempt, 10))
    wait *= 1 + _SPREAD * jitter
    return wait if asked is None else max(wait, min(asked, _ASKED_MOST) + jitter)
