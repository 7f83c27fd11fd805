"""Result links: no key, no tampering, no use after expiry; Range and HEAD as from real storage."""

from collections.abc import Iterator

import pytest
import requests

from tests.standin.filler import FillerGlb
from tests.standin.service import StandIn

from .conftest import Caller, ManualClock, scene_of

TEXT = "/v3/generation/text-to-model"
SIZE = 5_000_000


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def service(clock: ManualClock) -> Iterator[StandIn]:
    with StandIn(seconds=0, filler_bytes=SIZE, clock=clock) as running:
        yield running


def link(caller: Caller, name: str = "model_url") -> str:
    return caller.link(caller.create(TEXT, prompt="a chair"), name)


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=30)


def test_link_needs_no_key_and_uses_another_port(service: StandIn, caller: Caller) -> None:
    url = link(caller)
    assert url.startswith(service.artifacts_url)
    assert service.artifacts_url != service.base_url
    assert url.partition("?")[0].endswith(".glb")
    answer = get(url)
    assert len(answer.content) == int(answer.headers["Content-Length"]) == SIZE
    assert answer.headers["X-Stand-In"] == "no AI"
    assert scene_of(answer.content)["meshes"]


def test_key_sent_to_the_artifact_host_is_refused(caller: Caller) -> None:
    assert get(link(caller), Authorization="Bearer tsk_standin").status_code == 400


def test_expired_link_is_403_and_a_new_poll_gives_a_fresh_one(
    caller: Caller, clock: ManualClock
) -> None:
    task_id = caller.create(TEXT, prompt="a chair")
    old = caller.link(task_id)
    clock.now += 301
    assert get(old).status_code == 403
    new = caller.link(task_id)
    assert new != old
    assert get(new).status_code == 200


def test_link_expiry_cannot_be_changed(caller: Caller) -> None:
    url = link(caller)
    expires = url.partition("Expires=")[2].partition("&")[0]
    assert get(url.replace(expires, f"{float(expires) + 999:.3f}")).status_code == 403
    assert get(url.partition("?")[0]).status_code == 403


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=1000-", 1000, SIZE),
        ("bytes=-7", SIZE - 7, SIZE),
        ("bytes=4999990-9999999", 4_999_990, SIZE),
    ],
)
def test_range_request_returns_that_part_of_the_file(
    wanted: str, start: int, stop: int, caller: Caller
) -> None:
    url = link(caller)
    part = get(url, Range=wanted)
    assert part.status_code == 206
    assert part.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert part.content == get(url).content[start:stop]


def test_range_past_the_end_is_416_and_stale_if_range_returns_all(caller: Caller) -> None:
    url = link(caller)
    beyond = get(url, Range=f"bytes={SIZE}-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{SIZE}")
    changed = get(url, **{"Range": "bytes=10-", "If-Range": '"another"'})
    assert (changed.status_code, len(changed.content)) == (200, SIZE)


def test_head_returns_the_size_without_the_content(caller: Caller) -> None:
    answer = requests.head(link(caller), timeout=30)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_preview_is_a_png(caller: Caller) -> None:
    url = link(caller, "rendered_image_url")
    assert url.partition("?")[0].endswith(".png")
    assert get(url).content.startswith(b"\x89PNG")


def test_put_with_a_key_or_without_a_presign_is_refused(service: StandIn, caller: Caller) -> None:
    signed = caller.post("/v3/files/presign", {"format": "glb"}).json()["data"]
    url = signed["presigned_url"]
    assert requests.put(url, data=b"x", headers=caller.headers, timeout=30).status_code == 400
    assert requests.put(url.partition("?")[0], data=b"x", timeout=30).status_code == 403
    assert requests.get(url, timeout=30).status_code == 405
    assert not service.ledger.uploads[0].arrived
    assert requests.put(url, data=b"glTF", timeout=30).status_code == 200
    assert service.ledger.uploads[0].content == b"glTF"


@pytest.mark.parametrize("wanted", [0, 1089, 4096, 3_000_001])
def test_filler_is_a_valid_glb_of_its_size(wanted: int) -> None:
    glb = FillerGlb(wanted)
    content = b"".join(glb.read(0, glb.size))
    assert len(content) == glb.size >= wanted
    assert glb.size % 4 == 0
    assert scene_of(content)["buffers"] == [{"byteLength": glb.size - 1052}]
    assert b"".join(glb.read(500, 1100)) == content[500:1100]
