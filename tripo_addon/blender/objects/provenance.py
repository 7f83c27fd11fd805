"""Records on an object how it was made: every step from the first request to its current state.

Main thread only; writes the properties of the link and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Final, Protocol

import bpy

from ...api.catalog.task_kinds import TaskKind
from ...api.record import record
from ...jobs.model.job import SentFile
from ...jobs.model.landings import UNSTRETCHED
from ...jobs.model.routes import Origin
from ..messages import objects as messages
from ..messages import prices
from .object_group import ObjectGroup, Points

if TYPE_CHECKING:
    from ...jobs.model.job import Job
    from .provenance_properties import TRIPO_ADDON_PG_link

_FIELDS: Final = (
    "service",
    "address",
    "task_id",
    "job_id",
    "parent_task",
    "kind",
    "model",
    "prompt",
    "request",
    "created",
    "task_made",
    "credits",
)
_LONGEST_PROMPT: Final = 32
_SHORT_PROMPT: Final = 14
_UNKNOWN: Final = -1.0
_UNIT: Final = "credits"


class _Recorded(Protocol):
    @property
    def request(self) -> str: ...


@record(kw_only=True)
class Step:
    """One task in the history of an object. `request` is the request as JSON. `created` is when it
    was made and `task_made` when the service accepted it (UTC, ISO 8601, "" if unknown). `credits`
    were charged, or else expected; -1 if unknown."""

    service: str
    address: str
    task_id: str
    job_id: str
    parent_task: str
    kind: str
    model: str
    prompt: str
    request: str
    created: str
    credits: float
    task_made: str = ""
    files: tuple[SentFile, ...] = ()

    def texts(self, subject: str = "") -> tuple[str, ...]:
        """The step in a line, shorter with each item, for buttons: its prompt, else the file it was
        made from, else `subject`; its kind; its time."""
        named = self.files[0].name if self.files else subject
        long, short = (
            f"“{shorten(self.prompt, width, placeholder=' …')}”" if self.prompt else named
            for width in (_LONGEST_PROMPT, _SHORT_PROMPT)
        )
        moment, brief = self._moments
        lines = ((long, moment), (long, brief), (short, brief), ("", moment))
        return tuple(messages.step(name, self.label, when) for name, when in lines)

    @property
    def price(self) -> str:
        """The price in words; "" if it is not known."""
        if self.credits < 0:
            return ""
        return prices.price(self.credits, _UNIT) if self.credits else prices.FREE

    @property
    def label(self) -> str:
        """The kind of task as panels name it."""
        known = (kind.label for kind in TaskKind if kind.value == self.kind)
        return next(known, self.kind)

    @property
    def _moments(self) -> tuple[str, str]:
        """Return when the request was made: as day and time, and as the time alone if it was today,
        else the day."""
        try:
            created = datetime.fromisoformat(self.created).astimezone()
        except (ValueError, OSError, OverflowError):
            return "", ""
        today = created.date() == datetime.now(UTC).astimezone().date()
        return f"{created:%b %d %H:%M}", f"{created:%H:%M}" if today else f"{created:%b %d}"


def step_of(job: Job) -> Step:
    """The step that a job with a model adds to an object's history. Needs pydantic, which such a
    job has loaded."""
    service, _space, address = job.account.partition(" ")
    request = job.request.model_dump(mode="json")
    charged = job.credits if job.credits is not None else job.price
    return Step(
        service=service,
        address=address,
        task_id=job.result_task or "",
        job_id=job.id,
        parent_task=str(request.get("source_task") or ""),
        kind=job.request.kind,
        model=job.request.model or "",
        prompt=str(request.get("prompt") or ""),
        request=json.dumps(request, ensure_ascii=False),
        created=_moment_of(job.created),
        task_made=_moment_of(job.task_made) if job.task_made is not None else "",
        credits=float(charged) if charged is not None else _UNKNOWN,
        files=job.sent,
    )


def read(recorded: Any) -> Step:
    """The step that is recorded in a link, or in one of its earlier steps."""
    files = tuple(SentFile(each.field, each.name, each.sha256) for each in recorded.files)
    return Step(**{name: getattr(recorded, name) for name in _FIELDS}, files=files)


def write(root: bpy.types.Object, steps: Sequence[Step]) -> None:
    """Record the history of a model on its root; the last step is the one that made it."""
    link: TRIPO_ADDON_PG_link = root.tripo_addon
    *before, made = steps
    link.steps.clear()
    for step in before:
        _fill(link.steps.add(), step)
    _fill(link, made)
    link.label = made.label
    link.traced = True


def remember_shape(
    group: ObjectGroup, stretch: Sequence[float] = UNSTRETCHED, *, points: Points | None = None
) -> None:
    """Store the shape's fingerprint on the anchor, so that later edits can be detected; `stretch`
    is the matrix from the anchor's coordinates to the service's. `points` were read before."""
    link: TRIPO_ADDON_PG_link = group.anchor.tripo_addon
    link.shape = group.fingerprint(points)
    link.stretch = stretch


def origin_of(step: Step, before: Origin | None) -> Origin:
    """A recorded step as the task that a service may still know."""
    try:
        made = datetime.fromisoformat(step.task_made).timestamp() if step.task_made else None
    except (ValueError, OSError, OverflowError):
        made = None
    return Origin(
        task_id=step.task_id,
        kind=step.kind,
        model=step.model,
        made=made,
        request=request_of(step),
        before=before,
    )


def root_of(obj: bpy.types.Object | None) -> bpy.types.Object | None:
    """The object with the link: this one or its nearest such ancestor; None if the add-on did not
    make it."""
    while obj is not None and not obj.tripo_addon.task_id:
        obj = obj.parent
    return obj


def request_of(recorded: _Recorded) -> dict[str, object]:
    """The recorded request, as `tasks.parse_request` takes it; empty if it cannot be read."""
    try:
        values = json.loads(recorded.request) if recorded.request else {}
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _fill(recorded: Any, step: Step) -> None:
    for name in _FIELDS:
        setattr(recorded, name, getattr(step, name))
    recorded.files.clear()
    for sent in step.files:
        row = recorded.files.add()
        row.name, row.field, row.sha256 = sent.name, sent.field, sent.sha256


def _moment_of(created: float) -> str:
    try:
        return datetime.fromtimestamp(created, UTC).isoformat(timespec="seconds")
    except (ValueError, OSError, OverflowError):
        return ""
