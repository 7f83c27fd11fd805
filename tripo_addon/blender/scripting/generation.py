"""Generating models from a script: the same requests, rules and prices as the Generate panel.

Main thread only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...api import rules, style_json, styles
from ...api.catalog.field_types import VIEWS
from ...api.catalog.task_kinds import TaskKind
from ...api.record import record, replace
from ...jobs.model.job import Landing
from .. import loop, settings
from ..forms.task_form import name_from_path, name_from_prompt
from ..messages import scripting as messages
from ..objects.placement import placement, refuse_scene
from ..objects.stand_clear import reserved
from ..requests import checks
from ..requests.steps import step_of
from ..session import style_files
from . import account
from .job import Job
from .job_list import started
from .refused import NotReady, Refused
from .values import picture, request_values

if TYPE_CHECKING:
    from ...api.styles import Style
    from ...jobs.model.job import Placement

WantedStyle = str | Path | Mapping[str, object]
"""A style: its name, a JSON file, or its parts by name."""
Views = Mapping[str, str | Path] | Sequence[str | Path | None]
"""Pictures by view, or in the order front, left, back, right; None leaves one out."""


@record(kw_only=True)
class ModelRequest:
    """A generation that may be sent: its values, checked by the rules, and its name. `style` is the
    JSON of the style among them, `added` and `left_out` say what it did, for the user."""

    kind: TaskKind
    values: Mapping[str, object]
    name: str
    style: str = ""
    added: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def model_request(
    *,
    text: str | None = None,
    image: str | Path | None = None,
    views: Views | None = None,
    name: str = "",
    style: WantedStyle | None = None,
    **given: object,
) -> ModelRequest:
    """Check the arguments and add the panel's defaults and the style. Opens no file except the
    style's, sends nothing. Raises `Refused`."""
    if sum(each is not None for each in (text, image, views)) != 1:
        raise Refused(messages.ONE_INPUT)
    if text is not None:
        kind, inputs = TaskKind.TEXT_TO_MODEL, {"prompt": text}
        title = name or name_from_prompt(text)
    elif image is not None:
        kind, inputs = TaskKind.IMAGE_TO_MODEL, {"image": picture(image)}
        title = name or name_from_path(str(image))
    else:
        kind, inputs = TaskKind.MULTIVIEW_TO_MODEL, _by_view(views or ())
        title = name or name_from_path(next(iter(inputs.values()), ""))
    request = ModelRequest(kind=kind, values=request_values(kind, {**given, **inputs}), name=title)
    return request if style is None else in_style(request, style_named(style))


def generate(
    *,
    text: str | None = None,
    image: str | Path | None = None,
    views: Views | None = None,
    name: str = "",
    style: WantedStyle | None = None,
    folder: str | Path | None = None,
    **given: object,
) -> Job:
    """Send a request for a model and return its job at once. **Paid.**

    Give one of `text`, `image` (a path or a web address) and `views`. Further settings are those of
    the Generate panel by their names in the catalog, such as `texture_quality`. `style` is the name
    of a saved style, a JSON file, or the parts of one by name. With a `folder` the files are
    downloaded there and the scene does not change; otherwise the model is imported at the 3D
    cursor. In a window the job continues by itself; in background mode, during `wait`. Raises
    `Refused` with a sentence before anything is sent.
    """
    request = model_request(text=text, image=image, views=views, name=name, style=style, **given)
    place = placement(bpy.context)
    if folder is None:
        return send(request, reserved(place, bpy.context.scene))
    return send(request, downloaded_to(place, Path(folder)))


def estimate(
    *,
    text: str | None = None,
    image: str | Path | None = None,
    views: Views | None = None,
    name: str = "",
    style: WantedStyle | None = None,
    **given: object,
) -> float | None:
    """Return the price of a generation in the service's credits, or None if the service publishes
    none. Raises `Refused`. **Blocks** to ask a service that quotes prices."""
    request = model_request(text=text, image=image, views=views, name=name, style=style, **given)
    return account.price_of(request.kind, request.values, ask=True)


def style_named(wanted: WantedStyle) -> Style:
    """The style that is asked for. Reads its file. Raises `Refused`."""
    try:
        return style_files.found(wanted, Path.cwd())
    except style_json.NotAStyle as error:
        raise Refused(str(error), "style") from None


def in_style(request: ModelRequest, style: Style) -> ModelRequest:
    """Add a style to a checked request. Raises `Refused`."""
    service = settings.service()
    styled = styles.apply(style, service, request.kind, request.values, request.name)
    refused = rules.refuse(service, request.kind, styled.values)
    if refused is not None:
        raise Refused(refused.sentence, refused.field)
    return replace(
        request,
        values=styled.values,
        style=style_json.written(style),
        added=styled.added,
        left_out=styled.left_out,
    )


def downloaded_to(place: Placement, folder: Path | None) -> Placement:
    """Return the placement of a model that is only downloaded; None: to the folder of the
    preferences."""
    target = str(folder.absolute()) if folder is not None else ""
    return replace(place, landing=Landing.DOWNLOAD, save_to=target, box=None)


def check(request: ModelRequest) -> None:
    """Raise `Refused` if the request cannot be sent now. Reads the headers of its pictures."""
    account.check_ready()
    scene = refuse_scene(bpy.context.scene)
    if scene:
        raise Refused(scene)
    refused = checks.refuse_pictures(request.values)
    if refused is not None:
        raise Refused(refused.sentence, refused.field)


def send(request: ModelRequest, place: Placement, *, key: str = "") -> Job:
    """Send a generation. With a `key`, the same one is never paid for twice from this job list,
    whoever sends it. Raises `Refused`."""
    check(request)
    started()
    try:
        step = replace(step_of(request.values, request.name, place), style=request.style)
        (job,) = loop.start((step,), key=key)
    except RuntimeError as error:
        raise NotReady(str(error)) from None
    return Job(job.id)


def _by_view(views: Views) -> dict[str, str]:
    if isinstance(views, Mapping):
        return {name: picture(path) for name, path in views.items() if path}
    if len(views) > len(VIEWS):
        raise Refused(messages.TOO_MANY_VIEWS)
    return {name: picture(path) for name, path in zip(VIEWS, views, strict=False) if path}
