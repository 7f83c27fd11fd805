"""The texts of a row that change only with its jobs."""

from __future__ import annotations

from ...api.catalog import SERVICES
from ...api.catalog.task_kinds import GENERATIONS, Makes
from ...jobs.model.job_groups import JobGroup
from ...jobs.model.states import State
from ..messages import drafts, jobs, prices


def title_of(group: JobGroup, alike: int) -> str:
    """Return the row's name, after the kind of work if it works on an object; with the number of
    failures that it stands for."""
    job = group.steps[0]
    name = job.title
    if job.draft is not None:
        name = drafts.title(job.draft.title, job.draft.count)
    if job.kind not in GENERATIONS:
        work = group.steps[-1] if len(group.steps) > 1 else job
        # Works on one object differ by what they do, images by what they show.
        parts = (work.kind.label, job.title)
        name = jobs.title(*(parts[::-1] if job.kind.makes is Makes.PICTURES else parts))
    return jobs.alike(alike, name) if alike > 1 else name


def cost_of(group: JobGroup) -> str:
    """Return what all steps of the row cost or will cost; "" if unknown, and where a job ended
    without a result: its end says what was charged."""
    if group.current.state in {State.FAILED, State.CANCELLED}:
        return ""
    known = [job.credits if job.credits is not None else job.price for job in group.steps]
    amounts = [amount for amount in known if amount is not None]
    if not amounts or len(amounts) < len(known):
        return ""
    service = SERVICES.get(group.current.service_id)
    unit = service.money if service is not None else prices.CREDITS
    return prices.price(sum(amounts), unit) if sum(amounts) else prices.FREE
