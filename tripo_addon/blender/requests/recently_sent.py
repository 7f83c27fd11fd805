"""Remembers what was just sent, so that a second click does not pay for the same request twice.

Main thread only. Times are those of `time.monotonic`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import bpy

from ...jobs.model.states import Failure, State
from .. import settings
from ..session import composition, redraw
from ..session.state import Sent

if TYPE_CHECKING:
    from ...jobs.model.job import Job

ASK_SECONDS: Final = 10.0
"""Seconds in which a second identical request is probably a mistake."""
SHOWN_SECONDS: Final = 1.0
"""Seconds in which a button shows that its form was sent, and ignores clicks."""


def request_key(form: str, *wanted: object) -> str:
    """Return a key that is equal for identical requests: the account, the form's name, and its
    values."""
    return repr((settings.service().id, settings.address(), form, wanted))


def remember(form: str, key: str, jobs: Sequence[Job], when: float) -> None:
    """Remember that the form was sent as these jobs."""
    _forget_old(when)
    composition.WIRING.sent[key] = Sent(form, when, jobs[0].id)
    if not bpy.app.background and not bpy.app.timers.is_registered(_show_button):
        bpy.app.timers.register(_show_button, first_interval=SHOWN_SECONDS, persistent=True)


def seconds_since(key: str) -> float | None:
    """Return the seconds since the same request was sent; None if that is too long ago to matter,
    or if it failed and was not charged."""
    sent = composition.WIRING.sent.get(key)
    if sent is None or _came_to_nothing(sent):
        return None
    passed = time.monotonic() - sent.when
    return passed if passed < ASK_SECONDS else None


def was_just_sent(form: str) -> bool:
    """Return whether the form's button shows that it was sent."""
    newest = time.monotonic() - SHOWN_SECONDS
    return any(
        each.form == form and each.when > newest for each in composition.WIRING.sent.values()
    )


def _came_to_nothing(sent: Sent) -> bool:
    engine = composition.WIRING.engine
    job = engine.job(sent.job_id) if engine is not None else None
    if job is None or job.state not in {State.FAILED, State.CANCELLED}:
        return False
    return not job.credits and job.task_id is None and job.failure is not Failure.OUTCOME_UNKNOWN


def _forget_old(now: float) -> None:
    sent = composition.WIRING.sent
    for key in [key for key, each in sent.items() if now - each.when > ASK_SECONDS]:
        del sent[key]


def _show_button() -> None:
    """Redraw the button when the time is over (bpy.app.timers)."""
    redraw.panels()


def unregister() -> None:
    """Remove the timer."""
    if bpy.app.timers.is_registered(_show_button):
        bpy.app.timers.unregister(_show_button)
