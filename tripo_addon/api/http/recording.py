"""Records requests as they would be sent, byte for byte, and sends none.

Sessions that are opened during a recording, in the same thread, hand their prepared requests to its
recorder. Headers are not kept, because one of them has the key.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from requests.adapters import BaseAdapter

from ..errors import Kind, NotAccepted, Problem
from ..record import record

if TYPE_CHECKING:
    from requests import PreparedRequest, Response


@record
class WrittenRequest:
    """A request that was not sent. `body` is its content, "" if it has none."""

    method: str
    url: str
    body: bytes


class Recorded(NotAccepted):
    """Raised in place of an answer: the request was recorded, and nothing was sent."""

    def __init__(self, written: WrittenRequest) -> None:
        super().__init__(Problem(kind=Kind.ADDON))
        self.written = written


class Recorder(BaseAdapter):
    """Takes requests in place of the network. Every one of them raises `Recorded`."""

    def send(self, request: PreparedRequest, *_args: Any, **_kwargs: Any) -> Response:
        """Called by requests for every request."""
        body = request.body
        # requests prepares JSON and forms as bytes, and urlencoded fields as a text.
        content = body.encode() if isinstance(body, str) else body
        content = content if isinstance(content, bytes) else b""
        raise Recorded(WrittenRequest(request.method or "", request.url or "", content))

    def close(self) -> None:
        """Called by requests; there is no connection."""


_RECORDER: ContextVar[Recorder | None] = ContextVar("tripo_addon_recorder", default=None)


def recorder() -> Recorder | None:
    """Return the recorder of the recording that is under way in this thread, or None."""
    return _RECORDER.get()


@contextmanager
def recording() -> Generator[None]:
    """Record the requests of all sessions that are opened meanwhile, in this thread."""
    token = _RECORDER.set(Recorder())
    try:
        yield
    finally:
        _RECORDER.reset(token)
