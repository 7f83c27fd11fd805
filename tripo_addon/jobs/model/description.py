"""What a job's row shows: a headline, a detail, and a bar.

Imports no pydantic: panels read this module before anything heavy is loaded.
"""

from __future__ import annotations

from typing import Final

from ...api.catalog.task_kinds import Makes, TaskKind
from ...api.record import record
from ..messages import rows
from .bake_effort import USUAL_SIDE, Bake
from .job import Failure, Job, Landing, State


@record
class Description:
    """A headline, a detail, and the bar's fraction (None: no bar)."""

    headline: str
    detail: str = ""
    fraction: float | None = None


_DOING: Final = {
    State.REHEARSING: rows.CHECKING_OBJECT,
    State.PENDING: rows.WAITING_FOR_SLOT,
    State.UPLOADING: rows.UPLOADING,
    State.SUBMITTING: rows.SENDING,
    State.RUNNING: rows.GENERATING,
    State.DOWNLOADING: rows.DOWNLOADING,
    State.CONVERTING: rows.PREPARING,
    State.READY: rows.READY,
    State.CANCELLED: rows.CANCELED,
}
_DONE: Final = {
    Makes.PICTURES: rows.IMAGES_ON_DISK,
    Makes.FACTS: rows.DONE,
}
_LANDED: Final = {
    Landing.NEW: rows.IMPORTED,
    Landing.REPLACE: rows.REPLACED,
    Landing.KEEP: rows.TEXTURED,
    Landing.DOWNLOAD: rows.FILES_ON_DISK,
}
_WITH_PERCENT: Final = {State.RUNNING, State.DOWNLOADING}
_SHARE: Final = {
    State.REHEARSING: 0.0,
    State.PENDING: 0.0,
    State.UPLOADING: 0.02,
    State.SUBMITTING: 0.05,
    State.RUNNING: 0.05,
    State.DOWNLOADING: 0.85,
    State.CONVERTING: 0.95,
    State.READY: 1.0,
}
_SPAN: Final = {State.RUNNING: 0.8, State.DOWNLOADING: 0.1}
_FAILED: Final = {
    Failure.OUTCOME_UNKNOWN: rows.OUTCOME_UNKNOWN,
    Failure.INTERRUPTED: rows.INTERRUPTED,
    Failure.IMPORT: rows.IMPORT_FAILED,
    Failure.BAD_FILE: rows.FILE_UNUSABLE,
    Failure.STORE: rows.NOT_SAVED,
}


def fraction_of(job: Job) -> float | None:
    """Return the progress of an unfinished job of this Blender, from 0 to 1; None for any other
    job."""
    if job.elsewhere or job.state.final:
        return None
    return _SHARE[job.state] + _SPAN.get(job.state, 0.0) * job.progress / 100


def describe(job: Job, bar: float | None = None) -> Description:
    """Return the text and bar of a job's row. Pure: the same job gives the same text. `bar` is the
    progress of the whole request; a percentage in the text is that of the bar."""
    if job.elsewhere:
        return Description(_DOING[job.state], rows.ELSEWHERE)
    if job.state is State.FAILED:
        headline = _FAILED.get(job.failure, rows.FAILED) if job.failure else rows.FAILED
        return Description(headline, rows.joined(_why(job), _spent(job)))
    if job.state is State.CANCELLED:
        return Description(_DOING[job.state], rows.joined(_spent(job), job.note))
    if job.state is State.DONE:
        return Description(_done(job), rows.joined(_charged(job), job.note, job.remark))
    fraction = fraction_of(job) if bar is None else bar
    headline = _headline(job, fraction or 0.0)
    return Description(headline, _why(job) or job.note or job.remark or _baking(job), fraction)


def _headline(job: Job, fraction: float) -> str:
    """Return what an unfinished job is doing, with the bar's percentage."""
    if job.state is State.PENDING and job.after is not None:
        return rows.WAITING_FOR_STEP
    if job.cancelling:
        return rows.CANCELING
    if job.state is State.RUNNING and job.expired:
        return rows.RENEWING_LINK
    if job.attempt and job.trouble is not None:
        return rows.retrying(_DOING[job.state])
    if job.state in _WITH_PERCENT and job.progress:
        return rows.percent(_DOING[job.state], int(100 * fraction))
    return _DOING[job.state]


def _baking(job: Job) -> str:
    """Return how much time and memory a running bake may take."""
    target = job.placement.target
    if job.state is not State.CONVERTING or job.placement.landing is not Landing.KEEP:
        return ""
    if target is None or not target.faces:
        return ""
    return Bake(len(target.parts), target.faces, target.texture_size or USUAL_SIDE).message


def _done(job: Job) -> str:
    facts = dict(job.facts) if job.kind.makes is Makes.FACTS else {}
    if facts.get("riggable"):
        return rows.riggable(facts.get("rig_type"))
    if "riggable" in facts:
        return rows.NOT_RIGGABLE
    if job.kind.makes is not Makes.MODEL:
        return _DONE[job.kind.makes]
    textured = job.kind is TaskKind.TEXTURE_MODEL and job.placement.landing is Landing.REPLACE
    return rows.TEXTURED if textured else _LANDED[job.placement.landing]


def _why(job: Job) -> str:
    """Return the problem as a sentence; only its detail if the headline already names it."""
    if job.trouble is None or (job.state is State.FAILED and job.note):
        return job.note
    named = job.failure in {Failure.BAD_FILE, Failure.IMPORT}
    return (job.trouble.detail if named else "") or job.trouble.sentence


_UNPAID: Final = frozenset({Failure.REJECTED, Failure.GAVE_UP})
"""Failures after which nothing was charged, unless the service made a task."""


def _spent(job: Job) -> str:
    """Return what a job without a result cost; "" if its problem or its headline already says
    so."""
    if job.credits:
        return rows.spent(job.credits)
    never_made = job.failure in _UNPAID and job.task_id is None
    return rows.NOTHING_CHARGED if never_made or job.credits == 0 else ""


def _charged(job: Job) -> str:
    """Return what was charged, with the estimate if that differed."""
    if job.credits is None:
        return rows.price(job.price) if job.price is not None else ""
    if job.credits == job.price == 0:
        return rows.FREE
    if job.price is not None and job.credits != job.price:
        return rows.charged_otherwise(job.credits, job.price)
    return rows.charged(job.credits)
