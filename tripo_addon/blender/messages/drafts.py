"""What an artist reads about candidates: their drafts, their price, and the one that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from . import prices

KEEP: Final = ("Keep This", "Keep")
CHOOSE: Final = "Keep one of them. The others stay in this list, free to import"
NOT_A_DRAFT: Final = "Select a candidate first"
STILL_COMING: Final = "This candidate is not finished yet"
KEPT_ALREADY: Final = "This candidate was kept already"
NO_MODEL: Final = "This candidate has no model"
AGAIN: Final = "The one you keep is generated again with its seed, so its shape may differ slightly"


def title(name: str, count: int) -> str:
    """The row of several drafts of a model."""
    return f"{count} × {name}"


def draft(name: str, number: int) -> str:
    """What one of several drafts is called."""
    return f"{name} {number}"


def generate(label: str, count: int) -> str:
    """The button that sends several drafts."""
    return f"{label} {count}"


def total(count: int, price: float | None, then: float | None, unit: str) -> str:
    """What several drafts cost together, and then the one that is kept."""
    drafts = prices.price(price, unit)
    if then == 0:
        return f"{count} drafts · {drafts}; keeping one costs nothing more"
    kept = f"{then:g}" if then is not None else prices.price(then, unit)
    return f"{count} drafts · {drafts}, then {kept} for the one you keep"


def sent_otherwise(settings: Sequence[str]) -> str:
    """What a draft has another setting of than the form."""
    return f"Drafts: {', '.join(settings)}" if settings else ""


def own_seeds(service: str) -> str:
    """The service takes no seed."""
    return f"{service} chooses the seed of each draft and does not report it"


def seeds(first: int | None, last: int | None) -> str:
    """The seeds of the drafts, which follow each other; nothing if the service chose them."""
    return f"Seeds {first} to {last}" if first is not None else ""


def keep_tooltip(price: str, *, again: bool) -> str:
    """What keeping a draft does."""
    made = "Generate this candidate again with its seed" if again else "Finish this candidate"
    return f"{made} as you asked for it ({price}), and clear the others from the scene"
