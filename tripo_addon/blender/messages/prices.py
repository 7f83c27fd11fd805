"""Prices in words, the same on every button and in every row."""

from __future__ import annotations

from typing import Final

from ...api.messages.prices import UNKNOWN, price

FREE: Final = "free"
CREDITS: Final = "credits"
NOT_AVAILABLE: Final = "—"


def labeled(label: str, words: str) -> str:
    """A button's label and a price that is in words already."""
    return f"{label} · {words}"


def priced(label: str, amount: float | None, unit: str) -> str:
    """A label with its price, if that is known."""
    if amount is None:
        return label
    return labeled(label, price(amount, unit) if amount else FREE)


def button(
    label: str, amount: float | None, unit: str, *, balance: float | None, quoted: bool
) -> tuple[str, ...]:
    """What a button that spends credits may show, from the longest text to the shortest. `quoted`:
    the service itself names the price, so it may be known later."""
    if amount is None:
        reason = "price not available yet" if quoted else "price not published"
        return (labeled(label, reason), labeled(label, UNKNOWN), label)
    text = priced(label, amount, unit)
    if amount == 0:
        return (text, label)
    # In the narrowest sidebar the price is worth more than the word before it.
    shorter = (text, price(amount, unit))
    if balance is None:
        return shorter
    return (labeled(label, f"{amount:g} of {balance:,.0f} {unit}"), *shorter)


def balance(amount: float, unit: str) -> str:
    """What an account has."""
    return f"{amount:,.0f} {unit}"


def shortage(amount: float, unit: str, balance: float) -> str:
    """The account has less than the price."""
    return f"This costs {amount:g} {unit} and you have {balance:,.0f}. Add credits to your account"
