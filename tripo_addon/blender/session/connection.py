"""The state of the connection to the chosen service, and its test. Main thread only."""

from __future__ import annotations

from enum import Enum

import bpy

from ...api.record import record
from .. import settings
from ..messages import prices
from ..messages import session as messages
from . import composition, timer
from .state import WIRING


class Stage(Enum):
    """The stages of a connection test."""

    UNTESTED = "untested"
    RUNNING = "running"
    GOOD = "good"
    BAD = "bad"


@record
class Connection:
    """A stage with its message, or ""."""

    stage: Stage
    sentence: str = ""


def known() -> Connection:
    """Return the current state; sends nothing."""
    if WIRING.test_wanted:
        return Connection(Stage.RUNNING, messages.TESTING)
    if WIRING.engine is None:
        return Connection(Stage.BAD, WIRING.fault) if WIRING.fault else Connection(Stage.UNTESTED)
    money = WIRING.engine.money(WIRING.account)
    if money.pending:
        return Connection(Stage.RUNNING, messages.TESTING)
    if money.trouble is not None:
        sentence = messages.problem(money.trouble.sentence, money.trouble.advice)
        return Connection(Stage.BAD, sentence)
    if money.balance is None:
        return Connection(Stage.UNTESTED)
    balance = prices.price(money.balance.available, settings.service().money)
    return Connection(Stage.GOOD, messages.connected(settings.address(), balance))


def test() -> None:
    """Request the balance in a worker, which first loads the engine. In background mode **blocks**
    while loading, and raises `RuntimeError` with a sentence if that fails."""
    if WIRING.engine is None and not bpy.app.background:
        WIRING.test_wanted = True
        composition.prepare()
    else:
        composition.engine().ask_balance(WIRING.account, reset=True)
    timer.arm()
