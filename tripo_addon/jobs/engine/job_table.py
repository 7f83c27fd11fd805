"""Keeps all jobs that this Blender knows: its own, finished ones, and those of other Blenders.

Main thread only. Stores and sorts; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...api.errors import Kind
from ..model.job import Failure, Job


class JobTable:
    """Jobs by id. `active` are the unfinished jobs of this Blender. `changed` is set by any change
    that a list shows. `order_changes` counts changes that may alter the order of the rows, so that
    thousands of jobs are not sorted again for one job's progress."""

    def __init__(self) -> None:
        self.order_changes = 0
        self.active: dict[str, Job] = {}
        self.finished: dict[str, Job] = {}
        self.elsewhere: dict[str, Job] = {}
        self.changed = True
        self._shown: tuple[Job, ...] | None = None
        self._listed: list[Job] | None = None
        self._places: dict[str, int] = {}
        self._replaced: dict[str, str] | None = None
        self._unsettled = False

    @property
    def replaced(self) -> dict[str, str]:
        """The id of the newest replacement, by the id of each replaced job."""
        if self._replaced is None:
            later = sorted((job for job in self.all() if job.replaces), key=lambda job: job.created)
            self._replaced = {job.replaces: job.id for job in later if job.replaces}
        return self._replaced

    def get(self, job_id: str) -> Job | None:
        """Return a job by its id, even a replaced one; None if unknown."""
        ours = self.active.get(job_id) or self.finished.get(job_id)
        return ours or self.elsewhere.get(job_id)

    def before(self, job: Job) -> Job | None:
        """Return the job that this one follows, or the latest replacement of that; None if it
        follows none."""
        return self.get(self.latest(job.after)) if job.after is not None else None

    def latest(self, job_id: str) -> str:
        """Return the id of this job's latest replacement; its own id if it has none."""
        while job_id in self.replaced:
            job_id = self.replaced[job_id]
        return job_id

    def following(self, job: Job) -> Job | None:
        """Return the job that waits for this one's result, or None."""
        waiting = (each for each in self.active.values() if each.after is not None)
        return next((each for each in waiting if self.before(each) is job), None)

    def steps_before(self, job: Job) -> tuple[Job, ...]:
        """Return the previous steps, nearest first."""
        steps: list[Job] = []
        before = self.before(job)
        while before is not None and before not in steps:
            steps.append(before)
            before = self.before(before)
        return tuple(steps)

    def ended_with(self, job: Job) -> tuple[Job, ...]:
        """Return the jobs that were not sent because this one, or the one it replaces, failed."""
        ended = (
            each
            for each in self.finished.values()
            if each.trouble is not None and each.trouble.kind is Kind.STEP_BEFORE
        )
        latest = (each for each in ended if each.id not in self.replaced)
        return tuple(
            each for each in latest if (step := self.before(each)) is not None and step.id == job.id
        )

    def put(self, job: Job) -> None:
        """Add a job, or replace its former version."""
        former = self.get(job.id)
        if former is not None and self._takes_place_of(former, job):
            self._rooms(former).pop(job.id)
            self._rooms(job)[job.id] = job
            self._exchange(former, job)
            return
        self._take_out(job.id)
        self._rooms(job)[job.id] = job

    def _rooms(self, job: Job) -> dict[str, Job]:
        """Return the dictionary that holds the job."""
        if job.elsewhere:
            return self.elsewhere
        return self.finished if job.state.final else self.active

    def _takes_place_of(self, former: Job, job: Job) -> bool:
        """Whether the new version can keep its place in the list, without sorting."""
        known = self._listed is not None and job.id in self._places
        same = (former.created, former.replaces) == (job.created, job.replaces)
        return known and same and job.id not in self.replaced

    def _exchange(self, former: Job, job: Job) -> None:
        if self._listed is not None:
            self._listed[self._places[job.id]] = job
        self._shown = None
        self.changed = True
        if _standing(former) != _standing(job):
            self.order_changes += 1
        if Failure.OUTCOME_UNKNOWN in {former.failure, job.failure}:
            self._listed = None

    def all(self) -> tuple[Job, ...]:
        """Return all known jobs, including replaced ones."""
        return (*self.active.values(), *self.finished.values(), *self.elsewhere.values())

    def drop(self, job_id: str) -> None:
        """Remove a job. A job that it replaced is listed again."""
        self._take_out(job_id)

    def transfer(self, job: Job) -> None:
        """Show a job that another Blender has taken over, as stored in the list on disk."""
        self.put(job if job.state.final else replace(job, elsewhere=True))

    def only_elsewhere(self, job_ids: Iterable[str]) -> None:
        """Drop the jobs of other Blenders that are not among these."""
        for job_id in self.elsewhere.keys() - set(job_ids):
            self.drop(job_id)

    @property
    def unsettled(self) -> bool:
        """Whether a job's outcome is unknown: another Blender or a late answer may resolve it."""
        return bool(self.shown()) and self._unsettled

    def shown(self) -> tuple[Job, ...]:
        """Return all jobs to list, newest first."""
        if self._listed is None:
            kept = [job for job in self.all() if not (job.state.final and job.id in self.replaced)]
            self._listed = sorted(kept, key=lambda job: job.created, reverse=True)
            self._places = {job.id: place for place, job in enumerate(self._listed)}
            self._unsettled = any(job.failure is Failure.OUTCOME_UNKNOWN for job in kept)
        if self._shown is None:
            self._shown = tuple(self._listed)
        return self._shown

    def _take_out(self, job_id: str) -> None:
        for room in (self.active, self.finished, self.elsewhere):
            room.pop(job_id, None)
        self._shown = self._listed = self._replaced = None
        self.order_changes += 1
        self.changed = True


def _standing(job: Job) -> tuple[object, ...]:
    """Return the fields that decide the order and kind of the job's row."""
    return (job.state, job.failure, job.elsewhere, job.after, job.trouble, job.details_lost)
