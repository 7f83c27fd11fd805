"""Changes the waits of many jobs at once: after the network is back, the computer has slept, or a
service has asked for fewer requests.

Main thread only. Changes due times only.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..model.dispatch import requested_wait, waits_for_network
from ..model.job import Job, State

if TYPE_CHECKING:
    from ..model.clock import Clock
    from ..model.events import Event
    from .job_table import JobTable

SLEPT_SECONDS: Final = 30.0


class HoldOff:
    """Decides when the jobs of the table may continue."""

    def __init__(self, jobs: JobTable, clock: Clock) -> None:
        self._jobs = jobs
        self._clock = clock
        self._hold: dict[str, float] = {}
        self._awake = clock.wall() - clock.now()

    def due(self, job: Job) -> float:
        """Return when the job may continue; a wait requested by the service holds all running jobs
        of the account."""
        if job.state is not State.RUNNING:
            return job.due
        return max(job.due, self._hold.get(job.account, 0.0))

    def is_held(self, account: str) -> bool:
        """Return whether the service asked for a wait that is not over."""
        return self._hold.get(account, 0.0) > self._clock.now()

    def on_event(self, job: Job, event: Event) -> None:
        """Record the wait that an answer requests."""
        until = self._clock.now() + requested_wait(job, event)
        self._hold[job.account] = max(self._hold.get(job.account, 0.0), until)

    def catch_up(self, account: str | None = None) -> None:
        """Resume the jobs that wait for the network, of one account or of all."""
        now = self._clock.now()
        for job in tuple(self._jobs.active.values()):
            if account in {None, job.account} and job.due > now and waits_for_network(job):
                self._jobs.put(replace(job, due=now))

    def notice_sleep(self, *, returned: bool) -> None:
        """Make waiting jobs due after the computer slept, which only the wall clock shows, or when
        Blender may go online again (`returned`)."""
        now = self._clock.now()
        awake = self._clock.wall() - now
        slept, self._awake = awake - self._awake > SLEPT_SECONDS, awake
        if slept:
            for job in tuple(self._jobs.active.values()):
                if job.state is State.RUNNING and job.due > now:
                    self._jobs.put(replace(job, due=now))
        if slept or returned:
            self.catch_up()
