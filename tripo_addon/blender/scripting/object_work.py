"""Works on objects from a script: the same plans, rules and prices as the panel of the selected
object.

Main thread only. Does not touch the forms of the scene: a form here belongs to no scene and only
says how the result is applied.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import bpy

from ...api import style_json, styles
from ...api.catalog.settings import SEEDS
from ...api.catalog.task_kinds import TaskKind
from ...api.record import record, replace
from ...jobs.model.job import Landing
from .. import loop, settings
from ..forms.object_forms import FormRequest, ObjectForm, RefineForm, RegenerateForm
from ..forms.task_form import name_from_prompt
from ..forms.works import WORKS, Work
from ..messages import scripting as messages
from ..objects import ancestry, capture, selection
from ..requests import checks, object_requests
from ..requests.steps import PREVIOUS_STEP
from . import account
from .generation import WantedStyle, style_named
from .job import Job
from .job_list import started
from .refused import NotReady, Refused
from .values import request_values

Objects = bpy.types.Object | Iterable[bpy.types.Object]
_SOURCE: Final = {"source_task": PREVIOUS_STEP}
REFINEMENTS: Final = ("retexture", "ultra", "retopology", "draft")
"""The ways to refine an object."""
_LARGEST_SEED: Final = int(SEEDS.high)


@record(kw_only=True)
class WorkPlan:
    """A work that may be sent. `price` is in the service's credits, None if unknown; `way` says how
    the service gets the shape, and `warning` what would be paid for twice or lost. `style`, `added`
    and `left_out` as a generation has them."""

    name: str
    price: float | None
    way: str
    warning: str
    form: Any
    made: object_requests.Plan
    style: str = ""
    added: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def work_plan(
    work: str,
    objects: Objects,
    *,
    landing: str | None = None,
    folder: str | Path | None = None,
    bake_size: int = 0,
    single_user: bool = False,
    style: WantedStyle | None = None,
    **given: object,
) -> WorkPlan:
    """Return what a work would do with these objects, which are sent as one. Sends nothing. Raises
    `Refused`."""
    row = next(each for each in WORKS if each.name == work)
    form = _form(row, given)
    form.landing = _landing(row, landing, folder)
    form.folder = str(Path(folder).absolute()) if folder is not None else ""
    form.texture_size, form.single_user = str(bake_size), single_user
    chosen = [objects] if isinstance(objects, bpy.types.Object) else list(objects)
    group = selection.group_of(chosen)
    if group is None:
        raise Refused(messages.NO_SURFACE)
    requests = _requests(row, form, ancestry.generation_request(group.anchor), given)
    styled = None
    if style is not None:
        requests, styled = _in_style(row, requests, style_named(style))
    made = object_requests.planned(form, group, requests)
    if made.refusal:
        raise Refused(made.refusal)
    return WorkPlan(
        name=name_from_prompt(group.anchor.name),
        price=made.price,
        way=made.message,
        warning=made.warning,
        form=form,
        made=made,
        style=style_json.written(style_named(style)) if style is not None else "",
        added=styled.added if styled is not None else (),
        left_out=styled.left_out if styled is not None else (),
    )


def send_work(planned: WorkPlan, *, key: str = "") -> Job:
    """Capture the objects and send the plan; returns the job of its last step. **Paid**, once for
    each `key` if there is one. Raises `Refused`."""
    account.check_ready()
    for request in planned.made.requests:
        refused = checks.refuse_pictures(request.values)
        if refused is not None:
            raise Refused(refused.sentence, refused.field)
    started()
    try:
        target = object_requests.captured(planned.form, planned.made)
        steps = object_requests.steps_of(
            planned.made, planned.form, target, planned.name, bpy.context
        )
        kind = planned.made.requests[0].kind.value
        steps = [
            replace(step, style=planned.style) if step.request.kind == kind else step
            for step in steps
        ]
        jobs = loop.start(steps, key=key)
    except (capture.NotCaptured, OSError) as error:
        raise Refused(messages.not_captured(str(error))) from None
    except RuntimeError as error:
        raise NotReady(str(error)) from None
    return Job(jobs[-1].id)


def texture(objects: Objects, **options: object) -> Job:
    """Make a new texture: guided by `prompt`, `image`, or four views `front`, `left`, `back`,
    `right`; without these by what the model was generated from. **Paid.**"""
    return send_work(work_plan("texture", objects, **_options(options)))


def refine(objects: Objects, *, by: str = "retexture", **options: object) -> Job:
    """Improve a generated model: `by` "retexture" (with `prompt`, `quality`), "ultra", "retopology"
    (with `quad`, `faces`) or "draft". **Paid.**"""
    return send_work(work_plan("refine", objects, **_options({"by": by, **options})))


def regenerate(objects: Objects, *, seed: int | None = None, **options: object) -> Job:
    """Send the request again that generated the model, with another seed. **Paid.**"""
    return send_work(work_plan("regenerate", objects, **_options({"seed": seed, **options})))


def rig(
    objects: Objects,
    *,
    check: bool = True,
    animations: Sequence[str] = (),
    **options: object,
) -> Job:
    """Make a skeleton, and `animations` for it. `check`: first ask, free, whether and as what kind
    of body the model can be rigged. **Paid.**"""
    named = {"check": check, "animations": tuple(animations), **options}
    return send_work(work_plan("rig", objects, **_options(named)))


def animate(objects: Objects, animations: Sequence[str], **options: object) -> Job:
    """Add preset animations to a rigged model, each at its own price. **Paid.**"""
    named = {"animations": tuple(animations), **options}
    return send_work(work_plan("animate", objects, **_options(named)))


def convert(objects: Objects, format: str, **options: object) -> Job:
    """Have the service convert to another file format; the files are downloaded. **Paid.**"""
    return send_work(work_plan("convert", objects, **_options({"format": format, **options})))


def work(name: str, objects: Objects, **options: object) -> Job:
    """Run any work of the panel by its name: texture, refine, regenerate, decimate, segment,
    complete, unwrap, rig, animate, convert, name_parts. **Paid.**

    Options of every work: `landing` ("keep", "replace", "new" or "download"; by default the panel's
    first), `folder` for downloads, `bake_size` of baked textures in pixels, `single_user`. The
    others are the settings of the work. Raises `Refused` before anything is sent.
    """
    if name not in {row.name for row in WORKS}:
        raise Refused(messages.unknown_work(name, (row.name for row in WORKS)))
    return send_work(work_plan(name, objects, **_options(options)))


def _options(options: Mapping[str, object]) -> dict[str, Any]:
    return dict(options)


def _form(row: Work, given: dict[str, object]) -> Any:
    """Return a form with the options of the work, and remove those from the settings."""
    if row.name == "refine":
        form: Any = RefineForm()
        form.way = str(given.pop("by", REFINEMENTS[0])).upper()
        if form.way.lower() not in REFINEMENTS:
            raise Refused(messages.no_such_refinement(form.way.lower(), REFINEMENTS), "by")
        form.quality = given.pop("quality", "detailed")
        form.prompt = given.pop("prompt", None) or ""
        form.quad, form.faces = given.pop("quad", False), given.pop("faces", 10_000)
    elif row.name == "regenerate":
        form = RegenerateForm()
        form.settings = "RECORDED"
        seed = given.pop("seed", None)
        form.seed = random.randrange(_LARGEST_SEED) if seed is None else seed  # noqa: S311
    else:
        form = ObjectForm()
    if row.kind is None and given:
        name = next(iter(given))
        raise Refused(messages.unknown_setting(name, ()), name)
    return form


def _landing(row: Work, landing: str | None, folder: object) -> str:
    offered = [each.name for each in row.landings]
    if landing is None:
        return Landing.DOWNLOAD.name if folder is not None else offered[0]
    if landing.upper() not in offered:
        raise Refused(messages.no_such_landing(landing, (each.lower() for each in offered)))
    return landing.upper()


def _requests(
    row: Work, form: Any, generated: Mapping[str, object], given: Mapping[str, object]
) -> tuple[FormRequest, ...]:
    """Return the requests of the work, as the panel's form would make them."""
    if row.kind is None:
        return form.requests(generated)
    if row.name == "rig":
        return _rig_requests(given)
    return (_request(row.kind, given),)


