"""Chooses the picture that represents a job in the list.

Reads nothing from disk, so it can be called while drawing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...api.catalog.field_types import ParamType
from ...api.catalog.parameters import PARAMETERS
from .model_pictures import MODEL_PICTURES
from .thumbnails import thumbnail

if TYPE_CHECKING:
    from ...api.tasks import TaskRequest
    from ...jobs.model.job import Job

_PICTURES: Final = frozenset({ParamType.PICTURE, ParamType.PICTURES})


def job_thumbnail(job: Job) -> int:
    """Return the icon_id of a job's thumbnail, 0 while there is none. For draw()."""
    # The first picture may still be loading.
    for path in job_pictures(job):
        picture = thumbnail(path)
        if picture:
            return picture
    return 0


def job_pictures(job: Job) -> Iterator[Path]:
    """Yield the pictures that can represent a job, best first: one that it made, its model as it
    arrived, the service's preview of it, its first input picture on disk."""
    first = job.pictures[0] if job.pictures else MODEL_PICTURES.of(job)
    yield from filter(None, (first, job.preview, _sent(job)))


def _sent(job: Job) -> Path | None:
    for name in _fields(type(job.request)):
        value: object = getattr(job.request, name)
        files = value if isinstance(value, tuple) else (value,)
        for file in files:
            if isinstance(file, Path):
                return file
    return None


@cache
def _fields(request: type[TaskRequest]) -> tuple[str, ...]:
    """Return the fields of a kind of request that contain pictures: most kinds have none."""
    names = (name for name in request.model_fields if name in PARAMETERS)
    return tuple(name for name in names if PARAMETERS[name].type in _PICTURES)
