"""Hands due work to workers: jobs that may start, the next step of a job, and look-ups of tasks.

Main thread only. A worker gets a frozen job and returns one answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from ...api.catalog.task_kinds import TaskKind
from ..model import recipes, timing
from ..model.dispatch import LANES, ONLINE_LANES, batches, due_together, may_work, to_start
from ..model.events import Event, Started
from ..model.job import Job, State
from ..work import steps
from .worker_events import Answer, InFlight, Message

if TYPE_CHECKING:
    from ..model.clock import Clock
    from ..work.tools import Tools
    from .accounts import Accounts
    from .hold_off import HoldOff
    from .job_changes import JobChanges
    from .job_table import JobTable
    from .workers import Workers

LISTENING_SECONDS: Final = 0.1
_BRINGS_MODEL: Final = frozenset({State.DOWNLOADING, State.CONVERTING})


class Dispatcher:
    """Hands due jobs to workers. `flights` are the jobs that a worker has; `tools` makes what it
    needs for one; `receive` is called in a worker."""

    def __init__(
        self,
        jobs: JobTable,
        flights: dict[str, InFlight],
        changes: JobChanges,
        accounts: Accounts,
        hold_off: HoldOff,
        workers: Workers,
        clock: Clock,
        tools: Callable[[Job, InFlight], Tools],
        receive: Callable[[Sequence[Message]], None],
    ) -> None:
        self._jobs = jobs
        self._flights = flights
        self._changes = changes
        self._accounts = accounts
        self._hold_off = hold_off
        self._workers = workers
        self._clock = clock
        self._tools = tools
        self._receive = receive

    def start_pending(self, *, online: bool) -> None:
        """Move the jobs that have not started: start what may start and fits into the service's
        slots, end what can no longer start."""
        pending = [job for job in self._jobs.active.values() if job.state is State.PENDING]
        if not pending:
            return
        moves = {job.id: self._move(job) for job in pending}
        for job in pending:
            move = moves[job.id]
            if move is not None and not isinstance(move, Started):
                self._changes.apply(job, move)
        able = {job_id: move for job_id, move in moves.items() if isinstance(move, Started)}
        if online and able:
            services = self._accounts.services()
            for job in to_start(self._jobs.active.values(), services, able=able):
                self._changes.apply(job, able[job.id])

    def start_due(self, *, online: bool) -> None:
        """Hand the jobs whose next step is due to workers. Tasks are looked up together."""
        now = self._clock.now()
        running: list[Job] = []
        for job in tuple(self._jobs.active.values()):
            if job.id in self._flights or not self._may_work(job, online=online):
                continue
            if job.state is State.RUNNING:
                if not self._hold_off.is_held(job.account) and job.due <= due_together(job, now):
                    running.append(job)
            elif job.state in LANES and job.due <= now:
                self._start(job)
        for account, batch in batches(running, self._accounts.services(), now):
            self._look_up(account, batch)

    def soonest(self, until: float, *, online: bool) -> float:
        """Return when the next job is due that no worker has, at most `until`."""
        soonest = until
        for job in self._jobs.active.values():
            if job.due >= soonest or job.id in self._flights or job.state is State.PENDING:
                continue
            if self._may_work(job, online=online):
                soonest = min(soonest, self._hold_off.due(job))
        return soonest

    def until_next_answer(self, now: float) -> float:
        """Return the seconds until results are received again. Checks more often while a model is
        being downloaded or prepared, because the artist waits for it."""
        active = self._jobs.active
        flying = [active[job_id] for job_id in self._flights if job_id in active]
        ages = [now - job.entered for job in flying if job.state in _BRINGS_MODEL]
        return timing.until_next_answer(min(ages)) if ages else LISTENING_SECONDS

    def can_go_on(self, *, online: bool) -> bool:
        """Whether any job can go on without a person, the network, a key, or its own file."""
        return any(
            self._may_work(job, online=online)
            for job in self._jobs.active.values()
            if not recipes.stands_still(job, self._jobs.before(job))
        )

    def _may_work(self, job: Job, *, online: bool) -> bool:
        return may_work(job, self._accounts.dialects, online=online)

    def _move(self, job: Job) -> Event | None:
        """Return the event for a job that has not started, or None while it waits."""
        if self._changes.is_new(job):
            return None
        rigs = job.kind is TaskKind.RIG
        following = self._jobs.following(job) if rigs else None
        return recipes.go_on(job, self._jobs.before(job), following)

    def _start(self, job: Job) -> None:
        flight = InFlight(paying=job.state is State.SUBMITTING)
        self._flights[job.id] = flight
        tools, lane = self._tools(job, flight), LANES[job.state]
        self._workers.start(
            lane,
            lambda: self._receive((Answer(job.id, job.step, steps.perform(job, tools)),)),
            account=job.account if lane in ONLINE_LANES else "",
        )

    def _look_up(self, account: str, batch: Sequence[Job]) -> None:
        dialect = self._accounts.dialects[account]
        self._flights |= dict.fromkeys((job.id for job in batch), InFlight())

        def ask() -> None:
            events = steps.look_up(batch, dialect, self._clock)
            self._receive([Answer(job.id, job.step, events[job.id]) for job in batch])

        self._workers.start("service", ask, account=account)
