"""Changes jobs: in the table that panels read, and in the list on disk.

Main thread only. The state machine decides what a job becomes; a worker writes it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..messages import rows
from ..model import machine
from ..model.description import describe
from ..model.job import Job, State
from ..work import steps

if TYPE_CHECKING:
    from ..model.clock import Clock
    from ..model.events import Event
    from .accounts import Accounts
    from .job_table import JobTable
    from .workers import Workers
    from .write_queue import WriteQueue

_log = logging.getLogger(__name__)


class JobChanges:
    """The one way in which a job of this Blender changes."""

    def __init__(
        self,
        jobs: JobTable,
        writes: WriteQueue,
        accounts: Accounts,
        workers: Workers,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._writes = writes
        self._accounts = accounts
        self._workers = workers
        self._clock = clock

    def put(self, job: Job) -> None:
        """Put a job, or its next version, into the table only."""
        self._jobs.put(job)
        self._writes.hold(bool(self._jobs.active))

    def write(self, job: Job) -> None:
        """Write a job of the table to the list on disk."""
        self._writes.save(job)

    def write_new(self, jobs: Sequence[Job]) -> None:
        """Write the new jobs of one request, which are in the table, to the list on disk at once.
        None of them may start before that."""
        self._writes.save_all(jobs)

    def is_new(self, job: Job) -> bool:
        """Whether the job waits for that."""
        return self._writes.is_new(job.id)

    def save(self, job: Job) -> None:
        """Put a job into the table and write it to the list on disk."""
        self.put(job)
        self.write(job)

    def take(self, job: Job) -> None:
        """Resume a job that was final, in whichever Blender it ended."""
        self.put(job)
        self._writes.take(job)

    def remove(self, job: Job) -> None:
        """Take a final job out of the table and off the list on disk."""
        self._jobs.drop(job.id)
        self._writes.remove(job)

    def apply(self, job: Job, event: Event) -> None:
        """Apply an event to a job. Raises `IllegalTransition` if its state does not allow
        it."""
        moved = machine.advance(job, event, self._clock.now())
        if moved.state is not job.state:
            moved = self._stopped_there(replace(moved, updated=self._clock.wall()))
        if (moved.state, moved.cancelling) != (job.state, job.cancelling):
            self._writes.save(moved)
        if moved.state is not job.state:
            _log.info("Job %s: %s", moved.id[:8], describe(moved).headline)
        self.put(moved)
        if moved.state is not job.state and _moves_credits(job.state, moved.state):
            self._accounts.note_spent(job.account)

    def _stopped_there(self, job: Job) -> Job:
        """Ask the service to stop the task of a canceled job, if it can; the row says so."""
        dialect = self._accounts.dialects.get(job.account)
        unfinished = job.state is State.CANCELLED and job.model is None and job.task_id is not None
        if dialect is None or not unfinished or not dialect.service.can_cancel:
            return job
        self._workers.start("service", lambda: steps.stop_there(job, dialect), account=job.account)
        return replace(job, note=rows.ASKED_TO_STOP)


def _moves_credits(former: State, state: State) -> bool:
    """Whether the service reserves, charges, or refunds credits at this step."""
    return former is State.SUBMITTING or state in {State.DOWNLOADING, State.FAILED}
