"""Creates jobs: for the steps of a request, for a retry, and for what an inserted step needs.

Main thread only. Each job is written to the list before anything is sent for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ...api.tasks import kind_of
from ..messages import rows
from ..model import machine, recipes, recovery
from ..model.job import Draft, Job, Placement
from .requests_by_file import requests_by_file, without_import

if TYPE_CHECKING:
    from ...api.tasks import TaskRequest
    from ..model.clock import Clock
    from .accounts import Accounts
    from .job_changes import JobChanges
    from .job_table import JobTable


def ids_of_key(key: str, count: int = 1) -> list[str]:
    """Return the ids of the jobs of a request that the caller has a key for, one for each step."""
    named = (f"{key}\n{step}".encode() for step in range(count))
    return [hashlib.sha256(each).hexdigest()[:32] for each in named]


class NewJobs:
    """Creates the jobs of this Blender. `new_id` returns another id with each call."""

    def __init__(
        self,
        jobs: JobTable,
        changes: JobChanges,
        accounts: Accounts,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._jobs = jobs
        self._changes = changes
        self._accounts = accounts
        self._clock = clock
        self._new_id = new_id

    def submit(
        self, account: str, steps: Sequence[recipes.Step], *, key: str = ""
    ) -> tuple[Job, ...]:
        """Create jobs for one or more steps, each of which works on the result of the one before.
        Each can be canceled. Paid requests are sent by workers, after their journal entry. A `key`
        names the jobs: submitted again, by any Blender, it is not paid again."""
        ids = ids_of_key(key, len(steps)) if key else ()
        jobs: list[Job] = []
        for number, step in enumerate(steps):
            job = self._new_job(account, step, number, jobs[-1].id if jobs else None)
            jobs.append(replace(job, id=ids[number]) if ids else job)
        return self._begin(jobs)

    def submit_drafts(self, account: str, steps: Sequence[recipes.Step]) -> tuple[Job, ...]:
        """Create a job for each draft of one request; each is paid for once, on its own."""
        jobs = [self._new_job(account, step, number) for number, step in enumerate(steps)]
        first = jobs[0].id
        drafts = [step.draft or Draft() for step in steps]
        return self._begin(
            [
                replace(job, draft=replace(draft, first=first))
                for job, draft in zip(jobs, drafts, strict=True)
            ]
        )

    def _new_job(
        self, account: str, step: recipes.Step, number: int, after: str | None = None
    ) -> Job:
        wall, values = self._clock.wall(), step.request.model_dump()
        return Job(
            id=self._new_id(),
            account=account,
            title=step.title,
            request=step.request,
            placement=step.placement,
            price=self._accounts.known_price(account, kind_of(step.request), values),
            created=wall + number / 1000,
            updated=wall,
            due=self._clock.now(),
            after=after,
            by_file=step.by_file,
            keeps=step.keeps,
            style=step.style,
        )

    def _begin(self, jobs: Sequence[Job]) -> tuple[Job, ...]:
        """Take in the jobs of a request. They are written all at once: after a crash, no step is
        sent whose next one is unknown, and of several drafts there are all or none."""
        begun = tuple(machine.begun(job) for job in jobs)
        for job in begun:
            self._changes.put(job)
        if len(begun) == 1:
            self._changes.write(*begun)
        else:
            self._changes.write_new(begun)
        return begun

    def retry(
        self, job_id: str, *, account: str | None = None, placement: Placement | None = None
    ) -> Job | None:
        """Replace a final job with a new one, once. Free if `Job.retry_is_free`, else charged to
        `account` or to the account that the job was sent with. Steps that ended because it failed
        are retried with it. None if there is nothing that a new try could work on."""
        former = self._jobs.finished.get(job_id)
        if former is None or job_id in self._jobs.replaced:
            return None
        requests = self.retried_as(former, account or former.account)
        if not requests:
            return None
        wall, now = self._clock.wall(), self._clock.now()
        job = recovery.new_try(
            former, id=self._new_id(), wall=wall, account=account, placement=placement
        )
        job = replace(job, due=now, entered=now)
        if former.lost_its_source:
            first = self.insert_before(job, requests[:-1])
            job = replace(
                job, request=requests[-1], after=first, by_file=(), remark=rows.SENT_AS_FILE
            )
        job = replace(job, price=self._accounts.price_of(job))
        self._changes.save(job)
        self.retry_what_follows(job)
        return job

    def retry_what_follows(self, job: Job) -> None:
        """Retry the jobs that ended because this one, or what it replaces, failed."""
        for follower in self._jobs.ended_with(job):
            self.retry(follower.id, account=job.account)

    def retried_as(self, job: Job, account: str) -> tuple[TaskRequest, ...]:
        """Return the requests that a retry of a final job sends, in order; none if what it works on
        is gone. A task that the service does not know is not used again."""
        return self.requests_by_file(job, account) if job.lost_its_source else (job.request,)

    def retried_with(self, job: Job) -> tuple[Job, ...]:
        """Return the jobs that ended because this one failed and are retried with it."""
        direct = self._jobs.ended_with(job)
        return (*direct, *(later for each in direct for later in self.retried_with(each)))

    def requests_by_file(self, job: Job, account: str) -> tuple[TaskRequest, ...]:
        """Return the requests that do the job from a file, in order; empty if there is no file or
        the account is not connected."""
        dialect = self._accounts.dialects.get(account)
        if dialect is None:
            return ()
        return requests_by_file(job, self._jobs.steps_before(job), dialect.service)

    def insert_before(self, job: Job, requests: Sequence[TaskRequest]) -> str | None:
        """Create jobs for these requests, each after the one before. Return the id of the last."""
        place, after = without_import(job.placement), None
        for request in requests:
            made = Job(
                id=self._new_id(),
                account=job.account,
                title=job.title,
                request=request,
                placement=place,
                created=self._clock.wall(),
                updated=self._clock.wall(),
                due=self._clock.now(),
                after=after,
            )
            made = replace(made, price=self._accounts.price_of(made))
            self._changes.save(made)
            after = made.id
        return after
