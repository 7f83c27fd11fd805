"""Waits that change for many jobs at once: the network is back, the machine has slept, the service
wants to be left alone.

Belongs to the main thread. Moves due times only.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..model.dispatch import wait_asked, waits_for_network
from ..model.job import Job, State

if TYPE_CHECKING:
    from ..model.clock import Clock
    from ..model.events import Event
    from .job_table import JobTable

SLEPT_SECONDS: Final = 30.0


class HoldOff:
    """When the jobs of the roster may go on."""

    def __init__(self, jobs: JobTable, clock: Clock) -> None:
        self._jobs = jobs
        self._clock = clock
        self._hold: dict[str, float] = {}
        self._awake = clock.wall() - clock.now()

    def due(self, job: Job) -> float:
        """When the job may go on: a service that asks for patience means all its tasks."""
        if job.state is not State.RUNNING:
            return job.due
        return max(job.due, self._hold.get(job.account, 0.0))

    def is_held(self, account: str) -> bool:
        """Whether the service wants to be left alone."""
        return self._hold.get(account, 0.0) > self._clock.now()

    def on_event(self, job: Job, event: Event) -> None:
        """Note the patience that an answer asks for."""
        until = self._clock.now() + wait_asked(job, event)
        self._hold[job.account] = max(self._hold.get(job.account, 0.0), until)

    def catch_up(self, account: str | None = None) -> None:
        """The network is there: whatever waited for it goes on, of one account or of all."""
        now = self._clock.now()
        for job in tuple(self._jobs.active.values()):
            if account in {None, job.account} and job.due > now and waits_for_network(job):
                self._jobs.put(replace(job, due=now))

    def notice_sleep(self, *, returned: bool) -> None:
        """After a sleep of the machine, in which only the calendar went on, or once Blender is
        allowed online again, nothing waits for a time that has passed."""
        now = self._clock.now()
        awake = self._clock.wall() - now
        slept, self._awake = awake - self._awake > SLEPT_SECONDS, awake
        if slept:
            for job in tuple(self._jobs.active.values()):
                if job.state is State.RUNNING and job.due > now:
                    self._jobs.put(replace(job, due=now))
        if slept or returned:
            self.catch_up()
