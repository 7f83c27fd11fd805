"""All jobs that this Blender knows: its own, those that are over, and those that another works on.

Belongs to the main thread. Keeps and sorts; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...api.errors import Kind
from ..model.job import Failure, Job


class JobTable:
    """Jobs by id. `active` are ours to take further; `changed` is raised by whatever alters what a
    list shows."""

    def __init__(self) -> None:
        self.active: dict[str, Job] = {}
        self.finished: dict[str, Job] = {}
        self.elsewhere: dict[str, Job] = {}
        self.changed = True
        self._shown: tuple[Job, ...] | None = None
        self._replaced: dict[str, str] | None = None
        self._unsettled = False

    @property
    def replaced(self) -> dict[str, str]:
        """Which job stands in the place of which; the newest, where there are several."""
        if self._replaced is None:
            later = sorted((job for job in self.all() if job.replaces), key=lambda job: job.created)
            self._replaced = {job.replaces: job.id for job in later if job.replaces}
        return self._replaced

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

    def following(self, job: Job) -> Job | None:
        """The job that waits for this one's result, if one does."""
        waiting = (each for each in self.active.values() if each.after is not None)
        return next((each for each in waiting if self.before(each) is job), None)

    def steps_before(self, job: Job) -> tuple[Job, ...]:
        """The jobs that lead to this one, the nearest first."""
        steps: list[Job] = []
        before = self.before(job)
        while before is not None and before not in steps:
            steps.append(before)
            before = self.before(before)
        return tuple(steps)

    def ended_with(self, job: Job) -> tuple[Job, ...]:
        """The jobs that were not sent because this one, or what it replaces, failed."""
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
        """Take in a job, or its next form."""
        self._take_out(job.id)
        if job.elsewhere:
            self.elsewhere[job.id] = job
        else:
            (self.finished if job.state.final else self.active)[job.id] = job

    def all(self) -> tuple[Job, ...]:
        """Every job that is known, replaced ones too."""
        return (*self.active.values(), *self.finished.values(), *self.elsewhere.values())

    def drop(self, job_id: str) -> None:
        """Forget a job; what it replaced stands for itself again."""
        self._take_out(job_id)

    def transfer(self, job: Job) -> None:
        """Another Blender has the job: it is shown as the list on disk has it."""
        self.put(job if job.state.final else replace(job, elsewhere=True))

    def only_elsewhere(self, job_ids: Iterable[str]) -> None:
        """Nobody but us works on what is not among these any more."""
        for job_id in self.elsewhere.keys() - set(job_ids):
            self.drop(job_id)

    @property
    def unsettled(self) -> bool:
        """Whether a row asks for a decision that another Blender, or a late answer, may take."""
        return bool(self.shown()) and self._unsettled

    def shown(self) -> tuple[Job, ...]:
        """Every job that a list should show, the newest first."""
        if self._shown is None:
            kept = [job for job in self.all() if not (job.state.final and job.id in self.replaced)]
            self._shown = tuple(sorted(kept, key=lambda job: job.created, reverse=True))
            self._unsettled = any(job.failure is Failure.OUTCOME_UNKNOWN for job in kept)
        return self._shown

    def _take_out(self, job_id: str) -> None:
        for room in (self.active, self.finished, self.elsewhere):
            room.pop(job_id, None)
        self._shown = self._replaced = None
        self.changed = True
