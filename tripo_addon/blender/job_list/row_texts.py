"""The texts of a row that change only with its jobs."""

from __future__ import annotations

from ...api.catalog import SERVICES
from ...api.catalog.task_kinds import GENERATIONS
from ...jobs.model.job_groups import JobGroup
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
        name = jobs.title(work.kind.label, job.title)
    return jobs.alike(alike, name) if alike > 1 else name


def cost_of(group: JobGroup) -> str:
    """Return what all steps of the row cost or will cost; "" if unknown."""
    known = [job.credits if job.credits is not None else job.price for job in group.steps]
    amounts = [amount for amount in known if amount is not None]
    if not amounts or len(amounts) < len(known):
        return ""
    service = SERVICES.get(group.current.service_id)
    unit = service.money if service is not None else prices.CREDITS
    return prices.price(sum(amounts), unit) if sum(amounts) else prices.FREE
