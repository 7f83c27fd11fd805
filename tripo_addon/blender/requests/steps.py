"""Turns the requests of forms into steps for the engine.

Main thread only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ...api import rigging
from ...api.catalog.conditions import Values
from ...api.catalog.task_kinds import TaskKind
from ...jobs.model import job
from ...jobs.model.landings import Landing
from ..session import composition

if TYPE_CHECKING:
    from ...jobs.model.job import Draft, Placement
    from ...jobs.model.recipes import Step
    from ..forms.object_forms import FormRequest
    from ..forms.task_form import TaskForm

PREVIOUS_STEP: Final = "previous-step"
"""Stands in for the ID of a task that does not exist yet, while the rules are checked."""


def step_of(values: Mapping[str, object], title: str, place: Placement) -> Step:
    """Build a step. Raises `RuntimeError` with a sentence if there is no engine, for instance
    because another extension's packages do not fit."""
    composition.engine()
    from ...api.tasks import parse_request
    from ...jobs.model.recipes import Step

    return Step(request=parse_request(values), title=title, placement=place)


def chain(requests: Sequence[Mapping[str, object]], title: str, place: Placement) -> list[Step]:
    """Build the steps of a new model: each after the first replaces the result before it. Raises as
    `step_of`."""
    after = replace(
        place,
        landing=Landing.REPLACE,
        target=job.Target(),
        select_after=None,
        select_always=False,
        box=None,
        blockout=(),
    )
    places = [place, *[after] * (len(requests) - 1)]
    return [step_of(each, title, where) for each, where in zip(requests, places, strict=True)]


def with_styles(steps: Sequence[Step], forms: Iterable[TaskForm]) -> tuple[Step, ...]:
    """The steps, each with the style of the form of its kind, to be recalled with it."""
    chosen = _style_of_kind(forms)
    return tuple(replace(step, style=chosen.get(step.request.kind, "")) for step in steps)


def with_draft_styles(steps: Sequence[Step], forms: Sequence[TaskForm]) -> tuple[Step, ...]:
    """The drafts, each with the style of its form, and with those of the model that is made of it
    and of what follows."""
    chosen = _style_of_kind(forms)
    return tuple(
        replace(step, draft=replace(step.draft, styles=_styles_of(step.draft, chosen)))
        for step in with_styles(steps, forms)
        if step.draft is not None
    )


def _style_of_kind(forms: Iterable[TaskForm]) -> dict[str, str]:
    return {form.kind.value: form.style_text for form in forms}


def _styles_of(draft: Draft, chosen: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(chosen.get(each.kind, "") for each in draft.requests)


def with_rig_names(requests: tuple[FormRequest, ...], rigged: Values) -> tuple[FormRequest, ...]:
    """The requests with each animation named as for the rig's body type."""
    if not any("animations" in request.values for request in requests):
        return requests
    values = rigging.steps_fitted(kinds_and_values(requests), rigged)
    return tuple(
        replace(request, values=each) for request, each in zip(requests, values, strict=True)
    )


def kinds_and_values(requests: tuple[FormRequest, ...]) -> list[tuple[TaskKind, Values]]:
    """The kind and the values of each request, as the rules take them."""
    return [(request.kind, request.values) for request in requests]
