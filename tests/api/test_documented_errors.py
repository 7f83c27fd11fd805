"""Each error and each end of a task that the documents list, at every service."""

import json
from collections.abc import Mapping

import pytest

from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.api.catalog.pixazo import PIXAZO
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.studio import STUDIO
from tripo_addon.api.catalog.tripo_v2 import TRIPO_V2
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.errors import Kind, OutcomeUnknown, Rejected, ServiceFault, Transient
from tripo_addon.api.replies import Status
from tripo_addon.api.services.tripo_errors import ERRORS as TRIPO_TABLE

from .customer import Customer, PaidRequest
from .outcomes import fault_in

Row = tuple[int, object, Kind]


def gateway_error(code: str) -> dict[str, object]:
    return {"code": code, "detail": "the message"}


def pixazo_error(error: str) -> dict[str, object]:
    return {"error": error, "message": "the message"}


# HTTP status, body and our kind of fault, from the documents' tables, in either form.
STUDIO_ERRORS: list[Row] = [
    (400, gateway_error("VALIDATION_FAILED"), Kind.SETTING),
    (400, gateway_error("validation_failed"), Kind.SETTING),
    (400, {"error": "VALIDATION_FAILED", "message": "the message"}, Kind.SETTING),
    (401, gateway_error("INVALID_API_KEY"), Kind.KEY),
    (401, gateway_error("api_key_expired"), Kind.KEY),
    (401, gateway_error("api_key_revoked"), Kind.KEY),
    (401, "no", Kind.KEY),
    (402, gateway_error("INSUFFICIENT_CREDITS"), Kind.CREDITS),
    (403, gateway_error("forbidden"), Kind.ACCESS),
    (404, {"detail": "Not found."}, Kind.NOT_FOUND),
    (429, gateway_error("RATE_LIMITED"), Kind.BUSY),
    (418, gateway_error("teapot"), Kind.SERVICE),
]

PIXAZO_ERRORS: list[Row] = [
    (400, pixazo_error("Bad Request"), Kind.SETTING),
    (400, pixazo_error("Model not found"), Kind.OFFER),
    (401, pixazo_error("Unauthorized"), Kind.KEY),
    (402, pixazo_error("Insufficient Balance"), Kind.CREDITS),
    (403, pixazo_error("Forbidden"), Kind.KEY),
    (404, pixazo_error("Not Found"), Kind.NOT_FOUND),
    (429, pixazo_error("Too Many Requests"), Kind.BUSY),
    (418, "short and stout", Kind.SERVICE),
]

TRIPO_STATUS: dict[int | str, int] = {
    2: 401,
    1002: 401,
    1005: 403,
    1007: 429,
    2000: 429,
    2001: 404,
    2010: 403,
}

TRIPO_ERRORS: list[Row] = [
    (TRIPO_STATUS.get(code, 400), {"code": code, "message": "the message"}, verdict.kind)
    for code, verdict in TRIPO_TABLE.codes.items()
    if code not in {1000, 1001}
]

TRIPO_ERRORS += [
    (400, {"code": 1004, "message": "the file_token is unknown"}, Kind.FILE),
    (400, {"code": 1004, "message": "parameter 'model' is required"}, Kind.VERSION),
    (404, "no page here", Kind.OFFER),
    (410, "gone", Kind.OFFER),
]
ERRORS = [
    (row, *each)
    for row, table in (
        (TRIPO_V3, TRIPO_ERRORS),
        (TRIPO_V2, TRIPO_ERRORS),
        (STUDIO, STUDIO_ERRORS),
        (PIXAZO, PIXAZO_ERRORS),
    )
    for each in table
]


@pytest.mark.parametrize(
    ("row", "status", "body", "kind"),
    ERRORS,
    ids=[f"{row.id} {status} {json.dumps(body)}" for row, status, body, _ in ERRORS],
)
def test_documented_error_has_its_meaning_and_nothing_was_paid(
    service: StandIn, paid_request: PaidRequest, row: Service, status: int, body: object, kind: Kind
) -> None:
    service.fault(Fault(method="POST", status=status, body=body))
    fault = fault_in(paid_request.submit)
    assert type(fault) is (Transient if kind is Kind.BUSY else Rejected)
    assert fault.trouble.kind is kind
    words = body.get("message", body.get("detail")) if isinstance(body, dict) else ""
    assert fault.trouble.message == words
    assert service.ledger.tasks == ()


