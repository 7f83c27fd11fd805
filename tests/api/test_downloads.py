"""Downloads: streamed, resumed, stopped, refused; and what they leave on disk."""

import gzip
import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Literal

import pytest

from tests.standin.faults import Fault
from tests.standin.filler import FillerGlb
from tests.standin.ledger import Recorded
from tests.standin.service import StandIn
from tripo_addon.api.errors import Kind, LinkExpired, Rejected, Stopped, Transient
from tripo_addon.api.http.downloads import CHUNK_BYTES, download
from tripo_addon.api.http.partial_file import place_of
from tripo_addon.api.services.tripo_v3 import TripoV3
from tripo_addon.api.tasks import TextToModel

from .hosts import RawHost, RawRequest, always, closed_port, reply
from .outcomes import HERE, fault_in, fetch

Cut = Literal["before", "after"]
SIZE = 5 * CHUNK_BYTES + 1000
WHOLE = b"".join(FillerGlb(SIZE).read(0, SIZE))
CUT = 2 * CHUNK_BYTES + 77
PAGE = b"<html>Sign in to the hotel</html>"


@pytest.fixture
def service() -> Iterator[StandIn]:
    with StandIn(seconds=0, filler_bytes=SIZE) as running:
        yield running


@pytest.fixture
def link(tripo: TripoV3) -> str:
    """A new link to a finished model."""
    task_id = tripo.submit(TextToModel(model="v3.1-20260211", prompt="a chest"), ())
    return tripo.look_up([task_id])[task_id].output.models[0]


def part_of(folder: Path) -> Path:
    return folder / "model.glb.part"


def begun(folder: Path, link: str, content: bytes, **facts: object) -> None:
    """Make what an interrupted download has left, with the host's headers of the file."""
    part_of(folder).write_bytes(content)
    known = {"etag": "", "modified": "", "total": SIZE} | facts
    note = json.dumps({"place": place_of(link), **known})
    part_of(folder).with_name("model.glb.part.json").write_text(note)


def downloads_of(service: StandIn) -> tuple[Recorded, ...]:
    return service.ledger.sent("GET", "/results/")


