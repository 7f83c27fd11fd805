"""Runs the engine's ticks: receives results, starts what is due, says when the next tick is needed.

Main thread only, and never waits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..model.job import Job, State
from .worker_events import InFlight, Tick

if TYPE_CHECKING:
    from ..model.clock import Clock
    from ..work.converter import Converter
    from .accounts import Accounts
    from .dispatcher import Dispatcher
    from .hold_off import HoldOff
    from .inbox import Inbox
    from .job_table import JobTable
    from .leases import Leases
    from .results import Results
    from .unknown_outcomes import UnknownOutcomes
    from .warm_start import WarmStart
    from .write_queue import WriteQueue

DRAIN_SECONDS: Final = 0.00025
WATCHING_SECONDS: Final = 1.0
_NEVER: Final = float("inf")


class Scheduler:
    """Decides what each tick does. Remembers the last one, so that a tick costs next to nothing
    while nothing has happened and nothing is due."""

    def __init__(
        self,
        jobs: JobTable,
        flights: dict[str, InFlight],
        accounts: Accounts,
        unknown: UnknownOutcomes,
        writes: WriteQueue,
        leases: Leases,
        hold_off: HoldOff,
        warm: WarmStart,
        dispatcher: Dispatcher,
        results: Results,
        inbox: Inbox,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._flights = flights
        self._accounts = accounts
        self._unknown = unknown
        self._writes = writes
        self._leases = leases
        self._hold_off = hold_off
        self._warm = warm
        self._dispatcher = dispatcher
        self._results = results
        self._inbox = inbox
        self._clock = clock
        self._quiet_until = 0.0
        self._last: Tick | None = None
        self._was_online = False

    def tick(self, *, online: bool, converter: Converter | None) -> Tick:
        """Receive results for a quarter of a millisecond; once all are received, start what is due.
        Return the jobs to import."""
        if self._last is not None and self._is_quiet(online=online):
            if self._last.wait is None:
                return self._last
            left = self._quiet_until - self._clock.now()
            return replace(self._last, wait=max(0.0, min(self._last.wait, left)))
        self._inbox.handle(self._results.receive, DRAIN_SECONDS)
        if not self._inbox.has_left_over:
            self._start_work(converter, online=online)
        changed, self._jobs.changed = self._jobs.changed, False
        wait = self._wait(online=online)
        self._was_online, self._last = online, Tick(False, self._ready(), wait)
        return replace(self._last, changed=changed)

    def is_idle(self, *, online: bool) -> bool:
        """Whether all work waits for network access, a key, or the file that a model belongs to."""
        return not self._listening and not self._dispatcher.can_go_on(online=online)

    def _start_work(self, converter: Converter | None, *, online: bool) -> None:
        self._hold_off.notice_sleep(returned=online and not self._was_online)
        self._writes.repeat()
        self._leases.look()
        self._dispatcher.start_pending(online=online)
        # Before dispatching conversions, so that they find the warm child.
        self._warm.look(self._jobs.active.values(), converter)
        self._dispatcher.start_due(online=online)
        if online:
            self._accounts.ask()

    def _is_quiet(self, *, online: bool) -> bool:
        idle = not self._jobs.changed and self._inbox.is_empty
        return idle and online is self._was_online and self._clock.now() < self._quiet_until

    def _ready(self) -> tuple[Job, ...]:
        return tuple(job for job in self._jobs.active.values() if job.state is State.READY)

    def _wait(self, *, online: bool) -> float | None:
        """Return the seconds until the next tick. While there are jobs, their leases are
        renewed."""
        if self._inbox.has_left_over:
            return 0.0
        now = self._clock.now()
        self._quiet_until = self._soonest(online=online)
        if self._listening:
            return self._dispatcher.until_next_answer(now)
        wait = max(0.0, self._quiet_until - now)
        if not self._jobs.active:
            if self._leases.others_work:
                return WATCHING_SECONDS
            if self._jobs.unsettled:
                # Another Blender that takes such a row over should see it soon.
                return min(WATCHING_SECONDS, wait)
            return wait if self._quiet_until < _NEVER else None
        if all(job.state is State.READY for job in self._jobs.active.values()):
            return wait
        return min(WATCHING_SECONDS, wait)

    @property
    def _listening(self) -> bool:
        """Whether a worker's result is awaited."""
        awaited = self._accounts.pending or self._unknown.searches
        return bool(self._flights or awaited or self._writes.busy)

    def _soonest(self, *, online: bool) -> float:
        """Return when the next work is due that does not depend on a worker's result."""
        soonest = min(self._writes.due, self._leases.due, self._warm.due)
        soonest = min(soonest, self._accounts.due) if online else soonest
        return self._dispatcher.soonest(soonest, online=online)
