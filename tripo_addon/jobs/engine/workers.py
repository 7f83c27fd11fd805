"""The add-on's threads: a few daemon workers per lane. No other module starts threads.

Each account has lanes of its own, so a slow service does not hold up another. Workers own nothing
and never touch bpy: they run the callables they are given; a lane of one thread keeps their order.
They are daemons, so a hanging connection cannot keep Blender from quitting. Their work must be safe
to lose at any moment; the journal makes it so.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import Final, Generic, Protocol, TypeVar

_log = logging.getLogger(__name__)
Work = Callable[[], None]
Value = TypeVar("Value")
STORE: Final = "store"
WRITING_SECONDS: Final = 6.0
"""Extra seconds that a shutdown waits for pending writes to the job list."""
LANES: Final = {
    "service": 4,
    "download": 3,
    "convert": 1,
    "rehearse": 1,
    STORE: 1,
    "look": 1,
    "turn": 1,
}
"""Maximum number of threads of a lane, per account."""


class Pending(Generic[Value]):
    """A future value; read on the main thread."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._value: Value | None = None

    def set_result(self, value: Value) -> None:
        """Called once, by the worker."""
        self._value = value
        self._done.set()

    def value(self, *, patience: float = 0.0) -> Value | None:
        """Return the value, or None while there is none. **Blocks** for at most `patience`
        seconds."""
        return self._value if self._done.wait(patience) else None


class _Lane:
    """A queue of work, and the number of its threads."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[Work | None] = SimpleQueue()
        self.threads = 0

    def run(self) -> None:
        """Run queued work until told to end; the body of each thread."""
        while (work := self.queue.get()) is not None:
            _run_one(work)


class Workers(Protocol):
    """Runs work beside the main thread."""

    def start(self, lane: str, work: Work, *, account: str = "") -> None:
        """Queue work; returns at once. `lane` is one of `LANES`; each account has its own."""
        ...

    def repeat(self, lane: str, seconds: float, work: Work) -> None:
        """Repeat the work until shutdown, even while the main thread is busy; returns at once."""
        ...

    def shutdown(self, *, patience: float) -> bool:
        """Finish queued work and end; False if something still runs after `patience` seconds."""
        ...


class ThreadWorkers:
    """Workers as threads, started with the first work of their lane."""

    def __init__(self, lanes: Mapping[str, int] = LANES) -> None:
        self._sizes = dict(lanes)
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._ended = threading.Condition()
        self._over = threading.Event()
        self._alive: Counter[str] = Counter()

    def start(self, lane: str, work: Work, *, account: str = "") -> None:
        """Queue work; returns at once."""
        with self._ended:
            most = self._sizes[lane]
            chosen = self._lanes.setdefault((lane, account), _Lane())
            if chosen.threads < most:
                chosen.threads += 1
                self._begin(lane, str(chosen.threads), chosen.run)
        chosen.queue.put(work)

    def repeat(self, lane: str, seconds: float, work: Work) -> None:
        """Queue the work every so many seconds; never twice before the first has run."""

        def beat() -> None:
            done = threading.Event()
            done.set()
            while not self._over.wait(seconds):
                if done.is_set():
                    done.clear()
                    self.start(lane, lambda: _run_then(work, done.set))

        with self._ended:
            self._begin(lane, "beat", beat)

    def ask(self, lane: str, work: Callable[[], Value]) -> Pending[Value]:
        """Queue work that returns a value. The work must not raise."""
        pending: Pending[Value] = Pending()
        self.start(lane, lambda: pending.set_result(work()))
        return pending

    def shutdown(self, *, patience: float) -> bool:
        """End every thread once its queue is empty; wait at most `patience` seconds for all, and
        `WRITING_SECONDS` more for the store. What is not written is done again at the next start,
        or by another Blender."""
        self._over.set()
        with self._ended:
            for lane in self._lanes.values():
                for _thread in range(lane.threads):
                    lane.queue.put(None)
            if self._ended.wait_for(lambda: self._alive.total() == 0, timeout=patience):
                return True
            self._ended.wait_for(lambda: self._alive[STORE] == 0, timeout=WRITING_SECONDS)
            return self._alive.total() == 0

    def _begin(self, lane: str, name: str, body: Work) -> None:
        """Start a thread and count it; the caller holds the lock."""
        self._alive[lane] += 1
        name = f"tripo_addon {lane} {name}"
        threading.Thread(target=self._counted, args=(lane, body), name=name, daemon=True).start()

    def _counted(self, lane: str, body: Work) -> None:
        _survive_closed_pipes()
        try:
            body()
        finally:
            with self._ended:
                self._alive[lane] -= 1
                self._ended.notify_all()


def _survive_closed_pipes() -> None:
    """Make a write to a closed pipe or socket raise `OSError` in this thread. Blender up to 4.3
    does not ignore SIGPIPE, as Python alone does, so the process would end."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})


def _run_one(work: Work) -> None:
    try:
        work()
    except Exception:  # noqa: BLE001 - a lane of one thread must outlive what runs in it
        _log.exception("Work beside the main thread failed")


def _run_then(work: Work, after: Work) -> None:
    try:
        work()
    finally:
        after()
