"""Limits one HTTP exchange in time and bytes, and lets it be stopped at any moment.

A socket's own timeout restarts with every byte, so a host that sends a byte a second never triggers
it. Here each wait on a socket is short, and after it the current thread's watch decides whether to
go on. Starts no thread and closes nothing; an exception from the watch ends the exchange.
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
"""Minimum number of bytes per window, a thousand a second; a slower exchange is ended."""
SLICE_BYTES: Final = 16 * 1024
_BUFFER_BYTES: Final = 64 * 1024
_CURRENT: ContextVar[Watch | None] = ContextVar("tripo_addon watch", default=None)


class OutOfBounds(Exception):
    """Raised when the other side is too slow or sends too much; `detail` is the message."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Watch:
    """The limits of one exchange.

    Sending has a minimum speed and no deadline. So has receiving, unless `seconds` limits the time
    from the end of the request to the end of the answer. `budget` is the number of bytes that may
    be received before `allow` adds more. `what` names the answer in messages.
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
        """Allow this many more bytes to be received."""
        self._left += count

    def sent(self, count: int) -> None:
        """Count bytes sent since the last call; 0 if none. Raises `Stopped`, `OutOfBounds`."""
        now = self._look(sending=True)
        self._keep_pace(count, now, messages.UPLOAD)

    def received(self, count: int) -> None:
        """Count bytes received since the last call; 0 if none. Raises `Stopped`, `OutOfBounds`."""
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
    """Apply this watch to every watched socket that the current thread uses meanwhile."""
    token = _CURRENT.set(watch)
    try:
        yield watch
    finally:
        _CURRENT.reset(token)


def watched(connected: Any) -> Any:
    """Wrap the socket of a new connection. Anything but a `socket.socket`, as used for TLS
    inside TLS, cannot be polled and is returned as it is."""
    return WatchedSocket(connected) if isinstance(connected, socket.socket) else connected


class WatchedSocket:
    """Wraps a connected socket, plain or TLS, with the methods that HTTP uses.

    A timeout limits the wait for the next byte; sending is limited by the watch alone.
    """

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner
        self._silence = inner.gettimeout()
        inner.settimeout(LOOK_SECONDS)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def settimeout(self, seconds: float | None) -> None:
        """Set how many seconds `recv_into` waits for data; None for no limit."""
        self._silence = seconds

    def gettimeout(self) -> float | None:
        """Return the timeout set by `settimeout`."""
        return self._silence

    def sendall(self, data: Octets, flags: int = 0) -> None:
        """Send all data in slices. A slice that timed out is sent again unchanged, as TLS
        requires."""
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
        """Receive available data. Raises `TimeoutError` if none arrives within the timeout."""
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
        """Return a file for reading, which keeps the socket open as `socket.makefile` does."""
        del mode
        hold = self._inner.makefile("rb", buffering=0)
        return io.BufferedReader(_Reading(self, hold), max(buffering, _BUFFER_BYTES))


class _Reading(io.RawIOBase):
    """A raw stream that reads from a watched socket."""

    def __init__(self, watched_socket: WatchedSocket, hold: io.IOBase) -> None:
        """`hold` is a file of the inner socket, closed with this stream."""
        self._socket = watched_socket
        self._hold = hold

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Called by the `BufferedReader`."""
        return self._socket.recv_into(buffer)

    def close(self) -> None:
        """Close the stream and let the socket close."""
        self._hold.close()
        super().close()
