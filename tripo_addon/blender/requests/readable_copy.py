"""Has the service convert a model that this Blender cannot read to FBX, which every Blender reads.

Main thread only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...api.catalog.task_kinds import TaskKind
from ...api.prices import estimate
from ...jobs.model.job import Failure, Job
from .. import settings
from ..messages import prices
from ..session import composition
from .steps import step_of

if TYPE_CHECKING:
    from ...jobs.model.recipes import Step


def is_converting(job: Job) -> bool:
    """Whether a conversion of this job's model is under way: a second one would be paid too."""
    return any(
        each.kind is TaskKind.CONVERT_MODEL
        and not each.state.final
        and getattr(each.request, "source_task", None) == job.task_id
        for each in composition.jobs()
    )


def readable_step(job: Job) -> Step | None:
    """The request to convert a job's unreadable model to FBX, which every Blender reads; None if
    the job or the service does not allow it."""
    offer = settings.service().offers.get(TaskKind.CONVERT_MODEL)
    unreadable = job.failure is Failure.BAD_FILE and job.model is not None
    if (
        not unreadable
        or not job.task_id
        or job.account != composition.WIRING.account
        or offer is None
    ):
        return None
    if "source_task" not in offer.takes:
        return None
    values = {"kind": TaskKind.CONVERT_MODEL.value, "format": "FBX", "source_task": job.task_id}
    return step_of(values, job.title, job.placement)


def readable_price(job: Job) -> str:
    """The price of that conversion, in words."""
    values = {"format": "FBX", "source_task": job.task_id}
    credits = estimate(settings.service(), TaskKind.CONVERT_MODEL, values)
    return prices.price(credits, settings.service().money)
