"""How each answer and each missing answer of every service is understood, above all when money is
at stake."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pytest
import requests

from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.pixazo import PIXAZO
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.studio import STUDIO
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.catalog.tripo_v2 import TRIPO_V2
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.dialect import Dialect
from tripo_addon.api.errors import Kind, OutcomeUnknown, Rejected, ServiceFault, Stopped, Transient
from tripo_addon.api.replies import Status, web_picture
from tripo_addon.api.services.tripo_errors import ERRORS as TRIPO_TABLE
from tripo_addon.api.tasks import ImageToModel, TaskRequest, TextToModel

from .customer import Customer, connect, own_id
from .hosts import RawHost, always, closed_port, reply
from .outcomes import fault_in

Cut = Literal["before", "after"]
ROWS = pytest.mark.parametrize("row", SERVICES.values(), ids=SERVICES)
EVERYWHERE = "/"


@dataclass(frozen=True)
class Money:
    """One paid request of a service, and one look-up of a task."""

    dialect: Dialect
    request: TaskRequest

    def spend(self) -> str:
        """Request the task."""
        pictures = [web_picture(str(file)) for file in self.request.files]
        return self.dialect.submit(self.request, tuple(pictures))

    def look(self) -> object:
        """Look up a task."""
        return self.dialect.look_up(["a"])


@pytest.fixture
def money(customer: Customer, row: Service) -> Money:
    text = row.offers.get(TaskKind.TEXT_TO_MODEL)
    if text is None:
        request: TaskRequest = ImageToModel(image=customer.address)
    else:
        request = TextToModel(model=text.default_model, prompt="a chest")
    return Money(customer.dialect(row), request)


def paid(stand_in: StandIn) -> int:
    """Count the requests for tasks."""
    looks = ("/v3/tasks", "/v3/account", "/v3/files")
    posts = stand_in.ledger.sent("POST", EVERYWHERE)
    return len([each for each in posts if not each.path.startswith(looks)])


@ROWS
@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 520, 524])
def test_a_gateway_that_fails_leaves_money_unsure_and_a_look_to_be_repeated(
    service: StandIn, money: Money, status: int
) -> None:
    gateway = Fault(status=status, body="<html>Bad gateway</html>", times=2)
    service.fault(gateway)
    fault = fault_in(money.look)
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.SERVICE)
    assert str(status) in fault.trouble.sentence
    lost = fault_in(money.spend)
    assert (type(lost), lost.trouble.kind) == (OutcomeUnknown, Kind.LOST_ANSWER)
    assert (paid(service), service.ledger.tasks) == (1, ())


@ROWS
@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_lost_answer_is_unsure_and_the_request_goes_out_once(
    service: StandIn, money: Money, cut: Cut
) -> None:
    service.fault(Fault(method="POST", cut=cut))
    fault = fault_in(money.spend)
    assert (type(fault), fault.trouble.kind) == (OutcomeUnknown, Kind.LOST_ANSWER)
    assert (paid(service), len(service.ledger.tasks)) == (1, 1 if cut == "after" else 0)
    service.fault(Fault(cut=cut))
    fault = fault_in(money.look)
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.OFFLINE)


@ROWS
def test_an_answer_that_breaks_off_is_unsure(service: StandIn, money: Money) -> None:
    service.fault(Fault(method="POST", truncate=20))
    assert type(fault_in(money.spend)) is OutcomeUnknown
    assert (paid(service), len(service.ledger.tasks)) == (1, 1)


ANSWERS = [b"", b"null", b"[]", b'"yes"', b"{}", b'{"code":0,"data":{}}', b"<html>Sign in</html>"]


@ROWS
@pytest.mark.parametrize("body", ANSWERS)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_yes_without_an_id_is_unsure(
    service: StandIn, money: Money, status: int, body: bytes
) -> None:
    service.fault(Fault(method="POST", status=status, body=body))
    fault = fault_in(money.spend)
    assert (type(fault), fault.trouble.kind) == (OutcomeUnknown, Kind.LOST_ANSWER)


MISHAPS = [OSError, ValueError, OverflowError, MemoryError, KeyboardInterrupt, Stopped]


@ROWS
@pytest.mark.parametrize("mishap", MISHAPS)
def test_whatever_happens_once_a_paid_request_has_left_its_outcome_is_unknown(
    service: StandIn, money: Money, mishap: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = requests.Response.iter_content

    def broken(response: requests.Response, *given: Any) -> object:
        list(read(response, *given))
        raise mishap

    with monkeypatch.context() as patched:
        patched.setattr(requests.Response, "iter_content", broken)
        fault = fault_in(money.spend)
    assert (type(fault), fault.trouble.kind) == (OutcomeUnknown, Kind.LOST_ANSWER)
    assert len(service.ledger.tasks) == 1


DATES = [
    "Thu, 01 Jan 1960 00:00:00 GMT",
    "Mon, 01 Jan 0001 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Thu, 01 Jan 99999999999 00:00:00 GMT",
    "yesterday",
]


@ROWS
@pytest.mark.parametrize("date", DATES)
def test_a_date_that_no_system_can_count_costs_no_task(
    service: StandIn, money: Money, date: str
) -> None:
    service.fault(Fault(method="POST", headers={"Date": date, "Retry-After": date}))
    assert own_id(money.spend()) == service.ledger.tasks[0].id


def test_a_date_before_1970_is_one() -> None:
    given = reply(429, b"{}", Date=DATES[0], Retry_After="Thu, 01 Jan 1960 00:00:07 GMT")
    with RawHost(always(given)) as host:
        dialect = connect(TRIPO_V3, host.url)
        fault = fault_in(lambda: dialect.submit(TextToModel(prompt="a chest"), ()))
        dialect.close()
    assert isinstance(fault, Transient)
    assert fault.retry_after == 7.0


@ROWS
@pytest.mark.parametrize("status", [304, 307, 400, 404, 418, 429, 451, 499, 500, 503])
def test_a_refusal_that_names_a_task_made_one(service: StandIn, money: Money, status: int) -> None:
    body = {"data": {"task_id": "task-7"}, "task_id": "task-7", "request_id": "task-7"}
    service.fault(Fault(method="POST", status=status, body=body))
    # Nothing reads the body of a 304.
    if status == 304:
        assert type(fault_in(money.spend)) is OutcomeUnknown
    else:
        assert own_id(money.spend()) == "task-7"


IDS = [{"task_id": value, "request_id": value} for value in ("", " ", None, [], {}, True)]


@ROWS
@pytest.mark.parametrize("ids", IDS, ids=lambda ids: repr(ids["task_id"]))
def test_an_id_that_is_none_is_unsure(
    service: StandIn, money: Money, ids: dict[str, object]
) -> None:
    service.fault(Fault(method="POST", status=200, body={"code": 0, "data": ids, **ids}))
    assert type(fault_in(money.spend)) is OutcomeUnknown


@ROWS
@pytest.mark.parametrize("retry_after", [("3", 3.0), ("0.5", 0.5), ("-2", 0.0), ("soon", None)])
def test_too_many_requests_is_a_wait_as_long_as_the_service_says_and_nothing_is_paid(
    service: StandIn, money: Money, retry_after: tuple[str, float | None]
) -> None:
    text, seconds = retry_after
    service.fault(Fault(status=429, headers={"Retry-After": text}, times=2))
    for call in (money.spend, money.look):
        fault = fault_in(call)
        assert isinstance(fault, Transient)
        assert (fault.trouble.kind, fault.retry_after) == (Kind.BUSY, seconds)


@ROWS
@pytest.mark.parametrize("status", [400, 402, 405, 413, 415, 422])
def test_a_plain_no_is_a_no(service: StandIn, money: Money, status: int) -> None:
    service.fault(Fault(status=status, body="no", times=2))
    for call in (money.spend, money.look):
        fault = fault_in(call)
        assert type(fault) is Rejected
        assert f"HTTP {status}" in fault.trouble.sentence


@ROWS
def test_a_key_that_the_service_does_not_know_is_named_as_the_fault(
    service: StandIn, customer: Customer, money: Money, row: Service
) -> None:
    stranger = connect(row, service.base_url, "tsk_stranger")
    for call in (Money(stranger, money.request).spend, stranger.balance):
        if call == stranger.balance and not row.has_balance:
            continue
        fault = fault_in(call)
        assert (type(fault), fault.trouble.kind) == (Rejected, Kind.KEY)
    stranger.close()


@ROWS
def test_where_nobody_listens_nothing_was_paid_for(money: Money, row: Service) -> None:
    nobody = connect(row, f"http://127.0.0.1:{closed_port()}")
    away = Money(nobody, money.request)
    for call in (away.spend, away.look):
        fault = fault_in(call)
        assert (type(fault), fault.trouble.kind) == (Transient, Kind.OFFLINE)
    nobody.close()


@ROWS
def test_a_redirect_is_not_followed_and_the_key_stays_home(money: Money, row: Service) -> None:
    with RawHost(always(reply(200, b"{}"))) as other:
        away = reply(307, Location=f"{other.url}/v3/account/balance")
        with RawHost(always(away)) as host:
            led = Money(connect(row, host.url), money.request)
            assert "HTTP 307" in fault_in(led.spend).trouble.sentence
            fault_in(led.look)
            led.dialect.close()
        assert other.requests == []


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
def test_a_documented_error_is_what_it_is_and_nothing_was_paid(
    service: StandIn, money: Money, row: Service, status: int, body: object, kind: Kind
) -> None:
    service.fault(Fault(method="POST", status=status, body=body))
    fault = fault_in(money.spend)
    assert type(fault) is (Transient if kind is Kind.BUSY else Rejected)
    assert fault.trouble.kind is kind
    words = body.get("message", body.get("detail")) if isinstance(body, dict) else ""
    assert fault.trouble.message == words
    assert service.ledger.tasks == ()


def test_v2_that_is_switched_off_says_so(customer: Customer, service: StandIn) -> None:
    dialect = customer.dialect(TRIPO_V2)
    for status in (404, 410):
        for call in (dialect.balance, lambda: dialect.look_up(["a"])):
            service.fault(Fault(status=status, body="<html>nothing</html>"))
            fault = fault_in(call)
            assert (type(fault), fault.trouble.kind) == (Rejected, Kind.OFFER)
            assert "choose the service Tripo" in fault.trouble.sentence


@pytest.mark.parametrize("code", [1000, 1001])
@pytest.mark.parametrize("row", [TRIPO_V3, TRIPO_V2], ids=["v3", "v2"])
def test_a_breakdown_of_tripos_own_is_unsure_even_with_http_200(
    service: StandIn, money: Money, code: int
) -> None:
    for status in (200, 400, 500):
        service.fault(Fault(method="POST", status=status, body={"code": code}))
        fault: ServiceFault = fault_in(money.spend)
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
def test_a_task_ends_as_the_service_says(
    service: StandIn,
    money: Money,
    row: Service,
    answer: Mapping[str, object],
    status: Status,
    kind: Kind | None,
) -> None:
    task_id = money.spend()
    body: dict[str, object] = {"task_id": task_id, **answer}
    if row is TRIPO_V3:
        body = {"tasks": {task_id: body}}
    service.fault(Fault(status=200, body={"code": 0, "data": body, **answer}))
    task = money.dialect.look_up([task_id])[task_id]
    assert (task.status, task.fault) == (status, kind)
    reasons = {str(answer.get(key, "")) for key in ("failure_reason", "error", "error_message")}
    assert task.error_message in reasons | {str(answer.get("error_msg", ""))}
