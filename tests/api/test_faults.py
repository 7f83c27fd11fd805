"""How each answer and each missing answer of every service is understood, above all when a request
is paid."""

from typing import Any, Literal

import pytest
import requests

from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.errors import Kind, OutcomeUnknown, Rejected, Stopped, Transient
from tripo_addon.api.tasks import TextToModel

from .customer import Customer, PaidRequest, connect, own_id
from .hosts import RawHost, always, closed_port, reply
from .outcomes import fault_in

Cut = Literal["before", "after"]
ROWS = pytest.mark.parametrize("row", SERVICES.values(), ids=SERVICES)
ANY_PATH = "/"


def paid_requests(stand_in: StandIn) -> int:
    """Count the requests for tasks."""
    looks = ("/v3/tasks", "/v3/account", "/v3/files")
    posts = stand_in.ledger.sent("POST", ANY_PATH)
    return len([each for each in posts if not each.path.startswith(looks)])


@ROWS
@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 520, 524])
def test_gateway_error_leaves_payment_unknown_and_poll_is_retried(
    service: StandIn, paid_request: PaidRequest, status: int
) -> None:
    gateway = Fault(status=status, body="<html>Bad gateway</html>", times=2)
    service.fault(gateway)
    fault = fault_in(paid_request.look_up)
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.SERVICE)
    assert str(status) in fault.trouble.sentence
    lost = fault_in(paid_request.submit)
    assert (type(lost), lost.trouble.kind) == (OutcomeUnknown, Kind.LOST_ANSWER)
    assert (paid_requests(service), service.ledger.tasks) == (1, ())


@ROWS
@pytest.mark.parametrize("cut", ["before", "after"])
def test_lost_answer_leaves_outcome_unknown_and_request_is_sent_once(
    service: StandIn, paid_request: PaidRequest, cut: Cut
) -> None:
    service.fault(Fault(method="POST", cut=cut))
    fault = fault_in(paid_request.submit)
    assert (type(fault), fault.trouble.kind) == (OutcomeUnknown, Kind.LOST_ANSWER)
    assert (paid_requests(service), len(service.ledger.tasks)) == (1, 1 if cut == "after" else 0)
    service.fault(Fault(cut=cut))
    fault = fault_in(paid_request.look_up)
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.OFFLINE)


@ROWS
def test_interrupted_answer_leaves_outcome_unknown(
    service: StandIn, paid_request: PaidRequest
) -> None:
    service.fault(Fault(method="POST", truncate=20))
    assert type(fault_in(paid_request.submit)) is OutcomeUnknown
    assert (paid_requests(service), len(service.ledger.tasks)) == (1, 1)


ANSWERS = [b"", b"null", b"[]", b'"yes"', b"{}", b'{"code":0,"data":{}}', b"<html>Sign in</html>"]


@ROWS
@pytest.mark.parametrize("body", ANSWERS)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_success_without_a_task_id_leaves_outcome_unknown(
    service: StandIn, paid_request: PaidRequest, status: int, body: bytes
) -> None:
    service.fault(Fault(method="POST", status=status, body=body))
    fault = fault_in(paid_request.submit)
    assert (type(fault), fault.trouble.kind) == (OutcomeUnknown, Kind.LOST_ANSWER)


EXCEPTIONS = [OSError, ValueError, OverflowError, MemoryError, KeyboardInterrupt, Stopped]


