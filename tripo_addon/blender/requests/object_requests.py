"""Turns a form and the selection into steps for the engine: what is sent, its price, and why it may
be refused.

Main thread only. `plan` is for panels and `poll` and opens no file. `submit_object_work` captures
the objects.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...api import overlaps, rigging
from ...api.catalog.conditions import Values
from ...api.catalog.task_kinds import GENERATIONS, TaskKind
from ...api.record import record
from ...api.rules import Refusal, refuse
from ...api.source_size import refuse_size
from ...jobs.model import bake_effort, routes
from ...jobs.model.job import Job, Placement, Target
from ...jobs.model.landings import Landing
from ...jobs.model.routes import SourceRoute
from .. import loop, settings
from ..messages import requests as messages
from ..objects import ancestry, capture, placement, selection, stand_clear
from ..objects.landing_rules import refuse_landing
from ..objects.object_group import ObjectGroup
from ..objects.placement import refuse_scene
from ..objects.provenance import request_of
from ..session import composition
from . import checks
from .steps import PREVIOUS_STEP, kinds_and_values, step_of, with_rig_names, with_styles

if TYPE_CHECKING:
    from ...api.tasks import TaskRequest
    from ...jobs.model.bake_effort import Bake
    from ...jobs.model.recipes import Step
    from ..forms.object_forms import FormRequest, ObjectForm

_FILE: Final = "captured.blend"
_PLAIN: Final = frozenset({TaskKind.TEXTURE_MODEL})
"""Kinds that ignore the object's materials."""


@record
class Plan:
    """What the button would do. `price` is in the service's credits, None if a part of it is not
    known; `warning` names paid work that would be lost or paid for again."""

    group: ObjectGroup
    way: SourceRoute
    requests: tuple[FormRequest, ...]
    price: float | None
    refusal: str = ""
    warning: str = ""

    @property
    def sends(self) -> bool:
        """Whether the object is sent as a file; a new generation takes none."""
        return self.way.sends and self._works_on_it

    @property
    def may_send(self) -> bool:
        """Whether it is sent, or will be if the service no longer knows its task."""
        return self.way.may_send and self._works_on_it

    @property
    def _works_on_it(self) -> bool:
        return bool(self.requests) and self.requests[0].kind not in GENERATIONS

    @property
    def message(self) -> str:
        """What happens to the object's shape, as a sentence."""
        return self.way.words


def plan(form: ObjectForm, context: bpy.types.Context) -> Plan | str:
    """What the form would do with what is selected, or why there is nothing to do."""
    group = selection.selected(context)
    if group is None or context.mode != "OBJECT":
        return selection.none_selected(context)
    return planned(form, group, form.requests(ancestry.generation_request(group.anchor)))


def planned(form: ObjectForm, group: ObjectGroup, requests: tuple[FormRequest, ...]) -> Plan:
    """The plan of these requests for a group of objects."""
    if not requests:
        return Plan(group, SourceRoute(), (), None, messages.not_generated(group.anchor.name))
    requests = with_rig_names(requests, ancestry.rig_request(group.anchor))
    way = _route(group, requests)
    if way.forgotten:
        requests = _with_original_prompt(requests, group)
    price = composition.total(routes.requests(way, [request.values for request in requests], _FILE))
    refusal = way.refusal or _refused(form, group, way, requests)
    warning = _paid_before(group, requests) or rigging.unknown_animation_risk(
        kinds_and_values(requests)
    )
    return Plan(group, way, requests, price, refusal, warning)


def submit_object_work(
    form: ObjectForm, context: bpy.types.Context, *, title: str
) -> list[Job] | Refusal:
    """Capture the selection and submit the steps; in background mode **blocks** until they are
    done. Raises `RuntimeError` if there is no engine."""
    sentence, made = checks.not_allowed(), plan(form, context)
    if sentence is not None or isinstance(made, str) or made.refusal:
        reason = sentence or (made if isinstance(made, str) else made.refusal)
        return Refusal("source", reason)
    refused = _refused_pictures(made.requests)
    if refused is not None:
        return refused
    composition.engine()
    try:
        target = captured(form, made)
    except (capture.NotCaptured, OSError) as error:
        return Refusal("source", messages.object_not_captured(str(error)))
    return loop.submit(with_styles(steps_of(made, form, target, title, context), (form,)))


def captured(form: ObjectForm, made: Plan) -> Target:
    """The target of the steps, as it is now. It is written to disk if it is sent, or if the result
    goes to it, so that applying a result can be rehearsed before paying."""
    group, way = made.group, made.way
    first = made.requests[0].kind
    file = ""
    matrix = selection.stretch(group, way)
    sent = made.may_send
    if sent or form.landing != Landing.DOWNLOAD.name:
        path = capture.capture(
            group,
            settings.captures(),
            stretch=matrix,
            materials=sent and first not in _PLAIN,
            single_user=form.single_user,
        )
        file = str(path)
    remade = first in GENERATIONS and not selection.is_unedited(group)
    chosen = settings.preferences()
    front = float(chosen.front) if chosen is not None else 0.0
    return Target(
        objects=group.handles(),
        parts=group.part_handles(),
        shape=group.fingerprint(),
        frame=tuple(value for row in group.anchor.matrix_world for value in row),
        stretch=tuple(value for row in matrix for value in row),
        capture=file,
        turn=front if remade else 0.0,
        texture_size=int(form.texture_size),
        single_user=form.single_user,
        maker=group.anchor.tripo_addon.job_id,
        faces=group.faces,
    )


