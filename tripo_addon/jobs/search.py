"""Looking for the task of a request whose answer was lost: what the service has, matched by kind,
time and words.

Finds and says; a person decides. Runs in a worker, never raises, never sends what costs.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from ..api.errors import Kind, ServiceFault
from ..api.tasks import kind_of
from .job import Candidate, Job
from .messages import SearchAnswer
from .store import Store, StoreError

if TYPE_CHECKING:
    from ..api.dialect import Dialect
    from ..api.replies import RecentTask

_log = logging.getLogger(__name__)
AROUND_SECONDS: Final = 900.0
"""How far the clocks of the artist and of the service may be apart."""
_LONGEST_ID: Final = 200
_PASTE: Final = "look for it in the service's console, and give the task's id here if it is there"
_AT: Final = "about when the request was sent"


def look_for(job: Job, dialect: Dialect, store: Store, taken: Collection[str]) -> SearchAnswer:
    """Ask the service for its tasks of that time. `taken` are the tasks of other jobs."""
    try:
        sent = store.announced(job.id)
        receipts = store.receipts(but=job.id)
    except StoreError:
        sent, receipts = None, frozenset[str]()
    at = job.updated if sent is None else sent
    try:
        recent = dialect.recent(at - AROUND_SECONDS)
    except ServiceFault as fault:
        if fault.trouble.kind is Kind.OFFER:
            return SearchAnswer(job.id, (), f"This service has no list of tasks: {_PASTE}")
        return SearchAnswer(job.id, (), f"The search failed. {fault.trouble.sentence}")
    except Exception:  # noqa: BLE001 - the answer must come, or nobody could search again
        _log.exception("Searching for a task failed")
        return SearchAnswer(job.id, (), f"The search failed: {_PASTE}")
    found = matching(job, at, recent, {*taken, *receipts})
    return SearchAnswer(job.id, found, _sentence(found))


def matching(
    job: Job, at: float, recent: Sequence[RecentTask], taken: Collection[str]
) -> tuple[Candidate, ...]:
    """The tasks that may be the job's, the likeliest first. `at` is when it was sent, in seconds
    since 1970."""
    kind, words = kind_of(job.request), _words(getattr(job.request, "prompt", None))
    found = [
        task
        for task in recent
        if task.kind is kind
        and task.id not in taken
        and (task.created is None or abs(task.created - at) <= AROUND_SECONDS)
        and (not words or not task.prompt or _words(task.prompt) == words)
    ]
    found.sort(key=lambda task: abs((task.created or at) - at))
    return tuple(Candidate(task.id, task.created, task.status.value, task.prompt) for task in found)


def refuse_task_id(job: Job, task_id: str, others: Iterable[Job]) -> str | None:
    """Why this cannot be the task of the job, as a sentence, or None."""
    plain = task_id.isprintable() and not any(letter.isspace() for letter in task_id)
    if not task_id or not plain or len(task_id) > _LONGEST_ID:
        return "This is no task id: it is one word, as the service's console shows it"
    for other in others:
        if (other.account, other.task_id) == (job.account, task_id) and other.id != job.id:
            return f"That task belongs to another job: {other.title}"
    return None


def _words(text: object) -> str:
    return " ".join(text.split()) if isinstance(text, str) else ""


def _sentence(found: Sequence[Candidate]) -> str:
    if not found:
        return f"The service has no such task from {_AT}: most likely it was not accepted"
    several = f"{len(found)} tasks" if len(found) > 1 else "A task"
    return f"{several} of this kind and from {_AT} found: choose, or leave it as it is"
