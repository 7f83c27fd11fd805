"""Searches for the task of a request whose answer was lost: matches the service's tasks by kind,
time and prompt.

Only finds candidates; a person decides. Runs in a worker, never raises, never sends anything that
costs credits.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from ...api.errors import Kind, ServiceFault
from ...api.tasks import kind_of
from ..messages import lost_tasks as messages
from ..model.job import Candidate, Job
from ..storage.store import Store, StoreError
from .worker_events import SearchAnswer

if TYPE_CHECKING:
    from ...api.dialect import Dialect
    from ...api.replies import RecentTask
    from ..model.clock import Clock

_log = logging.getLogger(__name__)
AROUND_SECONDS: Final = 900.0
"""Seconds before and after sending in which the task may have been made, if the clocks agree."""
_ARRIVAL_SECONDS: Final = 120.0
"""Seconds after sending in which a request may still be on its way, even if its sender has died."""
_LONGEST_ID: Final = 200


def search_task(
    job: Job, dialect: Dialect, store: Store, taken: Collection[str], clock: Clock
) -> SearchAnswer:
    """Search the service's list for tasks of that time. `taken` are the tasks of other jobs."""
    try:
        sent = store.announced(job.id)
        receipts = store.receipts(but=job.id)
    except StoreError:
        sent, receipts = None, frozenset[str]()
    at = job.updated if sent is None else sent
    try:
        recent = dialect.recent()
    except ServiceFault as fault:
        if fault.trouble.kind is Kind.OFFER:
            return SearchAnswer(job.id, (), messages.NO_LIST)
        return SearchAnswer(job.id, (), messages.search_failed(fault.trouble.sentence))
    except Exception:  # noqa: BLE001 - the answer must come, or nobody could search again
        _log.exception("Searching for a task failed")
        return SearchAnswer(job.id, (), messages.SEARCH_BROKE)
    wall = clock.wall()
    ahead = None if recent.now is None else recent.now - wall
    found = matching(job, at, recent.tasks, {*taken, *receipts}, ahead=ahead)
    return SearchAnswer(job.id, found, _sentence(found, at, ahead, age=wall - at))


def matching(
    job: Job,
    at: float,
    recent: Sequence[RecentTask],
    taken: Collection[str],
    *,
    ahead: float | None = None,
) -> tuple[Candidate, ...]:
    """Return the tasks that may be the job's, most likely first. `at` is when it was sent by the
    artist's clock, in seconds since 1970; `ahead` is how far the service's clock is ahead. If none
    is from that time, return those with the same prompt, whenever they were made."""
    kind, words = kind_of(job.request), _words(getattr(job.request, "prompt", None))
    if job.details_lost:
        words = ""
    found = [
        task
        for task in recent
        if (job.details_lost or task.kind is kind)
        and task.id not in taken
        and (not words or not task.prompt or _words(task.prompt) == words)
    ]
    near = [task for task in found if abs(_apart(task, at, ahead)) <= AROUND_SECONDS]
    found = near or [task for task in found if words and task.prompt]
    found.sort(key=lambda task: abs(_apart(task, at, ahead)))
    return tuple(Candidate(task.id, task.created, task.status.value, task.prompt) for task in found)


def refuse_task_id(job: Job, task_id: str, others: Iterable[Job]) -> str | None:
    """Return why this cannot be the job's task, as a sentence, or None."""
    plain = task_id.isprintable() and not any(letter.isspace() for letter in task_id)
    if not task_id or not plain or len(task_id) > _LONGEST_ID:
        return messages.NOT_AN_ID
    for other in others:
        if (other.account, other.task_id) == (job.account, task_id) and other.id != job.id:
            return messages.belongs_to(other.title)
    return None


def _words(text: object) -> str:
    return " ".join(text.split()) if isinstance(text, str) else ""


def _apart(task: RecentTask | Candidate, at: float, ahead: float | None) -> float:
    """Return the seconds between request and task. Tries the artist's clock with and without the
    offset, because it may have been set since."""
    if task.created is None:
        return 0.0
    return min(task.created - at, task.created - at - (ahead or 0.0), key=abs)


def _sentence(found: Sequence[Candidate], at: float, ahead: float | None, *, age: float) -> str:
    if not found:
        if 0 <= age < _ARRIVAL_SECONDS:
            return messages.NOT_YET
        doubtful = ahead is None or abs(ahead) > AROUND_SECONDS
        return messages.CLOCK_WRONG if doubtful else messages.NOT_ACCEPTED
    apart = _apart(found[0], at, ahead)
    if abs(apart) > AROUND_SECONDS:
        return messages.same_prompt(len(found), apart)
    return messages.found(len(found))
