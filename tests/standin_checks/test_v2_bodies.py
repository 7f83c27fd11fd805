"""What the v2 dialect accepts and refuses that the SDK cannot send, by its documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.standin.faults import Fault
from tests.standin.messages import mapping
from tests.standin.service import DEFAULT_KEY, StandIn

from .conftest import ManualClock
from .test_v3_bodies import picture, replaced

V31, V30, V25 = "v3.1-20260211", "v3.0-20250812", "v2.5-20250123"
P1 = "P1-20260311"
NOBODY = "0e2d3ac8-8a52-4d0f-9f6b-000000000000"
FILE: dict[str, object] = {"type": "png", "file_token": "PNG"}


@dataclass(frozen=True)
class Caller:
    """Sends plain HTTP to the v2 dialect."""

    base_url: str
    key: str = DEFAULT_KEY

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def post(self, path: str, body: Any) -> requests.Response:
        url = f"{self.base_url}/v2/openapi{path}"
        return requests.post(url, json=body, headers=self.headers, timeout=30)

    def get(self, path: str) -> requests.Response:
        url = f"{self.base_url}/v2/openapi{path}"
        return requests.get(url, headers=self.headers, timeout=30)

    def create(self, kind: str, **body: object) -> str:
        answer = self.post("/task", {"type": kind, **body}).json()
        assert answer["code"] == 0, answer
        return answer["data"]["task_id"]

    def task(self, task_id: str) -> Mapping[str, object]:
        return mapping(self.get(f"/task/{task_id}").json()["data"]) or {}

    def done(self, kind: str, **body: object) -> str:
        task_id = self.create(kind, **body)
        assert self.task(task_id)["status"] == "success"
        return task_id

    def upload(self, content: bytes, path: str = "/upload", name: str = "a.png") -> str:
        answer = self.sent(content, path, name).json()
        return answer["data"]["image_token"]

    def sent(self, content: bytes, path: str, name: str) -> requests.Response:
        files = {"file": (name, content)}
        url = f"{self.base_url}/v2/openapi{path}"
        return requests.post(url, files=files, headers=self.headers, timeout=30)


@pytest.fixture
def caller(service: StandIn) -> Caller:
    return Caller(service.base_url)


# The documents' own examples, with real tokens instead of asterisks.
EXAMPLES: list[dict[str, object]] = [
    {"type": "text_to_model", "prompt": "a small cat"},
    {"type": "text_to_model", "prompt": "A dachshund standing on a stool."},
    {"type": "image_to_model", "file": {"type": "jpg", "file_token": "PNG"}},
    {"type": "text_to_image", "prompt": "a small cat"},
    {"type": "generate_image", "prompt": "a small cat"},
    {
        "type": "multiview_to_model",
        "files": [
            {"type": "jpg", "file_token": "PNG"},
            {},
            {"type": "jpg", "file_token": "PNG"},
            {"type": "jpeg", "file_token": "PNG"},
        ],
        "model_version": "v2.5-20250123",
    },
]


@pytest.mark.parametrize("body", EXAMPLES, ids=lambda body: str(body["type"]))
def test_documented_examples_are_accepted(
    body: dict[str, object], service: StandIn, caller: Caller
) -> None:
    names = {"PNG": caller.upload(picture((64, 64), "PNG"))}
    answer = caller.post("/task", replaced(body, names)).json()
    assert set(answer) == {"code", "data"}
    assert caller.task(answer["data"]["task_id"])["status"] == "success"
    assert service.ledger.tasks[0].ignored == ()


TEXT_BODIES: list[tuple[dict[str, object], int]] = [
    ({}, 0),
    ({"prompt": " "}, 1004),
    ({"prompt": "x" * 1025}, 1004),
    ({"prompt": "a 🐱"}, 2009),
    ({"prompt": "forbidden-content"}, 2008),
    ({"negative_prompt": "x" * 256}, 1004),
    ({"model_version": V31}, 0),
    ({"model_version": P1}, 0),
    ({"model_version": "v1.4-20240625"}, 2015),
    ({"model_version": "v2.0-20240919"}, 2015),
    ({"model_version": "Turbo-v1.0-20250506"}, 2015),
    ({"model_version": "P2-20260801"}, 2017),
    ({"model_version": "v9"}, 2017),
    ({"quad": True, "texture_quality": "detailed", "auto_size": True}, 0),
    ({"geometry_quality": "detailed"}, 0),
    ({"model_version": P1, "quad": False}, 1004),
    ({"model_version": P1, "face_limit": 48}, 0),
    ({"model_version": P1, "face_limit": 20_001}, 1004),
    ({"smart_low_poly": True, "face_limit": 1000}, 0),
    ({"smart_low_poly": True, "face_limit": 999}, 1004),
    ({"smart_low_poly": True, "quad": True, "face_limit": 500}, 0),
    ({"generate_parts": True}, 1004),
    ({"generate_parts": True, "texture": False, "pbr": False}, 0),
    ({"generate_parts": True, "texture": False, "pbr": False, "quad": True}, 1004),
    ({"texture_quality": "extreme"}, 0),
    ({"texture_quality": "fast"}, 1004),
    ({"priority": 2}, 2013),
]


@pytest.mark.parametrize(("body", "code"), TEXT_BODIES, ids=str)
def test_text_body_follows_the_documented_table(
    body: dict[str, object], code: int, caller: Caller
) -> None:
    answer = caller.post("/task", {"type": "text_to_model", "prompt": "a chair", **body}).json()
    assert answer["code"] == code, answer
    assert set(answer) == ({"code", "message", "suggestion"} if code else {"code", "data"})


def test_missing_version_selects_the_documented_default(service: StandIn, caller: Caller) -> None:
    caller.done("text_to_model", prompt="a chair", model=V31, texture_version="v3.0-20250812")
    (task,) = service.ledger.tasks
    assert (task.model, task.ignored) == (V25, ("model", "texture_version"))


# MODEL, PICTURE, FOUR, RIG, PARTS are finished tasks; PNG is a token.
CASES: list[tuple[str, dict[str, object], int]] = [
    ("image_to_model", {"file": FILE}, 0),
    ("image_to_model", {"file": "PNG"}, 1004),
    ("image_to_model", {"input": "PNG"}, 1004),
    ("image_to_model", {"file": {"type": "png"}}, 1004),
    ("image_to_model", {"file": {"type": "png", "file_token": NOBODY}}, 2019),
    ("image_to_model", {"file": {**FILE, "url": "http://127.0.0.1/x"}}, 1004),
    ("image_to_model", {"file": {"type": "png", "url": "https://example.com/a.png"}}, 2003),
    ("image_to_model", {"file": {"object": {"bucket": "tripo-data", "key": "x"}}}, 2019),
    ("image_to_model", {"file": {"object": {"bucket": "mine", "key": "x"}}}, 2019),
    ("multiview_to_model", {"files": [FILE, {}, FILE, {"type": "png"}]}, 0),
    ("multiview_to_model", {"files": [FILE, FILE]}, 1004),
    ("multiview_to_model", {"files": [FILE, {}, {}, {}]}, 1004),
    ("multiview_to_model", {"files": [{}, FILE, FILE, {}]}, 1004),
    ("multiview_to_model", {"original_task_id": "FOUR"}, 0),
    ("multiview_to_model", {"original_task_id": "PICTURE"}, 2006),
    ("text_to_image", {"prompt": "x" * 1025}, 1004),
    ("text_to_image", {"prompt": "a cat", "negative_prompt": "dogs"}, 0),
    ("generate_image", {"prompt": "x" * 1025}, 1004),
    ("generate_image", {"prompt": "a", "files": [FILE] * 4}, 0),
    ("generate_image", {"prompt": "a", "files": [FILE] * 5}, 1004),
    ("generate_image", {"prompt": "a", "files": [FILE] * 10, "model_version": "gpt_4o"}, 0),
    ("generate_image", {"prompt": "a", "file": FILE, "model_version": "flux.1_dev"}, 1004),
    ("generate_image", {"prompt": "a", "model_version": "z_image"}, 0),
    ("generate_image", {"prompt": "a", "model_version": "chat_image_2"}, 2017),
    ("texture_model", {"original_model_task_id": "MODEL"}, 0),
    ("texture_model", {"original_model_task_id": "MODEL", "model_version": "v3.1"}, 2017),
    ("texture_model", {"original_model_task_id": "PICTURE"}, 2006),
    ("texture_model", {"original_model_task_id": NOBODY}, 2001),
    ("texture_model", {"input": "MODEL"}, 1004),
    (
        "texture_model",
        {"original_model_task_id": "MODEL", "texture_prompt": {"images": [FILE] * 4}},
        0,
    ),
    (
        "texture_model",
        {"original_model_task_id": "MODEL", "texture_prompt": {"text": "a", "image": FILE}},
        1004,
    ),
    ("refine_model", {"draft_model_task_id": "MODEL"}, 2006),
    ("refine_model", {"draft_model_task_id": NOBODY}, 2001),
    ("convert_model", {"original_model_task_id": "MODEL", "format": "STL"}, 0),
    ("convert_model", {"original_model_task_id": "RIG", "format": "STL"}, 1004),
    (
        "convert_model",
        {"original_model_task_id": "MODEL", "format": "FBX", "fbx_preset": "bake_scale"},
        0,
    ),
    ("stylize_model", {"original_model_task_id": "MODEL", "style": "lego"}, 0),
    ("stylize_model", {"original_model_task_id": "MODEL", "style": "keyring"}, 1004),
    (
        "stylize_model",
        {"original_model_task_id": "MODEL", "style": "minecraft", "block_size": 31},
        1004,
    ),
    ("import_model", {"file": FILE}, 2004),
    ("animate_prerigcheck", {"original_model_task_id": "PICTURE"}, 2011),
    ("animate_rig", {"original_model_task_id": "MODEL", "rig_type": "avian"}, 1004),
    (
        "animate_rig",
        {
            "original_model_task_id": "MODEL",
            "rig_type": "avian",
            "model_version": "v2.0-20250506",
        },
        0,
    ),
    ("animate_retarget", {"original_model_task_id": "MODEL", "animation": "preset:run"}, 2012),
    ("animate_retarget", {"original_model_task_id": "RIG", "animation": "preset:run"}, 0),
    ("mesh_segmentation", {"original_model_task_id": "MODEL"}, 0),
    ("mesh_completion", {"original_model_task_id": "MODEL"}, 2006),
    ("mesh_completion", {"original_model_task_id": "PARTS"}, 0),
    ("highpoly_to_lowpoly", {"original_model_task_id": "PARTS", "face_limit": 600}, 0),
    (
        "highpoly_to_lowpoly",
        {"original_model_task_id": "MODEL", "model_version": "P-v2.0-20251226"},
        0,
    ),
    ("animate_model", {}, 2016),
    ("dream", {}, 2002),
    ("", {}, 2002),
]


def test_every_body_follows_the_documents(tiny_model: Path, views: Mapping[str, Path]) -> None:
    with StandIn(seconds=0, model=tiny_model, balance=100_000, per_minute=10_000) as service:
        caller = Caller(service.base_url)
        token = caller.upload(views["front"].read_bytes(), "/upload/sts")
        model = caller.done("text_to_model", prompt="a chair")
        names = {
            "PNG": token,
            "MODEL": model,
            "PICTURE": caller.done("text_to_image", prompt="a chair"),
            "FOUR": caller.done("generate_multiview_image", file={"file_token": token}),
            "RIG": caller.done("animate_rig", original_model_task_id=model),
            "PARTS": caller.done("mesh_segmentation", original_model_task_id=model),
        }
        for kind, body, code in CASES:
            sent = {"type": kind, **(mapping(replaced(body, names)) or {})}
            answer = caller.post("/task", sent).json()
            assert answer["code"] == code, (kind, body, answer)
            if code == 0:
                assert caller.task(answer["data"]["task_id"])["status"] == "success"


def test_codes_have_their_http_statuses(caller: Caller) -> None:
    def both(answer: requests.Response) -> tuple[int, int]:
        return answer.status_code, answer.json()["code"]

    lost = {"type": "image_to_model", "file": {"type": "png", "file_token": NOBODY}}
    assert both(caller.post("/task", lost)) == (404, 2019)
    assert both(caller.get(f"/task/{NOBODY}")) == (404, 2001)
    assert both(caller.get("/task")) == (405, 1003)
    assert caller.get("/dreams").status_code == 404
    assert 9000 <= caller.get("/dreams").json()["code"] < 10_000
    stranger = Caller(caller.base_url, "tcli_client")
    assert both(stranger.get("/user/balance")) == (401, 1002)
    assert caller.get("/user/balance").headers["X-Tripo-Trace-ID"]


def test_tokens_of_one_api_version_are_unknown_to_the_other(
    caller: Caller, views: Mapping[str, Path]
) -> None:
    content = views["front"].read_bytes()
    url = f"{caller.base_url}/v3/files"
    files = {"file": ("a.png", content)}
    v3 = requests.post(url, files=files, headers=caller.headers, timeout=30).json()["data"]
    body = {"type": "image_to_model", "file": {"type": "png", "file_token": v3["file_token"]}}
    assert caller.post("/task", body).json()["code"] == 2019
    other = requests.post(
        f"{caller.base_url}/v3/generation/image-to-model",
        json={"model": V31, "input": caller.upload(content)},
        headers=caller.headers,
        timeout=30,
    )
    assert other.json()["code"] == 2001


def test_only_pictures_are_uploaded_by_form(caller: Caller, tiny_model: Path) -> None:
    for path in ("/upload", "/upload/sts"):
        assert caller.sent(tiny_model.read_bytes(), path, "a.glb").json()["code"] == 2004
        assert caller.sent(b"", path, "a.png").json()["code"] == 2003


def test_many_tasks_are_looked_up_at_once(caller: Caller) -> None:
    one = caller.create("text_to_model", prompt="a chair")
    found = caller.post("/task/batch", {"task_ids": [one, NOBODY]}).json()["data"]
    assert set(found["tasks"]) == {one}
    assert found["missed"] == [NOBODY]
    assert caller.post("/task/batch", {"task_ids": [one] * 101}).json()["code"] == 1004


def test_task_has_its_time_and_its_queue_position(tiny_model: Path) -> None:
    clock = ManualClock()
    with StandIn(seconds=10, model=tiny_model, clock=clock) as service:
        caller = Caller(service.base_url)
        task_id = caller.create("text_to_model", prompt="a chair")
        seen: list[tuple[object, ...]] = []
        for _ in range(3):
            task = caller.task(task_id)
            seen.append(
                (task["status"], task["running_left_time"], task["queuing_num"], task["progress"])
            )
            clock.now += 5
        assert seen == [("queued", 10, 0, 0), ("running", 5, -1, 50), ("success", -1, -1, 100)]
        task = caller.task(task_id)
        assert (task["create_time"], task["consumed_credit"]) == (1_800_000_000, 20)
        assert task["prompt"] == "a chair"
        assert "/preview.png" in str(task["thumbnail"])


PRICES: list[tuple[dict[str, object], int]] = [
    ({"type": "text_to_model"}, 20),
    ({"type": "text_to_model", "texture": False, "pbr": False}, 10),
    ({"type": "text_to_model", "model_version": P1}, 40),
    ({"type": "text_to_model", "quad": True, "texture_quality": "detailed"}, 35),
    ({"type": "text_to_image"}, 5),
    ({"type": "generate_image"}, 5),
    ({"type": "generate_image", "model_version": "gemini_2.5_flash_image_preview"}, 5),
    ({"type": "generate_image", "model_version": "gemini_3_pro_image_preview"}, 10),
]


@pytest.mark.parametrize(("body", "price"), PRICES, ids=str)
def test_task_costs_the_listed_price(body: dict[str, object], price: int, caller: Caller) -> None:
    kind = str(body["type"])
    rest = {name: value for name, value in body.items() if name != "type"}
    task = caller.task(caller.create(kind, prompt="a chair", **rest))
    assert task["consumed_credit"] == price
    assert caller.get("/user/balance").json()["data"] == {"balance": 1000 - price, "frozen": 0}


@pytest.mark.parametrize(("word", "code"), [("banned", 2008), ("expired", None)])
def test_v2_has_its_own_final_statuses(
    word: str, code: int | None, service: StandIn, caller: Caller
) -> None:
    service.fault(Fault(ending=word, error_code=code, error_message="because"))
    task = caller.task(caller.create("text_to_model", prompt="a chair"))
    assert (task["status"], task.get("error_code")) == (word, code)
    assert task.get("error_msg") == (None if code is None else "because")
    assert (task["output"], task["consumed_credit"]) == ({}, 0)


def test_v2_links_work_with_and_without_the_key(caller: Caller, tiny_model: Path) -> None:
    """Its SDK also sends the key to the file host, and gets the file."""
    task = caller.task(caller.create("text_to_model", prompt="a chair"))
    url = str((mapping(task["output"]) or {})["pbr_model"])
    for headers in ({}, caller.headers):
        assert requests.get(url, headers=headers, timeout=30).content == tiny_model.read_bytes()
