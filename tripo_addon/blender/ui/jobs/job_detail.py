"""Draws the details and actions of the chosen row, below the list.

Only reads: opens no file, uses no network, writes no property and makes no data-block.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.types import Context, UILayout

from ....api import styles
from ....api.catalog import SERVICES
from ....api.catalog.task_kinds import GENERATIONS
from ....api.errors import Kind
from ....api.record import record
from ....jobs.model.description import describe
from ....jobs.model.job_groups import waits_for_step
from ....jobs.model.states import Failure, State
from ...arrival import landing_choice
from ...forms import task_form
from ...messages import drafts as draft_messages
from ...messages import jobs as messages
from ...messages import prices
from ...objects.resolved_target import RESOLVED
from ...requests import checks, readable_copy
from ...session import composition
from .. import frame_operator, lost_task, object_operators, operators, show_textures
from ..text_wrap import draw_wrapped, is_narrow, short, truncated
from . import draft_list, job_operators
from .job_menu import TRIPO_ADDON_MT_job, console
from .job_row import age, icon_of, thumbnail_of

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems

    from ....jobs.model.job import Job
    from ...job_list.rows import Row

_LONGEST_MESSAGE: Final = 400
_LONGEST_PROMPT: Final = 120
# The side of the picture, in lines, and the share of the line for it.
_PICTURE: Final = 3.0
_PICTURE_SHARE: Final = 0.3
# The share of the line for the title, beside the menu.
_TITLE: Final = 0.9
_STEP_ICONS: Final[dict[State, IconItems]] = {
    State.DONE: "CHECKMARK",
    State.FAILED: "ERROR",
    State.CANCELLED: "CANCEL",
}


def draw(layout: UILayout, row: Row, context: Context) -> None:
    """Draw the row's facts, its progress, and its actions."""
    box, job = layout.box(), row.job
    head = box.row()
    draw_wrapped(head, row.title, context, icon=icon_of(row), share=_TITLE, fill_row=True)
    head.menu(TRIPO_ADDON_MT_job.__name__, text="", icon="DOWNARROW_HLT")
    _draw_facts(box, row, context)
    draw_wrapped(box, messages.prompt(_prompt(row)), context)
    _draw_progress(box, row, context)
    if job.elsewhere:
        return
    if RESOLVED.of(job).asks:
        draw_decision(box, job, context)
    if job.failure is Failure.BAD_FILE and readable_copy.readable_step(job) is not None:
        label = messages.CONVERT_TO_FBX
        text = prices.labeled(label, readable_copy.readable_price(job))
        idname = object_operators.TRIPO_ADDON_OT_convert_job.bl_idname
        box.operator(idname, text=truncated((text, label), context)).job_id = job.id
    if job.may_be_attached:
        lost_task.draw(box, job, context)
    if row.group.steps[0].draft is not None:
        draft_list.draw(box, row.group.steps, context, retry_text=retry_text)
    _draw_steps(box, row)
    _draw_actions(box, row, context)


def _draw_facts(box: UILayout, row: Row, context: Context) -> None:
    """Draw the facts, beside the picture if there is one: little moves when it comes."""
    picture, share = thumbnail_of(row), 1.0
    if picture:
        share = 1 - _PICTURE_SHARE
        box = box.split(factor=_PICTURE_SHARE)
        box.template_icon(picture, scale=_PICTURE)
    column = box.column()
    for facts in _facts(row):
        draw_wrapped(column, facts, context, share=share)


def _facts(row: Row) -> tuple[str, str]:
    """Return kind and version in one line, price and age in the next: neither breaks inside a
    unit, and no line comes or goes as the age grows."""
    job = row.group.steps[0]
    service = SERVICES.get(job.service_id)
    version = service.model(job.kind, job.request.model or "") if service is not None else None
    label = version.label if version is not None else ""
    kind = job.kind.label if job.kind in GENERATIONS else ""
    return messages.joined(kind, label, *_style(job)), messages.joined(
        row.cost, messages.ago(age(job))
    )


def _style(job: Job) -> tuple[str, ...]:
    """Return the name of the job's style, and the seed that it gave; a draft tells its own."""
    style = task_form.style_of(job.style)
    if style is None:
        return ()
    seed: int | None = getattr(job.request, "model_seed", None)
    if seed is None or style.seed == styles.FREE or job.draft is not None:
        return (messages.style(style.name),)
    return (messages.style(style.name), messages.seed(seed))


