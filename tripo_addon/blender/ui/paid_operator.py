"""The base of operators that send a form and spend credits: they ask before sending the same
request twice, and before spending credits that may be wasted."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

import time
from typing import TYPE_CHECKING, Any

from bpy.props import BoolProperty
from bpy.types import Context, Event, Operator

from ...api import rules
from .. import settings
from ..messages import generate, prices
from ..requests import checks, recently_sent
from ..session import composition
from .operators import refused, reported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpy._typing.rna_enums import OperatorReturnItems

    from ...jobs.model.job import Job

    _Base = Operator
else:
    # If the mixin were an Operator, Blender would want it registered.
    _Base = object


class PaidOperator(_Base):
    """Sends a form; `form_name` is its name on the scene."""

    form_name: str

    again: BoolProperty(
        name="Send Again",
        description="Send the request even if the same one was sent a moment ago",
        options={"SKIP_SAVE", "HIDDEN"},
    )

    @classmethod
    def form(cls, context: Context) -> Any:
        """The operator's form."""
        return getattr(context.scene.tripo_addon, cls.form_name)

    def request_values(self, context: Context) -> tuple[object, ...]:
        """Return what the request consists of: equal values mean the same request."""
        raise NotImplementedError

    def price(self, context: Context) -> float | None:
        """Return what the request costs; None if unknown."""
        raise NotImplementedError

    def submit(self, context: Context) -> "Sequence[Job] | rules.Refusal":
        """Send the form; in background mode, **block** until its jobs are done. Raises
        `RuntimeError` with a sentence if there is no engine."""
        raise NotImplementedError

    def invoke(self, context: Context, event: Event) -> "set[OperatorReturnItems]":
        """Ask for confirmation if the same request was just sent, or an image is too small for a
        good result."""
        passed = recently_sent.seconds_since(self._key(context))
        advice = checks.picture_advice(self.form(context))
        self.again = passed is not None
        if passed is None and not advice:
            return self.execute(context)
        cost = prices.price(self.price(context), settings.service().money)
        question = generate.sent_already(passed, cost) if passed is not None else ""
        return context.window_manager.invoke_confirm(
            self,
            event,
            title=generate.SEND_AGAIN_QUESTION if question else generate.SEND_ANYWAY,
            message=". ".join(filter(None, (advice, question))),
            confirm_text=generate.SEND_AGAIN if question else generate.SEND,
        )

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Send the form, unless the same request was just sent and sending it again was not
        confirmed."""
        key, when = self._key(context), time.monotonic()
        passed = None if self.again else recently_sent.seconds_since(key)
        if passed is not None:
            left = recently_sent.ASK_SECONDS - passed
            cost = prices.price(self.price(context), settings.service().money)
            return refused(self, generate.sent_already_refusal(passed, left, cost))
        composition.WIRING.refusals.pop(self.form_name, None)
        try:
            jobs = self.submit(context)
        except RuntimeError as error:
            return refused(self, str(error))
        if isinstance(jobs, rules.Refusal):
            composition.WIRING.refusals[self.form_name] = jobs
            return refused(self, jobs.sentence)
        recently_sent.remember(self.form_name, key, jobs, when)
        self.form(context).after_sending()
        # Sending may change the form's seed; to the artist it is still the same request.
        recently_sent.remember(self.form_name, self._key(context), jobs, when)
        return reported(self, *jobs)

    def _key(self, context: Context) -> str:
        return recently_sent.request_key(self.form_name, *self.request_values(context))
