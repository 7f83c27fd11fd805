"""Downloads: streamed, stopped, refused; and what they leave on disk."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Literal

import pytest

from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.api.errors import Kind, LinkExpired, Rejected, Stopped, Transient
from tripo_addon.api.http.downloads import CHUNK_BYTES, download

from .hosts import RawHost, RawRequest, always, closed_port, reply
from .large_model import SIZE, WHOLE, downloads_of, leave_part, part_of
from .outcomes import LOCAL_BOUNDS, fault_in, fetch

Cut = Literal["before", "after"]
PAGE = b"<html>Sign in to the hotel</html>"


@pytest.fixture
def service() -> Iterator[StandIn]:
    with StandIn(seconds=0, filler_bytes=SIZE) as running:
        yield running


def test_file_is_downloaded_under_its_name_and_leaves_no_part(
    service: StandIn, link: str, tmp_path: Path
) -> None:
    target = fetch(link, tmp_path / "jobs" / "one")
    assert target.read_bytes() == WHOLE
    assert os.listdir(target.parent) == ["model.glb"]
    (request,) = downloads_of(service)
    assert request.role == "artifacts"
    assert "range" not in request.headers
    assert request.headers["accept-encoding"] == "identity"


def test_existing_file_of_that_name_is_replaced(link: str, tmp_path: Path) -> None:
    (tmp_path / "model.glb").write_bytes(b"older and longer" * SIZE)
    assert fetch(link, tmp_path).read_bytes() == WHOLE


def test_progress_rises_chunk_by_chunk_to_the_whole(link: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    download(
        link,
        tmp_path / "model.glb",
        stop=lambda: False,
        progress=lambda done, total: seen.append((done, total)),
        bounds=LOCAL_BOUNDS,
    )
    steps = [after - before for (before, _), (after, _) in zip([(0, 0), *seen], seen, strict=False)]
    assert seen[-1] == (SIZE, SIZE)
    assert all(0 < step <= CHUNK_BYTES for step in steps)
    assert CHUNK_BYTES <= 1_000_000
    assert {total for _, total in seen} == {SIZE}


def send_in_two_parts(gate: Event) -> Callable[[socket.socket, RawRequest], None]:
    """Sends two chunks, waits at the gate, sends the rest."""

    def answer(connection: socket.socket, _request: RawRequest) -> None:
        connection.sendall(reply(200, WHOLE[: 2 * CHUNK_BYTES], Content_Length=str(SIZE)))
        gate.wait(20)
        connection.sendall(WHOLE[2 * CHUNK_BYTES :])

    return answer


def test_each_chunk_is_on_disk_before_the_next_is_sent(tmp_path: Path) -> None:
    gate = Event()
    on_disk: list[int] = []

    def progress(_done: int, _total: int | None) -> None:
        if not gate.is_set():
            on_disk.append(part_of(tmp_path).stat().st_size)
        if len(on_disk) == 2:
            gate.set()

    with RawHost(send_in_two_parts(gate)) as host:
        download(
            host.url,
            tmp_path / "model.glb",
            stop=lambda: False,
            progress=progress,
            bounds=LOCAL_BOUNDS,
        )
    assert on_disk == [CHUNK_BYTES, 2 * CHUNK_BYTES]
    assert (tmp_path / "model.glb").read_bytes() == WHOLE


def test_stop_flag_ends_a_download_within_a_chunk(tmp_path: Path) -> None:
    gate = Event()
    seen: list[int] = []
    with RawHost(send_in_two_parts(gate)) as host:
        with pytest.raises(Stopped):
            download(
                host.url,
                tmp_path / "model.glb",
                stop=lambda: len(seen) == 1,
                progress=lambda done, _total: seen.append(done),
                bounds=LOCAL_BOUNDS,
            )
        assert not gate.is_set()
        gate.set()
    assert seen == [CHUNK_BYTES]
    assert part_of(tmp_path).read_bytes() == WHOLE[:CHUNK_BYTES]
    assert not (tmp_path / "model.glb").exists()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 451])
def test_refused_link_raises_link_expired_and_keeps_the_part(
    service: StandIn, link: str, tmp_path: Path, status: int
) -> None:
    leave_part(tmp_path, link, WHOLE[:10])
    service.fault(Fault(path="/results/", status=status, body="<Error/>"))
    assert type(fault_in(lambda: fetch(link, tmp_path))) is LinkExpired
    assert part_of(tmp_path).read_bytes() == WHOLE[:10]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_server_error_is_transient(
    service: StandIn, link: str, tmp_path: Path, status: int
) -> None:
    service.fault(Fault(path="/results/", status=status, body="later"))
    fault = fault_in(lambda: fetch(link, tmp_path))
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.SERVICE)
    assert str(status) in fault.trouble.detail
    assert fetch(link, tmp_path).read_bytes() == WHOLE


@pytest.mark.parametrize("cut", ["before", "after"])
def test_broken_connection_is_transient(
    service: StandIn, link: str, tmp_path: Path, cut: Cut
) -> None:
    service.fault(Fault(path="/results/", cut=cut))
    fault = fault_in(lambda: fetch(link, tmp_path))
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.OFFLINE)


def test_refused_connection_is_transient(tmp_path: Path) -> None:
    fault = fault_in(lambda: fetch(f"http://127.0.0.1:{closed_port()}/model.glb", tmp_path))
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.OFFLINE)


def test_file_of_unknown_length_is_downloaded(tmp_path: Path) -> None:
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
            bounds=LOCAL_BOUNDS,
        )
    assert (tmp_path / "model.glb").read_bytes() == WHOLE
    assert seen == {None}


def test_interrupted_chunked_transfer_is_not_complete(tmp_path: Path) -> None:
    def answer(connection: socket.socket, _request: RawRequest) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall(b"5\r\nhello\r\n")
        connection.shutdown(socket.SHUT_RDWR)

    with RawHost(answer) as host:
        assert type(fault_in(lambda: fetch(host.url, tmp_path))) is Transient
    assert not (tmp_path / "model.glb").exists()


def test_empty_file_is_downloaded(tmp_path: Path) -> None:
    with RawHost(always(reply(200))) as host:
        assert fetch(host.url, tmp_path).read_bytes() == b""


def test_download_does_not_check_the_content(service: StandIn, link: str, tmp_path: Path) -> None:
    service.fault(Fault(path="/results/", status=200, body=PAGE))
    assert fetch(link, tmp_path).read_bytes() == PAGE


def test_folder_that_cannot_be_made_is_a_disk_error(link: str, tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file stands where the folder should be")
    for folder in (tmp_path / "folder", tmp_path / "folder" / "deeper"):
        fault = fault_in(lambda f=folder: fetch(link, f))
        assert (type(fault), fault.trouble.kind) == (Rejected, Kind.FOLDER)
        assert str(tmp_path) not in fault.trouble.report()


def test_file_name_taken_by_a_folder_is_a_disk_error(link: str, tmp_path: Path) -> None:
    for taken in ("model.glb", "model.glb.part"):
        folder = tmp_path / taken.replace(".", "-")
        (folder / taken / "inside").mkdir(parents=True)
        fault = fault_in(lambda f=folder: fetch(link, f))
        assert (type(fault), fault.trouble.kind) == (Rejected, Kind.FOLDER)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_full_disk_is_transient(link: str, tmp_path: Path) -> None:
    part_of(tmp_path).symlink_to("/dev/full")
    fault = fault_in(lambda: fetch(link, tmp_path))
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.DISK)


def test_redirect_loop_raises_link_expired(tmp_path: Path) -> None:
    with RawHost(always(reply(302, Location="/again"))) as host:
        assert type(fault_in(lambda: fetch(f"{host.url}/model", tmp_path))) is LinkExpired
