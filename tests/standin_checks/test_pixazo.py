"""Pixazo's dialect compared with its documents: requests, answers, errors, forms of a time."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.standin.faults import Fault
from tests.standin.messages import items, mapping
from tests.standin.service import StandIn
from tests.standin.terms import Terms

from .conftest import ManualClock
from .gateways import LOOK, SUBMIT, PictureHost, PixazoCaller, picture_host, shape

# The request and the answers printed in the documents, letter for letter.
DOCUMENTED_REQUEST = """{
"texture": "standard",
"texture_alignment": "original_image",
"orientation": "default",
"image_url": "https://api-assets.pixazo.ai/media/tripo3d.png"
}"""
DOCUMENTED_SUBMISSION = """{
"request_id": "tripo3d-v2-5-413_019dxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
"status": "QUEUED",
"polling_url": "https://gateway.pixazo.ai/v2/requests/status/tripo3d-v2-5-413_019dxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
}"""
DOCUMENTED_STATUS = """{
"request_id": "tripo3d-v2-5-413_019dxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
"status": "COMPLETED",
"model_id": "tripo3d-v2-5-413",
"error": null,
"output": {
"media_url": [
"https://pub-582b7213209642b9b995c96c95a30381.r2.dev/v1/tripo3d-v2-5-413_019dxxxx-xxxx/output.ext"
],
"media_type": "application/octet-stream"
},
"created_at": "2026-03-31T10:00:00.000Z",
"updated_at": "2026-03-31T10:00:15.000Z",
"completed_at": "2026-03-31T10:00:15.000Z"
}"""
DOCUMENTED_CALLBACK = """{
"request_id": "tripo3d-v2-5-413_019dxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
"status": "COMPLETED",
"model_id": "tripo3d-v2-5-413",
"error": null,
"output": {
"media_url": [
"https://pub-582b7213209642b9b995c96c95a30381.r2.dev/v1/tripo3d-v2-5-413_019dxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx/output.glb"
],
"media_type": "model/glb"
},
"created_at": "2026-05-22T13:17:32.110Z",
"updated_at": "2026-05-22 13:19:23",
"completed_at": "2026-05-22 13:19:23"
}"""
DOCUMENTED_FAILURE = """{
"request_id": "tripo3d-v2-5-413_019dxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
"status": "ERROR",
"model_id": "tripo3d-v2-5-413",
"error": "Description of the error",
"output": null
}"""
DOCUMENTED_NO_CREDITS = {
    "error": "Insufficient Balance",
    "message": "Your wallet does not have enough balance.",
}
DOCUMENTED_NOT_FOUND = {
    "error": "Model not found",
    "message": "Model 'tripo3d-v9-9-999' not found or is disabled",
}


@pytest.fixture
def pixazo(service: StandIn) -> PixazoCaller:
    return PixazoCaller(service.base_url)


@pytest.fixture(scope="module")
def host() -> Iterator[PictureHost]:
    with picture_host() as running:
        yield running


def test_documented_request_is_accepted_and_answered_as_printed(
    service: StandIn, pixazo: PixazoCaller
) -> None:
    answer = pixazo.post(DOCUMENTED_REQUEST)
    assert answer.status_code == 202
    reply = answer.json()
    assert shape(reply) == shape(json.loads(DOCUMENTED_SUBMISSION))
    assert reply["status"] == "QUEUED"
    assert reply["request_id"].startswith("tripo3d-v2-5-413_")
    assert reply["polling_url"] == f"{service.base_url}{LOOK}{reply['request_id']}"
    again = requests.get(reply["polling_url"], headers=pixazo.headers, timeout=30)
    assert again.json()["request_id"] == reply["request_id"]


def test_both_documented_forms_of_a_finished_request_occur(
    host: PictureHost, pixazo: PixazoCaller
) -> None:
    first, second = (pixazo.create(f"{host.base_url}/a.png") for _ in range(2))
    for request_id, documented in ((first, DOCUMENTED_STATUS), (second, DOCUMENTED_CALLBACK)):
        reply, wanted = pixazo.look(request_id), json.loads(documented)
        assert shape(reply) == shape(wanted)
        output, printed = mapping(reply["output"]) or {}, wanted["output"]
        assert output["media_type"] == printed["media_type"]
        (url,) = items(output["media_url"]) or []
        assert requests.get(str(url), timeout=30).content.startswith(b"glTF")
        assert (reply["status"], reply["model_id"]) == ("COMPLETED", "tripo3d-v2-5-413")
    assert pixazo.look(first)["completed_at"] == pixazo.look(first)["updated_at"]


def test_request_passes_through_the_three_statuses(host: PictureHost, tiny_model: Path) -> None:
    clock = ManualClock()
    with StandIn(seconds=10, model=tiny_model, clock=clock) as service:
        pixazo = PixazoCaller(service.base_url)
        request_id = pixazo.create(f"{host.base_url}/a.png")
        seen: list[object] = []
        for _ in range(3):
            reply = pixazo.look(request_id)
            seen.append((reply["status"], reply["output"] is None, reply["completed_at"] is None))
            clock.now += 5
        assert seen == [
            ("QUEUED", True, True),
            ("PROCESSING", True, True),
            ("COMPLETED", False, False),
        ]


def test_system_error_is_as_documented_and_not_charged(
    host: PictureHost, service: StandIn, pixazo: PixazoCaller
) -> None:
    service.fault(Fault(ending="ERROR", error_message="Description of the error"))
    reply = pixazo.look(pixazo.create(f"{host.base_url}/a.png"))
    wanted = json.loads(DOCUMENTED_FAILURE)
    assert shape({name: reply[name] for name in wanted}) == shape(wanted)
    assert (reply["status"], reply["error"]) == ("ERROR", "Description of the error")
    assert service.ledger.account("pixazo:tsk_standin").balance == 1000


@pytest.mark.parametrize(
    "url",
    [
        "https://api-assets.pixazo.ai/media/tripo3d.png",
        "http://10.0.0.7/a.png",
        "http://127.0.0.1:99999/a.png",
        "HOST/gone.png",
        "HOST/text",
    ],
)
def test_unreachable_picture_fails_with_a_reason(
    url: str, host: PictureHost, pixazo: PixazoCaller
) -> None:
    reply = pixazo.look(pixazo.create(url.replace("HOST", host.base_url)))
    assert (reply["status"], reply["output"]) == ("FAILED", None)
    assert "image_url" in str(reply["error"])


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64,AAAA",
        "/home/me/a.png",
        "C:\\pictures\\a.png",
        "file:///home/me/a.png",
        "ftp://example.com/a.png",
        "http://",
        "http://[half",
        "",
        None,
        7,
    ],
)
def test_invalid_web_address_is_a_bad_request(
    url: object, service: StandIn, pixazo: PixazoCaller
) -> None:
    answer = pixazo.post({"image_url": url})
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")
    assert service.ledger.tasks == ()


@pytest.mark.parametrize("content", ["", "[]", "{"])
def test_body_that_is_no_json_object_is_a_bad_request(content: str, pixazo: PixazoCaller) -> None:
    assert pixazo.post(content).status_code == 400


def test_unknown_model_is_400_as_documented(pixazo: PixazoCaller) -> None:
    path = "/tripo3d-v9-9-999/v1/tripo3d-v9-9-request"
    answer = pixazo.post(DOCUMENTED_REQUEST, path)
    assert (answer.status_code, answer.json()) == (400, DOCUMENTED_NOT_FOUND)


@pytest.mark.parametrize("key", ["", "wrong"])
def test_missing_or_bad_key_is_refused(key: str, service: StandIn) -> None:
    stranger = PixazoCaller(service.base_url, key)
    assert stranger.post(DOCUMENTED_REQUEST).status_code == 401
    assert stranger.get(f"{LOOK}tripo3d-v2-5-413_1").status_code == 401


def test_bearer_token_is_no_key_here(service: StandIn) -> None:
    headers = {"Authorization": "Bearer tsk_standin", "Content-Type": "application/json"}
    url = service.base_url + SUBMIT
    answer = requests.post(url, data=DOCUMENTED_REQUEST, headers=headers, timeout=30)
    assert answer.status_code == 401


def test_key_of_another_service_is_forbidden(tiny_model: Path) -> None:
    with StandIn(seconds=0, model=tiny_model, pixazo=Terms(keys=("sub_own",))) as service:
        for key, status in (("tsk_standin", 403), ("sub_own", 202), ("sub_other", 401)):
            answer = PixazoCaller(service.base_url, key).post(DOCUMENTED_REQUEST)
            assert answer.status_code == status


def test_empty_wallet_is_402_as_documented(tiny_model: Path) -> None:
    with StandIn(seconds=0, model=tiny_model, pixazo=Terms(balance=0)) as service:
        answer = PixazoCaller(service.base_url).post(DOCUMENTED_REQUEST)
        assert (answer.status_code, answer.json()) == (402, DOCUMENTED_NO_CREDITS)
        assert service.ledger.tasks == ()


def test_too_many_requests_a_minute_are_429(tiny_model: Path) -> None:
    clock = ManualClock()
    with StandIn(seconds=0, model=tiny_model, clock=clock, pixazo=Terms(per_minute=1)) as service:
        pixazo = PixazoCaller(service.base_url)
        request_id = pixazo.post(DOCUMENTED_REQUEST).json()["request_id"]
        fast = pixazo.get(LOOK + request_id)
        assert (fast.status_code, fast.headers["Retry-After"]) == (429, "61")
        assert fast.json()["error"] == "Too Many Requests"
        clock.now += 61
        assert pixazo.look(request_id)["status"] == "FAILED"


def test_unknown_request_is_404(pixazo: PixazoCaller) -> None:
    assert pixazo.get(f"{LOOK}tripo3d-v2-5-413_unknown").status_code == 404
    assert pixazo.get("/v2/requests/balance").status_code == 404
    assert pixazo.get(SUBMIT).status_code == 405


@pytest.mark.parametrize(
    ("url", "mode", "status"),
    [
        ("https://your-server.com/webhook/callback", "terminal", 202),
        ("https://your-server.com/webhook/callback", "sync", 202),
        ("https://your-server.com/webhook/callback", "often", 400),
        ("http://your-server.com/webhook/callback", "terminal", 400),
    ],
)
def test_webhook_must_be_https(url: str, mode: str, status: int, pixazo: PixazoCaller) -> None:
    headers = {"X_Webhook_URL": url, "X_Webhook_Mode": mode}
    assert pixazo.post(DOCUMENTED_REQUEST, **headers).status_code == status


def test_key_is_refused_at_the_bucket(host: PictureHost, pixazo: PixazoCaller) -> None:
    output = mapping(pixazo.look(pixazo.create(f"{host.base_url}/a.png"))["output"]) or {}
    (url,) = items(output["media_url"]) or []
    assert requests.get(str(url), headers=pixazo.headers, timeout=30).status_code == 400
