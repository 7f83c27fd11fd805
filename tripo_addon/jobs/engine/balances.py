"""The last known balance of each account. Used by the main thread; workers send the requests.

Drawing never waits: the last balance is kept until the next arrives.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ...api.errors import Kind, Problem, ServiceFault
from ...api.record import record
from ...api.replies import Balance

if TYPE_CHECKING:
    from ...api.dialect import Dialect
    from .workers import Workers

_log = logging.getLogger(__name__)


@record
class Money:
    """The last known balance of an account, or why the request for it failed. `pending`: neither is
    known, and an answer is awaited."""

    balance: Balance | None = None
    trouble: Problem | None = None
    pending: bool = False


_UNKNOWN: Final = Money()
_PENDING: Final = Money(pending=True)


class Balances:
    """Requests balances and keeps them. `receive` is called in the worker."""

    def __init__(self, workers: Workers, receive: Callable[[str, Dialect, Money], None]) -> None:
        self._workers = workers
        self._receive = receive
        self._known: dict[str, Money] = {}
        self._pending: dict[str, Dialect] = {}

    @property
    def pending(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._pending)

    def known(self, account: str) -> Money:
        """Return the last known balance, without a request."""
        known = self._known.get(account)
        return known if known is not None else _PENDING if account in self._pending else _UNKNOWN

    def ask(self, account: str, dialect: Dialect, *, reset: bool = False) -> None:
        """Request the balance in a worker, unless a request is under way. `reset` forgets what was
        known before."""
        if reset:
            self._known.pop(account, None)
        if account not in self._pending:
            self._pending[account] = dialect
            self._workers.start(
                "service", lambda: self._receive(account, dialect, _ask(dialect)), account=account
            )

    def on_answer(self, account: str, dialect: Dialect, money: Money) -> None:
        """Keep an answer, unless the account got another key meanwhile."""
        if self._pending.get(account) is dialect:
            del self._pending[account]
            self._known[account] = money

    def forget(self, account: str) -> None:
        """Drop the account's balance: another key may have other credits."""
        self._known.pop(account, None)
        self._pending.pop(account, None)


def _ask(dialect: Dialect) -> Money:
    """Runs in a worker."""
    try:
        return Money(balance=dialect.balance())
    except ServiceFault as fault:
        return Money(trouble=fault.trouble)
    except Exception as error:  # noqa: BLE001 - the answer must come, or nobody could ask again
        _log.exception("Asking for the balance failed")
        return Money(trouble=Problem(kind=Kind.ADDON, detail=type(error).__name__))
