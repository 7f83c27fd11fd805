"""Runs the examples of the services' documents: sent by our code, answered as printed.

An example is our request, the request that the document prints, and its printed answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.standin.faults import Fault
from tests.standin.ledger import Recorded
from tests.standin.service import DEFAULT_KEY, StandIn
from tripo_addon.api.replies import FileRef
from tripo_addon.api.tasks import TaskRequest

BEARER = {"authorization": f"Bearer {DEFAULT_KEY}", "content-type": "application/json"}


@dataclass(frozen=True, kw_only=True)
class Example:
    """An example of a document: `where` names its section. `files` replace what it prints as
    `***`."""

    where: str
    request: TaskRequest
    files: tuple[FileRef, ...] = ()
    path: str
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=lambda: BEARER)
    status: int = 200
    answer: dict[str, Any]
    task_id: str


def answered(stand_in: StandIn, path: str, answer: object, *, status: int = 200) -> None:
    """Answer the next request to a path with this."""
    stand_in.fault(Fault(path=path, status=status, body=answer))


def last(stand_in: StandIn) -> Recorded:
    """Return the last request."""
    return stand_in.ledger.requests[-1]


def assert_sent(stand_in: StandIn, example: Example) -> None:
    """Check that the request is the one that the document prints: method, path, headers and
    body."""
    sent = last(stand_in)
    assert (sent.method, sent.path, sent.query) == ("POST", example.path, {})
    assert {name: sent.headers.get(name) for name in example.headers} == example.headers
    assert sent.body == example.body