def test_disabled_v2_api_is_reported(customer: Customer, service: StandIn) -> None:
    dialect = customer.dialect(TRIPO_V2)
    for status in (404, 410):
        for call in (dialect.balance, lambda: dialect.look_up(["a"])):
            service.fault(Fault(status=status, body="<html>nothing</html>"))
            fault = fault_in(call)
            assert (type(fault), fault.trouble.kind) == (Rejected, Kind.OFFER)
            assert "choose the service Tripo" in fault.trouble.sentence


@pytest.mark.parametrize("code", [1000, 1001])
@pytest.mark.parametrize("row", [TRIPO_V3, TRIPO_V2], ids=["v3", "v2"])
def test_tripo_internal_error_with_http_200_leaves_outcome_unknown(
    service: StandIn, paid_request: PaidRequest, code: int
) -> None:
    for status in (200, 400, 500):
        service.fault(Fault(method="POST", status=status, body={"code": code}))
        fault: ServiceFault = fault_in(paid_request.submit)
        assert (type(fault), fault.trouble.code) == (OutcomeUnknown, code)


# How a task ended: the fault to order, the status, and why it failed.
ENDS: list[tuple[Service, Mapping[str, object], Status, Kind | None]] = [
    *(
        (row, answer, status, kind)
        for row in (TRIPO_V3, TRIPO_V2)
        for answer, status, kind in (
            ({"status": "failed", "error_code": 2008}, Status.REFUSED, Kind.CONTENT),
            ({"status": "failed", "error_code": 2018}, Status.TIMED_OUT, Kind.TIMED_OUT),
            ({"status": "failed", "error_code": 1001}, Status.FAILED, Kind.SERVICE),
            ({"status": "failed"}, Status.FAILED, Kind.SERVICE),
            ({"status": "banned"}, Status.REFUSED, None),
            ({"status": "expired"}, Status.TIMED_OUT, None),
            ({"status": "cancelled"}, Status.CANCELLED, None),
            ({"status": "unknown"}, Status.UNKNOWN, None),
        )
    ),
    (
        TRIPO_V3,
        {"status": "failed", "error_code": 2018, "error_message": "the mesh is too complex"},
        Status.FAILED,
        Kind.TOO_COMPLEX,
    ),
    (
        TRIPO_V2,
        {"status": "failed", "error_code": 2018, "error_msg": "too many faces"},
        Status.FAILED,
        Kind.TOO_COMPLEX,
    ),
    (STUDIO, {"status": "PENDING"}, Status.QUEUED, None),
    (STUDIO, {"status": "IN_PROGRESS"}, Status.RUNNING, None),
    (STUDIO, {"status": "FAILED", "failure_reason": "GPU gone"}, Status.FAILED, None),
    (
        STUDIO,
        {"status": "FAILED", "failure_reason": "Rejected by our content policy"},
        Status.REFUSED,
        Kind.CONTENT,
    ),
    (PIXAZO, {"status": "QUEUED"}, Status.QUEUED, None),
    (PIXAZO, {"status": "PROCESSING"}, Status.RUNNING, None),
    (PIXAZO, {"status": "FAILED", "error": "no picture there"}, Status.FAILED, None),
    (PIXAZO, {"status": "ERROR", "error": "no GPU"}, Status.FAILED, None),
]


@pytest.mark.parametrize(
    ("row", "answer", "status", "kind"),
    ENDS,
    ids=[f"{row.id} {answer}" for row, answer, _, _ in ENDS],
)
def test_task_ends_with_the_services_status(
    service: StandIn,
    paid_request: PaidRequest,
    row: Service,
    answer: Mapping[str, object],
    status: Status,
    kind: Kind | None,
) -> None:
    task_id = paid_request.submit()
    body: dict[str, object] = {"task_id": task_id, **answer}
    if row is TRIPO_V3:
        body = {"tasks": {task_id: body}}
    service.fault(Fault(status=200, body={"code": 0, "data": body, **answer}))
    task = paid_request.dialect.look_up([task_id])[task_id]
    assert (task.status, task.fault) == (status, kind)
    reasons = {str(answer.get(key, "")) for key in ("failure_reason", "error", "error_message")}
    assert task.error_message in reasons | {str(answer.get("error_msg", ""))}
