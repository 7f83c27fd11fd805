"""`generate` and `plan`: one model from a text, an image or views."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...api.catalog.field_types import VIEWS
from ...api.catalog.task_kinds import GENERATIONS
from ..messages import command_line as messages
from ..objects.placement import placement
from ..scripting import generation
from ..scripting.export import FORMATS, check_format
from ..scripting.generation import ModelRequest
from ..scripting.values import picture
from . import one_request, options, payment, unfinished

if TYPE_CHECKING:
    from ..scripting.job import Job
    from .exit_code import ExitCode
    from .terminal import Terminal

KINDS: Final = tuple(sorted(GENERATIONS, key=lambda kind: kind.value))
INPUTS: Final = ("prompt", "image", *VIEWS)


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """Add the options of a generation."""
    group = parser.add_argument_group(messages.INPUTS)
    inputs = group.add_mutually_exclusive_group(required=True)
    inputs.add_argument("--text", metavar="PROMPT", help=messages.TEXT_HELP)
    inputs.add_argument("--image", metavar="FILE", help=messages.IMAGE_HELP)
    inputs.add_argument("--views", nargs="+", metavar="FILE", help=messages.VIEWS_HELP)
    parser.add_argument("--name", default="", help=messages.NAME_HELP)
    parser.add_argument("--style", metavar="NAME|FILE", help=messages.STYLE_HELP)
    options.add_settings(parser, KINDS, without=INPUTS)


def add_generate(parser: argparse.ArgumentParser) -> None:
    """Add the options of `generate`."""
    add_inputs(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--out", type=Path, metavar="FILE", help=messages.out_help(FORMATS))
    where.add_argument("--folder", type=Path, help=messages.FOLDER_HELP)
    payment.add_options(parser)
    unfinished.add_option(parser)
    parser.add_argument("--plan", action="store_true", help=messages.PLAN_HELP)


def requested(order: argparse.Namespace) -> ModelRequest:
    """Return the generation that the options describe. Raises `Refused`."""
    views = [None if each == "-" else picture(each) for each in order.views or ()]
    named = {
        name: value for name, value in options.given(order, KINDS).items() if name not in INPUTS
    }
    return generation.model_request(
        text=order.text,
        image=order.image,
        views=views or None,
        name=order.name,
        style=order.style,
        **named,
    )


def generate(order: Any, terminal: Terminal) -> ExitCode:
    """Send one request, watch it, and print its job."""
    if order.plan:
        return plan(order, terminal)
    model = requested(order)
    if order.out:
        check_format(order.out)

    def send(key: str) -> Job:
        place = placement(bpy.context)
        if order.out is None:
            place = generation.downloaded_to(place, order.folder)
        return generation.send(model, place, key=key)

    return one_request.carry_out("generate", model, order, terminal, send, out=order.out)


def plan(order: Any, terminal: Terminal) -> ExitCode:
    """Print what `generate` would send."""
    return one_request.show_plan(requested(order), terminal)


COMMANDS: Final = (("generate", add_generate, generate), ("plan", add_inputs, plan))
