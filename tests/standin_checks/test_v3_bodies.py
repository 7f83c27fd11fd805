"""What the v3 dialect accepts and refuses that the SDK cannot send, by its documents."""

import io
from collections.abc import Mapping
from pathlib import Path

import pytest
import requests
from PIL import Image

from tests.standin.messages import items, mapping
from tests.standin.service import StandIn

from .conftest import Caller

TEXT = "/v3/generation/text-to-model"
IMAGE = "/v3/generation/image-to-model"
VIEWS = "/v3/generation/multiview-to-model"
TEXTURE = "/v3/models/texture"
V31, V30, V25 = "v3.1-20260211", "v3.0-20250812", "v2.5-20250123"
P1, P2 = "P1-20260311", "P2-20260801"

TEXT_BODIES: list[tuple[dict[str, object], int]] = [
    ({"model": V31}, 0),
    ({"model": V31, "prompt": "a chair 椅子 𠀀"}, 0),
    ({"model_version": V31}, 0),
    ({"model": V31, "model_version": V30}, 1004),
    ({"model": V31, "type": "anything", "quad": None}, 0),
    ({"model": "tripo-v3.1"}, 1004),
    ({"model": "Turbo-v1.0-20250506"}, 2015),
    ({"model": V31, "prompt": 7}, 1004),
    ({"model": V31, "negative_prompt": "x" * 255}, 0),
    ({"model": V31, "negative_prompt": "x" * 256}, 1004),
    ({"model": V31, "prompt": "a ☀"}, 2009),
    ({"model": V31, "texture": "yes"}, 1004),
    ({"model": V31, "texture_quality": "superb"}, 1004),
    ({"model": V31, "texture_quality": "extreme"}, 0),
    ({"model": V31, "texture_quality": "fast"}, 1004),
    ({"model": V31, "texture_quality": "fast", "texture_version": "v3.5-20260815"}, 0),
    ({"model": V31, "model_seed": 2_147_483_647}, 0),
    ({"model": V31, "model_seed": -1}, 1004),
    ({"model": V31, "model_seed": True}, 1004),
    ({"model": V31, "export_orientation": "+z"}, 1004),
    ({"model": V31, "priority": 2}, 2013),
    ({"model": V31, "check_printable": True}, 1005),
    ({"model": V31, "face_limit": 1_500_000}, 0),
    ({"model": V31, "face_limit": 1_500_001}, 1004),
    ({"model": V31, "face_limit": 2_000_000, "geometry_quality": "detailed"}, 0),
    ({"model": V30, "face_limit": 1_000_001}, 1004),
    ({"model": V25, "face_limit": 500_001}, 1004),
    ({"model": V31, "face_limit": 150_001, "quad": True}, 1004),
    ({"model": V31, "face_limit": 499, "smart_low_poly": True}, 1004),
    ({"model": V31, "face_limit": 10_001, "smart_low_poly": True, "quad": True}, 1004),
    ({"model": P1, "face_limit": 48}, 0),
    ({"model": P1, "face_limit": 47}, 1004),
    ({"model": P2, "face_limit": 25_001, "quad": True}, 1004),
    ({"model": P2, "quad": True}, 0),
    ({"model": P2, "smart_low_poly": False}, 1004),
    ({"model": P1, "geometry_quality": "standard"}, 1004),
    ({"model": P1, "generate_parts": False}, 1004),
    ({"model": V25, "geometry_quality": "standard"}, 1004),
    ({"model": V25, "quad": True}, 1004),
    ({"model": V25, "quad": False}, 0),
    ({"model": V25, "texture_quality": "detailed"}, 1004),
    ({"model": V31, "generate_parts": True}, 1004),
    ({"model": V31, "generate_parts": True, "texture": False}, 1004),
    ({"model": V31, "generate_parts": True, "texture": False, "pbr": False}, 0),
    (
        {"model": V31, "generate_parts": True, "texture": False, "pbr": False, "quad": True},
        1004,
    ),
]


@pytest.mark.parametrize(("body", "code"), TEXT_BODIES, ids=str)
def test_text_body_follows_the_documented_table(
    body: dict[str, object], code: int, caller: Caller
) -> None:
    answer = caller.post(TEXT, {"prompt": "a chair", **body}).json()
    assert answer["code"] == code, answer
    assert answer["status"] == ("error" if code else "success")


