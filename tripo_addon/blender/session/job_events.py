"""Tells scripts when a job changes its state. Main thread only."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ...jobs.model.job import Job
    from ...jobs.model.states import State

_log = logging.getLogger(__name__)
Listener = Callable[[str], None]
"""Called with the ID of a job that is new or has changed its state."""


class JobEvents:
    """Compares the jobs with those of the last look; costs nothing while nobody listens."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._states: dict[str, State] = {}

    def listen(self, listener: Listener, jobs: Iterable[Job]) -> Callable[[], None]:
        """Call the listener with every change from now on. Returns a function that ends it."""
        if not self._listeners:
            self._states = {job.id: job.state for job in jobs}
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def look(self, jobs: Iterable[Job]) -> None:
        """Tell the listeners what has changed since the last look."""
        if not self._listeners:
            return
        states = {job.id: job.state for job in jobs}
        changed = [each for each, state in states.items() if self._states.get(each) is not state]
        self._states = states
        for job_id in changed:
            for listener in tuple(self._listeners):
                self._notify(listener, job_id)

    def clear(self) -> None:
        """Forget all listeners."""
        self._listeners.clear()

    def _notify(self, listener: Listener, job_id: str) -> None:
        try:
            listener(job_id)
        except Exception:  # noqa: BLE001 - a mistake in a script must not stop the jobs
            _log.exception("A script's listener failed and is not called again")
            if listener in self._listeners:
                self._listeners.remove(listener)


EVENTS: Final = JobEvents()
