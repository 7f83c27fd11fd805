"""Shares the job list with other Blenders: renews this one's leases, and reads what others changed.

Main thread only. Works on the engine's job table; writes go through the `WriteQueue`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from ...api.catalog import SERVICES
from ..model import recovery
from ..storage.claims import Claim
from .job_table import JobTable
from .worker_events import InFlight, ListChanges
from .write_queue import LEASE_RENEWAL_SECONDS, WriteQueue, missing

if TYPE_CHECKING:
    from ..model.clock import Clock
    from ..model.job import Job

_log = logging.getLogger(__name__)
UNSETTLED_SECONDS: Final = 60.0
"""Seconds between looks at the list if the only reason is a job with an unknown outcome."""
_NEVER: Final = float("inf")


class Leases:
    """The leases of this Blender's jobs."""

    def __init__(
        self, writes: WriteQueue, jobs: JobTable, flights: dict[str, InFlight], clock: Clock
    ) -> None:
        self._writes = writes
        self._jobs = jobs
        self._flights = flights
        self._clock = clock
        self._held = 0
        self._seen = 0
        self._look_due = clock.now() + LEASE_RENEWAL_SECONDS
        self._refreshing = False

    @property
    def others_work(self) -> bool:
        """Whether another Blender holds jobs, which may become free later."""
        return self._held > 0

    @property
    def due(self) -> float:
        """When the list must be read next; never, if nothing there can change."""
        return self._look_due if self._watches else _NEVER

    def take_over(
        self, claim: Claim, finished: Iterable[Job] = (), *, document: str | None = None
    ) -> None:
        """Take over the jobs read from the list: continue unfinished ones, and show finished ones
        and those of other Blenders. `document` is the token of the open file."""
        self._held, self._seen = claim.held_elsewhere, claim.seen
        for job in finished:
            self._jobs.put(job)
        for job in claim.others:
            self.release(job.id)
            self._jobs.transfer(job)
        for row in claim.kept:
            known = self._jobs.active.get(row.job.id)
            if known is not None and known.revision >= row.job.revision:
                continue
            over = self._jobs.finished.get(row.job.id)
            if over is not None and over.revision > row.job.revision:
                # After damage, the list was restored from its daily copy, which has an older
                # version.
                self._writes.save(over)
                continue
            here = document is not None and row.job.placement.document == document
            now = self._clock.now()
            job = recovery.recover(
                row.job,
                paid=row.paid,
                announced=row.announced,
                now=now,
                goes_on=here,
                repeats=_may_repeat(row.job),
            )
            self._jobs.put(job)
            if job.state is not row.job.state:
                self._writes.save(job)
        self._jobs.only_elsewhere(job.id for job in claim.others)
        self._writes.hold(bool(self._jobs.active))

    def refresh(self) -> None:
        """Make the next tick read what other Blenders wrote."""
        self._refreshing, self._look_due = True, self._clock.now()
        self._jobs.changed = True

    def look(self) -> None:
        """Renew the leases and read the list in a worker, if that is due."""
        if self.due > self._clock.now() or self._writes.busy:
            return
        self._look_due = self._clock.now() + (
            LEASE_RENEWAL_SECONDS if self._shares else UNSETTLED_SECONDS
        )
        self._refreshing = False
        self._writes.look(tuple(self._jobs.active), self._seen)

    def receive(self, note: ListChanges) -> None:
        """Apply what other Blenders changed, and write our jobs that the list has lost since the
        last look."""
        self._writes.on_read()
        for job_id in note.lost:
            self.release(job_id)
        rebuilt = note.claim.seen < self._seen
        for job_id in note.claim.gone - self._jobs.active.keys():
            self._jobs.drop(job_id)
        self.take_over(note.claim)
        lost = [self._jobs.active[each] for each in missing(note) if each in self._jobs.active]
        for job in (*lost, *(self._jobs.finished.values() if rebuilt else ())):
            flight = self._flights.get(job.id)
            self._writes.restore(job, announced=flight is not None and flight.paying)

    def release(self, job_id: str) -> None:
        """Stop working on a job that another Blender has taken over."""
        flight = self._flights.pop(job_id, None)
        if flight is not None:
            flight.stop.raise_()
        job = self._jobs.active.get(job_id)
        if job is not None:
            _log.info("Job %s: another Blender goes on with it", job.id[:8])
            self._jobs.transfer(job)

    @property
    def _watches(self) -> bool:
        """Whether the list on disk is read regularly."""
        wanted = self._refreshing or bool(self._writes.trouble)
        return wanted or self._shares or self._jobs.unsettled

    @property
    def _shares(self) -> bool:
        return bool(self._jobs.active) or self.others_work


def _may_repeat(job: Job) -> bool:
    """Whether another session can send exactly the same request again, at a service that makes
    repeats safe. An uploaded image gets a new address with each upload, so requests with files
    cannot."""
    service = SERVICES.get(job.service_id)
    return service is not None and service.repeat_seconds > 0 and not job.request.files
