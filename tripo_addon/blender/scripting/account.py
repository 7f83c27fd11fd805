"""The account at the chosen service: its balance, and prices.

Main thread only.
"""

from __future__ import annotations

import time
from typing import Final

from ...api.catalog.task_kinds import TaskKind
from ...api.record import record
from ...api.rules import Values
from .. import settings
from ..messages import scripting as messages
from ..messages import session
from ..requests import checks
from ..session import composition
from .job_list import started
from .refused import NotReady, Refused

_PATIENCE: Final = 30.0
_LOOK_SECONDS: Final = 0.05


@record
class Balance:
    """The account's credits: what can be spent, what running tasks have reserved, and the unit."""

    available: float
    reserved: float
    unit: str


def check_ready() -> None:
    """Raise `NotReady` if nothing can be sent."""
    sentence = checks.not_allowed()
    if sentence is not None:
        raise NotReady(sentence)


def balance() -> Balance:
    """Ask the service for the balance. **Blocks** for the answer. Raises `Refused`, `NotReady`."""
    check_ready()
    service = settings.service()
    if not service.has_balance:
        raise Refused(messages.NO_BALANCE)
    engine, account = started(), composition.WIRING.account
    engine.ask_balance(account, reset=True)
    end = time.monotonic() + _PATIENCE
    while (money := engine.money(account)).pending and time.monotonic() < end:
        engine.tick(online=settings.online())
        time.sleep(_LOOK_SECONDS)
    if money.trouble is not None:
        raise NotReady(session.problem(money.trouble.sentence, money.trouble.advice))
    if money.balance is None:
        raise NotReady(messages.NO_ANSWER)
    return Balance(money.balance.available, money.balance.frozen, service.money)


def price_of(kind: TaskKind, values: Values, *, ask: bool) -> float | None:
    """Return the price of a request in the service's credits, or None if unknown. `ask`: ask a
    service that quotes prices, which **blocks** for the answer."""
    service = settings.service()
    if not (service.quotes and ask and checks.not_allowed() is None):
        return composition.price(kind, values)
    engine, account = started(), composition.WIRING.account
    end = time.monotonic() + _PATIENCE
    while (known := engine.price(account, kind, values)) is None and time.monotonic() < end:
        wait = engine.tick(online=settings.online()).wait
        if wait is None:
            break
        time.sleep(min(wait, _LOOK_SECONDS))
    return known
