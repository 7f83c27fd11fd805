"""Bounds one exchange with a host, in time and in bytes, and lets it be stopped at any moment.

A socket's own timeout counts from the last byte: a byte a second keeps it quiet for ever. Here a
socket is waited for in short turns, and after each the watch of this thread is asked whether to go
on. Starts no thread and closes nothing; whatever the watch raises ends the exchange.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from ..dialect import never
from ..errors import Stopped
from ..messages import connections as messages

if TYPE_CHECKING:
    from ..dialect import Stop

    Octets = bytes | bytearray | memoryview

LOOK_SECONDS: Final = 0.1
WINDOW_SECONDS: Final = 60.0
LEAST_BYTES: Final = 60_000
"""What has to pass in a window, or the line is given up: a thousand bytes a second."""
SLICE_BYTES: Final = 16 * 1024
_BUFFER_BYTES: Final = 64 * 1024
_CURRENT: ContextVar[Watch | None] = ContextVar("tripo_addon watch", default=None)


class OutOfBounds(Exception):
    """The other side is too slow or sends too much; `detail` says which, for a person."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Watch:
    """What one exchange may take.

    Sending has no deadline, only a least speed. Neither has receiving, unless `seconds` says how
    long the whole answer may take from the moment the request is out. `budget` is how many bytes
    may come before `allow` grants more. `what` names what comes, for sentences.
    """

    def __init__(
        self, what: str, *, budget: int, seconds: float | None = None, stop: Stop = never
    ) -> None:
        self._what = what
        self._stop = stop
        self._seconds = seconds
        self._left = budget
        self._sending: bool | None = None
        self._began = 0.0
        self._window = 0.0
        self._passed = 0

    def allow(self, count: int) -> None:
        """As many bytes more may come."""
        self._left += count

    def sent(self, count: int) -> None:
        """So many bytes have left since the last look, or none.
        Raises `Stopped`, `OutOfBounds`."""
        now = self._look(sending=True)
        self._keep_pace(count, now, messages.UPLOAD)

    def received(self, count: int) -> None:
        """So many bytes have come since the last look, or none.
        Raises `Stopped`, `OutOfBounds`."""
        now = self._look(sending=False)
        self._left -= count
        if self._left < 0:
            raise OutOfBounds(messages.too_large(self._what))
        if self._seconds is None:
            self._keep_pace(count, now, self._what)
        elif now - self._began > self._seconds:
            raise OutOfBounds(messages.not_complete(self._what, self._seconds))

    def _look(self, *, sending: bool) -> float:
        if self._stop():
            raise Stopped
        now = time.monotonic()
        if sending is not self._sending:
            self._sending, self._began, self._window, self._passed = sending, now, now, 0
        return now

    def _keep_pace(self, count: int, now: float, what: str) -> None:
        self._passed += count
        if now - self._window < WINDOW_SECONDS:
            return
        if self._passed < LEAST_BYTES:
            raise OutOfBounds(messages.too_slow(what, self._passed, now - self._window))
        self._window, self._passed = now, 0


@contextmanager
def watching(watch: Watch) -> Generator[Watch]:
    """Have every watched socket that this thread waits for meanwhile ask this watch."""
    token = _CURRENT.set(watch)
    try:
        yield watch
    finally:
        _CURRENT.reset(token)


def watched(connected: Any) -> Any:
    """The socket of a new connection, to be used in its place. One that is no socket itself, as for
    TLS inside of TLS, cannot be waited for in turns and stays as it is."""
    return WatchedSocket(connected) if isinstance(connected, socket.socket) else connected


class WatchedSocket:
    """A connected socket, plain or TLS, as far as HTTP needs one; the rest is the socket's own.

    A timeout bounds the silence before the next byte comes; sending is bounded by the watch alone.
    """

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner
        self._silence = inner.gettimeout()
        inner.settimeout(LOOK_SECONDS)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def settimeout(self, seconds: float | None) -> None:
        """How long there may be nothing to receive."""
        self._silence = seconds

    def gettimeout(self) -> float | None:
        """As it was set."""
        return self._silence

    def sendall(self, data: Octets, flags: int = 0) -> None:
        """Send everything, slice by slice: what a TLS socket could not send is offered again
        unchanged."""
        with memoryview(data) as view, view.cast("B") as octets:
            start = 0
            while start < len(octets):
                try:
                    count = self._inner.send(octets[start : start + SLICE_BYTES], flags)
                except TimeoutError:
                    count = 0
                start += count
                watch = _CURRENT.get()
                if watch is not None:
                    watch.sent(count)

    def recv_into(self, buffer: Octets) -> int:
        """Receive what there is. Raises `TimeoutError` after too long a silence."""
        since = time.monotonic()
        while True:
            try:
                count = self._inner.recv_into(buffer)
            except TimeoutError:
                count = None
            watch = _CURRENT.get()
            if watch is not None:
                watch.received(count or 0)
            if count is not None:
                return count
            if self._silence is not None and time.monotonic() - since >= self._silence:
                raise TimeoutError("timed out")

    def makefile(self, mode: str = "rb", buffering: int = -1) -> io.BufferedReader:
        """A file to read answers from, which keeps the socket open as its own files do."""
        del mode
        hold = self._inner.makefile("rb", buffering=0)
        return io.BufferedReader(_Reading(self, hold), max(buffering, _BUFFER_BYTES))


class _Reading(io.RawIOBase):
    """What is read from a watched socket."""

    def __init__(self, watched_socket: WatchedSocket, hold: io.IOBase) -> None:
        """`hold` is a file of the socket itself, which stays open as long as this."""
        self._socket = watched_socket
        self._hold = hold

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Called by the buffered reader around this."""
        return self._socket.recv_into(buffer)

    def close(self) -> None:
        """The socket may go once nobody reads from it."""
        self._hold.close()
        super().close()
