"""A service that sends too much, or never ends: every exchange ends, and keeps little of it."""

import gzip
import json
import shutil
import socket
import tracemalloc
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.errors import Kind, OutcomeUnknown, Rejected, Stopped, Transient
from tripo_addon.api.http import downloads, exchange_limits, transport
from tripo_addon.api.http.addresses import is_opened
from tripo_addon.api.http.downloads import Bounds, download
from tripo_addon.api.http.exchange_limits import OutOfBounds, Watch, watching
from tripo_addon.api.services import lenient
from tripo_addon.api.services.tripo_v3 import TripoV3
from tripo_addon.api.tasks import TextToModel

from .customer import connect
from .hosts import Answer, RawHost, RawRequest, always, reply, success
from .outcomes import LOCAL_BOUNDS, fault_in
from .samples import picture

ROWS = pytest.mark.parametrize("row", SERVICES.values(), ids=SERVICES)
CHEST = TextToModel(model="v3.1-20260211", prompt="a chest")
KEY = "tsk_0123456789"
MANY = 64_000_000
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def packed(encoding: str) -> bytes:
    zeros = bytes(MANY)
    body = gzip.compress(zeros) if encoding == "gzip" else zlib.compress(zeros)
    return reply(200, body, Content_Encoding=encoding)


def endless(start: bytes, again: bytes) -> Answer:
    def answer(connection: socket.socket, _request: RawRequest) -> None:
        connection.sendall(start)
        for _ in range(MANY // len(again)):
            connection.sendall(again)

    return answer


BLOCK = bytes(100_000)
TOO_MUCH: dict[str, Callable[[], Answer]] = {
    "packed": lambda: always(packed("gzip")),
    "packed otherwise": lambda: always(packed("deflate")),
    "nothing, packed for ever": lambda: endless(
        reply(200, Content_Encoding="gzip", Content_Length=str(MANY)), gzip.compress(b"") * 5000
    ),
    "as it is": lambda: endless(reply(200, Content_Length=str(MANY)), BLOCK),
    "without a length": lambda: endless(b"HTTP/1.1 200 OK\r\n\r\n", BLOCK),
    "in chunks": lambda: endless(CHUNKED, b"186a0\r\n" + BLOCK + b"\r\n"),
    "a chunk's size that has no end": lambda: endless(CHUNKED, b"0" * 100_000),
    "words after the last chunk": lambda: endless(CHUNKED + b"0\r\n", b"a: b\r\n" * 10_000),
    "preliminary answers": lambda: endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 5000),
    "behind a redirect": lambda: endless(
        reply(302, Location="/elsewhere", Content_Length=str(MANY)), BLOCK
    ),
    "behind a refusal": lambda: endless(reply(500, Content_Length=str(MANY)), BLOCK),
}


