"""All jobs that this Blender knows: its own, those that are over, and those that another works on.

Belongs to the main thread. Keeps and sorts; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .job import Job


class Roster:
    """Jobs by id. `active` are ours to take further; `changed` is raised by whatever alters what a
    list shows."""

    def __init__(self) -> None:
        self.active: dict[str, Job] = {}
        self.finished: dict[str, Job] = {}
        self.elsewhere: dict[str, Job] = {}
        self.replaced: dict[str, str] = {}
        self.changed = True
        self._shown: tuple[Job, ...] | None = None

    def get(self, job_id: str) -> Job | None:
        """One job by its id, replaced ones too."""
        ours = self.active.get(job_id) or self.finished.get(job_id)
        return ours or self.elsewhere.get(job_id)

    def before(self, job: Job) -> Job | None:
        """The job that this one follows, or whichever has taken its place by now."""
        job_id = job.after
        while job_id in self.replaced:
            job_id = self.replaced[job_id]
        return self.get(job_id) if job_id is not None else None

    def put(self, job: Job) -> None:
        """Take in a job, or its next form."""
        self._take_out(job.id)
        if job.elsewhere:
            self.elsewhere[job.id] = job
        else:
            (self.finished if job.state.final else self.active)[job.id] = job
        if job.replaces is not None:
            self.replaced[job.replaces] = job.id

    def all(self) -> tuple[Job, ...]:
        """Every job that is known, replaced ones too."""
        return (*self.active.values(), *self.finished.values(), *self.elsewhere.values())

    def drop(self, job_id: str) -> None:
        """Forget a job."""
        self._take_out(job_id)

    def hand_over(self, job: Job) -> None:
        """Another Blender has the job: it is shown as the list on disk has it."""
        self.put(job if job.state.final else replace(job, elsewhere=True))

    def only_elsewhere(self, job_ids: Iterable[str]) -> None:
        """Nobody but us works on what is not among these any more."""
        for job_id in self.elsewhere.keys() - set(job_ids):
            self.drop(job_id)

    def shown(self) -> tuple[Job, ...]:
        """Every job that a list should show, the newest first."""
        if self._shown is None:
            kept = [job for job in self.all() if not (job.state.final and job.id in self.replaced)]
            self._shown = tuple(sorted(kept, key=lambda job: job.created, reverse=True))
        return self._shown

    def _take_out(self, job_id: str) -> None:
        for room in (self.active, self.finished, self.elsewhere):
            room.pop(job_id, None)
        self._shown = None
        self.changed = True
