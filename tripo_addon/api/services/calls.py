"""Sends the requests of all dialects, and turns failed ones into exceptions.

Free calls may be repeated; a request that may have been paid for is never sent again from here.
Each service has a table of its errors (`verdicts`).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ..dialect import Stop, never
from ..errors import Kind, NotAccepted, OutcomeUnknown, Problem, Rejected, Transient
from ..http.transport import NO_HEADERS, Answer, AnswerLost, Form, Transport
from .verdicts import Complaint, Proof

Body = dict[str, Any]


class Calls:
    """The requests of one dialect. `complaint` returns the problem that a response reports and what
    it proves, or None for success."""

    def __init__(
        self, transport: Transport, complaint: Callable[[Answer], Complaint | None]
    ) -> None:
        self._transport = transport
        self._complaint = complaint

    @property
    def is_local(self) -> bool:
        """Whether the service runs on this computer."""
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
        """Make a free call that may be repeated after any failure.
        Raises `Transient`, `Rejected`, `Stopped`."""
        try:
            answer = self._transport.send(
                method, path, trace_id=str(uuid.uuid4()), payload=payload, form=form, stop=stop
            )
        except AnswerLost as lost:
            raise Transient(lost.trouble) from None
        complaint = self._complaint(answer)
        if complaint is None:
            return answer
        if complaint.proof is not Proof.REFUSED or answer.status >= 500:
            raise Transient(complaint.trouble, retry_after=answer.retry_after)
        raise Rejected(complaint.trouble)

    def find(self, path: str) -> Answer | None:
        """GET something that may not exist: None if the service does not know it.
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
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> str:
        """Create a task and return its id, which `task_id` reads from the answer. **Paid.**

        Raises `NotAccepted` (`Transient`, `Rejected`) if the request provably made no task, and
        `OutcomeUnknown` for any other exception until the last byte of the answer. An answer with a
        task id made a task, whatever else it says.
        """
        trace_id = str(uuid.uuid4())
        try:
            answer = self._transport.send(
                "POST",
                path,
                trace_id=trace_id,
                payload=payload,
                form=form,
                headers=headers,
                fresh=True,
            )
        except NotAccepted:
            raise
        except BaseException as error:  # noqa: BLE001 - the request may have been sent
            raise OutcomeUnknown(_unknown(error, trace_id)) from None
        try:
            return task_id(answer)
        except Exception as unreadable:  # noqa: BLE001 - the request was sent
            raise self._without_id(answer, unreadable, trace_id) from None

    def _without_id(
        self, answer: Answer, unreadable: Exception, trace_id: str
    ) -> NotAccepted | OutcomeUnknown:
        """Return what a response without a task id proves."""
        try:
            complaint = self._complaint(answer)
        except Exception as error:  # noqa: BLE001 - as above
            return OutcomeUnknown(_unknown(error, trace_id))
        if complaint is None:
            return OutcomeUnknown(_unknown(unreadable, trace_id))
        match complaint.proof:
            case Proof.NOT_YET:
                return Transient(complaint.trouble, retry_after=answer.retry_after)
            case Proof.UNSURE:
                return OutcomeUnknown(_lost(complaint.trouble))
            case Proof.REFUSED:
                return Rejected(complaint.trouble)

    def close(self) -> None:
        """Close the pooled connections."""
        self._transport.close()


def _unknown(error: BaseException, trace_id: str) -> Problem:
    """Return what is known about a request whose response was lost to this exception."""
    if isinstance(error, Transient):
        return _lost(error.trouble)
    detail = error.detail if isinstance(error, AnswerLost) else type(error).__name__
    return Problem(kind=Kind.LOST_ANSWER, detail=detail, trace_id=trace_id)


def _lost(trouble: Problem) -> Problem:
    return Problem(
        kind=Kind.LOST_ANSWER,
        code=trouble.code,
        message=trouble.message,
        suggestion=trouble.suggestion,
        trace_id=trouble.trace_id,
    )