@contextmanager
def few_bytes() -> Generator[None]:
    """Check that this block never uses much memory."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40_000_000


@pytest.mark.slow
@pytest.mark.parametrize("how", TOO_MUCH)
def test_endless_answer_is_rejected_and_never_paid_again(how: str) -> None:
    with RawHost(TOO_MUCH[how]()) as host:
        tripo = TripoV3(host.url, KEY)
        with few_bytes():
            read, paid = fault_in(tripo.balance), fault_in(lambda: tripo.submit(CHEST, ()))
        tripo.close()
        assert len(host.requests) == 2
    assert (type(read), type(paid)) == (Transient, OutcomeUnknown)
    # urllib3 itself refuses an endless line.
    reasons = ("larger than", "more than 4 MB", "interrupted")
    assert any(reason in read.trouble.sentence for reason in reasons)
    assert paid.trouble.kind is Kind.LOST_ANSWER


def test_compressed_answer_is_read(service: StandIn) -> None:
    body = {"code": 0, "data": {"balance": 5}}
    for content, encoding in (
        (gzip.compress(json.dumps(body).encode()), "gzip"),
        (zlib.compress(json.dumps(body).encode()), "deflate"),
    ):
        with RawHost(always(reply(200, content, Content_Encoding=encoding))) as host:
            tripo = TripoV3(host.url, KEY)
            assert tripo.balance().available == 5
            tripo.close()


@pytest.mark.parametrize("content", [b"not packed", gzip.compress(b"{}")[:-9]])
@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_corrupt_compressed_answer_leaves_an_unknown_outcome(content: bytes, encoding: str) -> None:
    with RawHost(always(reply(200, content, Content_Encoding=encoding))) as host:
        tripo = TripoV3(host.url, KEY)
        assert type(fault_in(tripo.balance)) is Transient
        assert type(fault_in(lambda: tripo.submit(CHEST, ()))) is OutcomeUnknown
        tripo.close()
        assert len(host.requests) == 2


def slow_answer(head: bytes, gone: Event) -> Answer:
    """Send a byte now and then, until the client disconnects."""

    def answer(connection: socket.socket, _request: RawRequest) -> None:
        try:
            connection.sendall(head)
            while not gone.wait(0.01):
                connection.sendall(b"x")
        finally:
            gone.set()

    return answer


SLOW_ANSWERS = {
    "from the first byte": b"",
    "in its headers": b"HTTP/1.1 200 OK\r\nX-Long: ",
    "in its body": reply(200, Content_Length="1000000"),
    "without a length": b"HTTP/1.1 200 OK\r\n\r\n",
    "in a chunk's size": CHUNKED,
}


@pytest.mark.parametrize("where", SLOW_ANSWERS)
@pytest.mark.parametrize("paid", [False, True])
def test_slow_answer_times_out(where: str, paid: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "ANSWER_SECONDS", 0.2)
    with RawHost(slow_answer(SLOW_ANSWERS[where], Event())) as host:
        tripo = TripoV3(host.url, KEY)
        fault = fault_in(lambda: tripo.submit(CHEST, ()) if paid else tripo.balance())
        tripo.close()
        assert len(host.requests) == 1
    assert type(fault) is (OutcomeUnknown if paid else Transient)
    assert "was not complete after" in fault.trouble.sentence


def test_stalled_upload_is_stopped_at_once(tmp_path: Path) -> None:
    """Cancels while no byte moves in either direction."""
    taken = Event()
    hold = Event()

    def deaf(connection: socket.socket, _request: RawRequest) -> None:
        taken.set()
        hold.wait(20)

    with RawHost(deaf) as host:
        tripo = TripoV3(host.url, KEY)
        with pytest.raises(Stopped):
            tripo.upload(picture(tmp_path / "a.png"), stop=taken.is_set)
        tripo.close()
        hold.set()


class FakeClock:
    """A clock that a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(exchange_limits.time, "monotonic", lambda: self.now)


