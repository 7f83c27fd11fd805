"""Several drafts instead of one model, and the model of the draft that the artist keeps.

Main thread only. Unless a docstring says otherwise, no file is opened: panels ask on every redraw.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import bpy

from ...api import drafts
from ...api.catalog.conditions import Values
from ...api.catalog.task_kinds import GENERATIONS, TaskKind
from ...api.changes import in_words
from ...api.record import record
from ...api.rules import Refusal, complete
from ...jobs.model import job as job_record
from ...jobs.model import keeping, routes
from ...jobs.model.states import Failure, State
from .. import loop, settings
from ..job_list import rows
from ..messages import drafts as messages
from ..messages import requests as request_messages
from ..objects import in_place, likenesses, placement, stand_clear
from ..session import composition
from . import checks
from .generation import in_place_of, later_requests, then_styled
from .steps import PREVIOUS_STEP, chain, step_of, with_draft_styles

if TYPE_CHECKING:
    from ...jobs.model.job import Draft, Job, Placement
    from ...jobs.model.recipes import Step
    from ...jobs.model.routes import Origin
    from ..forms.task_form import TaskForm
    from ..pictures.blockout import Blockout

_HOUR: Final = 3600
_MOST_SEED: Final = 1_000_000
"""Maximum length of a title in a row."""
_CAME: Final = frozenset({State.CONVERTING, State.READY, State.DONE})


@record
class DraftPlan:
    """What the button would send instead of one model: `count` drafts with these `values`, at
    `price` together; then `then` for the one that is kept. `words` are sentences about them."""

    count: int
    values: Values
    price: float | None
    then: float | None
    words: tuple[str, ...]

    @property
    def total(self) -> str:
        """Return the total price as a sentence."""
        return messages.total(self.count, self.price, self.then, settings.service().money)


def planned(kind: TaskKind, values: Values, context: bpy.types.Context) -> DraftPlan | None:
    """Return the plan for the requested drafts; None for a single model."""
    count = context.scene.tripo_addon.candidates
    offer = settings.service().offers.get(kind)
    if count < 2 or kind not in GENERATIONS or offer is None:
        return None
    draft = _draft_of(kind, values)
    requested = _requested(kind, values, context)
    then = keeping.requests_to_keep(
        settings.service(), _origin(kind, draft), requested, now=time.time()
    )
    each = composition.price(kind, draft)
    return DraftPlan(
        count,
        draft,
        None if each is None else count * each,
        composition.total(then),
        _words(kind, values, draft, again=not keeping.goes_on(then)),
    )


def submit_drafts(form: TaskForm, context: bpy.types.Context) -> list[Job] | Refusal:
    """Check the form again, with its image files, and submit its drafts; in background mode
    **blocks** until they are done. Raises `RuntimeError` if there is no engine."""
    values = checks.checked_values(form)
    if isinstance(values, Refusal):
        return values
    steps = draft_steps(form.kind, values, form.title, context, form.replaced)
    forms = (form, *then_styled(form.kind, context))
    return loop.submit_drafts(with_draft_styles(steps, forms))


def draft_steps(
    kind: TaskKind,
    values: Values,
    title: str,
    context: bpy.types.Context,
    blockout: Blockout | None = None,
) -> list[Step]:
    """Return the drafts of a request as steps, each with its own seed and place. The one that is
    kept takes the place of the `blockout`."""
    count = context.scene.tripo_addon.candidates
    offer = settings.service().offers[kind]
    draft, (first, *later) = _draft_of(kind, values), _requested(kind, values, context)
    home = stand_clear.reserved(in_place_of(blockout, placement.placement(context)), context.scene)
    places = stand_clear.reserved_row(placement.as_likeness(home), context.scene, count)
    seeded = drafts.takes_seed(offer, draft)
    start = random.randrange(_MOST_SEED)  # noqa: S311 - not a secret
    steps: list[Step] = []
    for number, (seed, place) in enumerate(
        zip(drafts.seeds(values, count, start), places, strict=True), 1
    ):
        name = messages.draft(title, number)
        made = step_of(drafts.with_seed(offer, draft, seed), name, place)
        requests = [drafts.with_seed(offer, first, seed), *later]
        known = job_record.Draft(
            title=title,
            number=number,
            count=count,
            seed=seed if seeded else None,
            requests=tuple(step_of(each, title, home).request for each in requests),
            home=home,
        )
        steps.append(replace(made, draft=known))
    return steps


@record
class KeepPlan:
    """How a draft becomes the model: by these requests, none if the draft is the model; `again`: it
    is generated again. `refusal` is a sentence, or ""."""

    requests: tuple[Values, ...]
    price: float | None
    again: bool
    refusal: str = ""


def keep_plan(job: Job) -> KeepPlan:
    """Return what keeping this draft would do."""
    engine = composition.WIRING.engine
    if job.draft is None or engine is None:
        return KeepPlan((), None, False, messages.NOT_A_DRAFT)
    unknown = engine.unknown_tasks(composition.WIRING.account)
    hour = int(time.time() // _HOUR)
    requests = _requests(job.id, job.revision, composition.WIRING.account, unknown, hour)
    price = composition.total(requests)
    again = not keeping.goes_on(requests)
    return KeepPlan(requests, price, again, _refused(job, requests))


def keep(job: Job, context: bpy.types.Context) -> Sequence[Job] | Refusal:
    """Make the model of this draft, and clear the other drafts: their jobs are stopped and stay in
    the list. Reads the headers of image files. In background mode **blocks** until it is done.
    Raises `RuntimeError`."""
    plan, draft = keep_plan(job), job.draft
    if draft is None or plan.refusal:
        return Refusal("draft", plan.refusal)
    refused = checks.refuse_pictures(plan.requests[0]) if plan.requests else None
    if refused is not None:
        return refused
    in_place.show_all(draft.first)
    home = _home(job, draft, context)
    for other in rows.ROWS.steps_of(job.id):
        if other.draft is not None and other.id != job.id and not other.state.final:
            composition.engine().cancel(other.id)
    if not plan.requests:
        likenesses.clear(draft.first)
        brought = composition.engine().bring(job.id, home)
        return [loop.go_on(brought)] if brought else Refusal("draft", messages.NO_MODEL)
    steps = chain(plan.requests, draft.title, home)
    likenesses.clear(draft.first, but=draft.number)
    tries = len(_keeping(job))
    # A model that is there already needs only what follows it, so they match from the end.
    styles = draft.styles or (job.style, *[""] * (len(draft.requests) - 1))
    styled = zip(steps, styles[len(styles) - len(steps) :], strict=True)
    steps = [replace(step, style=style) for step, style in styled]
    steps[0] = replace(steps[0], keeps=job.first_try)
    return loop.submit(steps, key=f"{job.first_try} kept {tries}")


def draft_at(obj: bpy.types.Object | None) -> Job | None:
    """Return the draft whose likeness an object is."""
    engine, known = composition.WIRING.engine, likenesses.job_of(obj) if obj is not None else ""
    job = engine.job(engine.latest(known)) if engine is not None and known else None
    return job if job is not None and job.draft is not None else None


def _draft_of(kind: TaskKind, values: Values) -> Values:
    """Return the request of a draft. If neither its task nor a seed leads to the same shape again,
    it is the model itself."""
    service = settings.service()
    draft = drafts.draft_values(service, kind, values)
    then = keeping.requests_to_keep(service, _origin(kind, draft), [values], now=time.time())
    if keeping.goes_on(then) or drafts.takes_seed(service.offers[kind], draft):
        return draft
    return values


def _origin(kind: TaskKind, values: Values) -> Origin:
    """Return a draft that does not exist yet."""
    model = str(values.get("model") or "")
    return routes.Origin(task_id=PREVIOUS_STEP, kind=kind.value, model=model, request=values)


def _requested(kind: TaskKind, values: Values, context: bpy.types.Context) -> list[Values]:
    requests = later_requests(kind, context)
    return [{**values, "kind": kind.value}, *(request.values for request in requests)]


def _words(kind: TaskKind, values: Values, draft: Values, *, again: bool) -> tuple[str, ...]:
    service = settings.service()
    offer = service.offers[kind]
    wanted, sent = complete(offer, values), complete(offer, draft)
    names = [name for name in offer.takes if wanted.get(name) != sent.get(name)]
    plain = [name for name in names if name in ("texture", "geometry_quality")] or names
    seeded = drafts.takes_seed(offer, draft)
    return (
        messages.sent_otherwise(in_words(offer, sent, plain)),
        messages.AGAIN if again else "",
        "" if seeded else messages.own_seeds(service.label),
    )


# Drawing asks this for each of eight drafts. The hour is part of the key because services forget
# tasks.
@lru_cache(maxsize=64)
def _requests(
    job_id: str, revision: int, account: str, unknown: frozenset[str], hour: int
) -> tuple[Values, ...]:
    del revision
    engine = composition.WIRING.engine
    job = engine.job(job_id) if engine is not None else None
    if job is None or job.draft is None or job.account != account:
        return ()
    draft = routes.Origin(
        task_id=job.result_task or "",
        kind=job.kind.value,
        model=job.request.model or "",
        made=job.task_made,
        request=job.request.model_dump(exclude_none=True),
    )
    requested = [each.model_dump(exclude_none=True) for each in job.draft.requests]
    service = settings.service()
    return tuple(
        keeping.requests_to_keep(service, draft, requested, now=hour * _HOUR, unknown=unknown)
    )


def _refused(job: Job, requests: Sequence[Values]) -> str:
    if job.account != composition.WIRING.account:
        return request_messages.other_account(job.account.partition(" ")[2])
    if job.state not in _CAME:
        return messages.NO_MODEL if job.state.final else messages.STILL_COMING
    if not all(map(_came_to_nothing, _keeping(job))):
        return messages.KEPT_ALREADY
    return (checks.not_allowed() or "") if requests else ""


def _keeping(job: Job) -> list[Job]:
    """Return the jobs that make the model of this draft, also those from before it was imported
    again, which makes it another job."""
    return [each for each in rows.ROWS.steps_of(job.id) if each.keeps in {job.id, job.first_try}]


def _came_to_nothing(job: Job) -> bool:
    """Return whether the job ended and certainly was not paid for. Any other job is retried in its
    row."""
    ended = job.state in {State.FAILED, State.CANCELLED}
    return ended and not job.retry_is_free and job.failure is not Failure.OUTCOME_UNKNOWN


def _home(job: Job, draft: Draft, context: bpy.types.Context) -> Placement:
    """Return where the model goes: to its recorded place, or into another file that is open now."""
    now = placement.placement(context)
    if not composition.belongs_to_open_file(job):
        return stand_clear.reserved(now, context.scene)
    return replace(
        draft.home,
        document=job.placement.document,
        file=job.placement.file,
        select_after=now.select_after,
        select_always=now.select_always,
    )
