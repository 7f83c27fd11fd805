"""The tables of errors, code by code and status by status: could there be a task, and a charge?"""

import pytest

from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.errors import Kind, Rejected
from tripo_addon.api.replies import web_picture
from tripo_addon.api.services import comfy_router, pixazo, studio, tripo_errors
from tripo_addon.api.services.verdicts import ErrorTable, Proof, judge
from tripo_addon.api.tasks import ImageToModel, TaskRequest, TextToModel

from .customer import Customer
from .outcomes import fault_in

TABLES = {
    "tripo": tripo_errors.ERRORS,
    "3daistudio": studio.ERRORS,
    "pixazo": pixazo.ERRORS,
    "comfy-router": comfy_router.ERRORS,
}
EACH_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
STATUSES = (200, 202, 301, 302, 303, 304, 307, 400, 401, 402, 403, 404, 405, 408, 409, 413, 415)
STATUSES += (418, 422, 425, 429, 451, 499, 500, 502, 503, 504, 520, 524)

# Without a code, or with an unknown one: what each status proves.
PROOF_OF_STATUS = {
    Proof.REFUSED: {307, 400, 401, 402, 403, 404, 405, 409, 413, 415, 418, 422, 451},
    Proof.NOT_YET: {429},
    Proof.UNSURE: {200, 202, 301, 302, 303, 304, 408, 425, 499, 500, 502, 503, 504, 520, 524},
}
CLOSED_ACCESS = {401, 402, 403}
SERVER_FAILURES = {301, 302, 303, 304, 408, 425, 499, 500, 502, 503, 504, 520, 524}
# Codes that do not mean "refused", as all others do.
FAILURE_CODES = {1000, 1001, "provider_error", "provider_timeout", "internal_error"}
FAILURE_CODES |= {"deadline_exceeded", "service_unavailable", "client_disconnected"}
BUSY_CODES = {1007, 2000, "rate_limited", "concurrency_limit_exceeded", "queue_backlog_full"}
ALWAYS_REFUSED_CODES = {2014}


@pytest.mark.parametrize("code", [None, 7777, "pondering"])
@EACH_TABLE
def test_status_alone_decides_whether_a_task_may_exist(
    table: ErrorTable, code: int | str | None
) -> None:
    assert set.union(*PROOF_OF_STATUS.values()) == set(STATUSES)
    for proof, statuses in PROOF_OF_STATUS.items():
        for status in statuses:
            assert judge(table, status, code).proof is proof, status


@EACH_TABLE
def test_every_code_and_status_decide_whether_a_task_may_exist(table: ErrorTable) -> None:
    for code in table.codes:
        for status in STATUSES:
            assert judge(table, status, code).proof is _expected(status, code), (status, code)


def _expected(status: int, code: int | str) -> Proof:
    """The same rule written differently: first the HTTP layer, then what the service says
    itself."""
    if status == 429:
        return Proof.NOT_YET
    if status == 401 or (status in CLOSED_ACCESS and code in FAILURE_CODES):
        return Proof.REFUSED
    if code in BUSY_CODES:
        return Proof.NOT_YET
    if code in FAILURE_CODES:
        return Proof.UNSURE
    if status in SERVER_FAILURES and code not in ALWAYS_REFUSED_CODES:
        return Proof.UNSURE
    return Proof.REFUSED


@EACH_TABLE
def test_http_401_is_a_key_error_and_closed_access_never_a_server_failure(
    table: ErrorTable,
) -> None:
    for code in (*table.codes, None):
        assert judge(table, 401, code).kind is Kind.KEY
        for status in CLOSED_ACCESS:
            assert (
                judge(table, status, code).kind is not Kind.SERVICE or code in ALWAYS_REFUSED_CODES
            )


@pytest.mark.parametrize("row", SERVICES.values(), ids=SERVICES)
def test_closed_access_costs_nothing_whatever_its_code(
    row: Service, customer: Customer, service: StandIn
) -> None:
    text = row.offers.get(TaskKind.TEXT_TO_MODEL)
    request: TaskRequest = (
        TextToModel(model=text.default_model, prompt="a chest")
        if text is not None
        else ImageToModel(image=customer.address)
    )
    files = tuple(web_picture(str(file)) for file in request.files)
    dialect = customer.dialect(row)
    for status in CLOSED_ACCESS:
        for body in ({"code": 1000}, {"code": 1001}, {"error": "internal"}, "<html>no</html>"):
            service.fault(Fault(status=status, body=body, times=2))
            assert type(fault_in(lambda: dialect.submit(request, files))) is Rejected
            assert type(fault_in(lambda: dialect.look_up(["a"]))) is Rejected
    assert service.ledger.tasks == ()
