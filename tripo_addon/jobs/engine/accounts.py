"""Keeps what is known about each account: its dialect, balance, prices, and unknown tasks.

Main thread only. Workers send the requests, so nothing here waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ...api import prices
from .balances import Balances, Money
from .quotes import Question, Quotes, question_of
from .worker_events import BalanceAnswer, Message, QuoteAnswer

if TYPE_CHECKING:
    from ...api.catalog import Service
    from ...api.catalog.task_kinds import TaskKind
    from ...api.dialect import Dialect
    from ...api.rules import Values
    from ..model.clock import Clock
    from ..model.job import Job
    from .job_table import JobTable
    from .workers import Workers


class Accounts:
    """The accounts that can be used now. `receive` is called in a worker, with its answer."""

    def __init__(
        self,
        jobs: JobTable,
        workers: Workers,
        clock: Clock,
        receive: Callable[[Sequence[Message]], None],
    ) -> None:
        self._jobs = jobs
        self._workers = workers
        self._receive = receive
        self._dialects: dict[str, Dialect] = {}
        self._balances = Balances(workers, self._on_balance)
        self._quotes = Quotes(workers, clock, self._on_quote)
        self._spent: set[str] = set()
        self._unknown_tasks: dict[str, set[str]] = {}

    @property
    def dialects(self) -> Mapping[str, Dialect]:
        """The dialect of each account that has one."""
        return self._dialects

    @property
    def pending(self) -> bool:
        """Whether the answer to a balance or price request is awaited."""
        return self._balances.pending or self._quotes.pending

    @property
    def due(self) -> float:
        """When the next price request is due."""
        return self._quotes.due

    def connect(self, account: str, dialect: Dialect | None) -> None:
        """Use this dialect for the account from now on; with None its jobs wait."""
        former = self._dialects.pop(account, None)
        self._balances.forget(account)
        self._quotes.forget(account)
        # Another key may know other tasks.
        self._unknown_tasks.pop(account, None)
        self._jobs.changed = True
        if former is not None:
            self._workers.start("service", former.close, account=account)
        if dialect is not None:
            self._dialects[account] = dialect

    def close(self) -> None:
        """Have a worker close every dialect."""
        for account, dialect in self._dialects.items():
            self._workers.start("service", dialect.close, account=account)

    def services(self) -> dict[str, Service]:
        """Return the service of each account that has a dialect."""
        return {account: dialect.service for account, dialect in self._dialects.items()}

    def money(self, account: str) -> Money:
        """Return the last known balance of the account, without a request."""
        return self._balances.known(account)

    def ask_balance(self, account: str, *, reset: bool = False) -> None:
        """Request the balance in a worker, if the service has one."""
        dialect = self._dialects.get(account)
        if dialect is not None and dialect.service.has_balance:
            self._balances.ask(account, dialect, reset=reset)
            # Without this, an idle engine would not tick, and nobody would receive the answer.
            self._jobs.changed = True

    def note_spent(self, account: str) -> None:
        """Have the balance requested again, because a job reserved, spent or got back credits."""
        self._spent.add(account)

    def ask(self) -> None:
        """Request the balances that changed and the price that a form waits for."""
        while self._spent:
            self.ask_balance(self._spent.pop())
        self._quotes.ask(self._dialects)

    def price(self, account: str, kind: TaskKind, values: Values) -> float | None:
        """Return the price of a request in the service's credits, or None if it is not known yet.
        If the service quotes prices, a worker asks, and a later call returns the answer."""
        question = self._question(account, kind, values)
        if question is not None and self._quotes.want(question):
            self._jobs.changed = True
        return self.known_price(account, kind, values)

    def known_price(self, account: str, kind: TaskKind, values: Values) -> float | None:
        """Return the price of a request if it is known without asking, else None."""
        question, dialect = self._question(account, kind, values), self._dialects.get(account)
        if question is not None:
            return self._quotes.known(question)
        return None if dialect is None else prices.estimate(dialect.service, kind, values)

    def price_of(self, job: Job) -> float | None:
        """Return what the job will cost; if it is free or cannot be computed now, its old price."""
        if job.account not in self._dialects or job.task_id is not None:
            return job.price
        return self.known_price(job.account, job.kind, job.request.model_dump())

    def unknown_tasks(self, account: str) -> frozenset[str]:
        """Return the tasks that the service did not know, in this session and with this key."""
        return frozenset(self._unknown_tasks.get(account, ()))

    def note_unknown_task(self, account: str, task_id: str) -> None:
        """Remember that the service does not know this task."""
        self._unknown_tasks.setdefault(account, set()).add(task_id)

    def on_answer(self, answer: BalanceAnswer | QuoteAnswer) -> None:
        """Keep a balance or a price that a worker received."""
        if isinstance(answer, BalanceAnswer):
            self._balances.on_answer(answer.account, answer.dialect, answer.money)
        else:
            self._quotes.on_answer(answer.question, answer.price)
        self._jobs.changed = True

    def _question(self, account: str, kind: TaskKind, values: Values) -> Question | None:
        """Return the price question for a service that quotes prices; None for any other."""
        dialect = self._dialects.get(account)
        if dialect is None or not dialect.service.quotes:
            return None
        offer = dialect.service.offers.get(kind)
        return question_of(account, offer, kind, values) if offer is not None else None

    def _on_balance(self, account: str, dialect: Dialect, money: Money) -> None:
        """Runs in a worker."""
        self._receive((BalanceAnswer(account, dialect, money),))

    def _on_quote(self, question: Question, price: float | None) -> None:
        """Runs in a worker."""
        self._receive((QuoteAnswer(question, price),))
