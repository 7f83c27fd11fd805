"""Types of the fields of a request: parameter, choice, window of numbers."""

from __future__ import annotations

from enum import Enum
from typing import Final

from ..record import record
from .conditions import Condition

VIEWS: Final = ("front", "left", "back", "right")


class ParamType(Enum):
    """The type of a parameter: its widget, and its value in Python."""

    BOOLEAN = "switch"
    CHOICE = "choice"
    INTEGER = "whole number"
    FLOAT = "fraction"
    TEXT = "words"
    TEXT_LIST = "names"
    BY_VIEW = "words by view"
    PICTURE = "picture"
    PICTURES = "pictures"
    TASK = "task"
    MODEL_FILE = "model file"


@record
class Window:
    """The numbers from `low` to `high`, both included."""

    low: float
    high: float

    def __contains__(self, number: float) -> bool:
        return self.low <= number <= self.high

    def clamp(self, number: float) -> float:
        """Return the nearest number in the window."""
        return max(self.low, min(self.high, number))


@record
class Choice:
    """One value of an enum: `id` for the service, `label` and `description` for the panel."""

    id: str
    label: str
    description: str


def choices(*rows: tuple[str, str, str]) -> tuple[Choice, ...]:
    """Build choices from (id, label, description)."""
    return tuple(Choice(*row) for row in rows)


@record(kw_only=True)
class Parameter:
    """A field of a request.

    `default` is the server's default, which is not sent. While `requires` does not hold, the field
    is neither shown nor sent, unless `without` is set: then that value is sent. `choices` are all
    possible values; for a list of names only the known ones, others are sent unchanged. `shown` is
    False for fields that no panel shows.
    """

    name: str
    type: ParamType
    label: str
    description: str
    default: bool | int | float | str | None = None
    choices: tuple[Choice, ...] = ()
    window: Window | None = None
    requires: Condition | None = None
    requirement_message: str = ""
    without: bool | None = None
    missing: str = ""
    group: str = "more"
    shown: bool = True


@record
class Limit:
    """The window of a number, or of a list's length, while all conditions hold; the first matching
    limit of a field applies."""

    name: str
    window: Window
    when: tuple[Condition, ...] = ()
