"""One service's requests, and what their failures prove: written once for all dialects.

What costs nothing may be asked again; whatever may have been paid for is never sent again from
here. Each service says what an answer complains of, and no more.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Container
from typing import Any, Final

from ..dialect import Stop, never
from ..errors import Kind, NotAccepted, OutcomeUnknown, Rejected, Transient, Trouble
from ..transport import Answer, AnswerLost, Form, Transport

Body = dict[str, Any]

_UNSURE: Final = frozenset({304, 408, 425, 499})
"""Refusals that say nothing of the task: whoever answered gave up waiting, or, with a 304, left out
what there was to say."""
_TOO_MANY: Final = 429


class Calls:
    """The requests of one dialect.

    `complaint` gives the trouble that an answer speaks of, or None for success. `broke_down` holds
    the codes of a service that failed while it had the request, `nothing_made` those that prove all
    the same that there is no task.
    """

    def __init__(
        self,
        transport: Transport,
        complaint: Callable[[Answer], Trouble | None],
        *,
        broke_down: Container[object] = (),
        nothing_made: Container[object] = (),
    ) -> None:
        self._transport = transport
        self._complaint = complaint
        self._broke_down = broke_down
        self._nothing_made = nothing_made

    @property
    def is_local(self) -> bool:
        """Whether the service runs on this very machine."""
        return self._transport.is_local

    def read(
        self,
        method: str,
        path: str,
        *,
        payload: Body | None = None,
        form: Form | None = None,
        stop: Stop = never,
    ) -> Answer:
        """A call that costs nothing and changes nothing that matters: any trouble may be repeated.
        Raises `Transient`, `Rejected`, `Stopped`."""
        try:
            answer = self._transport.send(
                method, path, trace_id=str(uuid.uuid4()), payload=payload, form=form, stop=stop
            )
        except AnswerLost as lost:
            raise Transient(lost.trouble) from None
        trouble = self._complaint(answer)
        if trouble is None:
            return answer
        if _busy(answer, trouble) or self._failed(answer, trouble):
            raise Transient(trouble, retry_after=answer.retry_after)
        raise Rejected(trouble)

    def find(self, path: str) -> Answer | None:
        """GET what may not be there: None where the service does not know it.
        Raises `Transient`, `Rejected`."""
        try:
            return self.read("GET", path)
        except Rejected as refused:
            if refused.trouble.kind is not Kind.NOT_FOUND:
                raise
            return None

    def create(
        self,
        path: str,
        task_id: Callable[[Answer], str],
        *,
        payload: Body | None = None,
        form: Form | None = None,
    ) -> str:
        """Create a task: its id, which `task_id` reads from the answer. **Paid.**

        Raises `NotAccepted` (`Transient`, `Rejected`) where the request provably made no task, and
        `OutcomeUnknown` for everything else that happens from its departure to the last byte of
        its answer, whatever exception that is. An answer that names a task made one, whatever else
        it says.
        """
        trace_id = str(uuid.uuid4())
        try:
            answer = self._transport.send(
                "POST", path, trace_id=trace_id, payload=payload, form=form, fresh=True
            )
        except NotAccepted:
            raise
        except BaseException as error:  # noqa: BLE001 - the request may have left
            raise OutcomeUnknown(_unknown(error, trace_id)) from None
        try:
            return task_id(answer)
        except Exception as unreadable:  # noqa: BLE001 - the request has left
            raise self._without_id(answer, unreadable, trace_id) from None

    def _without_id(
        self, answer: Answer, unreadable: Exception, trace_id: str
    ) -> NotAccepted | OutcomeUnknown:
        """What an answer proves that names no task."""
        try:
            trouble = self._complaint(answer)
        except Exception as error:  # noqa: BLE001 - as above
            return OutcomeUnknown(_unknown(error, trace_id))
        if trouble is None:
            return OutcomeUnknown(_unknown(unreadable, trace_id))
        if _busy(answer, trouble):
            return Transient(trouble, retry_after=answer.retry_after)
        if self._failed(answer, trouble) and trouble.code not in self._nothing_made:
            return OutcomeUnknown(_lost(trouble))
        return Rejected(trouble)

    def close(self) -> None:
        """Close the pooled connections."""
        self._transport.close()

    def _failed(self, answer: Answer, trouble: Trouble) -> bool:
        """Whether the service, or a gateway before it, broke down while it had the request."""
        silent = answer.status >= 500 or answer.status in _UNSURE
        return silent or trouble.code in self._broke_down


def _busy(answer: Answer, trouble: Trouble) -> bool:
    """Whether the service only wants to be asked later."""
    return answer.status == _TOO_MANY or trouble.kind is Kind.BUSY


def _unknown(error: BaseException, trace_id: str) -> Trouble:
    """What is known of a request whose answer was lost to this exception."""
    if isinstance(error, Transient):
        return _lost(error.trouble)
    detail = error.detail if isinstance(error, AnswerLost) else type(error).__name__
    return Trouble(kind=Kind.LOST_ANSWER, detail=detail, trace_id=trace_id)


def _lost(trouble: Trouble) -> Trouble:
    return Trouble(
        kind=Kind.LOST_ANSWER,
        code=trouble.code,
        message=trouble.message,
        suggestion=trouble.suggestion,
        trace_id=trouble.trace_id,
    )