def test_unused_keys_are_kept_in_the_ledger(service: StandIn, caller: Caller) -> None:
    caller.create(TEXT, prompt="a chair", color="red", face_limits=3)
    assert service.ledger.tasks[0].ignored == ("color", "face_limits")


SLOTS: dict[str, tuple[object, int]] = {
    "plain strings": (["front", "left", "back", "right"], 0),
    "null for a gap": (["front", None, "back", None], 0),
    "an empty string for a gap": (["front", "", "back", ""], 0),
    "views by name": ([{"front": "front"}, {"back": "back"}], 0),
    "views by name without front": ([{"left": "left"}, {"back": "back"}], 1004),
    "a view named twice": ([{"front": "front"}, {"front": "back"}], 1004),
    "a view with another name": ([{"front": "front"}, {"top": "back"}], 1004),
    "five pictures": (["front"] * 5, 1004),
    "nothing": ([], 1004),
    "a task nobody knows": ([{"task_id": "0e2d3ac8-8a52-4d0f-9f6b-000000000000"}], 2001),
}


@pytest.mark.parametrize("case", SLOTS)
def test_views_are_read_from(case: str, caller: Caller, views: Mapping[str, Path]) -> None:
    slots, code = SLOTS[case]
    tokens = {view: caller.token(path) for view, path in views.items()}

    body = {"model": V31, "inputs": replaced(slots, tokens)}
    assert caller.post(VIEWS, body).json()["code"] == code


def replaced(value: object, tokens: Mapping[str, str]) -> object:
    """Return the same JSON with real file tokens instead of their names."""
    if (inner := mapping(value)) is not None:
        return {name: replaced(each, tokens) for name, each in inner.items()}
    if (listed := items(value)) is not None:
        return [replaced(each, tokens) for each in listed]
    return tokens.get(value, value) if isinstance(value, str) else value


def test_legacy_files_with_empty_objects_are_read(
    caller: Caller, views: Mapping[str, Path]
) -> None:
    front, back = (
        {"type": "png", "file_token": caller.token(views[view])} for view in ("front", "back")
    )
    body = {"model": V31, "files": [front, {}, back, {}]}
    assert caller.post(VIEWS, body).json()["code"] == 0
    assert caller.post(VIEWS, {"model": V31, "files": [front, back]}).json()["code"] == 1004


def test_native_and_legacy_form_together_are_refused(
    caller: Caller, views: Mapping[str, Path]
) -> None:
    token = caller.token(views["front"])
    body = {"model": V31, "input": token, "file": {"type": "png", "file_token": token}}
    assert caller.post(IMAGE, body).json()["code"] == 1004
    assert caller.post(IMAGE, {"model": V31}).json()["code"] == 1004


def test_url_is_fetched_only_from_this_machine(service: StandIn, caller: Caller) -> None:
    done = caller.create(TEXT, prompt="a chair")
    preview, model = caller.link(done, "rendered_image_url"), caller.link(done)
    assert caller.post(IMAGE, {"model": V31, "input": preview}).json()["code"] == 0
    assert caller.post(IMAGE, {"model": V31, "input": model}).json()["code"] == 2004
    away = {"model": V31, "input": "https://example.com/cat.png"}
    assert caller.post(IMAGE, away).json()["code"] == 1004
    assert len(service.ledger.tasks) == 2


def test_token_of_another_key_is_unknown(tiny_model: Path, views: Mapping[str, Path]) -> None:
    with StandIn(keys=("tsk_one", "tsk_two"), seconds=0, model=tiny_model) as service:
        one, two = Caller(service.base_url, "tsk_one"), Caller(service.base_url, "tsk_two")
        token = one.token(views["front"])
        assert two.post(IMAGE, {"model": V31, "input": token}).json()["code"] == 1004
        task = one.create(TEXT, prompt="a chair")
        assert two.get(f"/v3/tasks/{task}").json()["code"] == 2001


def picture(size: tuple[int, int], kind: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size).save(target, kind)
    return target.getvalue()


