"""How long to wait, in seconds, and how often to try: numbers in, numbers out."""

from __future__ import annotations

import math
from typing import Final

from ...api.catalog.service_types import Pace

USUAL: Final = Pace(first=2.0, waits=((20.0, 2.0), (90.0, 3.0), (600.0, 5.0)), slowest=15.0)
"""Tripo's recommended interval: 2 to 5 seconds (API v3 documents)."""
TRIES_BEFORE_PAYMENT: Final = 6
"""Failed uploads or paid requests that were not accepted, in a row, before the job fails."""
TRIES_WITH_A_LINK: Final = 5
"""Failed downloads in a row before the service is asked for a new link."""
REFUSED_LINKS: Final = 12
"""Links refused by the file server, in all, before the job fails."""
LOOKS_WITHOUT_A_LINK: Final = 6
"""Look-ups of a finished task without a file, in a row, before the job fails."""
MISSING_LOOKS: Final = 5
"""Look-ups of a task that the service does not list, in a row, before the job fails."""
_LOOKS_TO_THE_END: Final = 3.0
_BACKOFF_FIRST: Final = 1.0
_BACKOFF_MOST: Final = 60.0
_ASKED_MOST: Final = 600.0
_SPREAD: Final = 0.25
_LATE: Final = 0.01
_SOONEST_ANSWER: Final = 0.02
_LATEST_ANSWER: Final = 0.1


def until_next_look(age: float, *, jitter: float, pace: Pace = USUAL, progress: int = 0) -> float:
    """Return the wait before a running task is looked up again; `age` is how long it has been
    running, `progress` its percent.

    Young tasks are looked up often and old ones rarely, at the service's pace. One that should soon
    be done, by its progress, is looked up sooner, but never sooner than a young one.
    """
    wait = next((wait for until, wait in pace.waits if age < until), pace.slowest)
    if progress:
        left = seconds_left(age, progress)
        quickest = pace.waits[0][1] if pace.waits else pace.slowest
        wait = max(min(wait, left / _LOOKS_TO_THE_END), min(wait, quickest))
    return wait * (1 + _SPREAD * jitter)


def seconds_left(age: float, progress: int) -> float:
    """Return how much longer a task of `age` seconds will run at its current speed; infinite if its
    service reports no progress."""
    return max(age, 0.0) * (100 - progress) / progress if progress > 0 else math.inf


def until_next_answer(age: float) -> float:
    """Return the wait before checking again for an answer that was requested `age` seconds ago."""
    return min(max(age * _LATE, _SOONEST_ANSWER), _LATEST_ANSWER)


def backoff(attempt: int, *, jitter: float, retry_after: float | None = None) -> float:
    """Return the wait after this number of failures in a row. `retry_after`, the service's header,
    can make it longer, up to ten minutes, but never shorter: a service that always says 0 must not
    be asked without end."""
    wait = min(_BACKOFF_MOST, _BACKOFF_FIRST * 2.0 ** min(attempt, 10))
    wait *= 1 + _SPREAD * jitter
    return wait if retry_after is None else max(wait, min(retry_after, _ASKED_MOST) + jitter)
