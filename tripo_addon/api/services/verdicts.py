"""Decides what an error response proves: is there a task, and so a possible charge?

Each service has one table of its codes and of what its HTTP statuses mean where no code says more.
`judge` reads them all. The status comes first: authentication and permission are checked before any
work, whatever code the body has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Final

from ..errors import Kind, Problem
from ..record import record


class Proof(Enum):
    """What is known about the task that a refused request was meant to create."""

    REFUSED = "refused"
    """There is none, and nothing is charged."""
    NOT_YET = "not yet"
    """There is none, and nothing is charged; the same request may be accepted later."""
    UNSURE = "unsure"
    """There may be one: the request may have been carried out."""


@record
class Verdict:
    """The kind of problem, and what it proves. A `firm` verdict holds even with a 5xx status,
    because the service itself says so."""

    kind: Kind
    proof: Proof
    firm: bool = False


@record
class Complaint:
    """The problem that one response reports, and what it proves."""

    trouble: Problem
    proof: Proof


@record(kw_only=True)
class ErrorTable:
    """The errors of one service: its codes, and HTTP statuses that mean something special there."""

    codes: Mapping[int | str, Verdict] = field(default_factory=dict[int | str, Verdict])
    statuses: Mapping[int, Kind] = field(default_factory=dict[int, Kind])


def refused(kind: Kind, *, firm: bool = False) -> Verdict:
    """The service refused the request."""
    return Verdict(kind, Proof.REFUSED, firm)


def not_yet(kind: Kind = Kind.BUSY) -> Verdict:
    """The service asks for a later try."""
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
"""Key, credits, permission, and rate: checked before there is a task."""
_TOO_MANY: Final = 429
_NOBODY_KNOWS: Final = frozenset({408, 425, 499})
"""Time-outs and the like, which prove nothing about the task."""
_ASK_ELSEWHERE: Final = frozenset({307, 308})
"""The request must be repeated at another address, so nothing was made here. Any other redirect may
answer a request that was carried out."""


def judge(table: ErrorTable, status: int, code: int | str | None) -> Verdict:
    """Return the verdict on a response with this HTTP status and this code in its body, if any."""
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
