"""How long to wait: numbers in, numbers out. All in seconds."""

from __future__ import annotations

from typing import Final

FIRST_LOOK: Final = 2.0
_LOOKS: Final = ((20.0, 2.0), (90.0, 3.0), (600.0, 5.0))
_SLOW_LOOK: Final = 15.0
_BACKOFF_FIRST: Final = 1.0
_BACKOFF_MOST: Final = 60.0
_ASKED_MOST: Final = 600.0
_SPREAD: Final = 0.25


def until_next_look(age: float, *, jitter: float) -> float:
    """The wait before a running task is asked for again; `age` is how long it has been running.

    Young tasks are asked often and old ones rarely: Tripo asks for 2 to 5 seconds (API v3
    documents).
    """
    wait = next((wait for until, wait in _LOOKS if age < until), _SLOW_LOOK)
    return wait * (1 + _SPREAD * jitter)


def backoff(attempt: int, *, jitter: float, asked: float | None = None) -> float:
    """The wait after the given number of failures in a row; `asked` is the service's Retry-
    After."""
    if asked is not None:
        return min(asked, _ASKED_MOST) + jitter
    wait = min(_BACKOFF_MOST, _BACKOFF_FIRST * 2.0 ** min(attempt, 10))
    return wait * (1 + _SPREAD * jitter)
