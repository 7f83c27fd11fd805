"""Computes the price of a request before it is sent, from the catalog alone."""

from __future__ import annotations

from collections.abc import Sized

from . import rules
from .by_content import kept_by_content
from .catalog.conditions import Values
from .catalog.service_types import Charge, Service
from .catalog.task_kinds import TaskKind


@kept_by_content
def estimate(service: Service, kind: TaskKind, values: Values) -> int | None:
    """Return the credits that the service charges for these values, or None if it publishes no
    price for them."""
    offer = service.offers.get(kind)
    if offer is None or (offer.models and rules.chosen_version(offer, values) is None):
        return None
    filled = rules.complete(offer, values)
    parts = [
        _amount(charge, filled)
        for charge in offer.charges
        if all(condition.holds(filled) for condition in charge.when)
    ]
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None


def _amount(charge: Charge, filled: Values) -> int | None:
    if charge.credits is None or not charge.per:
        return charge.credits
    items = filled.get(charge.per)
    return charge.credits * (len(items) if isinstance(items, Sized) else 1)
