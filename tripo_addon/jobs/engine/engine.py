"""Drives jobs from request to model: the interface of the engine for the rest of the add-on.

Used by Blender's main thread only, so it needs no lock: workers get frozen jobs and put results
into an inbox, which only `tick` reads. Only `run_until_idle` and `shutdown` block."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..messages import job_list
from ..model import recipes
from ..model.events import CancelRequested, Event, ImportRequested
from ..model.job import Job, Placement, Stand, State, folder_name
from ..storage.claims import Claim
from ..storage.store import Store
from ..work.converter import Converter
from ..work.disk_space import DiskSpace
from ..work.tools import Tools
from .accounts import Accounts
from .balances import Money
from .dispatcher import Dispatcher
from .hold_off import HoldOff
from .inbox import Inbox
from .job_changes import JobChanges
from .job_table import JobTable
from .leases import Leases
from .new_jobs import NewJobs
from .results import Results
from .scheduler import Scheduler
from .unknown_outcomes import UnknownOutcomes
from .warm_start import WarmStart
from .worker_events import Answer, InFlight, Tick
from .write_queue import WriteQueue

if TYPE_CHECKING:
    from ...api.catalog.task_kinds import TaskKind
    from ...api.dialect import Dialect
    from ...api.rules import Values
    from ...api.tasks import TaskRequest
    from ..model.clock import Clock
    from .workers import Workers

_log = logging.getLogger(__name__)
QUIT_SECONDS: Final = 2.0


class JobEngine:
    """All jobs of this Blender. Called from the main thread only. `folder` is where new downloads
    go, each job's into one of its own."""

    def __init__(
        self,
        *,
        store: Store,
        workers: Workers,
        clock: Clock,
        folder: Path,
        converter: Converter | None,
        new_id: Callable[[], str],
        room: DiskSpace = DiskSpace(),  # noqa: B008 - frozen
    ) -> None:
        self._store = store
        self._workers = workers
        self._clock = clock
        self.folder = folder
        self.converter = converter
        self._room = room
        self._jobs = jobs = JobTable()
        self._inbox = inbox = Inbox(clock)
        receive = inbox.put
        self._flights: dict[str, InFlight] = {}
        self._writes = WriteQueue(store, workers, clock, receive)
        self._leases = Leases(self._writes, jobs, self._flights, clock)
        self._accounts = accounts = Accounts(jobs, workers, clock, receive)
        self._changes = changes = JobChanges(jobs, self._writes, accounts, workers, clock)
        self._new_jobs = NewJobs(jobs, changes, accounts, clock, new_id)
        self._unknown = UnknownOutcomes(jobs, changes, accounts, store, workers, clock, receive)
        self._warm = WarmStart(workers, clock)
        hold_off = HoldOff(jobs, clock)
        dispatcher = Dispatcher(
            *(jobs, self._flights, changes, accounts, hold_off, workers, clock),
            tools=self._tools,
            receive=receive,
        )
        results = Results(
            *(jobs, self._flights, changes, accounts, self._new_jobs, self._unknown),
            *(self._writes, self._leases, hold_off),
        )
        self._scheduler = Scheduler(
            *(jobs, self._flights, accounts, self._unknown, self._writes, self._leases),
            *(hold_off, self._warm, dispatcher, results, inbox, clock),
        )

    def connect(self, account: str, dialect: Dialect | None) -> None:
        """Use this dialect for the account from now on; with None its jobs wait."""
        self._accounts.connect(account, dialect)

    def connected(self, account: str) -> bool:
        """Whether the account has a dialect; otherwise its jobs wait."""
        return account in self._accounts.dialects

    def take_over(
        self, claim: Claim, finished: Iterable[Job] = (), *, document: str | None = None
    ) -> None:
        """Take over the jobs of the store. Jobs of the open file `document` go on even if they were
        not sent yet, because only the add-on was disabled meanwhile."""
        self._leases.take_over(claim, finished, document=document)

    def jobs(self) -> tuple[Job, ...]:
        """Return the jobs to list, newest first, including those of other Blenders."""
        return self._jobs.shown()

    def unfinished(self) -> tuple[Job, ...]:
        """Return the jobs that this Blender works on."""
        return tuple(self._jobs.active.values())

    @property
    def order_changes(self) -> int:
        """How often the order of the rows may have changed; progress alone does not count."""
        return self._jobs.order_changes

    def job(self, job_id: str) -> Job | None:
        """Return a job by its id, even a replaced one."""
        return self._jobs.get(job_id)

    def before(self, job: Job) -> Job | None:
        """Return the job whose result this one works on, or the one that replaced it."""
        return self._jobs.before(job)

    def latest(self, job_id: str) -> str:
        """Return the ID of the job that stands in this one's place by now; mostly its own."""
        return self._jobs.latest(job_id)

    def waits_for(self, job: Job) -> str:
        """Return what a step waits for that needs the artist, as a sentence for its row."""
        waits = job.state is State.PENDING and job.after is not None
        return recipes.waits_for(self._jobs.before(job)) if waits else ""

    @property
    def list_trouble(self) -> str:
        """Return why the job list cannot be written, as a sentence, or "". Writing is tried again
        and nothing is paid for meanwhile; tasks that are not on disk are named."""
        trouble = self._writes.trouble
        tasks = [job.task_id for job in self._writes.unsaved if job.task_id is not None]
        if not trouble or not tasks:
            return trouble
        return job_list.note_tasks(trouble, tasks)

    @property
    def list_note(self) -> str:
        """Return what was done to repair the job list, as a sentence, or ""."""
        return self._store.repair_note

    def refresh(self) -> None:
        """Have the next tick read what other Blenders wrote to the list."""
        self._leases.refresh()

    def money(self, account: str) -> Money:
        """Return the last known balance of the account, without a request."""
        return self._accounts.money(account)

    def ask_balance(self, account: str, *, reset: bool = False) -> None:
        """Request the balance in a worker; `money` returns it after a later tick. `reset`: what was
        known before no longer counts."""
        self._accounts.ask_balance(account, reset=reset)

    def price(self, account: str, kind: TaskKind, values: Values) -> float | None:
        """Return the price of a request in the service's credits, or None if it is not known yet.
        If the service quotes prices, a worker asks, and a later call returns the answer."""
        return self._accounts.price(account, kind, values)

    def unknown_tasks(self, account: str) -> frozenset[str]:
        """Return the tasks that the service did not know, in this session and with this key."""
        return self._accounts.unknown_tasks(account)

    def submit(
        self, account: str, steps: Sequence[recipes.Step], *, key: str = ""
    ) -> tuple[Job, ...]:
        """Create jobs for one or more steps, each of which works on the result of the one before.
        Each can be canceled. Paid requests are sent by workers, after their journal entry. With a
        `key` the jobs get its ids (`new_jobs.ids_of_key`): the same key is never paid twice."""
        return self._new_jobs.submit(account, steps, key=key)

    def show(self, jobs: Iterable[Job]) -> None:
        """List finished jobs of the store that are older than those that were taken over."""
        for job in jobs:
            if self._jobs.get(job.id) is None:
                self._jobs.put(job)

    def submit_drafts(self, account: str, steps: Sequence[recipes.Step]) -> tuple[Job, ...]:
        """Create a job for each draft of one request; each is paid for once, on its own. All are on
        disk before the first is paid for."""
        return self._new_jobs.submit_drafts(account, steps)

    def cancel(self, job_id: str) -> None:
        """Stop what can be stopped. Does nothing to a final job."""
        job = self._jobs.active.get(job_id)
        if job is None:
            return
        flight = self._flights.get(job_id)
        paying = flight is not None and flight.paying
        if flight is not None:
            flight.stop.raise_()
            if not paying:
                del self._flights[job_id]
        self._changes.apply(job, CancelRequested(paying=paying))

    def retry(
        self, job_id: str, *, account: str | None = None, placement: Placement | None = None
    ) -> Job | None:
        """Replace a final job with a new one, once. Free if `Job.retry_is_free`, else charged to
        `account` or to the account that the job was sent with. Steps that ended because it failed
        are retried with it. None if there is nothing that a new try could work on."""
        return self._new_jobs.retry(job_id, account=account, placement=placement)

    def retried_as(self, job: Job, account: str) -> tuple[TaskRequest, ...]:
        """Return the requests that a retry of a final job sends, in order; none if what it works on
        is gone. A task that the service does not know is not used again."""
        return self._new_jobs.retried_as(job, account)

    def failed_before(self, job: Job) -> Job | None:
        """Return the previous step if it failed, so that this job needs a retry of that one."""
        before = self._jobs.before(job)
        return before if before is not None and recipes.has_failed(before) else None

    def retried_with(self, job: Job) -> tuple[Job, ...]:
        """Return the jobs that ended because this one failed and are retried with it."""
        return self._new_jobs.retried_with(job)

    def search_task(self, job_id: str) -> bool:
        """Search the service for the task of a job whose outcome is unknown. Whether a search has
        begun; later `Job.candidates` and `Job.note` say what was found. Sends nothing that costs.
        """
        begun = self._unknown.search(job_id)
        if begun:
            self._leases.refresh()
        return begun

    def searching(self, job_id: str) -> bool:
        """Whether a search for the job's task is running."""
        return self._unknown.is_searching(job_id)

    def refuse_attach(self, job_id: str, task_id: str) -> str | None:
        """Return why this cannot be the job's task, as a sentence, or None."""
        return self._unknown.refuse_attach(job_id, task_id)

    def attach(self, job_id: str, task_id: str) -> Job | None:
        """Let a job go on with the task that a person names, free. None if that is refused."""
        job = self._unknown.attach(job_id, task_id)
        if job is not None:
            self._new_jobs.retry_what_follows(job)
        return job

    def forget(self, job_id: str) -> None:
        """Take a final job and those it replaced off the list. What it made stays in the scene and
        on disk."""
        job = self._jobs.finished.get(job_id)
        if job is None:
            return
        self._changes.remove(job)
        if job.replaces is not None:
            self.forget(job.replaces)

    def saved_as(self, document: str, file: str) -> None:
        """Note the path under which the open file was saved in its jobs, so that they find it."""
        for job in tuple(self._jobs.active.values()):
            if job.placement.document == document and job.placement.file != file:
                self._place_elsewhere(job, replace(job.placement, file=file))

    def move(self, job_id: str, stand: Stand, *, fills: bool) -> None:
        """Have the model of an unfinished job land in this box, also after a restart; `fills`:
        with the box's size. Does nothing to any other job."""
        job = self._jobs.active.get(job_id)
        if job is not None:
            fills = fills or job.placement.fills
            self._place_elsewhere(job, replace(job.placement, stand=stand, fills=fills))

    def _place_elsewhere(self, job: Job, placement: Placement) -> None:
        self._changes.save(replace(job, placement=placement, revision=job.revision + 1))

    def placed(self, job_id: str, event: Event) -> None:
        """Report the result of importing a READY job: `Placed`, or `Failed`."""
        job = self._jobs.active.get(job_id)
        if job is not None:
            self._changes.apply(job, event)

    def tick(self, *, online: bool) -> Tick:
        """Receive results for a quarter of a millisecond; once all are received, start what is due.
        Return the jobs to import.

        Costs next to nothing while nothing has happened and nothing is due.
        """
        return self._scheduler.tick(online=online, converter=self.converter)

    def bring(self, job_id: str, placement: Placement) -> Job | None:
        """Import a READY model now, or import one again. None if nothing is on disk. Never sends a
        request."""
        job = self.job(job_id)
        if job is None or job.elsewhere or (job.state.final and job.retry_needs_service):
            return None
        if job.state.final:
            return self.retry(job_id, placement=placement)
        if job.state is State.READY:
            self._changes.apply(job, ImportRequested(placement))
        return self.job(job_id)

    def run_until_idle(
        self,
        place: Callable[[Job], Event | None],
        *,
        online: Callable[[], bool],
        until: Collection[str] | None = None,
        turned: Callable[[], None] | None = None,
    ) -> None:
        """Work until nothing is left to do, or until none of the jobs `until` can go on here.
        **Blocks.**

        For scripts and background mode, where timers never fire. `place` is called on this thread
        and returns the resulting event, or None for a job that waits for its own file; `turned` is
        called with each turn, and may raise. Returns early if nothing can go on without the network
        or a key.
        """
        while until is None or any(each in self._jobs.active for each in until):
            tick = self.tick(online=online())
            if turned is not None:
                turned()
            placed = False
            for job in tick.ready:
                event = place(job)
                if event is not None:
                    self.placed(job.id, event)
                    placed = True
            if not placed and self._scheduler.is_idle(online=online()):
                return
            self._inbox.wait(0.0 if placed else tick.wait or 0.0)

    def shutdown(self) -> None:
        """Raise every stop flag, flush the store, end the workers. **Blocks** for at most
        `QUIT_SECONDS`."""
        for flight in self._flights.values():
            flight.stop.raise_()
        self._writes.release()
        self._accounts.close()
        self._warm.end()
        if not self._workers.shutdown(patience=QUIT_SECONDS):
            _log.info("Some requests were still out; what they were for goes on at the next start")

    def _tools(self, job: Job, flight: InFlight) -> Tools:
        """Return what a worker needs for this job."""
        return Tools(
            dialect=self._accounts.dialects.get(job.account),
            store=self._store,
            clock=self._clock,
            folder=self.folder / folder_name(job),
            converter=self.converter,
            room=self._room,
            warm=self._warm.child,
            stop=flight.stop,
            report=lambda event: self._inbox.put((Answer(job.id, job.step, event),)),
        )
