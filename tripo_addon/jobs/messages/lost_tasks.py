"""The search for a task whose answer was lost."""

from __future__ import annotations

from typing import Final

_ENTER_ID: Final = "look for it on the service's console, and enter its task ID here if it is there"
_THEN: Final = "about when the request was sent"
_UNITS: Final = ((86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"))
NO_LIST: Final = f"This service has no list of tasks: {_ENTER_ID}"
SEARCH_BROKE: Final = f"The search failed: {_ENTER_ID}"
NOT_AN_ID: Final = "This is not a task ID: an ID is one word, as the service's console shows it"
NOT_WAITING: Final = "This job does not wait for a task ID"
NOT_ACCEPTED: Final = f"The service has no such task from {_THEN}: most likely it was not accepted"
NOT_YET: Final = (
    "The service has no such task yet, but what was sent a moment ago may still arrive: "
    "search again in two minutes"
)
CLOCK_WRONG: Final = (
    f"The service has no such task from {_THEN}, but this computer's clock may have been wrong: "
    f"{_ENTER_ID}"
)


def search_failed(reason: str) -> str:
    """The service could not be asked."""
    return f"The search failed. {reason}"


def belongs_to(title: str) -> str:
    """The task is that of another job."""
    return f"That task belongs to another job: {title}"


def found(count: int) -> str:
    """There are tasks from that time."""
    several = f"{count} tasks" if count > 1 else "a task"
    return f"Found {several} of this kind from {_THEN}: choose, or leave the job as it is"


def same_prompt(count: int, seconds: float) -> str:
    """There is none from that time, but with the same prompt; the nearest is so many seconds after
    the request, or before it where they are negative."""
    same = "one with the same prompt" if count == 1 else f"{count} with the same prompt"
    when = f"{_duration(abs(seconds))} {'after' if seconds > 0 else 'before'}"
    return (
        f"The service has no such task from {_THEN}, but {same}, the nearest from {when}: "
        "choose if a clock was wrong, or leave the job as it is"
    )


def _duration(seconds: float) -> str:
    number, unit = next(
        (seconds / each, unit) for each, unit in _UNITS if seconds >= each or unit == "minute"
    )
    return f"{number:.0f} {unit}{'' if round(number) == 1 else 's'}"
