"""How each answer and each missing answer of Tripo v3 is understood, above all when money is at
stake."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from tests.standin.faults import Fault
from tests.standin.service import DEFAULT_KEY, StandIn
from tripo_addon.api.errors import Kind, OutcomeUnknown, Problem, Rejected, Transient
from tripo_addon.api.replies import FileRef
from tripo_addon.api.services.tripo_errors import ERRORS
from tripo_addon.api.services.tripo_v3 import TripoV3
from tripo_addon.api.tasks import ImageToModel, MultiviewToModel, TextToModel, TextureModel

from .hosts import RawHost, always, closed_port, reply, success
from .outcomes import fault_in
from .samples import picture, views

Cut = Literal["before", "after"]
MODEL = "v3.1-20260211"
CHEST = TextToModel(model=MODEL, prompt="a chest")

# The table of the v3 documents: HTTP status, code, and our kind of fault.
CODES = [
    (401, 2, Kind.KEY),
    (401, 1002, Kind.KEY),
    (500, 1000, Kind.SERVICE),
    (500, 1001, Kind.SERVICE),
    (400, 1003, Kind.SETTING),
    (400, 1004, Kind.SETTING),
    (403, 1005, Kind.ACCESS),
    (429, 1007, Kind.BUSY),
    (429, 2000, Kind.BUSY),
    (404, 2001, Kind.NOT_FOUND),
    (400, 2002, Kind.SETTING),
    (400, 2003, Kind.FILE),
    (400, 2004, Kind.FILE),
    (400, 2005, Kind.SOURCE),
    (400, 2006, Kind.SOURCE),
    (400, 2007, Kind.SOURCE),
    (400, 2008, Kind.CONTENT),
    (400, 2009, Kind.SETTING),
    (403, 2010, Kind.CREDITS),
    (400, 2011, Kind.SOURCE),
    (400, 2012, Kind.SOURCE),
    (403, 2013, Kind.ACCESS),
    (500, 2014, Kind.SERVICE),
    (400, 2015, Kind.VERSION),
    (400, 2016, Kind.VERSION),
    (400, 2017, Kind.VERSION),
    (400, 2018, Kind.TOO_COMPLEX),
    (404, 2019, Kind.FILE),
    (400, 2021, Kind.FILE),
    (400, 2022, Kind.FILE),
    (404, 4001, Kind.SETTING),
]
HINTS = {2009: "remove emoji and special symbols from the text"}
TRANSIENT = {1000, 1001, 1007, 2000}
UNKNOWN_OUTCOME = {1000, 1001}
BUSY = {1007, 2000}


def refusal(status: int, code: int) -> Fault:
    envelope = {
        "code": code,
        "status": "error",
        "message": "No, says the service",
        "suggestion": "Do otherwise",
        "request_id": "trace-of-the-service",
    }
    return Fault(path="/v3/", status=status, body=envelope)


def test_our_table_has_exactly_the_documented_codes() -> None:
    assert {code: kind for _, code, kind in CODES} == {
        code: verdict.kind for code, verdict in ERRORS.codes.items()
    }


def test_code_gives_our_text_and_keeps_the_services_message(
    service: StandIn, tripo: TripoV3
) -> None:
    for status, code, kind in CODES:
        service.fault(refusal(status, code))
        fault = fault_in(tripo.balance)
        passing = code in TRANSIENT or status >= 500
        assert type(fault) is (Transient if passing else Rejected), code
        assert fault.trouble == Problem(
            kind=kind,
            detail=HINTS.get(code, ""),
            code=code,
            message="No, says the service",
            suggestion="Do otherwise",
            trace_id="trace-of-the-service",
        )


@pytest.mark.parametrize("with_http_200", [False, True])
def test_refused_paid_request_is_unknown_only_after_a_server_failure(
    service: StandIn, tripo: TripoV3, with_http_200: bool
) -> None:
    for status, code, kind in CODES:
        service.fault(refusal(200 if with_http_200 else status, code))
        fault = fault_in(lambda: tripo.submit(CHEST, ()))
        expected = (
            OutcomeUnknown if code in UNKNOWN_OUTCOME else Transient if code in BUSY else Rejected
        )
        assert type(fault) is expected, code
        assert fault.trouble.kind is (Kind.LOST_ANSWER if code in UNKNOWN_OUTCOME else kind), code
        assert (fault.trouble.code, fault.trouble.message) == (code, "No, says the service")
    assert len(service.ledger.sent("POST", "/v3/generation")) == len(CODES)
    assert service.ledger.tasks == ()


def test_error_with_http_200_is_an_error(service: StandIn, tripo: TripoV3) -> None:
    for _, code, kind in CODES:
        service.fault(refusal(200, code))
        fault = fault_in(lambda: tripo.look_up(["a"]))
        assert type(fault) is (Transient if code in TRANSIENT else Rejected), code
        assert (fault.trouble.kind, fault.trouble.code) == (kind, code)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Kind.SETTING),
        (402, Kind.CREDITS),
        (403, Kind.ACCESS),
        (404, Kind.NOT_FOUND),
        (429, Kind.BUSY),
        (500, Kind.SERVICE),
        (502, Kind.SERVICE),
        (418, Kind.SERVICE),
    ],
)
def test_unknown_code_is_classified_by_its_http_status(
    service: StandIn, tripo: TripoV3, status: int, kind: Kind
) -> None:
    service.fault(refusal(status, 7777))
    trouble = fault_in(tripo.balance).trouble
    assert (trouble.kind, trouble.code) == (kind, 7777)


def test_http_401_is_a_key_error_whatever_the_body(service: StandIn, tripo: TripoV3) -> None:
    service.fault(refusal(401, 1004), Fault(path="/v3/", status=401, body="<html>no</html>"))
    for _ in range(2):
        fault = fault_in(tripo.balance)
        assert (type(fault), fault.trouble.kind) == (Rejected, Kind.KEY)


def test_stand_in_refuses_an_unknown_key(service: StandIn) -> None:
    stranger = TripoV3(service.base_url, "tsk_stranger")
    for code in (2, 1000, 1001):
        fault = fault_in(lambda: stranger.submit(CHEST, ()))
        assert (type(fault), fault.trouble.kind, fault.trouble.code) == (Rejected, Kind.KEY, code)
    stranger.close()


@pytest.mark.parametrize("retry_after", [("3", 3.0), ("0.5", 0.5), ("-2", 0.0), ("soon", None)])
def test_retry_after_is_passed_on(
    service: StandIn, tripo: TripoV3, retry_after: tuple[str, float | None]
) -> None:
    text, seconds = retry_after
    busy = replace(refusal(429, 1007), headers={"Retry-After": text})
    service.fault(busy, busy)
    for call in (tripo.balance, lambda: tripo.submit(CHEST, ())):
        fault = fault_in(call)
        assert isinstance(fault, Transient)
        assert (fault.trouble.kind, fault.retry_after) == (Kind.BUSY, seconds)


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 520, 522, 524])
def test_gateway_error_leaves_payment_unknown_and_free_request_is_retried(
    service: StandIn, tripo: TripoV3, status: int
) -> None:
    gateway = Fault(path="/v3/", status=status, body="<html>Bad gateway</html>")
    service.fault(gateway, gateway, gateway)
    for call in (tripo.balance, lambda: tripo.look_up(["a"])):
        fault = fault_in(call)
        assert (type(fault), fault.trouble.kind) == (Transient, Kind.SERVICE)
        assert str(status) in fault.trouble.sentence
    lost = fault_in(lambda: tripo.submit(CHEST, ()))
    assert (type(lost), lost.trouble.kind) == (OutcomeUnknown, Kind.LOST_ANSWER)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 415, 422])
def test_plain_refusal_without_json_is_rejected(
    service: StandIn, tripo: TripoV3, status: int
) -> None:
    service.fault(Fault(path="/v3/", status=status, body="no"))
    fault = fault_in(lambda: tripo.submit(CHEST, ()))
    assert type(fault) is Rejected
    assert f"HTTP {status}" in fault.trouble.sentence


@pytest.mark.parametrize("cut", ["before", "after"])
def test_lost_answer_leaves_outcome_unknown_and_request_is_sent_once(
    service: StandIn, tripo: TripoV3, cut: Cut
) -> None:
    service.fault(Fault(path="/v3/generation", cut=cut))
    fault = fault_in(lambda: tripo.submit(CHEST, ()))
    assert (type(fault), fault.trouble.kind) == (OutcomeUnknown, Kind.LOST_ANSWER)
    (sent,) = service.ledger.sent("POST", "/v3/generation")
    assert fault.trouble.trace_id == sent.headers["x-tripo-trace-id"]
    assert len(service.ledger.tasks) == (1 if cut == "after" else 0)


def test_interrupted_answer_leaves_outcome_unknown(service: StandIn, tripo: TripoV3) -> None:
    service.fault(Fault(path="/v3/generation", truncate=20))
    assert type(fault_in(lambda: tripo.submit(CHEST, ()))) is OutcomeUnknown
    assert len(service.ledger.tasks) == 1


@pytest.mark.parametrize(
    "data", [None, {}, [], "x", {"task_id": ""}, {"task_id": " "}, {"task_id": None}]
)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_success_without_a_task_id_leaves_outcome_unknown(
    service: StandIn, tripo: TripoV3, status: int, data: object
) -> None:
    service.fault(Fault(path="/v3/generation", status=status, body={"code": 0, "data": data}))
    fault = fault_in(lambda: tripo.submit(CHEST, ()))
    assert (type(fault), fault.trouble.kind) == (OutcomeUnknown, Kind.LOST_ANSWER)


def test_success_not_from_tripo_leaves_outcome_unknown(service: StandIn, tripo: TripoV3) -> None:
    service.fault(Fault(path="/v3/generation", status=200, body="<html>Sign in</html>"))
    assert type(fault_in(lambda: tripo.submit(CHEST, ()))) is OutcomeUnknown


def test_refused_connection_proves_nothing_was_paid() -> None:
    tripo = TripoV3(f"http://127.0.0.1:{closed_port()}", DEFAULT_KEY)
    for call in (tripo.balance, lambda: tripo.look_up(["a"]), lambda: tripo.submit(CHEST, ())):
        fault = fault_in(call)
        assert (type(fault), fault.trouble.kind) == (Transient, Kind.OFFLINE)
    tripo.close()


@pytest.mark.parametrize("cut", ["before", "after"])
def test_lost_answer_to_a_free_request_is_transient(
    service: StandIn, tripo: TripoV3, tmp_path: Path, cut: Cut
) -> None:
    image = picture(tmp_path / "image.png")
    for path, call in (
        ("/v3/account", tripo.balance),
        ("/v3/tasks", lambda: tripo.look_up(["a"])),
        ("/v3/files", lambda: tripo.upload(image)),
    ):
        service.fault(Fault(path=path, cut=cut))
        fault = fault_in(call)
        assert (type(fault), fault.trouble.kind) == (Transient, Kind.OFFLINE)


def test_paid_request_never_uses_a_possibly_closed_connection() -> None:
    answers = (success({"balance": 5}), success({"task_id": "t"}))
    with RawHost(
        lambda connection, request: connection.sendall(answers["POST" in request.line])
    ) as host:
        tripo = TripoV3(host.url, DEFAULT_KEY)
        tripo.balance()
        tripo.balance()
        assert tripo.submit(CHEST, ()) == "t"
        tripo.balance()
        tripo.close()
        assert [request.connection for request in host.requests] == [0, 0, 1, 0]


def test_failed_moderation_proves_no_task_was_created(service: StandIn, tripo: TripoV3) -> None:
    for status in (400, 500):
        service.fault(refusal(status, 2014))
        fault = fault_in(lambda: tripo.submit(CHEST, ()))
        assert (type(fault), fault.trouble.code) == (Rejected, 2014)


def two_views(tripo: TripoV3, folder: Path) -> tuple[MultiviewToModel, tuple[FileRef, ...]]:
    given = views(folder)
    request = MultiviewToModel(model=MODEL, front=given["front"], right=given["right"])
    return request, tuple(tripo.upload(path) for path in request.files if isinstance(path, Path))


def test_second_form_is_sent_after_a_refused_parameter_and_paid_once(
    service: StandIn, tripo: TripoV3, tmp_path: Path
) -> None:
    request, files = two_views(tripo, tmp_path)
    service.fault(refusal(400, 1004))
    task_id = tripo.submit(request, files)
    first, second = service.ledger.sent("POST", "/v3/generation")
    front, right = (file.token for file in files)
    assert first.body == {"model": MODEL, "inputs": [{"front": front}, {"right": right}]}
    slots = [{"type": "png", "file_token": front}, {}, {}, {"type": "png", "file_token": right}]
    assert second.body == {"model": MODEL, "files": slots}
    assert [task.id for task in service.ledger.tasks] == [task_id]


def test_second_form_is_tried_once(service: StandIn, tripo: TripoV3, tmp_path: Path) -> None:
    request, files = two_views(tripo, tmp_path)
    service.fault(*[refusal(400, 1004)] * 3)
    fault = fault_in(lambda: tripo.submit(request, files))
    assert (type(fault), fault.trouble.code) == (Rejected, 1004)
    assert len(service.ledger.sent("POST", "/v3/generation")) == 2


def test_only_a_refused_parameter_leads_to_the_second_form(
    service: StandIn, tripo: TripoV3, tmp_path: Path
) -> None:
    request, files = two_views(tripo, tmp_path)
    others = [refusal(status, code) for status, code, _ in CODES if code != 1004]
    others += [Fault(path="/v3/", status=status, body="no") for status in (200, 302, 400, 502)]
    others += [Fault(path="/v3/", cut="before"), Fault(path="/v3/", cut="after")]
    for number, spoiled in enumerate(others, start=1):
        service.fault(spoiled)
        fault_in(lambda: tripo.submit(request, files))
        assert len(service.ledger.sent("POST", "/v3/generation")) == number, spoiled


def test_request_with_one_form_is_sent_once(
    service: StandIn, tripo: TripoV3, tmp_path: Path
) -> None:
    image = picture(tmp_path / "image.png")
    given = views(tmp_path)
    files = tuple(tripo.upload(path) for path in (image, *given.values()))
    for request, refs in (
        (CHEST, ()),
        (ImageToModel(model=MODEL, image=image), files[:1]),
        (MultiviewToModel.model_validate({"model": MODEL, **given}), files[1:]),
        (TextureModel(model="v3.0-20250812", source_task="t", prompt="oak"), ()),
    ):
        before = len(service.ledger.sent("POST", "/v3/"))
        service.fault(refusal(400, 1004))
        assert fault_in(lambda r=request, f=refs: tripo.submit(r, f)).trouble.code == 1004
        assert len(service.ledger.sent("POST", "/v3/")) == before + 1


@pytest.mark.parametrize(
    ("form", "mime", "name"),
    [
        ("PNG", "image/png", "image.png"),
        ("JPEG", "image/jpeg", "image.jpg"),
        ("WEBP", "image/webp", "image.webp"),
    ],
)
def test_picture_is_sent_as_its_real_type_without_its_name(
    service: StandIn, tripo: TripoV3, tmp_path: Path, form: str, mime: str, name: str
) -> None:
    path = picture(tmp_path / "Grandma at home.xyz", form=form)
    file = tripo.upload(path)
    (upload,) = service.ledger.uploads
    assert file == FileRef(token=upload.token, format=name.rpartition(".")[2])
    assert upload.content == path.read_bytes()
    (sent,) = service.ledger.sent("POST", "/v3/files")
    size = path.stat().st_size
    assert sent.body == {"file": {"name": name, "media_type": mime, "bytes": size}}


def test_missing_or_invalid_picture_is_not_sent(
    service: StandIn, tripo: TripoV3, tmp_path: Path
) -> None:
    (tmp_path / "notes.png").write_text("not a picture")
    for path in (tmp_path / "notes.png", tmp_path / "gone.png", tmp_path):
        fault = fault_in(lambda p=path: tripo.upload(p))
        assert (type(fault), fault.trouble.kind) == (Rejected, Kind.FILE)
        assert path.name in fault.trouble.detail
        assert str(tmp_path.parent) not in fault.trouble.report()
    assert service.ledger.requests == ()


@pytest.mark.parametrize("data", [None, {}, {"file_token": ""}, {"file": "x"}])
def test_upload_without_a_token_is_transient(
    service: StandIn, tripo: TripoV3, tmp_path: Path, data: object
) -> None:
    service.fault(Fault(path="/v3/files", status=200, body={"code": 0, "data": data}))
    fault = fault_in(lambda: tripo.upload(picture(tmp_path / "image.png")))
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.ADDON)


def test_trace_id_is_ours_if_the_service_sends_none() -> None:
    with RawHost(always(reply(403, b"no"))) as host:
        tripo = TripoV3(host.url, DEFAULT_KEY)
        fault = fault_in(tripo.balance)
        tripo.close()
        assert fault.trouble.trace_id == host.requests[0].headers["x-tripo-trace-id"]