@ROWS
@pytest.mark.parametrize("mishap", EXCEPTIONS)
def test_any_exception_after_a_paid_request_leaves_outcome_unknown(
    service: StandIn,
    paid_request: PaidRequest,
    mishap: type[BaseException],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = requests.Response.iter_content

    def broken(response: requests.Response, *given: Any) -> object:
        list(read(response, *given))
        raise mishap

    with monkeypatch.context() as patched:
        patched.setattr(requests.Response, "iter_content", broken)
        fault = fault_in(paid_request.submit)
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
def test_date_out_of_range_loses_no_task(
    service: StandIn, paid_request: PaidRequest, date: str
) -> None:
    service.fault(Fault(method="POST", headers={"Date": date, "Retry-After": date}))
    assert own_id(paid_request.submit()) == service.ledger.tasks[0].id


def test_date_before_1970_is_read() -> None:
    given = reply(429, b"{}", Date=DATES[0], Retry_After="Thu, 01 Jan 1960 00:00:07 GMT")
    with RawHost(always(given)) as host:
        dialect = connect(TRIPO_V3, host.url)
        fault = fault_in(lambda: dialect.submit(TextToModel(prompt="a chest"), ()))
        dialect.close()
    assert isinstance(fault, Transient)
    assert fault.retry_after == 7.0


@ROWS
@pytest.mark.parametrize("status", [304, 307, 400, 404, 418, 429, 451, 499, 500, 503])
def test_refusal_with_a_task_id_returns_the_task(
    service: StandIn, paid_request: PaidRequest, status: int
) -> None:
    body = {"data": {"task_id": "task-7"}, "task_id": "task-7", "request_id": "task-7"}
    service.fault(Fault(method="POST", status=status, body=body))
    # Nothing reads the body of a 304.
    if status == 304:
        assert type(fault_in(paid_request.submit)) is OutcomeUnknown
    else:
        assert own_id(paid_request.submit()) == "task-7"


IDS = [{"task_id": value, "request_id": value} for value in ("", " ", None, [], {}, True)]


@ROWS
@pytest.mark.parametrize("ids", IDS, ids=lambda ids: repr(ids["task_id"]))
def test_invalid_task_id_leaves_outcome_unknown(
    service: StandIn, paid_request: PaidRequest, ids: dict[str, object]
) -> None:
    service.fault(Fault(method="POST", status=200, body={"code": 0, "data": ids, **ids}))
    assert type(fault_in(paid_request.submit)) is OutcomeUnknown


@ROWS
@pytest.mark.parametrize("retry_after", [("3", 3.0), ("0.5", 0.5), ("-2", 0.0), ("soon", None)])
def test_rate_limit_waits_for_retry_after_and_pays_nothing(
    service: StandIn, paid_request: PaidRequest, retry_after: tuple[str, float | None]
) -> None:
    text, seconds = retry_after
    service.fault(Fault(status=429, headers={"Retry-After": text}, times=2))
    for call in (paid_request.submit, paid_request.look_up):
        fault = fault_in(call)
        assert isinstance(fault, Transient)
        assert (fault.trouble.kind, fault.retry_after) == (Kind.BUSY, seconds)


@ROWS
@pytest.mark.parametrize("status", [400, 402, 405, 413, 415, 422])
def test_plain_refusal_is_rejected(
    service: StandIn, paid_request: PaidRequest, status: int
) -> None:
    service.fault(Fault(status=status, body="no", times=2))
    for call in (paid_request.submit, paid_request.look_up):
        fault = fault_in(call)
        assert type(fault) is Rejected
        assert f"HTTP {status}" in fault.trouble.sentence


@ROWS
def test_unknown_key_is_reported_as_a_key_error(
    service: StandIn, customer: Customer, paid_request: PaidRequest, row: Service
) -> None:
    stranger = connect(row, service.base_url, "tsk_stranger")
    for call in (PaidRequest(stranger, paid_request.request).submit, stranger.balance):
        if call == stranger.balance and not row.has_balance:
            continue
        fault = fault_in(call)
        assert (type(fault), fault.trouble.kind) == (Rejected, Kind.KEY)
    stranger.close()


@ROWS
def test_refused_connection_proves_nothing_was_paid(
    paid_request: PaidRequest, row: Service
) -> None:
    nobody = connect(row, f"http://127.0.0.1:{closed_port()}")
    away = PaidRequest(nobody, paid_request.request)
    for call in (away.submit, away.look_up):
        fault = fault_in(call)
        assert (type(fault), fault.trouble.kind) == (Transient, Kind.OFFLINE)
    nobody.close()


@ROWS
def test_redirect_is_not_followed_and_key_is_not_sent_on(
    paid_request: PaidRequest, row: Service
) -> None:
    with RawHost(always(reply(200, b"{}"))) as other:
        away = reply(307, Location=f"{other.url}/v3/account/balance")
        with RawHost(always(away)) as host:
            led = PaidRequest(connect(row, host.url), paid_request.request)
            assert "HTTP 307" in fault_in(led.submit).trouble.sentence
            fault_in(led.look_up)
            led.dialect.close()
        assert other.requests == []
