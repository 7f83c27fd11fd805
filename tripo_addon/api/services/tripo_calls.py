"""Shared by Tripo's two interfaces: the key's header, the envelope, error codes.

Decodes the envelope only; one attempt per call.
"""

from __future__ import annotations

from functools import partial

from ..errors import Kind, Problem
from ..http.transport import Answer, KeyForOrigin, Transport
from ..messages import connections
from .calls import Calls
from .lenient import Wire, mapping, read_as
from .tripo_errors import HINTS, NOTHING_THERE, answer_verdict
from .tripo_wire import WireCreated, WireEnvelope
from .verdicts import Complaint, refused

TRACE_HEADER = "X-Tripo-Trace-ID"


def tripo_calls(base_url: str, key: str, *, absent: str = "") -> Calls:
    """Return the calls for one key and base URL; `absent` is the message if the interface is not
    found there."""
    auth = KeyForOrigin(base_url, "Authorization", f"Bearer {key}")
    transport = Transport(base_url, auth, trace_header=TRACE_HEADER)
    return Calls(transport, partial(_complaint, absent=absent))


def data_of(model: type[Wire], answer: Answer) -> Wire:
    """Read `data` of the envelope as the given model. Raises `Transient` if it does not fit."""
    envelope = read_as(WireEnvelope, answer.body, answer.trace_id)
    return read_as(model, envelope.data, answer.trace_id)


def created_id(answer: Answer) -> str:
    """Return the id of the created task. Raises `Transient` if there is none."""
    return data_of(WireCreated, answer).task_id


def _complaint(answer: Answer, *, absent: str) -> Complaint | None:
    """Return the problem that the answer reports, or None. Errors may come with HTTP 200, so the
    code in the body counts."""
    envelope = read_as(WireEnvelope, mapping(answer.body))
    failed = bool(envelope.code) or envelope.status == "error"
    if not failed and 200 <= answer.status < 300:
        return None
    verdict = answer_verdict(answer.status, envelope.code or None, envelope.message)
    unsaid = connections.service_status(answer.status)
    if not failed and answer.status in NOTHING_THERE:
        verdict, unsaid = refused(Kind.OFFER), absent or unsaid
    trouble = Problem(
        kind=verdict.kind,
        detail=HINTS.get(envelope.code or 0, "") if failed else unsaid,
        code=envelope.code or None,
        message=envelope.message,
        suggestion=envelope.suggestion,
        trace_id=envelope.request_id or answer.trace_id,
    )
    return Complaint(trouble, verdict.proof)
