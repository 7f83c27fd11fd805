"""Tries in a second Blender, before payment, whether a result can be applied to captured objects.

Runs in a worker; sends nothing. The child does the same as for the real result, with the objects'
own shape instead.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ...api.errors import Kind, Problem
from ..messages.children import NO_REASON
from ..model.events import Failed, Rehearsed
from ..model.job import Failure
from . import child_process
from .conversion import Ended, onto, run_order, what_befell

if TYPE_CHECKING:
    from ..model.job import Job
    from .converter import Converter

_log = logging.getLogger(__name__)


def rehearse(
    job: Job, converter: Converter | None, *, folder: Path, stop: Callable[[], bool]
) -> Rehearsed | Failed:
    """Apply the captured objects to themselves, working in `folder`; its log stays if that fails.
    **Blocks.** Raises OSError, Stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    done = False
    try:
        order = {"do": "rehearse", "name": job.title, "onto": onto(job)}
        event = _ended(run_order(order, converter, folder, stop))
        done = isinstance(event, Rehearsed)
        return event
    finally:
        _tidy(folder, done=done)


def _ended(ended: Ended) -> Rehearsed | Failed:
    if isinstance(ended, child_process.Finished):
        if ended.result.get("ok") is True:
            return Rehearsed()
        return _broke(str(ended.result.get("sentence") or NO_REASON))
    what = what_befell(ended)
    lines = () if isinstance(ended, child_process.NotStarted) else ended.last_lines
    _log.warning("While rehearsing a landing %s: %s", what, " / ".join(lines))
    return _broke(what)


def _broke(what: str) -> Failed:
    return Failed(Failure.REJECTED, Problem(kind=Kind.LANDING, detail=what))


def _tidy(folder: Path, *, done: bool) -> None:
    """Remove the folder, or all but its log."""
    if done:
        shutil.rmtree(folder, ignore_errors=True)
        return
    shutil.rmtree(folder / "scratch", ignore_errors=True)
    for name in ("order.json", "result.json", "result.json.part"):
        (folder / name).unlink(missing_ok=True)