def _prompt(row: Row) -> str:
    """Return the request's prompt, or that of its last step that has one."""
    requests: list[Any] = [step.request for step in reversed(row.group.steps)]
    words = [str(getattr(request, "prompt", None) or "") for request in requests]
    text = short(next(filter(None, words), ""), _LONGEST_PROMPT)
    return "" if text.casefold() == row.job.title.casefold() else text


def _draw_progress(box: UILayout, row: Row, context: Context) -> None:
    """Draw the bar of a running job, or its result."""
    job, description = row.job, row.description
    if job.state is State.READY and not job.elsewhere:
        draw_wrapped(box, messages.status(description.headline, obstacle(job)), context)
        return
    if description.fraction is None:
        _draw_end(box, row, context)
        return
    left = "" if composition.waiting_message(job) else messages.time_left(row.left)
    texts = (messages.joined(description.headline, messages.about_left(left)), description.headline)
    box.progress(text=truncated(texts, context), factor=description.fraction)
    draw_wrapped(box, obstacle(job) or description.detail or " ", context)


def _draw_end(box: UILayout, row: Row, context: Context) -> None:
    """Draw how a job ended. An error says what to do; details for support are folded."""
    job, description = row.job, row.description
    text = messages.status(description.headline, description.detail)
    if job.draft is not None and job.state is State.DONE:
        text = draft_messages.CHOOSE
    alert = job.state is State.FAILED
    line = box.row()
    draw_wrapped(line, text, context, alert=alert)
    draw_wrapped(box, _elsewhere(job, context), context, icon="INFO")
    show_textures.draw(box, job, context)
    if not alert or job.trouble is None:
        return
    # Candidates are listed below, so no advice is needed there.
    draw_wrapped(box, "" if job.candidates else job.trouble.advice, context)
    if job.draft is not None and any(step.state is State.DONE for step in row.group.steps):
        draw_wrapped(box, draft_messages.CHOOSE, context)
    if job.trouble.kind is Kind.CREDITS and console(job):
        link: Any = box.operator("wm.url_open", text=messages.OPEN_CONSOLE, icon="URL")
        link.url = console(job)
    header, body = box.panel("tripo_addon_job_error", default_closed=True)
    header.label(text=messages.MORE)
    copy = header.operator(operators.TRIPO_ADDON_OT_copy_error.bl_idname, text="", icon="COPYDOWN")
    copy.job_id = job.id
    if body is not None:
        message = short(job.trouble.message, _LONGEST_MESSAGE)
        draw_wrapped(body, messages.service_says(message), context)
        code, kind = job.trouble.code, job.trouble.kind.value
        draw_wrapped(body, messages.trace(kind, code, job.task_id), context)


def _elsewhere(job: Job, context: Context) -> str:
    """Return where a job's model is, if it is not in the view layer, as a sentence."""
    where = frame_operator.whereabouts_of(job, context)
    if where is None or where.is_here:
        return ""
    return messages.in_scene(where.scene) if where.scene else messages.NOT_IN_FILE


def obstacle(job: Job) -> str:
    """Return what an unfinished job waits for: online access, its own file, a decision, Object
    Mode."""
    if job.state is not State.READY:
        return composition.waiting_message(job)
    if not composition.belongs_to_open_file(job):
        return messages.OTHER_FILE
    return RESOLVED.of(job).question or composition.WIRING.waiting_for


def draw_decision(box: UILayout, job: Job, context: Context) -> None:
    """Draw the choices for a result whose target has changed, or could not take it."""
    row = box.row(align=True)
    for choice in landing_choice.choices(job, context):
        label, _tooltip = messages.LANDING_CHOICES[choice]
        idname = object_operators.TRIPO_ADDON_OT_land_job.bl_idname
        button = row.operator(idname, text=label)
        button.job_id, button.how = job.id, choice


