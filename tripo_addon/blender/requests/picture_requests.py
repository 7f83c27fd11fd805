"""Sends the forms of the picture tools, and finds what they made.

Main thread only. Unless a docstring says otherwise, no file is opened: panels ask on every redraw.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...api.catalog.field_types import VIEWS
from ...api.catalog.task_kinds import Makes, TaskKind
from ...api.rules import Refusal
from ...jobs.model.states import State
from .. import loop
from ..messages import picture_tools as messages
from ..objects import placement
from ..session import composition
from . import checks, drafts, generation
from .steps import step_of, with_styles

if TYPE_CHECKING:
    from ...jobs.model.job import Job
    from ..forms.task_form import TaskForm

_MOST_SHOWN: Final = 8
_ANY_VIEW: Final = "view.png"
"""Stands for a view while the price of a model is asked for; no price depends on the file."""


def refuse_pictures_of(form: TaskForm) -> str | None:
    """Why the form cannot be sent now, as a sentence, or None."""
    return _refuse_views(form) or checks.refusal(form)


def submit_pictures(form: TaskForm, context: bpy.types.Context) -> Sequence[Job] | Refusal:
    """Check the form once more, with its image files, and send it; in background mode **blocks**
    until the images are on disk. Raises `RuntimeError` if there is no engine."""
    refused = _refuse_views(form)
    values = Refusal("source_task", refused) if refused else checks.checked_values(form)
    if isinstance(values, Refusal):
        return values
    step = step_of(values, form.title, placement.placement(context))
    return loop.submit(with_styles((step,), (form,)))


def made() -> tuple[Job, ...]:
    """The newest jobs whose images are on disk, newest first."""
    jobs = composition.jobs()
    if jobs is not _Made.of:
        # The engine returns the same jobs until one of them changes.
        _Made.of = jobs
        _Made.newest = tuple(islice(filter(_has_images, jobs), _MOST_SHOWN))
    return _Made.newest


class _Made:
    of: tuple[Job, ...] = ()
    newest: tuple[Job, ...] = ()


def _has_images(job: Job) -> bool:
    return bool(job.pictures) and job.state is State.DONE and job.kind.makes is Makes.PICTURES


def model_price(context: bpy.types.Context) -> float | None:
    """The price of a model from four views, or of its drafts, with the settings of Multiview and
    the steps after it; None if it is not known, or if the service makes none."""
    form: Any = context.scene.tripo_addon.multiview
    if form.offer is None:
        return None
    values = {**form.values(), **dict.fromkeys(VIEWS, _ANY_VIEW)}
    plan = drafts.planned(form.kind, values, context)
    return generation.generation_price(form.kind, values, context) if plan is None else plan.price


def maker_of(task_id: str) -> Job | None:
    """The job of this account whose task made these views, or None."""
    engine = composition.WIRING.engine
    jobs = engine.jobs() if engine is not None and task_id else ()
    account = composition.WIRING.account
    return next((job for job in jobs if job.task_id == task_id and job.account == account), None)


def _refuse_views(form: TaskForm) -> str | None:
    """Views are edited at the account that made them: another one would be paid in vain."""
    if form.kind is not TaskKind.EDIT_VIEWS or maker_of(str(form.values().get("source_task", ""))):
        return None
    return messages.OTHER_ACCOUNT if form.values().get("source_task") else messages.NO_VIEWS_CHOSEN
