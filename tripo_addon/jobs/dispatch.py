"""Which jobs may go on now: jobs and numbers in, jobs out. Decides purely; the engine acts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from ..api.tasks import kind_of
from .job import Job, State

if TYPE_CHECKING:
    from ..api.catalog.records import Service

TOGETHER_SECONDS: Final = 1.0
"""Running jobs that are due this soon are asked for in the same request."""

LANES: Final = {
    State.UPLOADING: "service",
    State.SUBMITTING: "service",
    State.DOWNLOADING: "download",
    State.CONVERTING: "convert",
}
_ONLINE: Final = frozenset(
    {State.PENDING, State.UPLOADING, State.SUBMITTING, State.RUNNING, State.DOWNLOADING}
)
_HOLDS_A_SLOT: Final = frozenset({State.UPLOADING, State.SUBMITTING, State.RUNNING})


def may_work(job: Job, connected: Collection[str], *, online: bool) -> bool:
    """Whether the job's next step is due by itself and has what it needs: the network and a
    key, or neither."""
    if job.state in _ONLINE:
        return online and job.account in connected
    return job.state is State.CONVERTING


def to_start(jobs: Collection[Job], services: Mapping[str, Service]) -> tuple[Job, ...]:
    """The waiting jobs that fit into the service's concurrent slots, oldest first.

    `services` is keyed by account; jobs of other accounts go on waiting.
    """
    pending = [job for job in jobs if job.state is State.PENDING and job.account in services]
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
    """Running jobs by account, as many in one request as the service takes; only accounts of
    which at least one job is due."""
    by_account: dict[str, list[Job]] = {}
    for job in running:
        by_account.setdefault(job.account, []).append(job)
    for account, jobs in by_account.items():
        if any(job.due <= now for job in jobs):
            size = services[account].look_up_limit
            for first in range(0, len(jobs), size):
                yield account, jobs[first : first + size]


def _slot(job: Job, service: Service) -> str:
    return service.slot(kind_of(job.request), job.request.model)
