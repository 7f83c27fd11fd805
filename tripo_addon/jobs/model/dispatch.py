"""Decides which jobs may go on now. Pure: jobs and numbers in, jobs out; the engine acts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from ...api.catalog.task_kinds import Makes
from ...api.errors import Kind
from ...api.tasks import kind_of
from . import timing
from .events import Event, Retry
from .job import Job, Landing, State

if TYPE_CHECKING:
    from ...api.catalog.service_types import Service

TOGETHER_SECONDS: Final = 1.0
"""Running jobs that are due within this time are looked up in the same request."""

CHILD_STARTS_SECONDS: Final = 20.0
"""How long a child may take to start on a busy machine."""

LANES: Final = {
    State.REHEARSING: "rehearse",
    State.UPLOADING: "service",
    State.SUBMITTING: "service",
    State.DOWNLOADING: "download",
    State.CONVERTING: "convert",
}
ONLINE_LANES: Final = frozenset({"service", "download"})
"""Lanes that wait for a server; each account has its own."""
_ONLINE: Final = frozenset(
    {State.PENDING, State.UPLOADING, State.SUBMITTING, State.RUNNING, State.DOWNLOADING}
)
_OFFLINE: Final = frozenset({State.REHEARSING, State.CONVERTING})
_HOLDS_A_SLOT: Final = frozenset({State.UPLOADING, State.SUBMITTING, State.RUNNING})


def may_work(job: Job, connected: Collection[str], *, online: bool) -> bool:
    """Whether the job's next step is due and has what it needs: the network and a key, or
    neither."""
    if job.state in _ONLINE:
        return online and job.account in connected
    return job.state in _OFFLINE


def to_start(
    jobs: Collection[Job], services: Mapping[str, Service], *, able: Collection[str]
) -> tuple[Job, ...]:
    """Return the waiting jobs that fit into the service's concurrent slots, oldest first; only
    those whose ids are in `able`.

    `services` is keyed by account; jobs of other accounts keep waiting.
    """
    pending = [job for job in jobs if job.id in able and job.account in services]
    if not pending:
        return ()
    taken: dict[tuple[str, str], int] = {}
    for job in jobs:
        if job.state in _HOLDS_A_SLOT and job.account in services:
            key = (job.account, _slot(job, services[job.account]))
            taken[key] = taken.get(key, 0) + 1
    started: list[Job] = []
    for job in pending:
        service = services[job.account]
        slot = _slot(job, service)
        key = (job.account, slot)
        if taken.get(key, 0) < service.slots.get(slot, 1):
            taken[key] = taken.get(key, 0) + 1
            started.append(job)
    return tuple(started)


def batches(
    running: Iterable[Job], services: Mapping[str, Service], now: float
) -> Iterator[tuple[str, Sequence[Job]]]:
    """Yield running jobs by account, as many per request as the service takes; only accounts with
    at least one job that is due. A request is filled up with jobs that are due later."""
    by_account: dict[str, list[Job]] = {}
    for job in running:
        by_account.setdefault(job.account, []).append(job)
    for account, jobs in by_account.items():
        if not any(job.due <= now for job in jobs):
            continue
        size = services[account].look_up_limit
        soon = [job for job in jobs if job.due <= now + TOGETHER_SECONDS]
        later = sorted((job for job in jobs if job not in soon), key=lambda job: job.due)
        room = -len(soon) % size
        chosen = [*soon, *later[:room]]
        for first in range(0, len(chosen), size):
            yield account, chosen[first : first + size]


def due_together(job: Job, now: float) -> float:
    """Return until when a running job counts as due if another one of its account is: always,
    unless it waits after an error or an unclear answer."""
    return now + TOGETHER_SECONDS if job.attempt else float("inf")


def needs_child_soon(job: Job, now: float) -> bool:
    """Whether a child will soon prepare the job's model, so that one should start now: its task is
    nearly done, by its progress, or its file is downloading."""
    place = job.placement
    brings_model = job.kind.makes is Makes.MODEL and place.landing is not Landing.DOWNLOAD
    if not brings_model or place.awaits_capture:
        return False
    if job.state is State.RUNNING:
        return timing.seconds_left(now - job.entered, job.progress) < CHILD_STARTS_SECONDS
    if job.state is State.DOWNLOADING:
        # A download that fails may wait for hours.
        return job.trouble is None
    return job.state is State.CONVERTING


def waits_for_network(job: Job) -> bool:
    """Whether the job waits only for the network."""
    missing = {Kind.OFFLINE, Kind.PROXY}
    return job.state in _ONLINE and job.trouble is not None and job.trouble.kind in missing


def requested_wait(job: Job, event: Event) -> float:
    """Return for how many seconds no task of the account may be looked up, because the service
    asked for fewer requests."""
    if job.state is State.RUNNING and isinstance(event, Retry):
        return event.wait if event.trouble.kind is Kind.BUSY else 0.0
    return 0.0


def _slot(job: Job, service: Service) -> str:
    return service.slot(kind_of(job.request), job.request.model)
