"""Requests with a key of their own: a row of a batch, a command. A request sent with its key is
paid for once from this job list, whoever sends it and however often.

Main thread only.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...jobs.engine.new_jobs import ids_of_key
from ..messages import scripting as messages
from ..session import composition
from .job import Job
from .job_list import started
from .refused import Refused


class Removed(Refused):
    """A request was paid for, and its job has been removed from the list."""


def sent_before(key: str, *, step: int = 0) -> Job | None:
    """Return the job of a step of the request with this key, from this or an earlier session; None
    if it was never sent, or has no such step. Raises `Removed`."""
    engine, job_id = started(), ids_of_key(key, step + 1)[step]
    store = composition.WIRING.store
    if engine.job(engine.latest(job_id)) is not None or store is None:
        return Job(job_id) if store is not None else None
    read = composition.workers().ask("store", lambda: (store.tries(job_id), store.was_paid(job_id)))
    tries, paid = read.value(patience=composition.PATIENCE_SECONDS) or ((), False)
    engine.show(each for each in tries if each.state.final)
    if tries:
        return Job(tries[-1].id)
    if paid:
        raise Removed(messages.REMOVED)
    return None


def steps_sent_before(key: str) -> Sequence[Job]:
    """Return the jobs of all steps of the request with this key, in order; none if it was never
    sent. Raises `Removed`."""
    jobs: list[Job] = []
    while (job := sent_before(key, step=len(jobs))) is not None:
        jobs.append(job)
    return jobs
