"""Making images from a script: the tools of the Images panel, with their rules and prices.

Main thread only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import bpy

from ...api.catalog.task_kinds import TaskKind
from ...api.record import replace
from ..forms.task_form import name_from_path, name_from_prompt
from ..messages import picture_tools as tool_messages
from ..messages import scripting as messages
from ..objects.placement import placement
from ..requests import picture_requests
from . import generation
from .generation import ModelRequest, WantedStyle
from .job import Job
from .plan import Plan, plan_of
from .refused import Refused
from .values import picture, request_values

Images = str | Path | Sequence[str | Path]
"""A picture, or several: paths or web addresses."""
KINDS: Final[Mapping[str, TaskKind]] = {
    "new_image": TaskKind.TEXT_TO_IMAGE,
    "edit_image": TaskKind.EDIT_IMAGE,
    "make_views": TaskKind.IMAGE_TO_VIEWS,
    "edit_views": TaskKind.EDIT_VIEWS,
}
"""The tools by their names, which are also those of the panel."""


def new_image(
    prompt: str,
    *,
    name: str = "",
    style: WantedStyle | None = None,
    folder: str | Path | None = None,
    **options: object,
) -> Job:
    """Have an image made from a prompt; returns its job at once. **Paid.**

    The job's `files` are the images, in the `folder`, by default that of the add-on.
    `options` are those of the panel by their names in the catalog, such as `model`. Raises
    `Refused` before anything is sent.
    """
    given: dict[str, Any] = {"prompt": prompt, **options}
    return send_images(image_request("new_image", name=name, style=style, **given), folder)


def edit_image(
    images: Images,
    prompt: str,
    *,
    name: str = "",
    style: WantedStyle | None = None,
    folder: str | Path | None = None,
    **options: object,
) -> Job:
    """Have an image made from one or several, which the prompt calls image[1], image[2] and so on.
    Otherwise as `new_image`. **Paid.**"""
    given: dict[str, Any] = {"images": images, "prompt": prompt, **options}
    return send_images(image_request("edit_image", name=name, style=style, **given), folder)


def make_views(
    image: str | Path, *, name: str = "", folder: str | Path | None = None, **options: object
) -> Job:
    """Have four views made of what an image shows: front, left, back and right, in this order.
    Otherwise as `new_image`. **Paid.**"""
    given: dict[str, Any] = {"image": image, **options}
    return send_images(image_request("make_views", name=name, **given), folder)


def edit_views(
    views: Job | str,
    edits: Mapping[str, str],
    *,
    name: str = "",
    folder: str | Path | None = None,
    **options: object,
) -> Job:
    """Have four views made again, changed as `edits` says, such as {"back": "add a strap"}. `views`
    is the job of this account that made them, or its task. Otherwise as `new_image`. **Paid.**"""
    given: dict[str, Any] = {"views": views, "edits": edits, **options}
    return send_images(image_request("edit_views", name=name, **given), folder)


def plan_images(tool: str, **options: Any) -> Plan:
    """Return what one of these would send with these arguments, by name, with its price: sends
    nothing. Raises `Refused`."""
    options.pop("folder", None)
    return plan_of(image_request(tool, **options))


def image_request(
    tool: str, *, name: str = "", style: WantedStyle | None = None, **given: Any
) -> ModelRequest:
    """Check the arguments of a tool, and add the panel's defaults and the style. Opens no file but
    the style's. Raises `Refused`."""
    kind = KINDS.get(tool)
    if kind is None:
        raise Refused(messages.unknown_work(tool, KINDS))
    if tool == "edit_views":
        values, title = _views_to_edit(kind, given)
    elif tool == "edit_image":
        images = _listed(given.pop("images", ()))
        values = request_values(kind, {**given, "references": images or None})
        title = name_from_path(images[0] if images else "")
    else:
        values = request_values(kind, given)
        image = str(given.get("image") or "")
        title = name_from_path(image) if image else name_from_prompt(str(given.get("prompt") or ""))
    request = ModelRequest(kind=kind, values=values, name=name or title)
    return request if style is None else generation.in_style(request, generation.style_named(style))


def send_images(request: ModelRequest, folder: str | Path | None, *, key: str = "") -> Job:
    """Send a checked request of a tool. `key` as for `generation.send`. Raises `Refused`."""
    place = placement(bpy.context)
    if folder is not None:
        place = replace(place, save_to=str(Path(folder).expanduser().absolute()))
    return generation.send(request, place, key=key)


def _views_to_edit(kind: TaskKind, given: dict[str, Any]) -> tuple[dict[str, object], str]:
    """Return the values for the views of a task, and a name: another account's views are paid for
    in vain."""
    views, edits = given.pop("views", ""), given.pop("edits", {})
    task = str((views.task if isinstance(views, Job) else views) or "")
    if not task or picture_requests.maker_of(task) is None:
        raise Refused(tool_messages.OTHER_ACCOUNT if task else messages.NO_VIEWS, "views")
    prompts = {str(view): str(words) for view, words in dict(edits).items() if words}
    source = {"source_task": task, "prompts": prompts}
    values = request_values(kind, given, source=source)
    return {**values, **source}, name_from_prompt(next(iter(prompts.values()), ""))


def _listed(images: Images) -> tuple[str, ...]:
    each = (images,) if isinstance(images, str | Path) else images
    return tuple(picture(image) for image in each)
