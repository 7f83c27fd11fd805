"""The works of the panel's selected object, one command each: `texture`, `refine`, `rig`, …"""

from __future__ import annotations

import argparse
import functools
import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...jobs.model.job import Landing
from ..forms.task_form import STYLED
from ..forms.works import WORKS, Work
from ..messages import command_line as messages
from ..scripting import account, job_list, object_work
from ..scripting.export import FORMATS, NotExported, check_format, export
from ..scripting.plan import plans_of_work
from . import options, payment, results, source, unfinished
from .exit_code import ExitCode, code_of

if TYPE_CHECKING:
    from ..scripting.job import Job
    from .terminal import Terminal


def _add(row: Work, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help=messages.SOURCE_HELP)
    parser.add_argument("--object", default="", metavar="NAME", help=messages.OBJECT_HELP)
    where = parser.add_mutually_exclusive_group()
    if row.landings[0] is not Landing.DOWNLOAD:
        where.add_argument("--out", type=Path, metavar="FILE", help=messages.out_help(FORMATS))
    where.add_argument("--folder", type=Path, help=messages.FOLDER_HELP)
    payment.add_options(parser)
    unfinished.add_option(parser)
    parser.add_argument("--plan", action="store_true", help=messages.PLAN_HELP)
    group = parser.add_argument_group(messages.SETTINGS)
    if row.name == "refine":
        ways = object_work.REFINEMENTS
        group.add_argument("--by", choices=ways, default=ways[0], help=messages.REFINE_HELP)
        group.add_argument("--prompt", metavar="TEXT", help=messages.REFINE_PROMPT_HELP)
        group.add_argument("--faces", type=int, metavar="N", help=messages.FACES_HELP)
        group.add_argument("--quad", action="store_true", default=None, help=messages.QUAD_HELP)
    if row.name == "regenerate":
        group.add_argument("--seed", type=int, metavar="N", help=messages.SEED_HELP)
    if row.name == "rig":
        group.add_argument(
            "--check", action=argparse.BooleanOptionalAction, default=True, help=messages.CHECK_HELP
        )
        group.add_argument(
            "--animations", type=_names, metavar="NAMES", help=messages.ANIMATIONS_HELP
        )
    if row.kind is not None:
        if STYLED & options.settings_of((row.kind,)).keys():
            group.add_argument("--style", metavar="NAME|FILE", help=messages.STYLE_HELP)
        options.add_settings(parser, (row.kind,), without=("image",) * (row.name == "name_parts"))


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _given(row: Work, order: argparse.Namespace) -> dict[str, Any]:
    own = ("by", "prompt", "faces", "quad", "seed", "check", "animations", "style")
    named: dict[str, Any] = {name: getattr(order, name) for name in own if hasattr(order, name)}
    if row.kind is not None:
        named |= options.given(order, (row.kind,))
    return {name: value for name, value in named.items() if value is not None}


def _work(row: Work, order: Any, terminal: Terminal) -> ExitCode:
    """Load the source, show the price, send the work, and write its result."""
    out = getattr(order, "out", None)
    if out is not None:
        check_format(out)
    if order.plan:
        return _plan(row, order, terminal)
    account.check_ready()
    request = unfinished.request_of(row.name, order, terminal)
    if request.job is not None:
        return _go_on(request, request.job, order, terminal)
    planned = _planned(row, order, terminal)
    for sentence in filter(None, (planned.way, planned.warning)):
        terminal.print_line(sentence)
    stopped = payment.confirm(terminal, planned.price, order)
    if stopped is not None:
        return stopped
    job = object_work.send_work(planned, key=request.key)
    code = _finish(job, out, terminal)
    unfinished.close(request, job, terminal)
    return code


def _go_on(request: unfinished.Request, job: Job, order: Any, terminal: Terminal) -> ExitCode:
    """Continue a work that was sent before. Its source is not in this scene, but its result can be
    imported."""
    stopped = unfinished.go_on(request, order, terminal)
    if stopped is not None:
        return stopped
    out = getattr(order, "out", None)
    code = results.watch((job,), terminal, {job: out} if out is not None else {})
    unfinished.close(request, job, terminal)
    return code


def _planned(row: Work, order: Any, terminal: Terminal) -> object_work.WorkPlan:
    landing = row.landings[0] if getattr(order, "out", None) is not None else Landing.DOWNLOAD
    return object_work.work_plan(
        row.name,
        source.load(order.source, order.object, terminal),
        landing=landing.value,
        folder=order.folder,
        **_given(row, order),
    )


def _plan(row: Work, order: Any, terminal: Terminal) -> ExitCode:
    """Print what the command would send, step by step."""
    planned = _planned(row, order, terminal)
    plans = plans_of_work(planned)
    lines = [planned.way, *itertools.chain.from_iterable(map(results.plan_lines, plans))]
    if len(plans) > 1:
        lines.append(messages.all_steps(planned.price, plans[-1].unit))
    terminal.result([each.as_dict() for each in plans], "\n".join(filter(None, lines)))
    return ExitCode.DONE


def _finish(job: Job, out: Path | None, terminal: Terminal) -> ExitCode:
    """Watch the work to its end; import its result if it is to be written to a file."""
    if out is None:
        return results.watch((job,), terminal)
    job_list.follow((job,), progress=terminal.progress)
    written, errors = {}, {}
    if job.succeeded:
        try:
            written[job] = export(job.objects, out)
        except NotExported as error:
            errors[job] = str(error)
    results.show((job,), terminal, written, errors)
    return ExitCode.FAILED if errors else code_of((job,))


COMMANDS: Final = tuple(
    (row.name.replace("_", "-"), functools.partial(_add, row), functools.partial(_work, row))
    for row in WORKS
)
