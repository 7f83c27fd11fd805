"""Types of the fields of a request: parameter, choice, window of numbers."""

from __future__ import annotations

from enum import Enum
from typing import Final

from ..record import record
from .conditions import Condition

VIEWS: Final = ("front", "left", "back", "right")


class ParamType(Enum):
    """How a parameter is filled in, and so what its value is in Python."""

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
        """The nearest number inside."""
        return max(self.low, min(self.high, number))


@record
class Choice:
    """One value of a closed list, as the wire and as the artist know it."""

    id: str
    label: str
    description: str


def choices(*rows: tuple[str, str, str]) -> tuple[Choice, ...]:
    """A closed list, from the id, label and description of each of its values."""
    return tuple(Choice(*row) for row in rows)


@record(kw_only=True)
class Parameter:
    """A field of a request.

    `default` is the server's own, and a value equal to it is not sent. While `requires` does not
    hold the field is neither shown nor sent, unless `without` says what it must be then.
    `choices` are all the values there are; of a list of names they are those that are known, and
    others are passed on as they are.
    `shown` is off for what no panel offers, because Blender could not use the result.
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
    """The window of a number, or of a list's length, while all the conditions hold; of several
    limits of a field the first counts."""

    name: str
    window: Window
    when: tuple[Condition, ...] = ()
