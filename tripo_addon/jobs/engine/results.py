"""Applies what workers return: to the job, to what is known of its account, to the list.

Main thread only.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from ..messages import rows
from ..model import events, recipes
from ..model.events import CancelRequested, Event, Rerouted, SourceGone
from ..model.job import Job
from ..storage.payments import SendDecision
from .requests_by_file import extra_price
from .worker_events import (
    Answer,
    BalanceAnswer,
    InFlight,
    ListChanges,
    Message,
    QuoteAnswer,
    SearchAnswer,
    WriteResult,
)

if TYPE_CHECKING:
    from .accounts import Accounts
    from .hold_off import HoldOff
    from .job_changes import JobChanges
    from .job_table import JobTable
    from .leases import Leases
    from .new_jobs import NewJobs
    from .unknown_outcomes import UnknownOutcomes
    from .write_queue import WriteQueue

_log = logging.getLogger(__name__)


class Results:
    """Hands each result to the part of the engine that waits for it."""

    def __init__(
        self,
        jobs: JobTable,
        flights: dict[str, InFlight],
        changes: JobChanges,
        accounts: Accounts,
        new_jobs: NewJobs,
        unknown: UnknownOutcomes,
        writes: WriteQueue,
        leases: Leases,
        hold_off: HoldOff,
    ) -> None:
        self._jobs = jobs
        self._flights = flights
        self._changes = changes
        self._accounts = accounts
        self._new_jobs = new_jobs
        self._unknown = unknown
        self._writes = writes
        self._leases = leases
        self._hold_off = hold_off

    def receive(self, answer: Message) -> None:
        """Apply one result."""
        trouble = self._writes.trouble
        self._handle(answer)
        if self._writes.trouble != trouble:
            self._jobs.changed = True

    def _handle(self, answer: Message) -> None:
        match answer:
            case Answer(job_id, step, event):
                self._on_answer(job_id, step, event)
            case BalanceAnswer() | QuoteAnswer():
                self._accounts.on_answer(answer)
            case WriteResult(jobs, _removal, refused):
                self._writes.on_written(answer)
                for job in jobs if refused else ():
                    self._leases.release(job.id)
                    self._leases.refresh()
            case ListChanges():
                self._leases.receive(answer)
            case SearchAnswer():
                self._unknown.on_answer(answer)

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
            # The worker saw the stop flag before sending the paid request.
            event = CancelRequested()
        if event is None:
            return
        if isinstance(event, SourceGone):
            event = self._reroute(job, event)
        self._hold_off.on_event(job, event)
        self._changes.apply(job, event)
        if not isinstance(event, events.Retry | events.Failed | events.Unanswered):
            self._hold_off.catch_up(job.account)

    def _reroute(self, job: Job, gone: SourceGone) -> Event:
        """Return how a job goes on if the service does not know its source: from a file, at once,
        unless that costs more than the price shown. Then the artist decides."""
        self._accounts.note_unknown_task(job.account, recipes.source_of(job.request) or "")
        if job.cancelling:
            return CancelRequested()
        requests = self._new_jobs.requests_by_file(job, job.account)
        if not requests:
            return gone
        if extra_price(self._accounts.dialects[job.account].service, requests) != 0:
            return gone
        ahead = self._new_jobs.insert_before(job, requests[:-1])
        return Rerouted(requests[-1], ahead, rows.SENT_AS_FILE)

    def _held_back(self, job: Job, decision: SendDecision) -> None:
        """The store did not let the paid request leave, because the list has newer facts."""
        _log.info("Job %s was not sent: %s", job.id[:8], decision.value)
        if decision is SendDecision.ELSEWHERE:
            self._leases.release(job.id)
        if decision is SendDecision.OVERTAKEN:
            self._changes.remove(job)
            former = self._jobs.finished.get(job.replaces or "")
            if former is not None:
                self._jobs.put(replace(former, note=rows.OVERTAKEN, revision=former.revision + 1))
        self._leases.refresh()
