"""Chooses the picture that represents a job in the list.

Reads nothing from disk, so it can be called while drawing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...api.catalog.field_types import ParamType
from ...api.catalog.parameters import PARAMETERS
from .thumbnails import thumbnail

if TYPE_CHECKING:
    from ...jobs.model.job import Job

_PICTURES: Final = frozenset({ParamType.PICTURE, ParamType.PICTURES})


def job_thumbnail(job: Job) -> int:
    """Return the icon_id of a job's thumbnail, 0 while there is none. For draw()."""
    return thumbnail(job_picture(job))


def job_picture(job: Job) -> Path | None:
    """Return the picture that a job made, else the service's preview of its model, else its first
    input picture on disk; None if there is none."""
    made = job.pictures[0] if job.pictures else job.preview
    if made is not None:
        return made
    sent = zip(job.request.file_fields, job.request.files, strict=True)
    pictures = (file for name, file in sent if PARAMETERS[name].type in _PICTURES)
    return next((file for file in pictures if isinstance(file, Path)), None)
