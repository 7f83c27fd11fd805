"""Finds the tasks of jobs whose answer was lost, by a search at the service or an id from the user.

Main thread only; the search runs in a worker (`lost_task_search`). Nothing here costs credits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..messages import lost_tasks
from ..model import recovery
from . import lost_task_search

if TYPE_CHECKING:
    from ..model.clock import Clock
    from ..model.job import Job
    from ..storage.store import Store
    from .accounts import Accounts
    from .job_changes import JobChanges
    from .job_table import JobTable
    from .worker_events import Message, SearchAnswer
    from .workers import Workers


class UnknownOutcomes:
    """Searches for tasks, and attaches them to their jobs. `receive` is called in a worker."""

    def __init__(
        self,
        jobs: JobTable,
        changes: JobChanges,
        accounts: Accounts,
        store: Store,
        workers: Workers,
        clock: Clock,
        receive: Callable[[Sequence[Message]], None],
    ) -> None:
        self._jobs = jobs
        self._changes = changes
        self._accounts = accounts
        self._store = store
        self._workers = workers
        self._clock = clock
        self._receive = receive
        self._searching: set[str] = set()

    @property
    def searches(self) -> bool:
        """Whether any search is running."""
        return bool(self._searching)

    def is_searching(self, job_id: str) -> bool:
        """Whether a search for the job's task is running."""
        return job_id in self._searching

    def search(self, job_id: str) -> bool:
        """Search the service for the job's task in a worker. Return whether it started."""
        job = self._jobs.finished.get(job_id)
        if job is None or not job.may_be_attached or job_id in self._searching:
            return False
        dialect = self._accounts.dialects.get(job.account)
        if dialect is None:
            return False
        self._searching.add(job_id)
        taken = frozenset(each.task_id for each in self._jobs.all() if each.task_id is not None)

        def search() -> None:
            found = lost_task_search.search_task(job, dialect, self._store, taken, self._clock)
            self._receive((found,))

        self._workers.start("service", search, account=job.account)
        return True

    def on_answer(self, answer: SearchAnswer) -> None:
        """Show what a search found in the job's row."""
        self._searching.discard(answer.job_id)
        job = self._jobs.finished.get(answer.job_id)
        if job is not None and job.may_be_attached:
            found = replace(job, candidates=answer.found, note=answer.sentence)
            self._jobs.put(replace(found, revision=job.revision + 1))

    def refuse_attach(self, job_id: str, task_id: str) -> str | None:
        """Return why this cannot be the job's task, as a sentence, or None."""
        job = self._jobs.finished.get(job_id)
        if job is None or not job.may_be_attached or job_id in self._jobs.replaced:
            return lost_tasks.NOT_WAITING
        return lost_task_search.refuse_task_id(job, task_id.strip(), self._jobs.all())

    def attach(self, job_id: str, task_id: str) -> Job | None:
        """Let the job go on with this task, free. None if that is refused."""
        if self.refuse_attach(job_id, task_id) is not None:
            return None
        former = self._jobs.finished[job_id]
        job = recovery.attached(former, task_id.strip(), self._clock.now())
        job = replace(job, updated=self._clock.wall())
        self._changes.take(job)
        return job
