"""Drives jobs from request to model: decides what is due, hands it to workers, receives results.

Used by Blender's main thread only, so it needs no lock: workers get frozen jobs and put results
into one queue, which only `tick` reads. Only `run_until_idle` and `shutdown` block."""

from __future__ import annotations

import logging
import queue
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...api import prices
from ...api.catalog.records import TaskKind
from ...api.rules import Values
from ...api.tasks import kind_of
from ..messages import job_list, lost_tasks, rows
from ..model import events, machine, recipes, recovery, timing
from ..model.description import describe
from ..model.dispatch import LANES, ONLINE_LANES, batches, due_together, may_work, to_start
from ..model.events import CancelRequested, Event, ImportRequested, Rerouted, SourceGone, Started
from ..model.job import Job, Placement, State, folder_name
from ..storage.payments import SendDecision
from ..storage.store import Claim, Store
from ..work import steps
from ..work.converter import Converter
from ..work.disk_space import DiskSpace
from ..work.tools import Tools
from . import detours, lost_task_search
from .balances import Balances, Money
from .hold_off import HoldOff
from .job_table import JobTable
from .leases import Leases
from .quotes import Question, Quotes, question_of
from .warm_start import WarmStart
from .worker_events import (
    Answer,
    BalanceAnswer,
    InFlight,
    ListChanges,
    Message,
    QuoteAnswer,
    SearchAnswer,
    Tick,
    WriteResult,
)
from .write_queue import WriteQueue

if TYPE_CHECKING:
    from ...api.catalog import Service
    from ...api.catalog.records import TaskKind
    from ...api.dialect import Dialect
    from ...api.tasks import TaskRequest
    from ..model.clock import Clock
    from .workers import Workers

