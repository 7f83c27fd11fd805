"""Replacements for what our code takes as arguments: clocks and workers; and a slow web server.

Nothing here replaces our own code, the service or a file: those are real in every test.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

Work = Callable[[], None]


@dataclass
class Clock:
    """A clock that a test moves: `clock.seconds += tick.wait`."""

    seconds: float = 1000.0
    started: float = 1_700_000_000.0
    chance: float = 0.0

    def now(self) -> float:
        """Return seconds that only ever grow."""
        return self.seconds

    def wall(self) -> float:
        """Return seconds since 1970; advances together with `now`."""
        return self.started + self.seconds

    def jitter(self) -> float:
        """Return the same number every time."""
        return self.chance


@dataclass
class InlineWorkers:
    """Runs work at once, on the calling thread."""

    ended: bool = False

    def start(self, lane: str, work: Work, *, account: str = "") -> None:
        """Run it."""
        del lane, account
        work()

    def repeat(self, lane: str, seconds: float, work: Work) -> None:
        """Do nothing: here a test moves the clock."""

    def shutdown(self, *, patience: float) -> bool:
        """Return True: nothing is running."""
        del patience
        self.ended = True
        return True


@dataclass
class HeldWorkers(InlineWorkers):
    """Keeps the work of the lanes in `held` until a test releases it; runs other work at once."""

    held: set[str] = field(default_factory=set[str])
    waiting: list[tuple[str, Work]] = field(default_factory=list[tuple[str, Work]])

    def start(self, lane: str, work: Work, *, account: str = "") -> None:
        """Run it, or keep it."""
        del account
        if lane in self.held:
            self.waiting.append((lane, work))
        else:
            work()

    def count(self, lane: str) -> int:
        """Return how much work of a lane is kept."""
        return sum(each == lane for each, _ in self.waiting)

    def let_go(self, *lanes: str) -> None:
        """Run the kept work of these lanes, or of all, in order, and keep none from then on."""
        chosen = set(lanes) or set(self.held)
        self.held -= chosen
        waiting, self.waiting = self.waiting, []
        for lane, work in waiting:
            if lane in chosen:
                work()
            else:
                self.waiting.append((lane, work))


@dataclass(frozen=True)
class QuickClock:
    """The machine's clock, running faster and set ahead: for processes and blocking calls."""

    factor: float = 50.0
    ahead: float = 0.0

    def now(self) -> float:
        """Return seconds that only ever grow, `factor` per real second."""
        return time.monotonic() * self.factor

    def wall(self) -> float:
        """Return seconds since 1970, plus `ahead`."""
        return time.time() + self.ahead

    def jitter(self) -> float:
        """Return no jitter."""
        return 0.0


class SlowHost:
    """Serves one file on loopback in small pieces with pauses, until it is told to hurry."""

    PIECE = 1 << 18
    PAUSE = 0.05

    def __init__(self, file: Path) -> None:
        self.content = file.read_bytes()
        self.hurry = threading.Event()
        self.ranges: list[str] = []
        self._server = _SlowServer(("127.0.0.1", 0), _SlowHandler)
        self._server.host = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def link(self) -> str:
        """The address of the file."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/model"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hurry.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _SlowServer(ThreadingHTTPServer):
    daemon_threads = False
    host: SlowHost

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that disconnect: these tests are about them."""


class _SlowHandler(BaseHTTPRequestHandler):
    server: _SlowServer  # pyright: ignore[reportIncompatibleVariableOverride] - always ours

    def do_GET(self) -> None:
        host = self.server.host
        wanted = self.headers.get("Range", "")
        host.ranges.append(wanted)
        found = re.fullmatch(r"bytes=(\d+)-", wanted)
        start, size = int(found[1]) if found else 0, len(host.content)
        self.send_response(206 if found else 200)
        self.send_header("Content-Length", str(size - start))
        if found:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()
        for low in range(start, size, host.PIECE):
            self.wfile.write(host.content[low : low + host.PIECE])
            host.hurry.wait(host.PAUSE)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""
