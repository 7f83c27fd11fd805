"""What an error answer proves: whether there is a task, and so whether anything can be charged.

Each service has one table of its codes and of what its HTTP statuses mean where no code says more.
`judge` reads them all, and the status comes first: who is asking, and whether he may, is decided
before any work, whatever code the body carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from ..errors import Kind, Problem


class Proof(Enum):
    """What is known of the task that a refused request was to make."""

    REFUSED = "refused"
    """There is none, and nothing is charged."""
    NOT_YET = "not yet"
    """There is none, and nothing is charged; the same request may be accepted later."""
    UNSURE = "unsure"
    """There may be one: whoever answered may have had the request carried out."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer is for the artist, and what it proves. A `firm` one comes from a service that
    says so itself, and holds even with the HTTP status of a breakdown."""

    kind: Kind
    proof: Proof
    firm: bool = False


@dataclass(frozen=True, slots=True)
class Complaint:
    """What one answer complains of, in words, and what it proves."""

    trouble: Problem
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorTable:
    """The errors of one service: its codes, and the statuses that mean something else there than
    they do elsewhere."""

    codes: Mapping[int | str, Verdict] = field(default_factory=dict[int | str, Verdict])
    statuses: Mapping[int, Kind] = field(default_factory=dict[int, Kind])


def refused(kind: Kind, *, firm: bool = False) -> Verdict:
    """The service said no."""
    return Verdict(kind, Proof.REFUSED, firm)


def not_yet(kind: Kind = Kind.BUSY) -> Verdict:
    """The service wants to be asked later."""
    return Verdict(kind, Proof.NOT_YET, firm=True)


def unsure(kind: Kind = Kind.SERVICE) -> Verdict:
    """The service failed while it had the request."""
    return Verdict(kind, Proof.UNSURE)


STATUSES: Final = {
    400: Kind.SETTING,
    401: Kind.KEY,
    402: Kind.CREDITS,
    403: Kind.ACCESS,
    404: Kind.NOT_FOUND,
    413: Kind.FILE,
    422: Kind.SETTING,
    429: Kind.BUSY,
}
"""What HTTP statuses mean where a service does not say otherwise."""
_UNAUTHORIZED: Final = 401
_BEFORE_ANY_WORK: Final = frozenset({401, 402, 403, 429})
"""Who asks, whether he has paid, whether he may, and how often: decided before there is a task."""
_TOO_MANY: Final = 429
_NOBODY_KNOWS: Final = frozenset({408, 425, 499})
"""Refusals that say nothing of the task: whoever answered gave up waiting."""
_ASK_ELSEWHERE: Final = frozenset({307, 308})
"""The request is to be repeated at another address, so that nothing came of it here. Every other
redirect may be the answer to a request that was carried out."""


def judge(table: ErrorTable, status: int, code: int | str | None) -> Verdict:
    """The verdict on an answer of this HTTP status with this code in its body, None for no code."""
    by_status = _by_status(table, status)
    by_code = table.codes.get(code) if code is not None else None
    if by_code is None or status == _UNAUTHORIZED:
        return by_status
    if status in _BEFORE_ANY_WORK and by_code.proof is Proof.UNSURE:
        return by_status
    if status == _TOO_MANY:
        return not_yet(by_code.kind)
    if not _is_success(status) and by_status.proof is Proof.UNSURE and not by_code.firm:
        return unsure(by_code.kind)
    return by_code


def _by_status(table: ErrorTable, status: int) -> Verdict:
    kind = table.statuses.get(status) or STATUSES.get(status, Kind.SERVICE)
    if status == _TOO_MANY:
        return not_yet(kind)
    answered = 400 <= status < 500 and status not in _NOBODY_KNOWS
    return refused(kind) if answered or status in _ASK_ELSEWHERE else unsure(kind)


def _is_success(status: int) -> bool:
    return 200 <= status < 300
