"""Takes jobs from wish to model: decides what is due, hands it to workers, and hears their answers.

Belongs to one thread, Blender's main thread, and therefore needs no lock: workers get frozen jobs
and put answers into one queue, which only `tick` reads. Nothing here blocks but `run_until_idle`
and `shutdown`, which say so.
"""

from __future__ import annotations

import logging
import queue
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..api import prices
from ..api.rules import Values
from ..api.tasks import TaskRequest, kind_of
from . import effects, machine
from .balances import Balances, Money
from .dispatch import LANES, TOGETHER_SECONDS, batches, may_work, to_start
from .job import Job, Placement, State, describe, folder_name
from .machine import CancelRequested, Event, Started, Wanted
from .messages import Answer, BalanceAnswer, Claimed, Flight, Lost, Message, Tick
from .store import Claim, Store, StoreError

if TYPE_CHECKING:
    from ..api.catalog import Service
    from ..api.dialect import Dialect
    from .clock import Clock
    from .workers import Workers

_log = logging.getLogger(__name__)
DRAIN_SECONDS: Final = 0.00025
LISTENING_SECONDS: Final = 0.1
WATCHING_SECONDS: Final = 1.0
LEASE_RENEWAL_SECONDS: Final = 10.0
QUIT_SECONDS: Final = 2.0