def steps_of(
    made: Plan, form: ObjectForm, target: Target, title: str, context: bpy.types.Context
) -> tuple[Step, ...]:
    """All steps of a plan, beginning with the upload if there is one."""
    place = replace(
        placement.placement(context),
        box=None,
        landing=Landing[form.landing],
        target=None if form.landing == Landing.DOWNLOAD.name else target,
        save_to=_folder(form) if form.landing == Landing.DOWNLOAD.name else "",
    )
    if place.landing is Landing.NEW:
        place = stand_clear.reserved_beside(place, made.group, context.scene)
    requests = [request.values for request in made.requests]
    wanted = routes.requests(made.way, requests, target.capture)
    ahead = len(wanted) - len(requests)
    aside = replace(place, target=None, landing=Landing.DOWNLOAD, save_to="")
    steps = [step_of(values, title, aside) for values in wanted[:ahead]]
    landed = False
    for number, values in enumerate(wanted[ahead:]):
        # Later steps replace the result of the first one.
        here = replace(place, landing=_later(place), target=_onto(place)) if landed else place
        step = step_of(values, title, here)
        steps.append(replace(step, by_file=_by_file(made, number, target)))
        landed = landed or made.requests[number].kind is not TaskKind.CHECK_RIG
    return tuple(steps)


def _by_file(made: Plan, number: int, target: Target) -> tuple[TaskRequest, ...]:
    """The requests that replace a step if the service does not know the task that it works on."""
    from ...api.tasks import parse_request

    requests = [request.values for request in _with_original_prompt(made.requests, made.group)]
    service = settings.service()
    values = routes.requests_by_file(service, made.way, requests, number, target.capture)
    return tuple(map(parse_request, values))


def _with_original_prompt(
    requests: tuple[FormRequest, ...], group: ObjectGroup
) -> tuple[FormRequest, ...]:
    """The requests for a shape whose task the service no longer knows, with its recorded prompt."""
    prompt = str(ancestry.generation_request(group.anchor).get("prompt") or "")
    return tuple(
        replace(request, values=dict(routes.with_original_prompt(request.values, prompt)))
        for request in requests
    )


def _later(place: Placement) -> Landing:
    return Landing.REPLACE if place.target is not None else place.landing


def _onto(place: Placement) -> Target | None:
    return Target() if place.target is not None else None


def _paid_before(group: ObjectGroup, requests: tuple[FormRequest, ...]) -> str:
    steps = [(step.kind, request_of(step)) for step in ancestry.history(group.anchor)]
    warnings = (overlaps.with_history(request.kind, request.values, steps) for request in requests)
    return next((warning for warning in warnings if warning), "")


def _route(group: ObjectGroup, requests: tuple[FormRequest, ...]) -> SourceRoute:
    """How the service gets the shape; a new generation takes none."""
    first = next(
        (request.kind for request in requests if request.kind is not TaskKind.CHECK_RIG),
        requests[0].kind,
    )
    if first in GENERATIONS:
        return SourceRoute(bare=False, words=messages.FROM_ORIGINAL_SETTINGS)
    service, engine = settings.service(), composition.WIRING.engine
    return routes.route_to(
        service,
        first,
        ancestry.origin(group.anchor, service.id, settings.address()),
        edited=not selection.is_unedited(group),
        now=time.time(),
        unknown=engine.unknown_tasks(composition.WIRING.account) if engine is not None else (),
    )


def _refused(
    form: ObjectForm, group: ObjectGroup, way: SourceRoute, requests: tuple[FormRequest, ...]
) -> str:
    """The first reason to refuse these requests, or ""."""
    landing = Landing[form.landing]
    here = refuse_scene(bpy.context.scene) if landing is not Landing.DOWNLOAD else ""
    reason = form.unanswered or here
    reason = reason or refuse_landing(group, landing, single_user=form.single_user)
    reason = reason or _too_large(group, requests[0].kind)
    if reason:
        return reason
    service = settings.service()
    for number, request in enumerate(requests):
        first = number == 0 and not way.first_again
        values = {**request.values, **_stand_in(request.kind, way, first=first)}
        refused = refuse(service, request.kind, values, bare=number == 0 and way.bare)
        if refused is not None:
            return refused.sentence
    return rigging.refuse_steps(kinds_and_values(requests), ancestry.rig_request(group.anchor))


def _too_large(group: ObjectGroup, kind: TaskKind) -> str:
    """Why the object is too large for the service, or "". Triangles are counted only if it has a
    limit."""
    offer = settings.service().offers.get(kind)
    if offer is None or not offer.most_triangles:
        return ""
    refused = refuse_size(settings.service(), kind, selection.triangles(group))
    return refused.sentence if refused is not None else ""


def _stand_in(kind: TaskKind, way: SourceRoute, *, first: bool) -> Values:
    """A placeholder for the source, to check the rules before it exists."""
    if kind in GENERATIONS:
        return {}
    takes = settings.service().offers[kind].takes if kind in settings.service().offers else ()
    if first and way.sends and not way.imports and "source_file" in takes:
        return {"source_file": _FILE}
    return {"source_task": PREVIOUS_STEP}


def bake_of(form: ObjectForm, group: ObjectGroup) -> Bake:
    """The effort of baking textures to the meshes' own UVs, which is needed if the service returns
    other faces."""
    meshes: list[Any] = [obj.data for obj in group.shaped if obj.type == "MESH"]
    counts = [len(mesh.polygons) for mesh in meshes]
    size = int(form.texture_size) or bake_effort.USUAL_SIDE
    return bake_effort.Bake(sum(count > 0 for count in counts), sum(counts), size)


def _refused_pictures(requests: tuple[FormRequest, ...]) -> Refusal | None:
    refusals = (checks.refuse_pictures(request.values) for request in requests)
    return next((refused for refused in refusals if refused is not None), None)


def _folder(form: ObjectForm) -> str:
    chosen = settings.absolute(form.folder)
    return str(Path(chosen).absolute() if chosen else settings.downloads())
