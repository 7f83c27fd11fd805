"""Which jobs may go on now: jobs and numbers in, jobs out. Decides purely; the engine acts."""

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
"""Running jobs that are due this soon are asked for in the same request."""

CHILD_STARTS_SECONDS: Final = 20.0
"""How long a child may take to start on a machine that is busy."""

LANES: Final = {
    State.REHEARSING: "rehearse",
    State.UPLOADING: "service",
    State.SUBMITTING: "service",
    State.DOWNLOADING: "download",
    State.CONVERTING: "convert",
}
ONLINE_LANES: Final = frozenset({"service", "download"})
"""Those in which somebody else is waited for, and which each account has for itself."""
_ONLINE: Final = frozenset(
    {State.PENDING, State.UPLOADING, State.SUBMITTING, State.RUNNING, State.DOWNLOADING}
)
_OFFLINE: Final = frozenset({State.REHEARSING, State.CONVERTING})
_HOLDS_A_SLOT: Final = frozenset({State.UPLOADING, State.SUBMITTING, State.RUNNING})


def may_work(job: Job, connected: Collection[str], *, online: bool) -> bool:
    """Whether the job's next step is due by itself and has what it needs: the network and a
    key, or neither."""
    if job.state in _ONLINE:
        return online and job.account in connected
    return job.state in _OFFLINE


def to_start(
    jobs: Collection[Job], services: Mapping[str, Service], *, able: Collection[str]
) -> tuple[Job, ...]:
    """The waiting jobs that fit into the service's concurrent slots, oldest first; only those whose
    ids are in `able`.

    `services` is keyed by account; jobs of other accounts go on waiting.
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
    """Running jobs by account, as many in one request as the service takes; only accounts of which
    at least one job is due. A request that has to be made takes along whoever fits into it."""
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
    """Until when a running job must be due to be asked for now, should another one be: always,
    unless it waits after trouble or for what the service did not say."""
    return now + TOGETHER_SECONDS if job.attempt else float("inf")


def needs_child_soon(job: Job, now: float) -> bool:
    """Whether the job's model will have to be prepared by a child in a moment, so that it is time
    to start one: its task is nearly done, as its progress goes, or its file comes down."""
    place = job.placement
    brings_model = job.kind.makes is Makes.MODEL and place.landing is not Landing.DOWNLOAD
    if not brings_model or place.awaits_capture:
        return False
    if job.state is State.RUNNING:
        return timing.seconds_left(now - job.entered, job.progress) < CHILD_STARTS_SECONDS
    if job.state is State.DOWNLOADING:
        # What cannot come down may wait for hours.
        return job.trouble is None
    return job.state is State.CONVERTING


def waits_for_network(job: Job) -> bool:
    """Whether it is the missing network alone that the job waits for."""
    missing = {Kind.OFFLINE, Kind.PROXY}
    return job.state in _ONLINE and job.trouble is not None and job.trouble.kind in missing


def wait_asked(job: Job, event: Event) -> float:
    """For how many seconds none of the account's tasks may be asked for: the service is asked too
    often."""
    if job.state is State.RUNNING and isinstance(event, Retry):
        return event.wait if event.trouble.kind is Kind.BUSY else 0.0
    return 0.0


def _slot(job: Job, service: Service) -> str:
    return service.slot(kind_of(job.request), job.request.model)
