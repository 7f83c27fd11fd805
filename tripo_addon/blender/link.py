"""The thread from an object in the scene to the job that made it.

Main thread only; writes the link's properties and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import bpy

from ..jobs.job import UNSTRETCHED
from .family import Family

if TYPE_CHECKING:
    from ..jobs.job import Job
    from .properties import TRIPO_ADDON_PG_link


def write(root: bpy.types.Object, job: Job) -> None:
    """Let the root object of an arrived model remember its job. Needs pydantic, which a job that
    has a model has loaded."""
    link: TRIPO_ADDON_PG_link = root.tripo_addon
    service, _space, address = job.account.partition(" ")
    request = job.request.model_dump(mode="json")
    link.service, link.address = service, address
    link.label = job.kind.label
    link.task_id, link.job_id = job.task_id or "", job.id
    link.kind = job.request.kind
    link.model = job.request.model
    link.prompt = str(request.get("prompt") or "")
    link.parent_task = str(request.get("source_task") or "")
    link.request = json.dumps(request, ensure_ascii=False)
    link.files.clear()
    for sent in job.sent:
        row = link.files.add()
        row.name, row.field, row.sha256 = sent.name, sent.field, sent.sha256


def remember_shape(family: Family, stretch: Sequence[float] = UNSTRETCHED) -> None:
    """Store the shape that the service knows on the anchor, so that later edits can be detected;
    `stretch` leads from the anchor's coordinates to the service's."""
    link: TRIPO_ADDON_PG_link = family.anchor.tripo_addon
    link.shape = family.fingerprint()
    link.stretch = stretch


def root_of(thing: bpy.types.Object | None) -> bpy.types.Object | None:
    """The object that carries the link: this one, or the nearest above it that does; None for
    what the add-on did not make."""
    while thing is not None and not thing.tripo_addon.task_id:
        thing = thing.parent
    return thing


def request_of(link: TRIPO_ADDON_PG_link) -> dict[str, object]:
    """What was asked for, as `tasks.parse_request` takes it; empty where it cannot be read."""
    try:
        values = json.loads(link.request) if link.request else {}
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
