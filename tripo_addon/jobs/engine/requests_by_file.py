"""Builds requests that work on a file, for when the service does not know the task.

Pure: jobs and the catalog in, requests out; the engine acts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...api.catalog.task_kinds import TaskKind
from ...api.tasks import ImportModel, kind_of
from ..model.job import Job, Landing, Placement
from ..model.routes import imports_first, price_of

if TYPE_CHECKING:
    from ...api.catalog.service_types import Service
    from ...api.tasks import TaskRequest


def requests_by_file(job: Job, before: Sequence[Job], service: Service) -> tuple[TaskRequest, ...]:
    """Return the requests that do the job from a file, in order; the last is its own. Empty if
    there is no file. `before` are the previous steps, nearest first."""
    if job.by_file:
        return job.by_file
    makers = (step for step in before if step.kind is not TaskKind.CHECK_RIG)
    maker = next(makers, None)
    offer = service.offers.get(job.kind)
    file = _file_of(maker) if maker is not None else None
    if offer is None or maker is None or file is None:
        return ()
    works = [job.request]
    if offer.follows:
        if maker.kind not in offer.follows:
            return ()
        # It may have been made from an image; now it is made from the file.
        works.insert(0, _without(maker.request, "image"))
    first = service.offers[kind_of(works[0])]
    if imports_first(service, first):
        return (ImportModel(source_file=file), *(_without_source(work) for work in works))
    if "source_file" not in first.takes:
        return ()
    sent = _without_source(works[0]).model_copy(update={"source_file": file})
    return (sent, *(_without_source(work) for work in works[1:]))


def extra_price(service: Service, requests: Sequence[TaskRequest]) -> int | None:
    """Return how many credits these cost more than the last of them alone; None if not
    published."""
    ahead = [request.model_dump(exclude_none=True) for request in requests[:-1]]
    return price_of(service, ahead)


def without_import(placement: Placement) -> Placement:
    """Return the placement of a step whose result is not imported."""
    return replace(placement, target=None, landing=Landing.DOWNLOAD, save_to="", box=None)


def _file_of(job: Job) -> Path | None:
    if job.kind is TaskKind.IMPORT_MODEL:
        return getattr(job.request, "source_file", None)
    return job.model


def _without_source(request: TaskRequest) -> TaskRequest:
    return _without(request, "source_task", "source_file")


def _without(request: TaskRequest, *names: str) -> TaskRequest:
    given = {name: None for name in names if hasattr(request, name)}
    return request.model_copy(update=given)
