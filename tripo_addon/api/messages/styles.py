"""What a style adds to a request, what it cannot add, and why a file is no style."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

NO_PROMPT: Final = "the request has no prompt"
NOT_JSON: Final = "it is not valid JSON"
NOT_A_STYLE: Final = "it is not a style of this add-on"
NEWER: Final = "it was saved by a newer version of the add-on. Update the add-on"
TOO_NESTED: Final = "it is nested too deeply"

WORDS: Final = "Words"
PALETTE: Final = "Palette"
NEGATIVE: Final = "Negative Prompt"
SEEDS: Final = "Seed"


# After these, a following text begins after a space alone.
_ENDS: Final = tuple(",.;:!?")


def after(first: str, second: str) -> str:
    """Words of a prompt, and words after them. They are sent to the service."""
    if not (first and second):
        return first or second
    return f"{first} {second}" if first.endswith(_ENDS) else f"{first}, {second}"


def before(first: str, second: str) -> str:
    """Words before those of a prompt, as in “clay model of a chest”. They are sent."""
    return f"{first} {second}" if first else second


def palette(colors: Iterable[str]) -> str:
    """The words that name a palette in a prompt. They are sent to the service."""
    return f"colors: {', '.join(colors)}"


def text(label: str, words: str) -> str:
    """A text that is sent."""
    return f"{label} “{words}”"


def number(label: str, value: int) -> str:
    """A number that is sent."""
    return f"{label} {value:,}"


def seed(value: int) -> str:
    """The seed that is sent. Without commas, so that it can be copied."""
    return f"Seed {value}"


def left_out(labels: Iterable[str], reason: str) -> str:
    """Parts of a style that are not sent, and why."""
    return f"{', '.join(labels)} ({reason})"


def not_taken(version: str) -> str:
    """A version does not take a part."""
    return f"not taken by {version}"


def not_for(kind: str) -> str:
    """A kind of task does not take a part at this service."""
    return f"not for “{kind}”"


def outside(low: float, high: float) -> str:
    """A number does not fit the version's range."""
    return f"outside {low:,} to {high:,}"


def unreadable(name: str, reason: str) -> str:
    """A file is no style."""
    return f"{name} cannot be used as a style: {reason}"


def unknown(names: Iterable[str]) -> str:
    """A style has keys that no version knows."""
    return f"it has unknown settings: {', '.join(names)}"


def twice(name: str) -> str:
    """A key stands in a style twice."""
    return f"“{name}” stands in it twice"


def wrong(name: str, expected: str) -> str:
    """A value has the wrong type, or is out of range."""
    return f"“{name}” must be {expected}"


def too_big(most: int) -> str:
    """The file is larger than any style."""
    return f"it is larger than {most:,} bytes"


def a_text(most: int) -> str:
    """What a text of a style may be."""
    return f"a text of at most {most:,} characters"


def texts(count: int, most: int) -> str:
    """What a list of a style may be."""
    return f"a list of at most {count} texts of at most {most} characters"


def a_number(low: int, high: int) -> str:
    """What a number of a style may be."""
    return f"a whole number from {low:,} to {high:,}"


def one_of(choices: Iterable[str]) -> str:
    """What a choice of a style may be."""
    return f"one of {', '.join(choices)}"


A_PICTURE: Final = "the name of an image beside the style, or a public web address"
A_NAME: Final = "a name"
