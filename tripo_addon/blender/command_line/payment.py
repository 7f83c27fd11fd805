"""Shows prices and asks before anything is paid for."""

from __future__ import annotations

import argparse
from typing import Any

from .. import settings
from ..messages import command_line as messages
from ..requests import checks
from ..session import composition
from .exit_code import ExitCode
from .terminal import Terminal


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a command that pays."""
    parser.add_argument("--yes", action="store_true", help=messages.YES_HELP)
    parser.add_argument("--max-price", type=float, metavar="CREDITS", help=messages.MAX_PRICE_HELP)


def confirm(terminal: Terminal, amount: float | None, order: Any) -> ExitCode | None:
    """Show a price, and ask unless the order has `--yes`; return None if it may be paid, else the
    exit code. What is free needs no answer; a price above `--max-price`, or an unknown one with it,
    is refused without asking."""
    unit = settings.service().money
    terminal.print_line(messages.cost(amount, unit, composition.balance()))
    if order.max_price is not None and (amount is None or amount > order.max_price):
        terminal.print_line(messages.above_max_price(order.max_price, unit))
        return ExitCode.NOT_CONFIRMED
    shortage = checks.shortage(amount)
    if shortage:
        terminal.print_line(shortage)
    if order.yes or amount == 0:
        return None
    answer = terminal.confirms()
    if answer:
        return None
    terminal.print_line(messages.NOT_CONFIRMED if answer is None else messages.DECLINED)
    return ExitCode.NOT_CONFIRMED
