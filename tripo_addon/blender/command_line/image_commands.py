"""The tools of the Images panel, one command each: `new-image`, `edit-image`, `make-views`,
`edit-views`."""

from __future__ import annotations

import argparse
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...api.catalog.field_types import VIEWS
from ..forms.task_form import STYLED
from ..messages import command_line as messages
from ..scripting import images, job_list
from . import one_request, options, payment, unfinished

if TYPE_CHECKING:
    from ..scripting.generation import ModelRequest
    from ..scripting.job import Job
    from .exit_code import ExitCode
    from .terminal import Terminal

_INPUTS: Final = ("image", "references")


def _add(tool: str, parser: argparse.ArgumentParser) -> None:
    kind = images.KINDS[tool]
    if tool == "edit_image":
        about = messages.IMAGES_HELP
        parser.add_argument("references", nargs="+", metavar="IMAGE", help=about)
    elif tool == "make_views":
        parser.add_argument("image", metavar="IMAGE", help=messages.IMAGE_OF_VIEWS_HELP)
    elif tool == "edit_views":
        parser.add_argument("views", metavar="JOB", help=messages.VIEWS_JOB_HELP)
        group = parser.add_argument_group(messages.EDITS)
        for view in VIEWS:
            group.add_argument(f"--{view}", metavar="TEXT", help=messages.edit_help(view))
    parser.add_argument("--folder", type=Path, help=messages.FOLDER_HELP)
    parser.add_argument("--name", default="", help=messages.IMAGE_NAME_HELP)
    payment.add_options(parser)
    unfinished.add_option(parser)
    parser.add_argument("--plan", action="store_true", help=messages.PLAN_HELP)
    if STYLED & options.settings_of((kind,)).keys():
        parser.add_argument("--style", metavar="NAME|FILE", help=messages.STYLE_HELP)
    options.add_settings(parser, (kind,), without=_INPUTS)


def _requested(tool: str, order: argparse.Namespace) -> ModelRequest:
    given: dict[str, Any] = options.given(order, (images.KINDS[tool],))
    named: dict[str, Any] = {name: row for name, row in given.items() if name not in _INPUTS}
    if tool == "edit_image":
        named["images"] = order.references
    elif tool == "make_views":
        named["image"] = order.image
    elif tool == "edit_views":
        named["views"] = job_list.find_job(order.views)
        named["edits"] = {view: getattr(order, view) for view in VIEWS if getattr(order, view)}
    style = getattr(order, "style", None)
    return images.image_request(tool, name=order.name, style=style, **named)


def _make(tool: str, order: Any, terminal: Terminal) -> ExitCode:
    """Send one request, watch it, and print the images."""
    model = _requested(tool, order)
    if order.plan:
        return one_request.show_plan(model, terminal)

    def send(key: str) -> Job:
        return images.send_images(model, order.folder, key=key)

    return one_request.carry_out(tool, model, order, terminal, send)


COMMANDS: Final = tuple(
    (tool.replace("_", "-"), functools.partial(_add, tool), functools.partial(_make, tool))
    for tool in images.KINDS
)
