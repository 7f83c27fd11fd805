"""What an artist reads when models are compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

IN_THE_PANEL: Final = "In a window, see Compare in the Selected Object panel"
CURRENT: Final = "Current"
FEW: Final = "Select an object with variants, or a candidate"
DRAWING: Final = "Being drawn…"
NOT_DRAWN: Final = "Cannot be drawn"
NO_VARIANT: Final = "The selected object has no other variant or candidate"
NOT_IN_SCENE: Final = "This candidate is not in the scene; import it again, which is free"
SWITCH_BACK: Final = "A/B: Former Variant"
IN_PLACE: Final = "In Place"
FREE: Final = "No price known"


def compare(count: int) -> str:
    """The header of the comparison."""
    return f"Compare ({count})"


def switch(number: int) -> str:
    """The button that shows another candidate in the same place."""
    return f"A/B: Candidate {number}"


def faces(count: int) -> str:
    """How many faces a model has."""
    return f"{count:,} faces"


def texture(side: int) -> str:
    """The size of the largest texture."""
    return f"Texture {side:,} px" if side else "No texture"


def holes(count: int) -> str:
    """How many openings a model has."""
    if not count:
        return "No holes"
    return f"{count:,} hole" if count == 1 else f"{count:,} holes"


def size(sides: Iterable[str]) -> str:
    """The sides of the model's box, each with its unit."""
    return " × ".join(sides)


def summary(name: str, facts: list[str]) -> str:
    """A compared model in one line."""
    return f"{name}: {', '.join(facts)}"
