"""The queue from worker threads to the engine."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .worker_events import Message

if TYPE_CHECKING:
    from ..model.clock import Clock


class Inbox:
    """Results that are not applied yet. Any thread may `put`; the rest is for the main thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sent: queue.SimpleQueue[Sequence[Message]] = queue.SimpleQueue()
        self._received: deque[Message] = deque()

    def put(self, messages: Sequence[Message]) -> None:
        """Add results."""
        self._sent.put(messages)

    @property
    def is_empty(self) -> bool:
        """Whether no result waits."""
        return not self._received and self._sent.empty()

    @property
    def has_left_over(self) -> bool:
        """Whether the last `handle` ran out of time."""
        return bool(self._received)

    def handle(self, receive: Callable[[Message], None], seconds: float) -> None:
        """Apply results with `receive`, oldest first, until this time is over."""
        until = self._clock.now() + seconds
        while not self._sent.empty():
            self._received.extend(self._sent.get())
        while self._received:
            receive(self._received.popleft())
            if self._clock.now() > until:
                return

    def wait(self, seconds: float) -> None:
        """Wait until there is a result, or this time is over. **Blocks.**"""
        if not self._received:
            try:
                self._received.extend(self._sent.get(timeout=seconds))
            except queue.Empty:
                return