def _rig_requests(given: Mapping[str, object]) -> tuple[FormRequest, ...]:
    rest = dict(given)
    checked = bool(rest.pop("check", True)) and TaskKind.CHECK_RIG in settings.service().offers
    animations = rest.pop("animations", ())
    requests = (_request(TaskKind.RIG, rest),)
    if checked:
        # The check determines the kind of body.
        requests[0].values.pop("rig_type", None)
        requests = (FormRequest(TaskKind.CHECK_RIG, {"kind": TaskKind.CHECK_RIG.value}), *requests)
    if animations:
        requests = (*requests, _request(TaskKind.RETARGET, {"animations": animations}))
    return requests


def _in_style(
    row: Work, requests: tuple[FormRequest, ...], style: styles.Style
) -> tuple[tuple[FormRequest, ...], styles.Styled]:
    """Return the requests of a work with a style, as its form would make them."""
    if row.kind is None or len(requests) != 1:
        raise Refused(messages.no_style(row.name), "style")
    subject = name_from_prompt(str(requests[0].values.get("prompt") or ""))
    styled = styles.apply(style, settings.service(), row.kind, requests[0].values, subject)
    return (FormRequest(row.kind, dict(styled.values)),), styled


def _request(kind: TaskKind, given: Mapping[str, object]) -> FormRequest:
    return FormRequest(kind, request_values(kind, given, source=_SOURCE))
