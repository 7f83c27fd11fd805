"""Nothing is paid for before its price was shown and confirmed."""

from __future__ import annotations

from ..messages import command_line as messages
from ..requests import checks
from ..session import composition
from .exit_code import ExitCode
from .terminal import Terminal


def confirm(terminal: Terminal, amount: float | None, unit: str, *, yes: bool) -> ExitCode | None:
    """Show a price, and ask unless `yes`; returns None if it may be paid, else how the command
    ends. What is free needs no answer."""
    terminal.say(messages.cost(amount, unit, composition.balance()))
    shortage = checks.shortage(amount)
    if shortage:
        terminal.say(shortage)
    if yes or amount == 0:
        return None
    answer = terminal.confirms()
    if answer:
        return None
    terminal.say(messages.NOT_CONFIRMED if answer is None else messages.DECLINED)
    return ExitCode.NOT_CONFIRMED