@pytest.mark.parametrize("way", ["sent", "received"])
def test_transfer_above_minimum_speed_has_no_time_limit(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = FakeClock(monkeypatch)
    each = exchange_limits.LEAST_BYTES // 10
    line = Watch("the download", budget=10**9)
    passed = getattr(line, way)

    def windows(count: int, octets: int) -> None:
        for _ in range(10 * count):
            passed(octets)
            passing.now += exchange_limits.WINDOW_SECONDS / 10

    windows(500, each)
    with pytest.raises(OutOfBounds, match="too slow"):
        windows(2, each - 1)


def test_answer_timeout_starts_after_the_request_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passing = FakeClock(monkeypatch)
    line = Watch("its answer", budget=100, seconds=10)
    for _ in range(100):
        passing.now += 5
        line.sent(10**6)
    line.received(1)
    passing.now += 9
    line.received(1)
    passing.now += 2
    with pytest.raises(OutOfBounds, match="not complete after 10 seconds"):
        line.received(1)


def test_watch_is_not_used_after_its_exchange() -> None:
    line = Watch("its answer", budget=0)
    with watching(line), RawHost(always(success({"balance": 5}))) as host:
        tripo = TripoV3(host.url, KEY)
        tripo.balance()
        tripo.balance()
        tripo.close()
        assert {request.connection for request in host.requests} == {0}


LONG = "word " * 400_000
PLACES = ("code", "message", "suggestion", "request_id", "error", "detail", "failure_reason")


@pytest.mark.slow
@ROWS
def test_long_texts_of_a_service_are_cut(service: StandIn, row: Service) -> None:
    dialect = connect(row, service.base_url)
    for place in PLACES:
        body = {"status": "error", "code": 1001} | {place: LONG}
        service.fault(Fault(status=500, body=body, headers={"X-Tripo-Trace-ID": LONG[:60_000]}))
        trouble = fault_in(lambda: dialect.look_up(["a"])).trouble
        assert len(trouble.sentence) < 500
        assert len(trouble.report()) < 3 * lenient.LONGEST_WORDS
    dialect.close()


def test_number_of_links_of_a_task_is_limited() -> None:
    links = [f"https://files.example/{number}.glb" for number in range(20_000)]
    task = {"task_id": "a", "status": "success", "output": {"model_urls": links}}
    task["error_msg"] = LONG
    with RawHost(always(success({"tasks": {"a": task}}))) as host:
        tripo = TripoV3(host.url, KEY)
        found = tripo.look_up(["a"])["a"]
        tripo.close()
    assert len(found.output.clips) < lenient.MOST_LINKS
    assert len(found.error_message) <= lenient.LONGEST_WORDS
    assert tripo.service is TRIPO_V3


def without_an_end(connection: socket.socket, _request: RawRequest) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(MANY // len(BLOCK)):
        connection.sendall(BLOCK)


def fetch_within(link: str, folder: Path, bounds: Bounds) -> None:
    target = folder / "model.glb"
    download(link, target, stop=lambda: False, progress=lambda _done, _total: None, bounds=bounds)


@pytest.mark.parametrize("announced", [True, False])
def test_too_large_file_is_rejected_and_leaves_no_part(announced: bool, tmp_path: Path) -> None:
    bounds = Bounds(local=True, most=100_000, most_unsaid=100_000, spare=0)
    answer = always(reply(200, BLOCK + b"!")) if announced else without_an_end
    with RawHost(answer) as host:
        fault = fault_in(lambda: fetch_within(host.url, tmp_path, bounds))
    assert (type(fault), fault.trouble.kind) == (Rejected, Kind.RESULT)
    assert " MB" in fault.trouble.detail
    assert not list(tmp_path.glob("model*"))


def test_file_larger_than_the_free_disk_space_is_not_started(tmp_path: Path) -> None:
    room = Bounds(local=True, most=1 << 62, spare=0)
    with RawHost(always(reply(200, BLOCK, Content_Length=str(1 << 61)))) as host:
        fault = fault_in(lambda: fetch_within(host.url, tmp_path, room))
    assert (type(fault), fault.trouble.kind) == (Transient, Kind.DISK)
    assert "are needed" in fault.trouble.detail
    assert not (tmp_path / "model.glb.part").exists()


def test_part_is_kept_when_the_disk_fills_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = iter([10**9, 10])
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda _: usage._replace(free=next(free)))
    monkeypatch.setattr(downloads, "_LOOK_BYTES", 200_000)
    with RawHost(always(reply(200, BLOCK * 3))) as host:
        fault = fault_in(lambda: fetch_within(host.url, tmp_path, Bounds(local=True, spare=100)))
    assert fault.trouble.kind is Kind.DISK
    kept = (tmp_path / "model.glb.part").stat().st_size
    assert 200_000 <= kept < 300_000


def test_slow_download_stops_at_once_on_cancel(tmp_path: Path) -> None:
    with RawHost(slow_answer(reply(200, Content_Length="1000000"), gone := Event())) as host:
        with pytest.raises(Stopped):
            download(
                host.url,
                tmp_path / "model.glb",
                stop=lambda: len(host.requests) == 1,
                progress=lambda _done, _total: None,
                bounds=LOCAL_BOUNDS,
            )
        assert gone.wait(20)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "127.1",
        "127.0.0.1.",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
    ],
)
def test_remote_service_cannot_link_to_this_machine(host: str, tmp_path: Path) -> None:
    for link in (f"http://{host}/a.glb", f"https://{host}:8443/a.glb"):
        assert not is_opened(link, local=False)
        fault = fault_in(lambda it=link: fetch_within(it, tmp_path, Bounds()))
        assert (type(fault), fault.trouble.kind) == (Rejected, Kind.LINK)
    assert is_opened("https://files.example/a.glb", local=False)
    assert is_opened("https://127.example/a.glb", local=False)