def test_uploads_are_checked_by_their_content(caller: Caller, tiny_model: Path) -> None:
    def code(name: str, content: bytes) -> int:
        return caller.upload(name, content).json()["code"]

    assert code("a.jpg", picture((64, 64), "PNG")) == 0
    assert code("a.jpg", picture((64, 64), "JPEG")) == 0
    assert code("a.webp", picture((64, 64), "WEBP")) == 0
    assert code("a.png", picture((64, 64), "GIF")) == 2004
    assert code("a.png", b"not a picture") == 2004
    assert code("a.png", b"") == 2003
    assert code("a.png", picture((19, 64), "PNG")) == 1004
    assert code("a.png", picture((6001, 20), "PNG")) == 1004
    assert code("a.png", picture((64, 64), "PNG") + bytes(20_000_000)) == 2021
    assert code("a.glb", tiny_model.read_bytes()) == 0
    assert code("a.fbx", b"Kaydara FBX Binary  \0") == 0
    assert code("a.obj", b"v 0 0 0") == 0
    assert code("a.stl", b"solid x") == 0


def test_mesh_is_no_picture_and_picture_no_mesh(
    caller: Caller, tiny_model: Path, views: Mapping[str, Path]
) -> None:
    mesh, photo = caller.token(tiny_model), caller.token(views["front"])
    assert caller.post(IMAGE, {"model": V31, "input": mesh}).json()["code"] == 2004
    assert caller.post("/v3/models/import", {"input": photo}).json()["code"] == 2004
    assert caller.post("/v3/models/import", {"input": mesh}).json()["code"] == 0


def test_presigned_file_that_never_arrived_is_empty(caller: Caller) -> None:
    token = caller.post("/v3/files/presign", {"format": "glb"}).json()["data"]["file_token"]
    assert caller.post("/v3/models/import", {"input": token}).json()["code"] == 2003
    assert caller.post("/v3/files/presign", {"format": "exe"}).json()["code"] == 2004


TEXTURE_PROMPTS: list[tuple[dict[str, object], int]] = [
    ({}, 0),
    ({"texture_prompt": {"text": "gold"}}, 0),
    ({"text_prompt": "gold"}, 0),
    ({"texture_prompt": {"image": "PNG"}}, 0),
    ({"texture_prompt": {"image": {"type": "png", "file_token": "PNG"}}}, 0),
    ({"texture_prompt": {"text": "gold", "style_image": "PNG"}}, 0),
    ({"texture_prompt": {"images": ["PNG", "PNG", "PNG", "PNG"]}}, 0),
    ({"texture_prompt": {"images": ["PNG", "PNG"]}}, 1004),
    ({"texture_prompt": {"text": "gold", "image": "PNG"}}, 1004),
    ({"texture_prompt": {"style_image": "PNG"}}, 1004),
    ({"texture_prompt": {"text": "gold"}, "text_prompt": "gold"}, 1004),
    ({"texture_prompt": {"text": "x" * 1025}}, 1004),
    ({"texture_prompt": {"text": "forbidden-content"}}, 2008),
    ({"texture": False, "pbr": False}, 1004),
    ({"texture": False, "pbr": False, "texture_quality": "detailed"}, 0),
    ({"texture_quality": "fast"}, 1004),
    ({"texture_quality": "fast", "model": "v3.5-20260815"}, 0),
    ({"model": "v3.1-20260211"}, 2017),
]


@pytest.mark.parametrize(("body", "code"), TEXTURE_PROMPTS, ids=str)
def test_texture_body_follows_the_documented_table(
    body: dict[str, object], code: int, caller: Caller, views: Mapping[str, Path]
) -> None:
    tokens = {"PNG": caller.token(views["front"])}
    source = caller.create(TEXT, prompt="a chair")
    caller.get(f"/v3/tasks/{source}")
    sent = replaced({"input": source, **body}, tokens)
    assert caller.post(TEXTURE, sent).json()["code"] == code


