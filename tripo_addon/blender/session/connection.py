"""What is known of the connection to the chosen service, and the test of it. Main thread only."""

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
    """How far the test of a connection is."""

    UNTESTED = "untested"
    RUNNING = "running"
    GOOD = "good"
    BAD = "bad"


@record
class Connection:
    """A stage, and what it means as a sentence; "" if there is nothing to say."""

    stage: Stage
    sentence: str = ""


def known() -> Connection:
    """What is known now, without asking."""
    if WIRING.test_wanted:
        return Connection(Stage.RUNNING, messages.TESTING)
    if WIRING.engine is None:
        return Connection(Stage.BAD, WIRING.fault) if WIRING.fault else Connection(Stage.UNTESTED)
    money = WIRING.engine.money(WIRING.account)
    if money.asking:
        return Connection(Stage.RUNNING, messages.TESTING)
    if money.trouble is not None:
        sentence = messages.problem(money.trouble.sentence, money.trouble.advice)
        return Connection(Stage.BAD, sentence)
    if money.balance is None:
        return Connection(Stage.UNTESTED)
    balance = prices.price(money.balance.available, settings.service().money)
    return Connection(Stage.GOOD, messages.connected(settings.address(), balance))


def test() -> None:
    """Request the balance in a worker, which first loads what that takes. **Blocks** for the
    loading in background mode only. Raises `RuntimeError` with a sentence there."""
    if WIRING.engine is None and not bpy.app.background:
        WIRING.test_wanted = True
        composition.prepare()
    else:
        composition.engine().ask_balance(WIRING.account, anew=True)
    timer.arm()