_log = logging.getLogger(__name__)
DRAIN_SECONDS: Final = 0.00025
LISTENING_SECONDS: Final = 0.1
WATCHING_SECONDS: Final = 1.0
QUIT_SECONDS: Final = 2.0
_NEVER: Final = float("inf")
_BRINGS_MODEL: Final = frozenset({State.DOWNLOADING, State.CONVERTING})


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
        self._new_id = new_id
        self._room = room
        self._dialects: dict[str, Dialect] = {}
        self._jobs = JobTable()
        self._flights: dict[str, InFlight] = {}
        self._searching: set[str] = set()
        self._inbox: queue.SimpleQueue[Sequence[Message]] = queue.SimpleQueue()
        self._heard: deque[Message] = deque()
        self._quiet_until = 0.0
        self._last: Tick | None = None
        self._was_online = False
        self._balances = Balances(workers, self._on_balance)
        self._quotes = Quotes(workers, clock, self._on_quote)
        self._books = WriteQueue(store, workers, clock, self._inbox.put)
        self._spent: set[str] = set()
        self._list = Leases(self._books, self._jobs, self._flights, clock)
        self._patience = HoldOff(self._jobs, clock)
        self._warm = WarmStart(workers, clock)
        self._unknown_tasks: dict[str, set[str]] = {}

    def connect(self, account: str, dialect: Dialect | None) -> None:
        """Use this dialect for the account from now on; with None its jobs wait."""
        former = self._dialects.pop(account, None)
        self._balances.forget(account)
        self._quotes.forget(account)
        # Another key may know other tasks.
        self._unknown_tasks.pop(account, None)
        self._jobs.changed = True
        if former is not None:
            self._workers.start("service", former.close, account=account)
        if dialect is not None:
            self._dialects[account] = dialect

    def take_over(
        self, claim: Claim, finished: Iterable[Job] = (), *, document: str | None = None
    ) -> None:
        """Take over the jobs of the store. Jobs of the open file `document` go on even if they were
        not sent yet, because only the add-on was disabled meanwhile."""
        self._list.take_over(claim, finished, document=document)

    def jobs(self) -> tuple[Job, ...]:
        """Return the jobs to list, newest first, including those of other Blenders."""
        return self._jobs.shown()

    def job(self, job_id: str) -> Job | None:
        """Return a job by its id, even a replaced one."""
        return self._jobs.get(job_id)

    def before(self, job: Job) -> Job | None:
        """Return the job whose result this one works on, or the one that replaced it."""
        return self._jobs.before(job)

    def waits_for(self, job: Job) -> str:
        """Return what a step waits for that needs the artist, as a sentence for its row."""
        waits = job.state is State.PENDING and job.after is not None
        return recipes.waits_for(self._jobs.before(job)) if waits else ""

    @property
    def list_trouble(self) -> str:
        """Return why the job list cannot be written, as a sentence, or "". Writing is tried again
        and nothing is paid for meanwhile; tasks that are not on disk are named."""
        trouble = self._books.trouble
        tasks = [job.task_id for job in self._books.unsaved if job.task_id is not None]
        if not trouble or not tasks:
            return trouble
        return job_list.note_tasks(trouble, tasks)

    @property
    def list_note(self) -> str:
        """Return what was done to repair the job list, as a sentence, or ""."""
        return self._store.said

    def refresh(self) -> None:
        """Have the next tick read what other Blenders wrote to the list."""
        self._list.refresh()

    def money(self, account: str) -> Money:
        """Return the last known balance of the account, without a request."""
        return self._balances.known(account)

    def price(self, account: str, kind: TaskKind, values: Values) -> float | None:
        """Return the price of a request in the service's credits, or None if it is not known yet.
        If the service quotes prices, a worker asks, and a later call returns the answer."""
        question = self._question(account, kind, values)
        if question is not None and self._quotes.want(question):
            self._jobs.changed = True
        return self._known_price(account, kind, values)

    def _question(self, account: str, kind: TaskKind, values: Values) -> Question | None:
        """Return the price question for a service that quotes prices; None for any other."""
        service = self._services().get(account)
        offer = service.offers.get(kind) if service is not None and service.quotes else None
        return question_of(account, offer, kind, values) if offer is not None else None

    def _known_price(self, account: str, kind: TaskKind, values: Values) -> float | None:
        question, service = self._question(account, kind, values), self._services().get(account)
        if question is not None:
            return self._quotes.known(question)
        return None if service is None else prices.estimate(service, kind, values)

    def submit(self, account: str, steps: Sequence[recipes.Step]) -> tuple[Job, ...]:
        """Create jobs for one or more steps, each of which works on the result of the one before.
        Each can be canceled. Paid requests are sent by workers, after their journal entry."""
        wall, now = self._clock.wall(), self._clock.now()
        jobs: list[Job] = []
        for step in steps:
            values: Values = step.request.model_dump()
            job = Job(
                id=self._new_id(),
                account=account,
                title=step.title,
                request=step.request,
                placement=step.placement,
                price=self._known_price(account, kind_of(step.request), values),
                created=wall + len(jobs) / 1000,
                updated=wall,
                due=now,
                after=jobs[-1].id if jobs else None,
                by_file=step.by_file,
            )
            jobs.append(machine.begun(job))
            self._put(jobs[-1])
        # Save the last step first: after a crash, no step is sent whose next one is unknown.
        for job in reversed(jobs):
            self._books.save(job)
        return tuple(jobs)

    def unknown_tasks(self, account: str) -> frozenset[str]:
        """Return the tasks that the service did not know, in this session and with this key."""
        return frozenset(self._unknown_tasks.get(account, ()))

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
        self._apply(job, CancelRequested(paying=paying))

    def retry(
        self, job_id: str, *, account: str | None = None, placement: Placement | None = None
    ) -> Job | None:
        """Replace a final job with a new one, once. Free if `Job.retry_is_free`, else charged to
        `account` or to the account that the job was sent with. Steps that ended because it failed
        are retried with it. None if there is nothing that a new try could work on."""
        former = self._jobs.finished.get(job_id)
        if former is None or job_id in self._jobs.replaced:
            return None
        payer = account or former.account
        requests = self.retried_as(former, payer)
        if not requests:
            return None
        wall, now = self._clock.wall(), self._clock.now()
        job = recovery.new_try(
            former, id=self._new_id(), wall=wall, account=account, placement=placement
        )
        job = replace(job, due=now, entered=now)
        if former.lost_its_source:
            first = self._put_before(job, requests[:-1])
            job = replace(
                job, request=requests[-1], after=first, by_file=(), remark=rows.SENT_AS_FILE
            )
        job = replace(job, price=self._price(job))
        self._put(job)
        self._books.save(job)
        self._retry_what_follows(job)
        return job

    def _retry_what_follows(self, job: Job) -> None:
        for follower in self._jobs.ended_with(job):
            self.retry(follower.id, account=job.account)

    def retried_as(self, job: Job, account: str) -> tuple[TaskRequest, ...]:
        """Return the requests that a retry of a final job sends, in order; none if what it works on
        is gone. A task that the service does not know is not used again."""
        if not job.lost_its_source:
            return (job.request,)
        dialect = self._dialects.get(account)
        return self._by_file(job, dialect.service) if dialect is not None else ()

    def failed_before(self, job: Job) -> Job | None:
        """Return the previous step if it failed, so that this job needs a retry of that one."""
        before = self._jobs.before(job)
        return before if before is not None and recipes.has_failed(before) else None

    def retried_with(self, job: Job) -> tuple[Job, ...]:
        """Return the jobs that ended because this one failed and are retried with it."""
        direct = self._jobs.ended_with(job)
        return (*direct, *(later for each in direct for later in self.retried_with(each)))

    def _by_file(self, job: Job, service: Service) -> tuple[TaskRequest, ...]:
        return detours.by_file(job, self._jobs.steps_before(job), service)

    def _put_before(self, job: Job, requests: Sequence[TaskRequest]) -> str | None:
        """Create jobs for these requests, each after the one before. Return the id of the last."""
        place, after = detours.on_the_way(job.placement), None
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
            made = replace(made, price=self._price(made))
            self._put(made)
            self._books.save(made)
            after = made.id
        return after

    def _price(self, job: Job) -> float | None:
        """Return what the job will cost; if it is free or cannot be computed now, its old price."""
        dialect = self._dialects.get(job.account)
        if dialect is None or job.task_id is not None:
            return job.price
        return self._known_price(job.account, job.kind, job.request.model_dump())

    def connected(self, account: str) -> bool:
        """Whether the account has a dialect; otherwise its jobs wait."""
        return account in self._dialects

    def search_task(self, job_id: str) -> bool:
        """Search the service for the task of a job whose outcome is unknown. Whether a search has
        begun; later `Job.candidates` and `Job.note` say what was found. Sends nothing that costs.
        """
        job = self._jobs.finished.get(job_id)
        if job is None or not job.may_be_attached or job_id in self._searching:
            return False
        dialect = self._dialects.get(job.account)
        if dialect is None:
            return False
        self._searching.add(job_id)
        self._list.refresh()
        taken = frozenset(each.task_id for each in self._jobs.all() if each.task_id is not None)
        self._workers.start(
            "service",
            lambda: self._inbox.put(
                (lost_task_search.look_for(job, dialect, self._store, taken, self._clock),)
            ),
            account=job.account,
        )
        return True

    def searching(self, job_id: str) -> bool:
        """Whether a search for the job's task is running."""
        return job_id in self._searching

    def refuse_attach(self, job_id: str, task_id: str) -> str | None:
        """Return why this cannot be the job's task, as a sentence, or None."""
        job = self._jobs.finished.get(job_id)
        if job is None or not job.may_be_attached or job_id in self._jobs.replaced:
            return lost_tasks.NOT_WAITING
        return lost_task_search.refuse_task_id(job, task_id.strip(), self._jobs.all())

    def attach(self, job_id: str, task_id: str) -> Job | None:
        """A person says which task the job is: it runs again, free. None where that is refused."""
        if self.refuse_attach(job_id, task_id) is not None:
            return None
        now, former = self._clock.now(), self._jobs.finished[job_id]
        job = recovery.attached(former, task_id.strip(), now)
        job = replace(job, updated=self._clock.wall())
        self._put(job)
        self._books.take(job)
        self._retry_what_follows(job)
        return job

    def forget(self, job_id: str) -> None:
        """Take a final job off the list, and those it replaced. What it made stays in the
        scene and on disk."""
        job = self._jobs.finished.get(job_id)
        if job is None:
            return
        self._jobs.drop(job_id)
        self._books.remove(job)
        if job.replaces is not None:
            self.forget(job.replaces)

    def saved_as(self, document: str, file: str) -> None:
        """The .blend of this session has been saved under that path: its jobs go with it."""
        for job in tuple(self._jobs.active.values()):
            if job.placement.document == document and job.placement.file != file:
                placement = replace(job.placement, file=file)
                moved = replace(job, placement=placement, revision=job.revision + 1)
                self._put(moved)
                self._books.save(moved)

    def placed(self, job_id: str, event: Event) -> None:
        """What came of placing a READY job: `Placed`, or `Failed` where it could not be."""
        job = self._jobs.active.get(job_id)
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
        changed, self._jobs.changed = self._jobs.changed, False
        wait = self._wait(online=online)
        self._was_online, self._last = online, Tick(False, self._ready(), wait)
        return replace(self._last, changed=changed)

    def _set_going(self, *, online: bool) -> None:
        self._patience.notice_sleep(returned=online and not self._was_online)
        self._books.repeat()
        self._list.look()
        self._start_pending(online=online)
        # Ahead of the conversions that start now: they then find it.
        self._warm.look(self._jobs.active.values(), self.converter)
        self._start_due(online=online)
        if online:
            self._refresh_balances()
            self._quotes.ask(self._dialects)

    def _is_quiet(self, *, online: bool) -> bool:
        idle = not (self._jobs.changed or self._heard) and self._inbox.empty()
        return idle and online is self._was_online and self._clock.now() < self._quiet_until

    def bring(self, job_id: str, placement: Placement) -> Job | None:
        """Import a READY model now, or import one again. None if nothing is on disk. Never sends a
        request."""
        job = self.job(job_id)
        if job is None or job.elsewhere or (job.state.final and job.retry_needs_service):
            return None
        if job.state.final:
            return self.retry(job_id, placement=placement)
        if job.state is State.READY:
            self._apply(job, ImportRequested(placement))
        return self.job(job_id)

    def run_until_idle(
        self,
        place: Callable[[Job], Event | None],
        *,
        online: Callable[[], bool],
        until: str | None = None,
    ) -> None:
        """Work until nothing is left to do, or until the job `until` is final. **Blocks.**

        For scripts and background mode, where timers never fire. `place` is called on this thread
        and returns the resulting event, or None for a job that waits for its own file. Returns
        early if nothing can go on without the network or a key.
        """
        while until is None or until in self._jobs.active:
            tick = self.tick(online=online())
            placed = False
            for job in tick.ready:
                event = place(job)
                if event is not None:
                    self.placed(job.id, event)
                    placed = True
            if not placed and self._idle(online=online()):
                return
            self._receive(0.0 if placed else tick.wait or 0.0)

    def shutdown(self) -> None:
        """Raise every stop flag, flush the store, end the workers. **Blocks** for at most
        `QUIT_SECONDS`."""
        for flight in self._flights.values():
            flight.stop.raise_()
        self._books.release()
        for account, dialect in self._dialects.items():
            self._workers.start("service", dialect.close, account=account)
        self._warm.end()
        if not self._workers.shutdown(patience=QUIT_SECONDS):
            _log.info("Some requests were still out; what they were for goes on at the next start")

    def _put(self, job: Job) -> None:
        self._jobs.put(job)
        self._books.hold(bool(self._jobs.active))

    def _apply(self, job: Job, event: Event) -> None:
        moved = machine.advance(job, event, self._clock.now())
        if moved.state is not job.state:
            moved = self._stopped_there(replace(moved, updated=self._clock.wall()))
        if (moved.state, moved.cancelling) != (job.state, job.cancelling):
            self._books.save(moved)
        if moved.state is not job.state:
            _log.info("Job %s: %s", moved.id[:8], describe(moved).headline)
        self._put(moved)
        if moved.state is not job.state and _moves_credits(job.state, moved.state):
            self._spent.add(job.account)

    def _stopped_there(self, job: Job) -> Job:
        """Ask the service to stop the task of a canceled job, if it can; the row says so."""
        dialect = self._dialects.get(job.account)
        unfinished = job.state is State.CANCELLED and job.model is None and job.task_id is not None
        if dialect is None or not unfinished or not dialect.service.can_cancel:
            return job
        self._workers.start("service", lambda: steps.stop_there(job, dialect), account=job.account)
        return replace(job, note=rows.ASKED_TO_STOP)

    def _drain(self) -> None:
        until = self._clock.now() + DRAIN_SECONDS
        while not self._inbox.empty():
            self._heard.extend(self._inbox.get())
        while self._heard:
            self._on_message(self._heard.popleft())
            if self._clock.now() > until:
                return

    def _receive(self, seconds: float) -> None:
        if not self._heard:
            try:
                self._heard.extend(self._inbox.get(timeout=seconds))
            except queue.Empty:
                return

    def _on_message(self, answer: Message) -> None:
        trouble = self._books.trouble
        self._on_result(answer)
        if self._books.trouble != trouble:
            self._jobs.changed = True

    def _on_result(self, answer: Message) -> None:
        match answer:
            case Answer(job_id, step, event):
                self._on_answer(job_id, step, event)
            case BalanceAnswer(account, dialect, money):
                self._balances.on_answer(account, dialect, money)
                self._jobs.changed = True
            case QuoteAnswer(question, price):
                self._quotes.on_answer(question, price)
                self._jobs.changed = True
            case WriteResult(job, _removal, refused):
                self._books.on_written(answer)
                if refused and job is not None:
                    self._list.release(job.id)
                    self._list.refresh()
            case ListChanges():
                self._list.receive(answer)
            case SearchAnswer(job_id):
                self._on_search(job_id, answer)

    def _on_search(self, job_id: str, answer: SearchAnswer) -> None:
        self._searching.discard(job_id)
        job = self._jobs.finished.get(job_id)
        if job is not None and job.may_be_attached:
            found = replace(job, candidates=answer.found, note=answer.sentence)
            self._jobs.put(replace(found, revision=job.revision + 1))

    def _on_answer(self, job_id: str, step: int, event: Event | SendDecision | None) -> None:
        """Apply a worker's result. Outdated results are recognized by their step number."""
        job = self._jobs.active.get(job_id)
        if job is None or job_id not in self._flights or job.step != step:
            return
        if not isinstance(event, events.Progressed):
            del self._flights[job_id]
        if isinstance(event, SendDecision):
            self._held_back(job, event)
            event = None
        if event is None and job.cancelling:
            # The flag was seen before the paid request left.
            event = CancelRequested()
        if event is None:
            return
        if isinstance(event, SourceGone):
            event = self._around(job, event)
        self._patience.on_event(job, event)
        self._apply(job, event)
        if not isinstance(event, events.Retry | events.Failed | events.Unanswered):
            self._patience.catch_up(job.account)

    def _around(self, job: Job, gone: SourceGone) -> Event:
        """Return how a job goes on if the service does not know its source: from a file, at once,
        unless that costs more than the price shown. Then the artist decides."""
        self._unknown_tasks.setdefault(job.account, set()).add(recipes.source_of(job.request) or "")
        if job.cancelling:
            return CancelRequested()
        dialect = self._dialects.get(job.account)
        requests = self._by_file(job, dialect.service) if dialect is not None else ()
        if dialect is None or not requests or detours.price_above(dialect.service, requests) != 0:
            return gone
        return Rerouted(requests[-1], self._put_before(job, requests[:-1]), rows.SENT_AS_FILE)

    def _held_back(self, job: Job, leave: SendDecision) -> None:
        """The store did not let the paid request leave, because the list has newer facts."""
        _log.info("Job %s was not sent: %s", job.id[:8], leave.value)
        if leave is SendDecision.ELSEWHERE:
            self._list.release(job.id)
        if leave is SendDecision.OVERTAKEN:
            self._jobs.drop(job.id)
            self._books.remove(job)
            former = self._jobs.finished.get(job.replaces or "")
            if former is not None:
                self._jobs.put(replace(former, note=rows.OVERTAKEN, revision=former.revision + 1))
        self._list.refresh()

    def _start_pending(self, *, online: bool) -> None:
        pending = [job for job in self._jobs.active.values() if job.state is State.PENDING]
        if not pending:
            return
        moves = {job.id: self._move(job) for job in pending}
        for job in pending:
            move = moves[job.id]
            if move is not None and not isinstance(move, Started):
                self._apply(job, move)
        able = {job_id: move for job_id, move in moves.items() if isinstance(move, Started)}
        if online and able:
            for job in to_start(self._jobs.active.values(), self._services(), able=able):
                self._apply(job, able[job.id])

    def _move(self, job: Job) -> Event | None:
        """Return the event for a job that has not started, or None while it waits."""
        rigs = job.kind is TaskKind.RIG
        following = self._jobs.following(job) if rigs else None
        return recipes.go_on(job, self._jobs.before(job), following)

    def _start_due(self, *, online: bool) -> None:
        now = self._clock.now()
        running: list[Job] = []
        for job in tuple(self._jobs.active.values()):
            if job.id in self._flights or not may_work(job, self._dialects, online=online):
                continue
            if job.state is State.RUNNING:
                if not self._patience.is_held(job.account) and job.due <= due_together(job, now):
                    running.append(job)
            elif job.state in LANES and job.due <= now:
                self._start(job)
        for account, batch in batches(running, self._services(), now):
            self._look_up(account, batch)

    def _refresh_balances(self) -> None:
        while self._spent:
            self.ask_balance(self._spent.pop())

    def _services(self) -> dict[str, Service]:
        return {account: dialect.service for account, dialect in self._dialects.items()}

    def _start(self, job: Job) -> None:
        flight = InFlight(paying=job.state is State.SUBMITTING)
        self._flights[job.id] = flight
        tools = Tools(
            dialect=self._dialects.get(job.account),
            store=self._store,
            clock=self._clock,
            folder=self.folder / folder_name(job),
            converter=self.converter,
            room=self._room,
            warm=self._warm.child,
            stop=flight.stop,
            report=lambda event: self._inbox.put((Answer(job.id, job.step, event),)),
        )
        lane = LANES[job.state]
        self._workers.start(
            lane,
            lambda: self._inbox.put((Answer(job.id, job.step, steps.perform(job, tools)),)),
            account=job.account if lane in ONLINE_LANES else "",
        )

    def _look_up(self, account: str, batch: Sequence[Job]) -> None:
        dialect = self._dialects[account]
        self._flights |= dict.fromkeys((job.id for job in batch), InFlight())

        def ask() -> None:
            events = steps.look_up(batch, dialect, self._clock)
            self._inbox.put([Answer(job.id, job.step, events[job.id]) for job in batch])

        self._workers.start("service", ask, account=account)

    def _on_balance(self, account: str, dialect: Dialect, money: Money) -> None:
        """Runs in a worker."""
        self._inbox.put((BalanceAnswer(account, dialect, money),))

    def _on_quote(self, question: Question, price: float | None) -> None:
        """Runs in a worker."""
        self._inbox.put((QuoteAnswer(question, price),))

    def _ready(self) -> tuple[Job, ...]:
        return tuple(job for job in self._jobs.active.values() if job.state is State.READY)

    def _wait(self, *, online: bool) -> float | None:
        """Return the seconds until the next tick. While there are jobs, their leases are
        renewed."""
        if self._heard:
            return 0.0
        now = self._clock.now()
        self._quiet_until = self._soonest(online=online)
        if self._listening:
            return self._until_next_answer(now)
        wait = max(0.0, self._quiet_until - now)
        if not self._jobs.active:
            if self._list.others_work:
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
        asking = self._balances.asking or self._quotes.asking
        return bool(self._flights or self._searching or asking or self._books.busy)

    def _until_next_answer(self, now: float) -> float:
        """A model that has come is looked for sooner than anything else: it is what the artist
        waits for."""
        active = self._jobs.active
        flying = [active[job_id] for job_id in self._flights if job_id in active]
        ages = [now - job.entered for job in flying if job.state in _BRINGS_MODEL]
        return timing.until_next_answer(min(ages)) if ages else LISTENING_SECONDS

    def _soonest(self, *, online: bool) -> float:
        """Return when the next work is due that does not depend on a worker's result."""
        soonest = min(self._books.due, self._list.due, self._warm.due)
        soonest = min(soonest, self._quotes.due) if online else soonest
        flights, connected = self._flights, self._dialects
        for job in self._jobs.active.values():
            if job.due >= soonest or job.id in flights or job.state is State.PENDING:
                continue
            if may_work(job, connected, online=online):
                soonest = min(soonest, self._patience.due(job))
        return soonest

    def _idle(self, *, online: bool) -> bool:
        """Whether all work waits for network access, a key, or the file that a model belongs to."""
        if self._listening:
            return False
        return not any(
            may_work(job, self._dialects, online=online)
            for job in self._jobs.active.values()
            if not recipes.stands_still(job, self._jobs.before(job))
        )


def _moves_credits(former: State, state: State) -> bool:
    """Whether the service reserves, charges, or refunds credits at this step."""
    return former is State.SUBMITTING or state in {State.DOWNLOADING, State.FAILED}