def test_a_file_arrives_whole_under_its_name_and_leaves_no_part(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    target = fetch(link, tmp_path / "jobs" / "one")
    assert target.read_bytes() == WHOLE
    assert os.listdir(target.parent) == ["model.glb"]
    (request,) = downloads_of(service)
    assert request.role == "artifacts"
    assert "range" not in request.headers
    assert request.headers["accept-encoding"] == "identity"


def test_an_older_file_of_that_name_is_replaced(link: str, tmp_path: Path) -> None:
    (tmp_path / "model.glb").write_bytes(b"older and longer" * SIZE)
    assert fetch(link, tmp_path).read_bytes() == WHOLE


def test_progress_goes_up_chunk_by_chunk_to_the_whole(link: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    download(
        link,
        tmp_path / "model.glb",
        stop=lambda: False,
        progress=lambda done, total: seen.append((done, total)),
        bounds=HERE,
    )
    steps = [after - before for (before, _), (after, _) in zip([(0, 0), *seen], seen, strict=False)]
    assert seen[-1] == (SIZE, SIZE)
    assert all(0 < step <= CHUNK_BYTES for step in steps)
    assert CHUNK_BYTES <= 1_000_000
    assert {total for _, total in seen} == {SIZE}


def halves(gate: Event) -> Callable[[socket.socket, RawRequest], None]:
    """Sends two chunks, waits at the gate, sends the rest."""

    def answer(connection: socket.socket, _request: RawRequest) -> None:
        connection.sendall(reply(200, WHOLE[: 2 * CHUNK_BYTES], Content_Length=str(SIZE)))
        gate.wait(20)
        connection.sendall(WHOLE[2 * CHUNK_BYTES :])

    return answer


def test_what_has_come_is_on_disk_before_the_rest_is_sent(tmp_path: Path) -> None:
    gate = Event()
    on_disk: list[int] = []

    def progress(_done: int, _total: int | None) -> None:
        if not gate.is_set():
            on_disk.append(part_of(tmp_path).stat().st_size)
        if len(on_disk) == 2:
            gate.set()

    with RawHost(halves(gate)) as host:
        download(
            host.url, tmp_path / "model.glb", stop=lambda: False, progress=progress, bounds=HERE
        )
    assert on_disk == [CHUNK_BYTES, 2 * CHUNK_BYTES]
    assert (tmp_path / "model.glb").read_bytes() == WHOLE


def test_the_stop_flag_ends_a_download_within_a_chunk(tmp_path: Path) -> None:
    gate = Event()
    seen: list[int] = []
    with RawHost(halves(gate)) as host:
        with pytest.raises(Stopped):
            download(
                host.url,
                tmp_path / "model.glb",
                stop=lambda: len(seen) == 1,
                progress=lambda done, _total: seen.append(done),
                bounds=HERE,
            )
        assert not gate.is_set()
        gate.set()
    assert seen == [CHUNK_BYTES]
    assert part_of(tmp_path).read_bytes() == WHOLE[:CHUNK_BYTES]
    assert not (tmp_path / "model.glb").exists()


def test_a_download_that_was_stopped_goes_on_where_it_ended(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    seen: list[int] = []
    with pytest.raises(Stopped):
        download(
            link,
            tmp_path / "model.glb",
            stop=lambda: len(seen) == 2,
            progress=lambda done, _total: seen.append(done),
            bounds=HERE,
        )
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    assert downloads_of(service)[1].headers["range"] == f"bytes={2 * CHUNK_BYTES}-"


def test_a_download_that_broke_off_is_resumed_by_range(
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
        bounds=HERE,
    )
    assert (tmp_path / "model.glb").read_bytes() == WHOLE
    assert not part_of(tmp_path).exists()
    assert downloads_of(service)[1].headers["range"] == f"bytes={kept}-"
    assert seen[0][0] > kept
    assert seen[-1] == (SIZE, SIZE)


def test_it_is_resumed_as_often_as_it_breaks_off(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    for _ in range(2):
        service.fault(Fault(path="/results/", truncate=CUT))
        fault_in(lambda: fetch(link, tmp_path))
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    ranges = [each.headers.get("range", "bytes=0-") for each in downloads_of(service)]
    starts = [int(text.removeprefix("bytes=").removesuffix("-")) for text in ranges]
    assert starts == sorted(set(starts))


def test_a_host_that_ignores_the_range_starts_the_file_again(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    begun(tmp_path, link, b"something quite different")
    service.fault(Fault(path="/results/", status=200, body=WHOLE))
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    assert downloads_of(service)[0].headers["range"] == "bytes=25-"


def test_a_part_longer_than_the_file_is_thrown_away(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    begun(tmp_path, link, WHOLE + b"too much")
    assert type(fault_in(lambda: fetch(link, tmp_path))) is Transient
    assert not part_of(tmp_path).exists()
    assert fetch(link, tmp_path).read_bytes() == WHOLE


def test_a_part_that_is_whole_already_is_the_file(link: str, tmp_path: Path) -> None:
    begun(tmp_path, link, WHOLE)
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    assert not part_of(tmp_path).exists()


@pytest.mark.parametrize("content_range", ["bytes 0-99/100", "bytes 7-99/100", ""])
def test_another_range_than_was_asked_for_starts_the_file_again(
    tmp_path: Path, content_range: str
) -> None:
    with RawHost(always(reply(206, b"x" * 100, Content_Range=content_range))) as host:
        begun(tmp_path, host.url, WHOLE[:50], total=100)
        assert type(fault_in(lambda: fetch(host.url, tmp_path))) is Transient
    assert not part_of(tmp_path).exists()


def test_a_range_that_ends_before_the_file_does_is_kept_and_gone_on_from(tmp_path: Path) -> None:
    def answer(connection: socket.socket, request: RawRequest) -> None:
        start = int(request.headers["range"].removeprefix("bytes=").removesuffix("-"))
        content_range = f"bytes {start}-{start + 99}/300"
        connection.sendall(reply(206, WHOLE[start : start + 100], Content_Range=content_range))

    with RawHost(answer) as host:
        begun(tmp_path, host.url, WHOLE[:100], total=300)
        assert type(fault_in(lambda: fetch(host.url, tmp_path))) is Transient
        assert part_of(tmp_path).read_bytes() == WHOLE[:200]
        assert fetch(host.url, tmp_path).read_bytes() == WHOLE[:300]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 451])
def test_a_refused_link_has_expired_and_what_came_is_kept(
    service: StandIn, link: str, tmp_path: Path, status: int
) -> None:
    begun(tmp_path, link, WHOLE[:10])
    service.fault(Fault(path="/results/", status=status, body="<Error/>"))
    assert type(fault_in(lambda: fetch(link, tmp_path))) is LinkExpired
    assert part_of(tmp_path).read_bytes() == WHOLE[:10]


def test_a_link_really_expires_and_a_fresh_one_goes_on(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_host_with_troubles_of_its_own_is_asked_again(
    service: StandIn, link: str, tmp_path: Path, status: int
) -> None:
    service.fault(Fault(path="/results/", status=status, body="later"))
    fault = fault_in(lambda: fetch(link, tmp_path))
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.SERVICE)
    assert str(status) in fault.trouble.detail
    assert fetch(link, tmp_path).read_bytes() == WHOLE


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_connection_that_breaks_is_trouble_that_passes(
    service: StandIn, link: str, tmp_path: Path, cut: Cut
) -> None:
    service.fault(Fault(path="/results/", cut=cut))
    fault = fault_in(lambda: fetch(link, tmp_path))
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.OFFLINE)


def test_where_nobody_listens_is_trouble_that_passes(tmp_path: Path) -> None:
    fault = fault_in(lambda: fetch(f"http://127.0.0.1:{closed_port()}/model.glb", tmp_path))
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.OFFLINE)


def test_a_file_of_unknown_length_is_taken_as_it_comes(tmp_path: Path) -> None:
    pieces = [WHOLE[start : start + 99_999] for start in range(0, SIZE, 99_999)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    seen: set[int | None] = set()
    with RawHost(always(head + body)) as host:
        download(
            host.url,
            tmp_path / "model.glb",
            stop=lambda: False,
            progress=lambda _done, total: seen.add(total),
            bounds=HERE,
        )
    assert (tmp_path / "model.glb").read_bytes() == WHOLE
    assert seen == {None}


def test_chunks_that_break_off_are_no_whole_file(tmp_path: Path) -> None:
    def answer(connection: socket.socket, _request: RawRequest) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall(b"5\r\nhello\r\n")
        connection.shutdown(socket.SHUT_RDWR)

    with RawHost(answer) as host:
        assert type(fault_in(lambda: fetch(host.url, tmp_path))) is Transient
    assert not (tmp_path / "model.glb").exists()


def test_an_empty_file_arrives_as_one(tmp_path: Path) -> None:
    with RawHost(always(reply(200))) as host:
        assert fetch(host.url, tmp_path).read_bytes() == b""


def test_what_the_host_sends_is_not_judged_here(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    service.fault(Fault(path="/results/", status=200, body=PAGE))
    assert fetch(link, tmp_path).read_bytes() == PAGE


def test_a_folder_that_cannot_be_made_is_a_refusal_of_the_disk(link: str, tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file stands where the folder should be")
    for folder in (tmp_path / "folder", tmp_path / "folder" / "deeper"):
        fault = fault_in(lambda f=folder: fetch(link, f))
        assert (type(fault), fault.trouble.kind) == (Rejected, Kind.FOLDER)
        assert str(tmp_path) not in fault.trouble.report()


def test_a_name_that_is_taken_by_a_folder_is_a_refusal_of_the_disk(
    link: str, tmp_path: Path
) -> None:
    for taken in ("model.glb", "model.glb.part"):
        folder = tmp_path / taken.replace(".", "-")
        (folder / taken / "inside").mkdir(parents=True)
        fault = fault_in(lambda f=folder: fetch(link, f))
        assert (type(fault), fault.trouble.kind) == (Rejected, Kind.FOLDER)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_trouble_that_passes(link: str, tmp_path: Path) -> None:
    part_of(tmp_path).symlink_to("/dev/full")
    fault = fault_in(lambda: fetch(link, tmp_path))
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.DISK)


def test_a_part_that_nothing_is_known_of_is_not_gone_on_with(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    part_of(tmp_path).write_bytes(WHOLE[:100])
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    assert "range" not in downloads_of(service)[0].headers


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"place": 1}', "[" * 5000])
def test_a_note_that_cannot_be_read_starts_the_file_again(
    service: StandIn, link: str, tmp_path: Path, note: str
) -> None:
    begun(tmp_path, link, WHOLE[:100])
    part_of(tmp_path).with_name("model.glb.part.json").write_text(note)
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    assert "range" not in downloads_of(service)[0].headers


def test_a_part_of_another_place_is_not_gone_on_with(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    begun(tmp_path, "https://elsewhere.example/model.glb", WHOLE[:100])
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    assert "range" not in downloads_of(service)[0].headers


def test_a_file_that_has_changed_meanwhile_is_fetched_from_its_beginning(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    begun(tmp_path, link, b"an older model" * 10, etag='"another file"')
    assert fetch(link, tmp_path).read_bytes() == WHOLE
    (request,) = downloads_of(service)
    assert request.headers["if-range"] == '"another file"'


def test_the_note_beside_a_part_holds_no_link(service: StandIn, link: str, tmp_path: Path) -> None:
    service.fault(Fault(path="/results/", truncate=CUT))
    fault_in(lambda: fetch(link, tmp_path))
    note = part_of(tmp_path).with_name("model.glb.part.json").read_text()
    assert json.loads(note)["total"] == SIZE
    for secret in ("Signature", "http", "127.0.0.1", "results"):
        assert secret not in note
    fetch(link, tmp_path)
    assert not list(tmp_path.glob("model.glb.*"))


def test_a_file_that_comes_packed_is_never_gone_on_with_by_range(tmp_path: Path) -> None:
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


def test_a_link_that_leads_in_a_circle_is_given_up(tmp_path: Path) -> None:
    with RawHost(always(reply(302, Location="/again"))) as host:
        assert type(fault_in(lambda: fetch(f"{host.url}/model", tmp_path))) is LinkExpired
