"""Puts the settings of a request that was sent back into the form that it was sent from.

Main thread only; writes the properties of forms and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ...api.catalog.task_kinds import GENERATIONS, TaskKind
from ...jobs.model.job import Job
from ..forms.works import WORKS
from ..messages import generate, picture_tools
from ..messages import jobs as messages

_MODES: Final = {
    TaskKind.TEXT_TO_MODEL: "text",
    TaskKind.IMAGE_TO_MODEL: "image",
    TaskKind.MULTIVIEW_TO_MODEL: "multiview",
    TaskKind.SMART_SEGMENT: "parts",
}
_TOOLS: Final = {
    TaskKind.TEXT_TO_IMAGE: "new_image",
    TaskKind.EDIT_IMAGE: "edit_image",
    TaskKind.IMAGE_TO_VIEWS: "make_views",
    TaskKind.EDIT_VIEWS: "edit_views",
}
_WORKS: Final = {
    **{work.kind: work.name for work in WORKS if work.kind is not None},
    TaskKind.REFINE_MODEL: "refine",
}
_AFTER: Final = {
    "then_texture": TaskKind.TEXTURE_MODEL,
    "then_rig": TaskKind.RIG,
    "then_animate": TaskKind.RETARGET,
}


def refuse(steps: Sequence[Job]) -> str:
    """Why the settings of these steps cannot be recalled, as a sentence, or ""."""
    if any(step.details_lost for step in steps):
        return messages.NOTHING_TO_RECALL
    known = any(_mode(step) or step.kind in {**_WORKS, **_TOOLS} for step in steps)
    return "" if known else messages.NO_FORM


def recall(steps: Sequence[Job], forms: Any) -> str:
    """Fill the forms on a scene with the steps of a request, and show the one that starts it.
    Returns where that is."""
    if steps[0].kind in _TOOLS:
        forms.picture_tool = _TOOLS[steps[0].kind]
        request = steps[0].request.model_dump(mode="json")
        getattr(forms, forms.picture_tool).recall_styled(request, steps[0].style)
        return messages.tab(picture_tools.PANEL, _label(forms, "picture_tool"))
    first = next((step for step in steps if _mode(step)), None)
    later: set[TaskKind] = set(TaskKind)
    if first is not None:
        forms.mode = _mode(first)
        draft = first.draft
        requests = draft.requests if draft is not None else [step.request for step in steps]
        request = requests[0] if draft is not None else first.request
        getattr(forms, forms.mode).recall_styled(request.model_dump(mode="json"), first.style)
        if first.kind in GENERATIONS:
            forms.candidates = draft.count if draft is not None else 1
            kinds = {TaskKind(each.kind) for each in requests}
            for name, kind in _AFTER.items():
                setattr(forms, name, kind in kinds)
        if draft is not None:
            later = {TaskKind(each.kind) for each in requests[1:]}
    # What a draft becomes the model by is part of the first form.
    works = [
        step
        for step in steps
        if step is not first and step.kind in _WORKS and (not step.keeps or step.kind in later)
    ]
    for step in works:
        _recall_work(step, forms, {each.kind for each in steps})
    if first is not None:
        return messages.tab(generate.GENERATE, _label(forms, "mode"))
    main = next((step for step in works if step.kind is not TaskKind.RETARGET), works[-1])
    name = _WORKS[main.kind]
    work = next(work for work in WORKS if work.name == name)
    forms.work_number = WORKS.index(work)
    return messages.tab(generate.OBJECT, work.label)


def _label(forms: Any, choice: str) -> str:
    return str(forms.bl_rna.properties[choice].enum_items[getattr(forms, choice)].name)


def _recall_work(step: Job, forms: Any, kinds: set[TaskKind]) -> None:
    form: Any = getattr(forms, _WORKS[step.kind])
    if step.kind is TaskKind.REFINE_MODEL:
        form.way = "DRAFT"
    else:
        form.recall_styled(step.request.model_dump(mode="json"), step.style)
    if step.kind is TaskKind.RIG:
        form.check, form.animate = TaskKind.CHECK_RIG in kinds, TaskKind.RETARGET in kinds
    if step.placement.landing in form.work.landings:
        form.landing = step.placement.landing.name
    if step.placement.save_to:
        form.folder = step.placement.save_to


def _mode(step: Job) -> str:
    """The mode of the Generate panel that sends such a request; "" if none does."""
    if step.kind is TaskKind.SMART_SEGMENT and not getattr(step.request, "image", None):
        return ""
    return _MODES.get(step.kind, "")
