"""System notifications about jobs that ended, if enabled. Main thread only."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from ...jobs.model.description import describe
from ...jobs.model.states import State
from .. import settings
from ..messages import session as messages
from . import composition
from .child_command import child_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...jobs.model.job import Job


IS_POSSIBLE: Final = sys.platform in {"linux", "darwin"}
"""Whether the system has a command for notifications; Windows needs a package."""


class Notifier:
    """Notifies about jobs that were running at the last call and have ended."""

    def __init__(self) -> None:
        self._running: frozenset[str] = frozenset()

    def look(self, jobs: Sequence[Job]) -> None:
        """Notify of the jobs that ended since the last look, once for all of them."""
        chosen = settings.preferences()
        if chosen is None or not chosen.notify:
            self._running = frozenset()
            return
        ended = [job for job in jobs if job.id in self._running and _is_worth_telling(job)]
        self._running = frozenset(job.id for job in jobs if not job.state.final)
        followed = {job.after for job in jobs if job.id in self._running}
        announced = [job for job in ended if job.id not in followed]
        if announced:
            _send(announced)


def _is_worth_telling(job: Job) -> bool:
    return job.state in {State.DONE, State.FAILED} and not job.elsewhere


def _send(jobs: list[Job]) -> None:
    from ...jobs.work.notification import notify

    first = jobs[0]
    body = messages.ended(first.title, describe(first).headline, others=len(jobs) - 1)
    environment = child_environment(secrets=settings.keys())
    folder = settings.user_folder()
    composition.workers().start(
        "look",
        lambda: notify(messages.NOTIFICATION, body, environment=environment, folder=folder),
    )


NOTIFIER: Final = Notifier()
