"""Prices as text."""

from __future__ import annotations

from typing import Final

UNKNOWN: Final = "price unknown"


def price(credits: float | None, unit: str) -> str:
    """A price in the service's unit: "20 credits", "0.5 USD", or that it is unknown."""
    return UNKNOWN if credits is None else f"{credits:g} {unit}"
