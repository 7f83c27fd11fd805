"""Requests prices from services that quote them, before anything is paid for.

Main thread only; a worker sends the request. Only settings are sent: prompts and images do not
change a price, and leave this machine only with the paid request.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ...api.catalog.conditions import Values
from ...api.catalog.field_types import ParamType
from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.service_types import Offer
from ...api.catalog.task_kinds import TaskKind
from ...api.errors import ServiceFault
from ...api.record import record
from ...api.rules import complete

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...api.dialect import Dialect
    from ...api.tasks import TaskRequest
    from ..model.clock import Clock
    from .workers import Workers

_log = logging.getLogger(__name__)
SETTLED_SECONDS: Final = 0.4
"""How long a form must stay unchanged before a price request: a slider passes many values."""
MOST_KNOWN: Final = 500
_NEVER: Final = float("inf")
_SETTINGS: Final = frozenset(
    {ParamType.BOOLEAN, ParamType.CHOICE, ParamType.INTEGER, ParamType.FLOAT}
)
_WORDS: Final = "a model"
_PICTURE: Final = "https://example.invalid/picture.png"
"""Placeholder for any image, at a host name that cannot exist."""


@record
class Question:
    """The account, task kind, model version and settings that decide a price."""

    account: str
    kind: TaskKind
    settings: tuple[tuple[str, object], ...]


def question_of(account: str, offer: Offer, kind: TaskKind, values: Values) -> Question:
    """Return the question for these values of a form or request."""
    filled = complete(offer, values)
    named = (name for name in offer.takes if PARAMETERS[name].type in _SETTINGS)
    settings = tuple((name, filled.get(name)) for name in ("model", *named))
    return Question(account, kind, settings)


def sample(question: Question, offer: Offer) -> TaskRequest:
    """Return a request with these settings and placeholders for the user's prompt and images.
    Raises `ValueError` if the settings are invalid."""
    from ...api.tasks import parse_request

    values: dict[str, object] = {"kind": question.kind.value, **dict(question.settings)}
    for name in offer.takes:
        entry = PARAMETERS[name].type
        if entry is ParamType.PICTURE:
            values[name] = _PICTURE
        elif entry is ParamType.TEXT and name in offer.required:
            values[name] = _WORDS
    return parse_request(values)


class Quotes:
    """Requests prices, one at a time, and caches them. `receive` is called in the worker."""

    def __init__(
        self, workers: Workers, clock: Clock, receive: Callable[[Question, float | None], None]
    ) -> None:
        self._workers = workers
        self._clock = clock
        self._receive = receive
        self._known: dict[Question, float | None] = {}
        self._wanted: Question | None = None
        self._pending: Question | None = None
        self._due = _NEVER

    @property
    def pending(self) -> bool:
        """Whether an answer is awaited."""
        return self._pending is not None

    @property
    def due(self) -> float:
        """When to request the next price; never if none is wanted or an answer is awaited."""
        return _NEVER if self.pending else self._due

    def known(self, question: Question) -> float | None:
        """Return the price in the service's credits; None if unknown."""
        return self._known.get(question)

    def want(self, question: Question) -> bool:
        """Schedule a request for the price. Return False if it is already known or requested."""
        if question in self._known or question in {self._wanted, self._pending}:
            return False
        self._wanted, self._due = question, self._clock.now() + SETTLED_SECONDS
        return True

    def ask(self, dialects: Mapping[str, Dialect]) -> None:
        """Request the wanted price in a worker, if it is due."""
        question = self._wanted
        if question is None or self.due > self._clock.now():
            return
        self._wanted, self._due = None, _NEVER
        dialect = dialects.get(question.account)
        if dialect is None:
            return
        self._pending = question
        self._workers.start(
            "service",
            lambda: self._receive(question, _ask(question, dialect)),
            account=question.account,
        )

    def on_answer(self, question: Question, price: float | None) -> None:
        """Cache an answer, or that there is none, so that it is not requested again."""
        self._pending = None
        while len(self._known) >= MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[question] = price

    def forget(self, account: str) -> None:
        """Drop the account's prices: another key may have other prices."""
        self._known = {each: self._known[each] for each in self._known if each.account != account}


def _ask(question: Question, dialect: Dialect) -> float | None:
    """Runs in a worker."""
    try:
        return dialect.quote(sample(question, dialect.service.offers[question.kind]))
    except ServiceFault as fault:
        _log.info("The price could not be asked for: %s", fault)
    except Exception:  # noqa: BLE001 - the answer must come, or no price could be asked for again
        _log.exception("Asking for a price failed")
    return None