def _draw_steps(box: UILayout, row: Row) -> None:
    """Draw the steps of a request with several, folded."""
    steps = [step for step in row.group.steps if step.draft is None]
    if len(steps) < 2:
        return
    done = sum(step.state is State.DONE for step in steps)
    header, body = box.panel("tripo_addon_job_steps", default_closed=True)
    header.label(text=messages.steps_done(done, len(steps)))
    if body is None:
        return
    for step in steps:
        line = body.split(factor=0.4)
        begun = "BLANK1" if waits_for_step(step) else "SORTTIME"
        line.label(text=step.kind.label, icon=_STEP_ICONS.get(step.state, begun))
        bar = row.description.fraction if step is row.job else None
        line.label(text=describe(step, bar).headline)


@record
class Action:
    """A button for the job `job_id`; a `wide` one has its own line."""

    idname: str
    job_id: str
    text: str
    icon: IconItems
    wide: bool = False


def actions(row: Row) -> Iterator[Action]:
    """Yield the buttons of a row, most important first."""
    job = row.job
    if len(row.alike) > 1:
        show = job_operators.TRIPO_ADDON_OT_show_each.bl_idname
        yield Action(show, job.id, messages.SHOW_EACH, "COLLAPSEMENU")
    else:
        yield from _ways_on(row)
    recall = job_operators.TRIPO_ADDON_OT_recall_job.bl_idname
    yield Action(recall, job.id, messages.RECALL, "LOOP_BACK")
    if any(not step.state.final for step in row.group.steps):
        cancel = operators.TRIPO_ADDON_OT_cancel_job.bl_idname
        yield Action(cancel, job.id, messages.CANCEL, "X")
    else:
        remove = operators.TRIPO_ADDON_OT_remove_job.bl_idname
        yield Action(remove, job.id, messages.REMOVE, "TRASH")


def _ways_on(row: Row) -> Iterator[Action]:
    """Yield buttons to retry failed steps, and to frame or import results."""
    job = row.job
    if job.draft is not None:
        # Each draft has its own buttons.
        return
    if job.state in {State.FAILED, State.CANCELLED} and job.failure is not Failure.IMPORT:
        retry = operators.TRIPO_ADDON_OT_retry_job.bl_idname
        yield Action(retry, job.id, retry_text(job), "FILE_REFRESH", wide=True)
    steps = tuple(reversed(row.group.steps))
    framed = next(filter(frame_operator.can_frame, steps), None)
    where = frame_operator.whereabouts_of(framed, bpy.context) if framed is not None else None
    if framed is not None and (where is None or where.is_here):
        frame = frame_operator.TRIPO_ADDON_OT_frame_job.bl_idname
        yield Action(frame, framed.id, messages.FRAME, "ZOOM_SELECTED")
    importable = next(filter(_has_model, steps), None)
    if importable is None:
        return
    if importable.state is not State.READY or not RESOLVED.of(importable).asks:
        again = messages.IMPORT_AGAIN if importable.state is State.DONE else messages.IMPORT_HERE
        yield Action(operators.TRIPO_ADDON_OT_import_job.bl_idname, importable.id, again, "IMPORT")


def _has_model(job: Job) -> bool:
    """Whether the job's model is on disk and can be imported now."""
    downloaded = job.state in {State.DONE, State.READY} and job.model is not None
    return downloaded or job.failure is Failure.IMPORT


def retry_text(job: Job) -> str:
    """Return what a retry does, and what it costs."""
    if job.retry_is_free or job.model is not None:
        return messages.RETRY_FREE
    label = messages.RETRY
    if job.lost_its_source:
        label = messages.UPLOAD_AS_FILE
    elif job.failure in {Failure.LAPSED, Failure.OUTCOME_UNKNOWN}:
        label = messages.GENERATE_AGAIN
    if checks.refuse_retry(job) is not None:
        return label
    return prices.labeled(label, checks.retry_price(job))


def _draw_actions(box: UILayout, row: Row, context: Context) -> None:
    """Draw the buttons, two on a line where there is room; one with a price has its own line, so
    that its text is not cut."""
    column = box.column(align=True)
    listed = tuple(actions(row))
    wide = [action for action in listed if action.wide]
    small = [action for action in listed if not action.wide]
    lines = [[action] for action in wide]
    beside = 1 if is_narrow(context) else 2
    lines += [small[number : number + beside] for number in range(0, len(small), beside)]
    for line in lines:
        place = column.row(align=True)
        for action in line:
            button: Any = place.operator(action.idname, text=action.text, icon=action.icon)
            button.job_id = action.job_id