_NEVER: Final = float("inf")


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
        converter: effects.Converter | None,
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._workers = workers
        self._clock = clock
        self.folder = folder
        self._converter = converter
        self._new_id = new_id
        self._dialects: dict[str, Dialect] = {}
        self._active: dict[str, Job] = {}
        self._finished: dict[str, Job] = {}
        self._replaced: set[str] = set()
        self._flights: dict[str, Flight] = {}
        self._inbox: queue.SimpleQueue[Sequence[Message]] = queue.SimpleQueue()
        self._heard: deque[Message] = deque()
        self._quiet_until = 0.0
        self._last: Tick | None = None
        self._was_online = False
        self._balances = Balances(workers, self._balance_heard)
        self._spent: set[str] = set()
        self._changed = True
        self._held_elsewhere = 0
        self._lease_due = clock.now() + LEASE_RENEWAL_SECONDS
        self._snapshot: tuple[Job, ...] | None = None

    def connect(self, account: str, dialect: Dialect | None) -> None:
        """From now on this dialect speaks for the account; with None its jobs wait."""
        former = self._dialects.pop(account, None)
        self._balances.forget(account)
        self._changed = True
        if former is not None:
            self._workers.start("service", former.close)
        if dialect is not None:
            self._dialects[account] = dialect

    def adopt(self, claim: Claim, finished: Iterable[Job] = ()) -> None:
        """Take up what the store held: unfinished jobs go on, finished ones are shown."""
        now = self._clock.now()
        self._held_elsewhere = claim.held
        for job in finished:
            self._put(job)
        for row in claim.kept:
            job = machine.recover(row.job, paid=row.paid, asked=row.asked, now=now)
            self._put(job)
            if job.state is not row.job.state:
                self._save(job)

    def jobs(self) -> tuple[Job, ...]:
        """Every job that a list should show, the newest first."""
        if self._snapshot is None:
            shown = [*self._active.values(), *self._finished.values()]
            kept = [job for job in shown if not (job.state.final and job.id in self._replaced)]
            self._snapshot = tuple(sorted(kept, key=lambda job: job.created, reverse=True))
        return self._snapshot

    def job(self, job_id: str) -> Job | None:
        """One job by its id, replaced ones too."""
        return self._active.get(job_id) or self._finished.get(job_id)

    def money(self, account: str) -> Money:
        """What is known of the account's balance, without asking."""
        return self._balances.known(account)

    def submit(
        self, account: str, request: TaskRequest, *, title: str, placement: Placement
    ) -> Job:
        """Take a wish. The paid request leaves in a worker, after its journal entry."""
        wall = self._clock.wall()
        values: Values = request.model_dump()
        service = self._dialects[account].service
        job = Job(
            id=self._new_id(),
            account=account,
            title=title,
            request=request,
            placement=placement,
            price=prices.estimate(service, kind_of(request), values),
            created=wall,
            updated=wall,
            due=self._clock.now(),
        )
        self._put(job)
        self._save(job)
        return job

    def cancel(self, job_id: str) -> None:
        """Stop what can be stopped. Nothing happens to a job that is final."""
        job = self._active.get(job_id)
        if job is None:
            return
        flight = self._flights.get(job_id)
        paying = flight is not None and flight.paying
        if flight is not None:
            flight.stop.raise_()
            if not paying:
                del self._flights[job_id]
        self._apply(job, CancelRequested(paying=paying))

    def retry(
        self, job_id: str, *, account: str | None = None, placement: Placement | None = None
    ) -> Job | None:
        """A new job in place of a final one, once; free where `Job.retry_is_free`, else paid for
        by `account`, or by the one that the job was sent with."""
        former = self._finished.get(job_id)
        if former is None or job_id in self._replaced:
            return None
        wall, now = self._clock.wall(), self._clock.now()
        job = machine.again(
            former, id=self._new_id(), wall=wall, account=account, placement=placement
        )
        job = replace(job, due=now, entered=now)
        self._put(job)
        self._save(job)
        return job

    def forget(self, job_id: str) -> None:
        """Take a final job off the list, and those it replaced. What it made stays in the
        scene and on disk."""
        job = self._finished.pop(job_id, None)
        if job is None:
            return
        self._snapshot = None
        self._changed = True
        self._workers.start("store", lambda: self._guarded(lambda: self._store.remove(job_id)))
        if job.replaces is not None:
            self.forget(job.replaces)

    def saved_as(self, document: str, file: str) -> None:
        """The .blend of this session has been saved under that path: its jobs go with it."""
        for job in tuple(self._active.values()):
            if job.placement.document == document and job.placement.file != file:
                placement = replace(job.placement, file=file)
                moved = replace(job, placement=placement, revision=job.revision + 1)
                self._put(moved)
                self._save(moved)

    def placed(self, job_id: str, event: Event) -> None:
        """What came of placing a READY job: `Placed`, or `Broke` where it could not be."""
        job = self._active.get(job_id)
        if job is not None:
            self._apply(job, event)

    def ask_balance(self, account: str) -> None:
        """Ask for the balance in a worker; `money` has it after a later tick."""
        if account in self._dialects and self._dialects[account].service.has_balance:
            self._balances.ask(account, self._dialects[account])

    def tick(self, *, online: bool) -> Tick:
        """One step: hear answers for a quarter of a millisecond; once all are heard, start what is
        due; name the jobs to place.

        Costs next to nothing while nothing has happened and nothing is due.
        """
        if self._last is not None and self._is_quiet(online=online):
            if self._last.wait is None:
                return self._last
            left = self._quiet_until - self._clock.now()
            return replace(self._last, wait=max(0.0, min(self._last.wait, left)))
        self._drain()
        if not self._heard:
            self._set_going(online=online)
        changed, self._changed = self._changed, False
        wait = self._wait(online=online)
        self._was_online, self._last = online, Tick(False, self._ready(), wait)
        return replace(self._last, changed=changed)

    def _set_going(self, *, online: bool) -> None:
        if self._active or self._held_elsewhere:
            self._renew_leases()
        soon = self._due_soon()
        if online and any(job.state is State.PENDING for job in soon):
            self._start_pending()
            soon = self._due_soon()
        self._start_due(soon, online=online)
        if online:
            self._refresh_balances()

    def _is_quiet(self, *, online: bool) -> bool:
        idle = not (self._changed or self._heard) and self._inbox.empty()
        return idle and online is self._was_online and self._clock.now() < self._quiet_until

    def bring(self, job_id: str, placement: Placement) -> Job | None:
        """Place a model here and now: one that is READY, or again one that was placed before."""
        job = self.job(job_id)
        if job is None or (job.state.final and job.model is None):
            return None
        if job.state.final:
            return self.retry(job_id, placement=placement)
        if job.state is State.READY:
            self._apply(job, Wanted(placement))
        return job

    def run_until_idle(
        self,
        place: Callable[[Job], Event | None],
        *,
        online: Callable[[], bool],
        until: str | None = None,
    ) -> None:
        """Work until nothing is left to do, or until the job `until` is final. **Blocks.**

        For scripts and background mode, where timers never fire. `place` is called on this thread
        and says what came of it, or None for a job that has to wait for its own file. Returns early
        where nothing can go on without the network or a key.
        """
        while until is None or until in self._active:
            tick = self.tick(online=online())
            placed = False
            for job in tick.ready:
                event = place(job)
                if event is not None:
                    self.placed(job.id, event)
                    placed = True
            if not placed and self._idle(online=online()):
                return
            self._hear(0.0 if placed else tick.wait or 0.0)

    def shutdown(self) -> None:
        """Raise every stop flag, flush the store, end the workers. **Blocks** for at most
        `QUIT_SECONDS`."""
        for flight in self._flights.values():
            flight.stop.raise_()
        self._workers.start("store", lambda: self._guarded(self._store.release))
        for dialect in self._dialects.values():
            self._workers.start("service", dialect.close)
        if not self._workers.shutdown(patience=QUIT_SECONDS):
            _log.info("Some requests were still out; what they were for goes on at the next start")

    def _put(self, job: Job) -> None:
        self._active.pop(job.id, None)
        self._finished.pop(job.id, None)
        (self._finished if job.state.final else self._active)[job.id] = job
        if job.replaces is not None:
            self._replaced.add(job.replaces)
        self._snapshot = None
        self._changed = True

    def _save(self, job: Job) -> None:
        stamp = self._clock.wall()

        def save() -> None:
            if not self._store.save(job, stamp):
                self._inbox.put((Lost(job.id),))

        self._workers.start("store", lambda: self._guarded(save))

    def _guarded(self, write: Callable[[], object]) -> None:
        """A write that fails is said in the log; the next one may pass, and no paid step
        rests on it."""
        try:
            write()
        except StoreError as error:
            _log.error("%s", error.sentence)

    def _apply(self, job: Job, event: Event) -> None:
        moved = machine.advance(job, event, self._clock.now())
        if moved.state is not job.state:
            moved = replace(moved, updated=self._clock.wall())
        if (moved.state, moved.cancelling) != (job.state, job.cancelling):
            self._save(moved)
        if _shows_differently(moved, job):
            headline = describe(moved).headline
            if headline != describe(job).headline:
                _log.info("%s: %s", moved.title, headline)
        self._put(moved)
        if moved.state is not job.state and _moves_credits(job.state, moved.state):
            self._spent.add(job.account)

    def _drain(self) -> None:
        until = self._clock.now() + DRAIN_SECONDS
        while not self._inbox.empty():
            self._heard.extend(self._inbox.get())
        while self._heard:
            self._take(self._heard.popleft())
            if self._clock.now() > until:
                return

    def _hear(self, seconds: float) -> None:
        if not self._heard:
            try:
                self._heard.extend(self._inbox.get(timeout=seconds))
            except queue.Empty:
                return

    def _take(self, answer: Message) -> None:
        match answer:
            case Answer(job_id, step, event):
                self._answered(job_id, step, event)
            case BalanceAnswer(account, dialect, money):
                self._balances.settle(account, dialect, money)
                self._changed = True
            case Claimed(claim, lost):
                for job_id in lost:
                    self._let_go(job_id)
                self.adopt(claim)
            case Lost(job_id):
                self._let_go(job_id)

    def _let_go(self, job_id: str) -> None:
        """Another Blender has the job now."""
        flight = self._flights.pop(job_id, None)
        if flight is not None:
            flight.stop.raise_()
        self._active.pop(job_id, None)
        self._finished.pop(job_id, None)
        self._snapshot = None
        self._changed = True

    def _answered(self, job_id: str, step: int, event: Event | None) -> None:
        """Stale answers fall by number."""
        job = self._active.get(job_id)
        if job is None or job_id not in self._flights or job.step != step:
            return
        if not isinstance(event, machine.Progressed):
            del self._flights[job_id]
        if event is None and job.cancelling:
            # The flag was seen before the paid request left.
            event = CancelRequested()
        if event is not None:
            self._apply(job, event)

    def _start_pending(self) -> None:
        for job in to_start(self._active.values(), self._services()):
            self._apply(job, Started())

    def _due_soon(self) -> list[Job]:
        """Waiting jobs are among them: they have been due since they came."""
        until = self._clock.now() + TOGETHER_SECONDS
        return [job for job in self._active.values() if job.due <= until]

    def _start_due(self, soon: Iterable[Job], *, online: bool) -> None:
        now = self._clock.now()
        running: list[Job] = []
        for job in soon:
            if job.id in self._flights or not may_work(job, self._dialects, online=online):
                continue
            if job.state is State.RUNNING:
                running.append(job)
            elif job.state in LANES and job.due <= now:
                self._start(job)
        for account, batch in batches(running, self._services(), now):
            self._look_up(batch, self._dialects[account])

    def _refresh_balances(self) -> None:
        while self._spent:
            self.ask_balance(self._spent.pop())

    def _services(self) -> dict[str, Service]:
        return {account: dialect.service for account, dialect in self._dialects.items()}

    def _start(self, job: Job) -> None:
        flight = Flight(paying=job.state is State.SUBMITTING)
        self._flights[job.id] = flight
        tools = effects.Tools(
            dialect=self._dialects.get(job.account),
            store=self._store,
            clock=self._clock,
            folder=self.folder / folder_name(job),
            converter=self._converter,
            stop=flight.stop,
            report=lambda event: self._inbox.put((Answer(job.id, job.step, event),)),
        )
        self._workers.start(
            LANES[job.state],
            lambda: self._inbox.put((Answer(job.id, job.step, effects.perform(job, tools)),)),
        )

    def _look_up(self, batch: Sequence[Job], dialect: Dialect) -> None:
        self._flights |= dict.fromkeys((job.id for job in batch), Flight())

        def ask() -> None:
            events = effects.look_up(batch, dialect, self._clock)
            self._inbox.put([Answer(job.id, job.step, events[job.id]) for job in batch])

        self._workers.start("service", ask)

    def _balance_heard(self, account: str, dialect: Dialect, money: Money) -> None:
        """Runs in a worker."""
        self._inbox.put((BalanceAnswer(account, dialect, money),))

    def _renew_leases(self) -> None:
        if self._clock.now() >= self._lease_due:
            self._lease_due = self._clock.now() + LEASE_RENEWAL_SECONDS
            wall, held = self._clock.wall(), tuple(self._active)

            def renew() -> None:
                lost = self._store.renew(wall, held)
                self._inbox.put((Claimed(self._store.claim(wall), lost),))

            self._workers.start("store", lambda: self._guarded(renew))

    def _ready(self) -> tuple[Job, ...]:
        return tuple(job for job in self._active.values() if job.state is State.READY)

    def _wait(self, *, online: bool) -> float | None:
        """While there is any job its lease has to be renewed, even if nothing else can be done."""
        if self._heard:
            return 0.0
        now = self._clock.now()
        self._quiet_until = self._soonest(online=online)
        if self._flights or self._balances.asking:
            return LISTENING_SECONDS
        if not self._active:
            return WATCHING_SECONDS if self._held_elsewhere else None
        wait = max(0.0, self._quiet_until - now)
        if all(job.state is State.READY for job in self._active.values()):
            return wait
        return min(WATCHING_SECONDS, wait)

    def _soonest(self, *, online: bool) -> float:
        """When something is due that nobody has to be heard for."""
        if not self._active:
            return self._lease_due if self._held_elsewhere else _NEVER
        soonest, flights, connected = self._lease_due, self._flights, self._dialects
        for job in self._active.values():
            if job.due >= soonest or job.id in flights or job.state is State.PENDING:
                continue
            if may_work(job, connected, online=online):
                soonest = job.due
        return soonest

    def _idle(self, *, online: bool) -> bool:
        """Whether nothing goes on before somebody allows the network, enters a key, or opens
        the file that a model waits for."""
        if self._flights or self._balances.asking:
            return False
        jobs = self._active.values()
        return not any(may_work(job, self._dialects, online=online) for job in jobs)


def _shows_differently(one: Job, other: Job) -> bool:
    return (one.state, one.progress, one.trouble, one.cancelling) != (
        other.state,
        other.progress,
        other.trouble,
        other.cancelling,
    )


def _moves_credits(former: State, state: State) -> bool:
    """Whether the service reserves, takes or gives back credits with this step."""
    return former is State.SUBMITTING or state in {State.DOWNLOADING, State.FAILED}
