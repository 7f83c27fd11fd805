"""Sends one request of a command, or shows what would be sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..scripting import account, generation
from ..scripting.plan import plan_of
from . import payment, results, unfinished
from .exit_code import ExitCode

if TYPE_CHECKING:
    from ..scripting.generation import ModelRequest
    from ..scripting.job import Job
    from .terminal import Terminal


def carry_out(
    command: str,
    model: ModelRequest,
    order: Any,
    terminal: Terminal,
    send: Callable[[str], Job],
    *,
    out: Path | None = None,
) -> ExitCode:
    """Check a request, confirm its price, `send` it with its key, watch it, and print its result,
    also written to `out`. A command that is run again goes on with what it left unfinished. Raises
    `Refused`."""
    generation.check(model)
    request = unfinished.request_of(command, order, terminal)
    stopped = _confirm(request, model, order, terminal)
    if stopped is not None:
        return stopped
    job = request.job or send(request.key)
    code = results.watch((job,), terminal, {job: out} if out else {})
    unfinished.close(request, job, terminal)
    return code


def _confirm(
    request: unfinished.Request, model: ModelRequest, order: Any, terminal: Terminal
) -> ExitCode | None:
    if request.job is not None:
        return unfinished.go_on(request, order, terminal)
    amount = account.price_of(model.kind, model.values, ask=True)
    return payment.confirm(terminal, amount, order)


def show_plan(model: ModelRequest, terminal: Terminal) -> ExitCode:
    """Print what would be sent."""
    planned = plan_of(model)
    terminal.result(planned.as_dict(), "\n".join(results.plan_lines(planned)))
    return ExitCode.DONE