def test_sources_must_be_known_finished_and_of_the_right_kind(tiny_model: Path) -> None:
    with StandIn(seconds=60, model=tiny_model) as service:
        caller = Caller(service.base_url)
        unfinished = caller.create(TEXT, prompt="a chair")
        body = {"input": unfinished, "texture_prompt": {"text": "gold"}}
        assert caller.post(TEXTURE, body).json()["code"] == 2007
        assert caller.post(IMAGE, {"model": V31, "input": unfinished}).json()["code"] == 2006
        body["input"] = "0e2d3ac8-8a52-4d0f-9f6b-000000000000"
        assert caller.post(TEXTURE, body).json()["code"] == 2001


def test_imported_model_textured_without_an_input_fails_later(
    caller: Caller, tiny_model: Path
) -> None:
    imported = caller.create("/v3/models/import", input=caller.token(tiny_model))
    caller.get(f"/v3/tasks/{imported}")
    textured = caller.post(TEXTURE, {"input": imported}).json()["data"]["task_id"]
    task = caller.data(f"/v3/tasks/{textured}")
    assert (task["status"], task["error_code"], task["credits_consumed"]) == ("failed", 1001, 0)


def test_routes_answer_as_documented(caller: Caller) -> None:
    done = caller.create(TEXT, prompt="a chair")
    known = {"draft_model_task_id": done}
    assert caller.post("/v3/models/refine", known).json()["code"] == 2006
    assert caller.post("/v3/models/refine", {"input": "x"}).json()["code"] == 2001
    assert caller.post("/v3/models/stylize", {"input": done}).json()["code"] == 2016
    assert caller.post("/v3/files/upload-credentials", {}).json()["code"] == 2002

    unknown = caller.post("/v3/generation/dreams", {})
    assert (unknown.status_code, unknown.json()["code"]) == (404, 4001)
    wrong = caller.get(TEXT)
    assert (wrong.status_code, wrong.json()["code"]) == (405, 1003)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_malformed_body_is_1003(body: bytes, caller: Caller) -> None:
    headers = {**caller.headers, "Content-Type": "application/json"}
    answer = requests.post(caller.base_url + TEXT, data=body, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (400, 1003)


def test_body_that_is_not_json_is_415(caller: Caller) -> None:
    answer = requests.post(
        caller.base_url + TEXT, data="prompt=x", headers=caller.headers, timeout=30
    )
    assert (answer.status_code, answer.json()["code"]) == (415, 1003)


@pytest.mark.parametrize("key", ["tsk_wrong", "tcli_client", ""])
def test_unknown_key_is_401_with_code_2(key: str, service: StandIn) -> None:
    answer = Caller(service.base_url, key).get("/v3/account/balance")
    assert (answer.status_code, answer.json()["code"]) == (401, 2)
    assert answer.json()["request_id"] == answer.headers["X-Tripo-Trace-ID"]


def test_headers_have_the_trace_id_the_rate_limit_and_a_stand_in_note(caller: Caller) -> None:
    headers = {**caller.headers, "X-Tripo-Trace-ID": "my-trace"}
    url = f"{caller.base_url}/v3/account/balance"
    answer = requests.get(url, headers=headers, timeout=30)
    assert answer.headers["X-Tripo-Trace-ID"] == "my-trace"
    assert answer.headers["X-RateLimit-Limit"] == "200"
    assert answer.headers["X-RateLimit-Remaining"] == "200"
    assert answer.headers["X-Stand-In"] == "no AI"
    assert answer.json()["data"] == {"balance": 1000.0, "frozen": 0.0}


def test_lists_and_pages_have_their_limits(caller: Caller) -> None:
    assert caller.post("/v3/tasks/list", {"task_ids": ["x"] * 100}).json()["code"] == 0
    assert caller.post("/v3/tasks/list", {"task_ids": ["x"] * 101}).json()["code"] == 1004
    assert caller.post("/v3/tasks/list", {"task_ids": []}).json()["code"] == 1004
    ids = [caller.create(TEXT, prompt=f"chair {number}") for number in range(3)]
    rows = caller.get("/v3/account/usage?limit=1&offset=1").json()["data"]["items"]
    assert [row["task_id"] for row in rows] == [ids[1]]
    assert caller.get("/v3/account/usage?limit=201").json()["code"] == 1004
    assert caller.get("/v3/account/usage?offset=-1").json()["code"] == 1004
