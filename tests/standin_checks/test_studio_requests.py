"""What 3D AI Studio's dialect accepts, refuses and answers, compared with its documents."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.standin.messages import items, mapping
from tests.standin.service import StandIn
from tests.standin.terms import Terms

from .conftest import ManualClock
from .gateways import (
    IMAGE,
    TEXT,
    TRIPO,
    VIEWS,
    WALLET,
    PictureHost,
    StudioCaller,
    data_uri,
    picture,
    picture_host,
    shape,
)

# The requests and answers printed in the documents, letter for letter.
DOCUMENTED_REQUESTS = {
    TEXT: """{
    "prompt": "a medieval sword with ornate handle",
    "texture": true,
    "pbr": true,
    "texture_quality": "standard"
  }""",
    IMAGE: """{
    "image_url": "https://example.com/reference.png",
    "texture": true,
    "pbr": true,
    "texture_alignment": "original_image"
  }""",
    VIEWS: """{
    "images": [
      { "image_url": "https://example.com/front.png" },
      { "image_url": "https://example.com/side.png" },
      { "image_url": "https://example.com/back.png" }
    ],
    "texture": true,
    "texture_alignment": "original_image"
  }""",
}
DOCUMENTED_CREATION = """{
  "task_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
  "created_at": "2026-03-26T12:00:00Z"
}"""
DOCUMENTED_STATUS = """{
  "status": "FINISHED",
  "progress": 100,
  "failure_reason": null,
  "results": [
    {
      "asset": "https://storage.3daistudio.com/assets/abc123.glb",
      "asset_type": "3D_MODEL",
      "metadata": null
    }
  ]
}"""


@pytest.fixture
def studio(service: StandIn) -> StudioCaller:
    return StudioCaller(service.base_url)


@pytest.fixture(scope="module")
def host() -> Iterator[PictureHost]:
    with picture_host() as running:
        yield running


@pytest.mark.parametrize("path", DOCUMENTED_REQUESTS)
def test_documented_requests_are_accepted_and_answered_as_printed(
    path: str, studio: StudioCaller
) -> None:
    answer = studio.post(path, DOCUMENTED_REQUESTS[path])
    assert answer.status_code == 200, answer.text
    assert shape(answer.json()) == shape(json.loads(DOCUMENTED_CREATION))


def test_finished_task_is_as_documented(studio: StudioCaller) -> None:
    reply = studio.look(studio.create(TEXT, DOCUMENTED_REQUESTS[TEXT]))
    documented = json.loads(DOCUMENTED_STATUS)
    assert shape(reply) == shape(documented)
    assert {**reply, "results": None} == {**documented, "results": None}
    (result,) = items(reply["results"]) or []
    asset = str((mapping(result) or {}).pop("asset"))
    assert result == {"asset_type": "3D_MODEL", "metadata": None}
    assert asset.partition("?")[0].endswith(".glb")
    assert requests.get(asset, timeout=30).content.startswith(b"glTF")


def test_wallet_is_text_with_cents(studio: StudioCaller) -> None:
    assert studio.get(WALLET).json() == {"balance": "1000.00"}
    assert studio.get("/user/wallet/").status_code == 404


def test_task_passes_through_the_four_statuses(tiny_model: Path) -> None:
    clock = ManualClock()
    with StandIn(seconds=10, model=tiny_model, clock=clock) as service:
        studio = StudioCaller(service.base_url)
        task_id = studio.create(TEXT, {"prompt": "a chair"})
        seen: list[object] = []
        for _ in range(3):
            reply = studio.look(task_id)
            seen.append((reply["status"], reply["progress"], len(items(reply["results"]) or [])))
            clock.now += 5
        assert seen == [("PENDING", 0, 0), ("IN_PROGRESS", 50, 0), ("FINISHED", 100, 1)]


@pytest.mark.parametrize("suffix", ["", "3.0/", "3.1/", "p1/"])
@pytest.mark.parametrize("path", DOCUMENTED_REQUESTS)
def test_version_is_a_suffix(
    path: str, suffix: str, service: StandIn, studio: StudioCaller
) -> None:
    studio.create(path + suffix, DOCUMENTED_REQUESTS[path])
    wanted = {"": "3.0", "p1/": "P1"}.get(suffix, suffix.rstrip("/"))
    assert service.ledger.tasks[0].model == wanted


@pytest.mark.parametrize(
    "path",
    [
        TEXT.rstrip("/"),
        f"{TEXT}3.1",
        f"{TEXT}2.5/",
        f"{TEXT}P1/",
        f"{TRIPO}texture-model",
        f"{TRIPO}texture-model/3.1/",
        f"{TRIPO}rig/",
        TRIPO,
        "/v1/3d-models/",
    ],
)
def test_undocumented_path_is_404(path: str, studio: StudioCaller) -> None:
    assert studio.post(path, {"prompt": "a chair"}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        WALLET.rstrip("/"),
        "/v1/generation-request/00000000-0000-0000-0000-000000000000/status/",
        "/v1/generation-request/00000000-0000-0000-0000-000000000000/",
    ],
)
def test_unknown_task_is_404(path: str, studio: StudioCaller) -> None:
    assert studio.get(path).status_code == 404


def test_status_path_needs_its_slash(studio: StudioCaller) -> None:
    task_id = studio.create(TEXT, {"prompt": "a chair"})
    assert studio.get(f"/v1/generation-request/{task_id}/status").status_code == 404


def test_wrong_method_is_405(studio: StudioCaller) -> None:
    assert studio.get(TEXT).status_code == 405
    assert studio.post(WALLET, {}).status_code == 405


BARE = {"texture": False, "pbr": False}
ACCEPTED: list[tuple[str, dict[str, object]]] = [
    ("", {"prompt": "x" * 1024}),
    ("", {"negative_prompt": "x" * 1024}),
    ("3.1/", {"negative_prompt": "x" * 1024}),
    ("p1/", {"negative_prompt": "x" * 255}),
    ("", {"face_limit": 500}),
    ("", {"face_limit": 500_000}),
    ("p1/", {"face_limit": 48}),
    ("p1/", {"face_limit": 20_000}),
    ("", {"quad": True, "smart_low_poly": True, "geometry_quality": "detailed"}),
    ("", {"generate_parts": True, **BARE}),
    ("", {"compress": "geometry", "export_uv": False, "auto_size": True}),
    ("p1/", {"compress": "geometry", "image_seed": 1, "model_seed": 2, "texture_seed": 3}),
    ("", {"prompt": "椅子", "quad": None}),
    ("", {"color": "red"}),
]
REFUSED: list[tuple[str, dict[str, object]]] = [
    ("", {"prompt": None}),
    ("", {"prompt": ""}),
    ("", {"prompt": 7}),
    ("", {"prompt": "x" * 1025}),
    ("", {"negative_prompt": "x" * 1025}),
    ("p1/", {"negative_prompt": "x" * 256}),
    ("", {"texture": "yes"}),
    ("", {"texture_quality": "extreme"}),
    ("", {"geometry_quality": "extreme"}),
    ("", {"texture_seed": "1"}),
    ("", {"compress": "all"}),
    ("", {"face_limit": 499}),
    ("", {"face_limit": 500_001}),
    ("p1/", {"face_limit": 47}),
    ("p1/", {"face_limit": 20_001}),
    ("p1/", {"geometry_quality": "standard"}),
    ("p1/", {"quad": False}),
    ("p1/", {"smart_low_poly": True}),
    ("p1/", {"generate_parts": False}),
    ("", {"generate_parts": True}),
    ("", {"generate_parts": True, "texture": False}),
    ("", {"generate_parts": True, "quad": True, **BARE}),
]


@pytest.mark.parametrize(("suffix", "body"), ACCEPTED, ids=str)
def test_what_the_table_allows_is_accepted(
    suffix: str, body: dict[str, object], studio: StudioCaller
) -> None:
    studio.create(TEXT + suffix, {"prompt": "a chair", **body})


@pytest.mark.parametrize(("suffix", "body"), REFUSED, ids=str)
def test_what_the_table_forbids_is_validation_failed(
    suffix: str, body: dict[str, object], service: StandIn, studio: StudioCaller
) -> None:
    answer = studio.post(TEXT + suffix, {"prompt": "a chair", **body})
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_FAILED")
    assert answer.json()["detail"]
    assert service.ledger.tasks == ()


@pytest.mark.parametrize("content", ["", "[]", "{", '"a chair"'])
def test_body_that_is_no_json_object_is_validation_failed(
    content: str, studio: StudioCaller
) -> None:
    answer = studio.post(TEXT, content)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_FAILED")


ONE = {"image": data_uri()}
PICTURES: dict[str, tuple[str, object, int]] = {
    "a data URI": (IMAGE, ONE, 200),
    "a JPEG": (IMAGE, {"image": data_uri(picture(kind="JPEG"), "image/jpeg")}, 200),
    "neither": (IMAGE, {}, 400),
    "both": (IMAGE, {**ONE, "image_url": "https://example.com/a.png"}, 400),
    "bare base64": (IMAGE, {"image": data_uri().partition(",")[2]}, 400),
    "broken base64": (IMAGE, {"image": "data:image/png;base64,€"}, 400),
    "no picture": (IMAGE, {"image": data_uri(b"text")}, 400),
    "a path": (IMAGE, {"image_url": "/home/me/a.png"}, 400),
    "a file URL": (IMAGE, {"image_url": "file:///a.png"}, 400),
    "a data URI as a URL": (IMAGE, {"image_url": data_uri()}, 400),
    "alignment": (IMAGE, {**ONE, "texture_alignment": "geometry"}, 200),
    "odd alignment": (IMAGE, {**ONE, "texture_alignment": "straight"}, 400),
    "two views": (VIEWS, {"images": [ONE, ONE]}, 200),
    "four views": (VIEWS, {"images": [ONE] * 4}, 200),
    "one view": (VIEWS, {"images": [ONE]}, 400),
    "five views": (VIEWS, {"images": [ONE] * 5}, 400),
    "no views": (VIEWS, {}, 400),
    "views as texts": (VIEWS, {"images": [data_uri(), data_uri()]}, 400),
    "an empty view": (VIEWS, {"images": [ONE, {}]}, 400),
    "both in a view": (
        VIEWS,
        {"images": [ONE, {**ONE, "image_url": "https://example.com/a.png"}]},
        400,
    ),
    "P1 turned": (f"{IMAGE}p1/", {**ONE, "orientation": "align_image"}, 200),
    "P1 turned oddly": (f"{IMAGE}p1/", {**ONE, "orientation": "up"}, 400),
}


@pytest.mark.parametrize("case", PICTURES)
def test_pictures_come_in_exactly_one_of_two_ways(case: str, studio: StudioCaller) -> None:
    path, body, status = PICTURES[case]
    answer = studio.post(path, body)
    assert answer.status_code == status, answer.text
    if status == 400:
        assert answer.json()["code"] == "VALIDATION_FAILED"


def test_picture_on_this_machine_is_fetched(host: PictureHost, studio: StudioCaller) -> None:
    task_id = studio.create(IMAGE, {"image_url": f"{host.base_url}/chair.png"})
    assert studio.look(task_id)["status"] == "FINISHED"
    assert "/chair.png?" in host.requests


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.png",
        "http://192.0.2.1/a.png",
        "HOST/gone.png",
        "HOST/text",
        "HOST/moved.png",
    ],
)
def test_unreachable_picture_fails_and_is_refunded(
    url: str, host: PictureHost, studio: StudioCaller
) -> None:
    body = {"image_url": url.replace("HOST", host.base_url)}
    reply = studio.look(studio.create(IMAGE, body))
    assert (reply["status"], reply["results"]) == ("FAILED", [])
    assert isinstance(reply["failure_reason"], str)
    assert studio.wallet() == "1000.00"


def test_picture_beyond_tripos_limits_fails_later(studio: StudioCaller) -> None:
    tiny = data_uri(picture(sides=(19, 30)))
    reply = studio.look(studio.create(IMAGE, {"image": tiny}))
    assert (reply["status"], reply["progress"]) == ("FAILED", 100)
    assert "pixels" in str(reply["failure_reason"])


def test_moderated_task_fails_and_says_so(studio: StudioCaller) -> None:
    reply = studio.look(studio.create(TEXT, {"prompt": "forbidden-content"}))
    assert reply["status"] == "FAILED"
    assert "moderation" in str(reply["failure_reason"])
    assert studio.wallet() == "1000.00"


@pytest.mark.parametrize("authorization", [None, "", "Bearer ", "Bearer wrong", "tsk_standin"])
def test_missing_or_bad_key_is_refused(authorization: str | None, service: StandIn) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = requests.get(f"{service.base_url}{WALLET}", headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_API_KEY")


def test_too_many_requests_a_minute_are_rate_limited(tiny_model: Path) -> None:
    clock = ManualClock()
    with StandIn(seconds=0, model=tiny_model, clock=clock, studio=Terms(per_minute=3)) as service:
        studio = StudioCaller(service.base_url)
        clock.now += 10
        task_id = studio.create(TEXT, {"prompt": "a chair"})
        clock.now += 20
        assert [studio.look(task_id)["status"] for _ in range(2)] == ["FINISHED"] * 2
        fast = studio.post(TEXT, {"prompt": "a chair"})
        assert (fast.status_code, fast.json()["code"]) == (429, "RATE_LIMITED")
        assert fast.headers["Retry-After"] == "41"
        clock.now += 41
        studio.create(TEXT, {"prompt": "a chair"})
        assert len(service.ledger.tasks) == 2


def test_results_expire_after_a_day(tiny_model: Path) -> None:
    clock = ManualClock()
    with StandIn(seconds=0, model=tiny_model, clock=clock) as service:
        studio = StudioCaller(service.base_url)
        task_id = studio.create(TEXT, {"prompt": "a chair"})
        old = studio.asset(task_id)
        clock.now += 24 * 3600 - 1
        assert requests.get(old, timeout=30).status_code == 200
        clock.now += 2
        for url in (old, studio.asset(task_id)):
            assert requests.get(url, timeout=30).status_code == 403


def test_keys_and_tasks_belong_to_the_gateway(tiny_model: Path) -> None:
    terms = Terms(keys=("studio_one", "studio_two"), balance=150)
    with StandIn(seconds=0, model=tiny_model, studio=terms) as service:
        assert StudioCaller(service.base_url).get(WALLET).status_code == 401
        one, two = (StudioCaller(service.base_url, key) for key in ("studio_one", "studio_two"))
        assert one.wallet() == "150.00"
        path = f"/v1/generation-request/{one.create(TEXT, {'prompt': 'a chair'})}/status/"
        assert (one.get(path).status_code, two.get(path).status_code) == (200, 404)
        assert (one.wallet(), two.wallet()) == ("110.00", "150.00")
        tripo = requests.get(
            f"{service.base_url}/v3/account/balance", headers=one.headers, timeout=30
        )
        assert tripo.status_code == 401


def test_task_of_the_gateway_is_unknown_to_tripo(service: StandIn, studio: StudioCaller) -> None:
    task_id = studio.create(TEXT, {"prompt": "a chair"})
    url = f"{service.base_url}/v3/tasks/{task_id}"
    assert requests.get(url, headers=studio.headers, timeout=30).status_code == 404
    assert service.ledger.account("tsk_standin").balance == 1000
