"""A resumed download is the same file throughout, and is complete on disk before it gets its
name."""

import gzip
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.api.errors import Kind, LinkExpired, Stopped, Transient
from tripo_addon.api.http.downloads import CHUNK_BYTES, download
from tripo_addon.api.http.partial_file import place_of
from tripo_addon.api.services.tripo_v3 import TripoV3
from tripo_addon.api.tasks import TextToModel

from .hosts import RawHost, RawRequest, always, reply
from .large_model import CUT, SIZE, WHOLE, downloads_of, leave_part, part_of
from .outcomes import LOCAL_BOUNDS, fault_in, fetch

Cut = Literal["before", "after"]
FIRST = b"the first half of one file, "
REST = b"and the second half of another"
TOTAL = len(FIRST) + len(REST)


@pytest.fixture
def service() -> Iterator[StandIn]:
    with StandIn(seconds=0, filler_bytes=SIZE) as running:
        yield running


def test_stopped_download_resumes_where_it_ended(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    seen: list[int] = []
    with pytest.raises(Stopped):
        download(
            link,
            tmp_path / "model.glb",
            stop=lambda: len(seen) == 2,
            progress=lambda done, _total: seen.append(done),
            bounds=LOCAL_BOUNDS,
        )
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    assert downloads_of(service)[1].headers["range"] == f"bytes={2 * CHUNK_BYTES}-"


def test_interrupted_download_resumes_with_a_range_request(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    service.fault(Fault(path="/results/", truncate=CUT))
    fault = fault_in(lambda: fetch(link, tmp_path))
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.OFFLINE)
    kept = part_of(tmp_path).stat().st_size
    assert part_of(tmp_path).read_bytes() == WHOLE[:kept]
    assert 0 < kept <= CUT
    seen: list[tuple[int, int | None]] = []
    download(
        link,
        tmp_path / "model.glb",
        stop=lambda: False,
        progress=lambda done, total: seen.append((done, total)),
        bounds=LOCAL_BOUNDS,
    )
    assert (tmp_path / "model.glb").read_bytes() == WHOLE
    assert not part_of(tmp_path).exists()
    assert downloads_of(service)[1].headers["range"] == f"bytes={kept}-"
    assert seen[0][0] > kept
    assert seen[-1] == (SIZE, SIZE)


def test_download_resumes_as_often_as_it_is_interrupted(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    for _ in range(2):
        service.fault(Fault(path="/results/", truncate=CUT))
        fault_in(lambda: fetch(link, tmp_path))
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    ranges = [each.headers.get("range", "bytes=0-") for each in downloads_of(service)]
    starts = [int(text.removeprefix("bytes=").removesuffix("-")) for text in ranges]
    assert starts == sorted(set(starts))


def test_host_that_ignores_the_range_restarts_the_file(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    leave_part(tmp_path, link, b"something quite different")
    service.fault(Fault(path="/results/", status=200, body=WHOLE))
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    assert downloads_of(service)[0].headers["range"] == "bytes=25-"


def test_part_longer_than_the_file_is_discarded(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    leave_part(tmp_path, link, WHOLE + b"too much")
    assert type(fault_in(lambda: fetch(link, tmp_path))) is Transient
    assert not part_of(tmp_path).exists()
    assert fetch(link, tmp_path).read_bytes() == WHOLE


def test_complete_part_becomes_the_file(link: str, tmp_path: Path) -> None:
    leave_part(tmp_path, link, WHOLE)
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    assert not part_of(tmp_path).exists()


@pytest.mark.parametrize("content_range", ["bytes 0-99/100", "bytes 7-99/100", ""])
def test_unrequested_range_restarts_the_file(tmp_path: Path, content_range: str) -> None:
    with RawHost(always(reply(206, b"x" * 100, Content_Range=content_range))) as host:
        leave_part(tmp_path, host.url, WHOLE[:50], total=100)
        assert type(fault_in(lambda: fetch(host.url, tmp_path))) is Transient
    assert not part_of(tmp_path).exists()


def test_range_that_ends_early_is_kept_and_resumed(tmp_path: Path) -> None:
    def answer(connection: socket.socket, request: RawRequest) -> None:
        start = int(request.headers["range"].removeprefix("bytes=").removesuffix("-"))
        content_range = f"bytes {start}-{start + 99}/300"
        connection.sendall(reply(206, WHOLE[start : start + 100], Content_Range=content_range))

    with RawHost(answer) as host:
        leave_part(tmp_path, host.url, WHOLE[:100], total=300)
        assert type(fault_in(lambda: fetch(host.url, tmp_path))) is Transient
        assert part_of(tmp_path).read_bytes() == WHOLE[:200]
        assert fetch(host.url, tmp_path).read_bytes() == WHOLE[:300]


def test_expired_link_is_replaced_and_download_resumes(tmp_path: Path) -> None:
    now = [0.0]
    with StandIn(seconds=0, filler_bytes=SIZE, link_life=60, clock=lambda: now[0]) as service:
        tripo = TripoV3(service.base_url, "tsk_standin")
        task_id = tripo.submit(TextToModel(model="v3.1-20260211", prompt="a chest"), ())
        old = tripo.look_up([task_id])[task_id].output.models[0]
        service.fault(Fault(path="/results/", truncate=CUT))
        fault_in(lambda: fetch(old, tmp_path))
        now[0] = 61.0
        assert type(fault_in(lambda: fetch(old, tmp_path))) is LinkExpired
        fresh = tripo.look_up([task_id])[task_id].output.models[0]
        assert fetch(fresh, tmp_path).read_bytes() == WHOLE
        assert "range" in downloads_of(service)[-1].headers
        tripo.close()


def test_part_without_a_note_is_not_resumed(service: StandIn, link: str, tmp_path: Path) -> None:
    part_of(tmp_path).write_bytes(WHOLE[:100])
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    assert "range" not in downloads_of(service)[0].headers


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"place": 1}', "[" * 5000])
def test_unreadable_note_restarts_the_file(
    service: StandIn, link: str, tmp_path: Path, note: str
) -> None:
    leave_part(tmp_path, link, WHOLE[:100])
    part_of(tmp_path).with_name("model.glb.part.json").write_text(note)
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    assert "range" not in downloads_of(service)[0].headers


def test_part_of_another_url_is_not_resumed(service: StandIn, link: str, tmp_path: Path) -> None:
    leave_part(tmp_path, "https://elsewhere.example/model.glb", WHOLE[:100])
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    assert "range" not in downloads_of(service)[0].headers


def test_file_changed_on_the_host_is_downloaded_from_the_start(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    leave_part(tmp_path, link, b"an older model" * 10, etag='"another file"')
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    (request,) = downloads_of(service)
    assert request.headers["if-range"] == '"another file"'


def test_note_beside_a_part_contains_no_link(service: StandIn, link: str, tmp_path: Path) -> None:
    service.fault(Fault(path="/results/", truncate=CUT))
    fault_in(lambda: fetch(link, tmp_path))
    note = part_of(tmp_path).with_name("model.glb.part.json").read_text()
    assert json.loads(note)["total"] == SIZE
    for secret in ("Signature", "http", "127.0.0.1", "results"):
        assert secret not in note
    fetch(link, tmp_path)
    assert not list(tmp_path.glob("model.glb.*"))


def test_compressed_file_is_never_resumed_by_range(tmp_path: Path) -> None:
    packed = gzip.compress(os.urandom(4 * CHUNK_BYTES))
    ranges: list[str] = []

    def answer(connection: socket.socket, request: RawRequest) -> None:
        ranges.append(request.headers.get("range", ""))
        body = packed[: len(packed) // 2] if len(ranges) == 1 else packed
        head = {"Content_Encoding": "gzip", "Content_Length": str(len(packed))}
        connection.sendall(reply(200, body, **head))
        if len(ranges) == 1:
            connection.shutdown(socket.SHUT_RDWR)

    with RawHost(answer) as host:
        assert type(fault_in(lambda: fetch(host.url, tmp_path))) is Transient
        assert part_of(tmp_path).exists()
        assert fetch(host.url, tmp_path).read_bytes() == gzip.decompress(packed)
    assert ranges == ["", ""]


@pytest.mark.parametrize(
    ("etag", "total"),
    [
        pytest.param('"other"', TOTAL, id="other-etag"),
        pytest.param('"one"', TOTAL + 9, id="longer"),
    ],
)
def test_rest_of_another_file_is_never_appended(etag: str, total: int, tmp_path: Path) -> None:
    whole = b"the other file, from its beginning"

    def answer(connection: socket.socket, request: RawRequest) -> None:
        if "range" not in request.headers:
            connection.sendall(reply(200, whole))
            return
        place = f"bytes {len(FIRST)}-{total - 1}/{total}"
        connection.sendall(reply(206, REST, Content_Range=place, ETag=etag))

    with RawHost(answer) as host:
        part = tmp_path / "model.glb.part"
        part.write_bytes(FIRST)
        note = {"place": place_of(host.url), "etag": '"one"', "modified": "", "total": TOTAL}
        part.with_name("model.glb.part.json").write_text(json.dumps(note))
        assert type(fault_in(lambda: fetch(host.url, tmp_path))) is Transient
        assert not part.exists()
        assert fetch(host.url, tmp_path).read_bytes() == whole


def test_download_is_flushed_to_disk_before_it_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        real_fsync(descriptor)
        seen.append(f"flushed {os.fstat(descriptor).st_size}")

    def replace(source: Path, target: Path) -> None:
        seen.append(f"named {Path(source).stat().st_size}")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    with RawHost(lambda connection, _request: connection.sendall(reply(200, FIRST))) as host:
        fetch(host.url, tmp_path)
    assert seen == [f"flushed {len(FIRST)}", f"named {len(FIRST)}"]
