"""Queue of writes to the job list on disk, done by one thread and repeated after a failure.

Used by the main thread. Only the latest version of a job is written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from ..messages.job_list import unforeseen
from ..model import timing
from ..storage.claims import Claim
from ..storage.store import Store, StoreError
from .worker_events import ListChanges, Message, WriteResult

if TYPE_CHECKING:
    from ..model.clock import Clock
    from ..model.job import Job
    from .workers import Workers

_log = logging.getLogger(__name__)
_NEVER: Final = float("inf")
LEASE_RENEWAL_SECONDS: Final = 10.0


class WriteQueue:
    """Writes the engine's jobs to disk. `receive` is called in a worker. `trouble` says why nothing
    can be written, and is empty while writing works."""

    def __init__(
        self,
        store: Store,
        workers: Workers,
        clock: Clock,
        receive: Callable[[Sequence[Message]], None],
    ) -> None:
        self._store = store
        self._workers = workers
        self._clock = clock
        self._receive = receive
        self._out = 0
        self._unsaved: dict[str, Job] = {}
        self._trying: dict[str, Job] = {}
        self._unremoved: dict[str, Job] = {}
        self._gone: set[str] = set()
        self._taken: set[str] = set()
        self._announced: set[str] = set()
        # Each new job of a request with all of them that are not on disk yet.
        self._new: dict[str, set[str]] = {}
        self._tries = 0
        self._due = _NEVER
        self._holding = False
        self._beating = False
        self.trouble = ""

    @property
    def due(self) -> float:
        """When failed writes are repeated; never if none failed."""
        return self._due if self._unsaved or self._unremoved else _NEVER

    @property
    def unsaved(self) -> tuple[Job, ...]:
        """Jobs whose latest version is not on disk because writing fails."""
        return (*self._unsaved.values(), *self._trying.values())

    @property
    def busy(self) -> bool:
        """Whether results of writes are awaited."""
        return self._out > 0

    def save(self, job: Job) -> None:
        """Write the job as it is now, or later if the list cannot be written."""
        self._gone.discard(job.id)
        if self.trouble and self._due < _NEVER:
            self._unsaved[job.id] = job
        else:
            self._enqueue(job)

    def save_all(self, jobs: Sequence[Job]) -> None:
        """Write the new jobs of one request at once; `is_new` holds for each until all are on
        disk."""
        waiting = {job.id for job in jobs}
        self._new |= dict.fromkeys(waiting, waiting)
        if self.trouble and self._due < _NEVER:
            self._unsaved |= {job.id: job for job in jobs}
            return
        wall = self._clock.wall()
        self._start(lambda: self._written(lambda: self._store.save_all(jobs, wall), *jobs))

    def is_new(self, job_id: str) -> bool:
        """Whether a part of the job's request has never been on disk: none of it is sent then."""
        return bool(self._new.get(job_id))

    def take(self, job: Job) -> None:
        """Write a job that was final, maybe in another session, and goes on here."""
        self._taken.add(job.id)
        self.save(job)

    def restore(self, job: Job, *, announced: bool) -> None:
        """Write a job that the list has lost; `announced`: while its paid request is out."""
        if announced:
            self._announced.add(job.id)
        self.save(job)

    def remove(self, job: Job) -> None:
        """Take a final job off the list."""
        self._gone.add(job.id)
        self._unsaved.pop(job.id, None)
        wall = self._clock.wall()
        self._start(lambda: self._written(lambda: self._store.remove(job, wall), job, removal=True))

    def hold(self, holding: bool) -> None:
        """Set whether leases must be renewed, even while the main thread is busy."""
        self._holding = holding
        if holding and not self._beating:
            self._beating = True
            self._workers.repeat("store", LEASE_RENEWAL_SECONDS, self._renew)

    def look(self, held: tuple[str, ...], since: int) -> None:
        """Renew the leases, claim free jobs, and read what other Blenders did."""
        wall, now = self._clock.wall(), self._clock.now()

        def look() -> ListChanges:
            self._store.copy_daily(wall)
            lost = self._store.renew(wall, held)
            return ListChanges(self._store.claim(wall, since, now=now, known=held), held, lost)

        self._start(lambda: self._read(look))

    def release(self) -> None:
        """Release all leases."""
        self._holding = False
        self._workers.start("store", self._released)

    def on_written(self, answer: WriteResult) -> None:
        """Process the result of a write."""
        self._out -= 1
        for job in answer.jobs:
            self._trying.pop(job.id, None)
        if not answer.fault:
            self._note_written(answer.jobs)
            self._on_success()
            return
        for job in answer.jobs:
            if answer.removal:
                self._unremoved[job.id] = job
            elif job.id not in self._gone:
                known = self._unsaved.get(job.id)
                if known is None or known.revision < job.revision:
                    self._unsaved[job.id] = job
        if self.trouble != answer.fault:
            _log.error("%s", answer.fault)
        self.trouble = answer.fault
        wait = timing.backoff(self._tries, jitter=self._clock.jitter())
        self._due = self._clock.now() + wait
        self._tries += 1

    def on_read(self) -> None:
        """The list was read."""
        self._out -= 1
        self._on_success()

    def repeat(self) -> None:
        """Repeat failed writes once due: one first, and the rest after it succeeded."""
        if self.due > self._clock.now():
            return
        one = 1 if self.trouble else len(self._unsaved) + len(self._unremoved)
        self._due = _NEVER
        for _number in range(one):
            if self._unsaved:
                job = self._unsaved.pop(next(iter(self._unsaved)))
                self._trying[job.id] = job
                self._enqueue(job)
            elif self._unremoved:
                self.remove(self._unremoved.pop(next(iter(self._unremoved))))

    def _note_written(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self._taken.discard(job.id)
            self._announced.discard(job.id)
            self._new.get(job.id, set[str]()).discard(job.id)
        self._new = {job_id: waiting for job_id, waiting in self._new.items() if waiting}

    def _on_success(self) -> None:
        self.trouble, self._tries = "", 0
        if self._unsaved or self._unremoved:
            self._due = self._clock.now()

    def _enqueue(self, job: Job) -> None:
        wall = self._clock.wall()
        taking, announced = job.id in self._taken, job.id in self._announced

        def write() -> bool:
            if taking:
                self._store.take(job.id, wall)
            return self._store.save(job, wall, announced=announced)

        self._start(lambda: self._written(write, job))

    def _start(self, work: Callable[[], None]) -> None:
        self._out += 1
        self._workers.start("store", work)

    def _written(self, write: Callable[[], bool], *jobs: Job, removal: bool = False) -> None:
        """Runs in the store's worker."""
        try:
            self._receive((WriteResult(jobs, removal, refused=not write()),))
        except StoreError as error:
            self._receive((WriteResult(jobs, removal, fault=error.sentence),))
        except Exception as error:  # noqa: BLE001 - an answer must come, or it is waited for for ever
            _log.exception("Writing the job list failed")
            self._receive((WriteResult(jobs, removal, fault=unforeseen(error)),))

    def _read(self, look: Callable[[], ListChanges]) -> None:
        """Runs in the store's worker."""
        try:
            self._receive((look(),))
        except StoreError as error:
            self._receive((WriteResult((), fault=error.sentence),))
        except Exception as error:  # noqa: BLE001 - as above
            _log.exception("Reading the job list failed")
            self._receive((WriteResult((), fault=unforeseen(error)),))

    def _renew(self) -> None:
        """Runs in the store's worker, however long the main thread is busy with something else."""
        if self._holding:
            self._quietly(lambda: self._store.renew(self._clock.wall()))

    def _released(self) -> None:
        self._quietly(self._store.release)

    def _quietly(self, write: Callable[[], object]) -> None:
        try:
            write()
        except StoreError as error:
            _log.warning("%s", error.sentence)


def missing(note: ListChanges) -> frozenset[str]:
    """Return our jobs that are missing in the list: it was deleted, or damaged and rebuilt."""
    claim: Claim = note.claim
    theirs = {job.id for job in claim.others}
    return frozenset(note.held) - claim.mine - theirs - note.lost
