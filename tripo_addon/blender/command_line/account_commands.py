"""`balance` and `doctor`: the account, and whether everything is in order."""

from __future__ import annotations

import argparse
from typing import Any, Final

from ..messages import command_line as messages
from ..messages.prices import price
from ..scripting.account import balance as ask_balance
from . import doctor
from .exit_code import ExitCode
from .terminal import Terminal


def _nothing(_parser: argparse.ArgumentParser) -> None:
    """Add no options."""


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-network", action="store_true", help=messages.NO_NETWORK_HELP)


def balance(_order: Any, terminal: Terminal) -> ExitCode:
    """Print the account's balance."""
    known = ask_balance()
    document = {"available": known.available, "reserved": known.reserved, "unit": known.unit}
    terminal.result(document, price(known.available, known.unit))
    return ExitCode.DONE


def examine(order: Any, terminal: Terminal) -> ExitCode:
    """Print what was checked, and what to do about problems."""
    checks = doctor.checks(network=not order.no_network)
    text = "\n".join(messages.checked(each.good, each.what, each.found) for each in checks)
    terminal.result([each.as_dict() for each in checks], text)
    return ExitCode.DONE if all(each.good for each in checks) else ExitCode.NOT_READY


COMMANDS: Final = (("balance", _nothing, balance), ("doctor", _add_doctor, examine))
