"""Sends a form of the Generate panel, with the steps that follow the model: texture, rig, animate.

Main thread only. Unless a docstring says otherwise, no file is opened: panels ask on every redraw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import bpy

from ...api import overlaps, rigging
from ...api.catalog.conditions import Values
from ...api.catalog.task_kinds import GENERATIONS, TaskKind
from ...api.rules import Refusal, refuse
from .. import loop, settings
from ..messages import requests as messages
from ..objects import placement, stand_clear
from ..one_drawing import once_a_drawing
from ..session import composition
from . import checks
from .steps import PREVIOUS_STEP, chain, kinds_and_values, with_rig_names, with_styles

if TYPE_CHECKING:
    from ...jobs.model.job import Job, Placement
    from ...jobs.model.recipes import Step
    from ..forms.object_forms import FormRequest
    from ..forms.task_form import TaskForm
    from ..pictures.blockout import Blockout


def submit_generation(form: TaskForm, context: bpy.types.Context) -> list[Job] | Refusal:
    """Check the form once more, with its image files, and submit it with the steps after it; in
    background mode **blocks** until they are done. Raises `RuntimeError` if there is no engine."""
    values = checks.checked_values(form)
    if isinstance(values, Refusal):
        return values
    then = later_requests(form.kind, context)
    steps = generation_steps(
        values, then, title=form.title, context=context, blockout=form.replaced
    )
    return loop.submit(with_styles(steps, (form, *then_styled(form.kind, context))))


def refuse_generation(form: TaskForm, context: bpy.types.Context) -> str | None:
    """Why the form, or a step after it, cannot be sent now, as a sentence, or None."""
    return checks.refusal(form) or then_refused(form.kind, context)


def generation_price(
    kind: TaskKind, values: Mapping[str, object], context: bpy.types.Context
) -> float | None:
    """The price of a model and all steps after it; None if one of them is not known."""
    amounts = [composition.price(kind, values)]
    amounts += [composition.price(each.kind, each.values) for each in later_requests(kind, context)]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


@once_a_drawing
def later_requests(kind: TaskKind, context: bpy.types.Context) -> tuple[FormRequest, ...]:
    """The requests after a task of this kind, as chosen in the Generate panel."""
    forms = context.scene.tripo_addon
    if not chains(kind):
        return ()
    wanted: list[FormRequest] = []
    if forms.then_texture:
        wanted += forms.texture.requests({})
    if forms.then_rig:
        wanted += forms.rig.requests({}, animate=forms.then_animate)
    return with_rig_names(tuple(wanted), {})


def then_styled(kind: TaskKind, context: bpy.types.Context) -> tuple[TaskForm, ...]:
    """The forms of the steps after a generation that may have a style."""
    forms = context.scene.tripo_addon
    return (forms.texture,) if chains(kind) and forms.then_texture else ()


@once_a_drawing
def chains(kind: TaskKind) -> bool:
    """Whether the service can use the result of such a task as the source of further steps."""
    if kind not in GENERATIONS:
        return False
    offers = settings.service().offers
    steps = (TaskKind.TEXTURE_MODEL, TaskKind.RIG, TaskKind.RETARGET)
    return all(kind in offers and "source_task" in offers[kind].takes for kind in steps)


def then_overlaps(kind: TaskKind, values: Values, context: bpy.types.Context) -> tuple[str, ...]:
    """Warnings about parts of a generation that the steps after it replace, but that are paid."""
    later = kinds_and_values(later_requests(kind, context))
    risk = rigging.unknown_animation_risk(later)
    warnings = overlaps.in_chain(settings.service(), kind, values, later)
    return (*warnings, risk) if risk else warnings


def then_refused(kind: TaskKind, context: bpy.types.Context) -> str | None:
    """Why the steps after a generation cannot be sent, as a sentence, or None."""
    service, forms = settings.service(), context.scene.tripo_addon
    if not chains(kind):
        return None
    if forms.then_texture and forms.texture.unanswered:
        return messages.step_refused(TaskKind.TEXTURE_MODEL.label, forms.texture.unanswered)
    requests = later_requests(kind, context)
    for request in requests:
        values = {**request.values, "source_task": PREVIOUS_STEP}
        refused = refuse(service, request.kind, values)
        if refused is not None:
            return messages.step_refused(request.kind.label, refused.sentence)
    return rigging.refuse_steps(kinds_and_values(requests), {}) or None


def generation_steps(
    request: Mapping[str, object],
    then: tuple[FormRequest, ...],
    *,
    title: str,
    context: bpy.types.Context,
    blockout: Blockout | None = None,
) -> tuple[Step, ...]:
    """The steps of a generation and of what follows it, each replacing the result before it. The
    model takes the place of the `blockout`."""
    place = stand_clear.reserved(in_place_of(blockout, placement.placement(context)), context.scene)
    return tuple(chain((request, *(each.values for each in then)), title, place))


def in_place_of(blockout: Blockout | None, place: Placement) -> Placement:
    """The placement of a model that replaces the blockout, if there is one."""
    if blockout is None:
        return place
    return replace(place, stand=blockout.stand, fills=True, box=None, blockout=blockout.objects)
