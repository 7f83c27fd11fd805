"""Certificates and proxies: which hosts are trusted, and what is between us and them."""

import socket
import ssl
import struct
import sys
import threading
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.standin.service import StandIn
from tripo_addon.api.errors import Kind, OutcomeUnknown, Rejected, Transient
from tripo_addon.api.http import exchange_limits, presigned_upload, transport
from tripo_addon.api.http.downloads import download
from tripo_addon.api.http.presigned_upload import put_file
from tripo_addon.api.services.tripo_v3 import TripoV3
from tripo_addon.api.tasks import TextToModel

from .customer import STARTING_CREDITS
from .hosts import RawHost, RawRequest, always, closed_port, read_request, reply, success
from .outcomes import fault_in, fetch

KEY = "tsk_marker_0123456789"
CHEST = TextToModel(model="v3.1-20260211", prompt="a chest")
BALANCE = always(success({"balance": 5}))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that no system trusts."""
    return trustme.CA()


def certified(authority: trustme.CA, *names: str, until: datetime | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, not_after=until).configure_cert(context)
    return context


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the authority through the environment, as a company's network does."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))


@pytest.mark.parametrize(
    "switch", ["", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PYTHONHTTPSVERIFY"]
)
def test_untrusted_certificate_is_refused_and_nothing_is_sent(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    if switch:
        monkeypatch.setenv(switch, "0" if switch.startswith("PYTHON") else "")
    with RawHost(BALANCE, context=certified(authority, "127.0.0.1")) as host:
        tripo = TripoV3(host.url, KEY)
        for call in (
            tripo.balance,
            lambda: tripo.submit(CHEST, ()),
            tripo.balance,
            lambda: fetch(f"{host.url}/model.glb", tmp_path),
        ):
            fault = fault_in(call)
            assert (type(fault), fault.trouble.kind) == (Transient, Kind.CERTIFICATE)
        tripo.close()
        assert host.requests == []


def test_certificate_of_a_trusted_authority_is_accepted(
    authority: trustme.CA, trusted: None, tmp_path: Path
) -> None:
    with RawHost(BALANCE, context=certified(authority, "127.0.0.1")) as host:
        tripo = TripoV3(host.url, KEY)
        assert tripo.balance().available == 5
        tripo.close()
        assert fetch(f"{host.url}/model.glb", tmp_path).exists()
        assert [request.headers.get("authorization") for request in host.requests] == [
            f"Bearer {KEY}",
            None,
        ]


@pytest.mark.parametrize(
    ("name", "until"),
    [("other.example", None), ("127.0.0.1", datetime(2020, 1, 1, tzinfo=UTC))],
    ids=["another name", "run out"],
)
def test_trusted_authority_does_not_excuse_a_wrong_host_name(
    authority: trustme.CA, trusted: None, name: str, until: datetime | None
) -> None:
    with RawHost(BALANCE, context=certified(authority, name, until=until)) as host:
        tripo = TripoV3(host.url, KEY)
        fault = fault_in(lambda: tripo.submit(CHEST, ()))
        tripo.close()
        assert (type(fault), fault.trouble.kind) == (Transient, Kind.CERTIFICATE)
        assert host.requests == []


@pytest.mark.usefixtures("trusted")
def test_slow_tls_answer_times_out_too(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "ANSWER_SECONDS", 0.3)
    gone = threading.Event()

    def drip(connection: socket.socket, _request: RawRequest) -> None:
        connection.sendall(reply(200, Content_Length="1000"))
        while not gone.wait(0.02):
            connection.sendall(b" ")

    with RawHost(drip, context=certified(authority, "127.0.0.1")) as host:
        tripo = TripoV3(host.url, KEY)
        fault = fault_in(lambda: tripo.submit(CHEST, ()))
        tripo.close()
        gone.set()
    assert type(fault) is OutcomeUnknown


@pytest.mark.usefixtures("trusted")
def test_large_file_reaches_a_slow_host_completely(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The upload takes longer than the host may be silent, and waits many times."""
    monkeypatch.setattr(exchange_limits, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(presigned_upload, "CONNECT_SECONDS", 0.2)
    model = tmp_path / "model.glb"
    model.write_bytes(bytes(range(256)) * 40_000)
    received: list[bytes] = []

    def slow(connection: socket.socket, request: RawRequest) -> None:
        received.append(request.body)
        connection.sendall(reply(200))

    def sip(file: Any, count: int) -> bytes:
        pieces: list[bytes] = []
        while count > 0 and (piece := file.read(min(count, 400_000))):
            pieces.append(piece)
            count -= len(piece)
            time.sleep(0.02)
        return b"".join(pieces)

    with RawHost(slow, context=certified(authority, "127.0.0.1"), take=sip) as host:
        put_file(f"{host.url}/put", model, mime="model/gltf-binary", local=True)
    assert received == [model.read_bytes()]


@pytest.mark.usefixtures("trusted")
def test_remote_redirect_to_this_machine_is_not_followed(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = socket.getaddrinfo

    def everything_here(_host: str, *rest: Any, **more: Any) -> Any:
        return look_up("127.0.0.1", *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", everything_here)
    with (
        RawHost(BALANCE, context=certified(authority, "localhost", "127.0.0.1")) as secret,
        RawHost(BALANCE) as open_secret,
    ):
        for place in (secret.url, f"https://localhost:{secret.port}", open_secret.url):
            away = always(reply(302, Location=f"{place}/secret"))
            with RawHost(away, context=certified(authority, "files.example")) as host:
                link = f"https://files.example:{host.port}/model.glb"
                fault = fault_in(
                    lambda it=link: download(
                        it,
                        tmp_path / "model.glb",
                        stop=lambda: False,
                        progress=lambda _done, _total: None,
                    )
                )
                assert (type(fault), fault.trouble.kind) == (Rejected, Kind.LINK)
                assert len(host.requests) == 1
        assert secret.requests == open_secret.requests == []


def test_redirect_to_an_untrusted_host_is_not_downloaded(
    authority: trustme.CA, tmp_path: Path
) -> None:
    with (
        RawHost(BALANCE, context=certified(authority, "127.0.0.1")) as secret,
        RawHost(always(reply(302, Location=f"{secret.url}/model.glb"))) as host,
    ):
        assert fault_in(lambda: fetch(host.url, tmp_path)).trouble.kind is Kind.CERTIFICATE
        assert secret.requests == []


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""], ids=repr)
def test_failed_handshake_proves_nothing_was_paid(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for _call in range(2):
                connection, _ = listening.accept()
                with connection:
                    connection.recv(1 << 16)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        tripo = TripoV3(f"https://127.0.0.1:{listening.getsockname()[1]}", KEY)
        for call in (lambda: tripo.submit(CHEST, ()), tripo.balance):
            fault = fault_in(call)
            assert (type(fault), fault.trouble.kind) == (Transient, Kind.OFFLINE)
            assert "secure" in fault.trouble.detail
        tripo.close()
        thread.join()


def test_host_with_only_old_tls_proves_nothing_was_paid(
    authority: trustme.CA, trusted: None
) -> None:
    context = certified(authority, "127.0.0.1")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    with RawHost(BALANCE, context=context) as host:
        tripo = TripoV3(host.url, KEY)
        fault = fault_in(lambda: tripo.submit(CHEST, ()))
        tripo.close()
        assert (type(fault), fault.trouble.kind) == (Transient, Kind.OFFLINE)
        assert host.requests == []


def test_tls_connection_lost_after_the_request_is_a_lost_answer(
    authority: trustme.CA, trusted: None
) -> None:
    def garble(connection: socket.socket, _request: object) -> None:
        plain = socket.socket(fileno=connection.fileno())
        plain.sendall(b"\x17\x03\x03\x00\x05wrong")
        plain.detach()

    with RawHost(garble, context=certified(authority, "127.0.0.1")) as host:
        tripo = TripoV3(host.url, KEY)
        assert type(fault_in(lambda: tripo.submit(CHEST, ()))) is OutcomeUnknown
        tripo.close()
        assert len(host.requests) == 1


def proxy_to(context: ssl.SSLContext, inside: list[str]) -> RawHost:
    """A proxy that accepts every tunnel, and is itself the host at the other end."""

    def tunnel(connection: socket.socket, _request: object) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with context.wrap_socket(connection, server_side=True) as secret:
            request = read_request(secret)
            assert request is not None
            inside.append(request.headers["authorization"])
            secret.sendall(success({"balance": 5}))

    return RawHost(tunnel)


def test_service_is_verified_through_a_proxy_that_never_sees_the_key(
    authority: trustme.CA, trusted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[str] = []
    with proxy_to(certified(authority, "api.example"), inside) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        tripo = TripoV3("https://api.example", KEY)
        assert tripo.balance().available == 5
        tripo.close()
        (request,) = proxy.requests
        assert request.line.split()[:2] == ["CONNECT", "api.example:443"]
        assert KEY not in str(request)
    assert inside == [f"Bearer {KEY}"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the store is not named by a file")
@pytest.mark.parametrize("through_a_proxy", [False, True])
def test_system_certificates_are_trusted(
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    through_a_proxy: bool,
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "store.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "store.pem"))
    with (
        RawHost(BALANCE, context=certified(authority, "127.0.0.1")) as host,
        proxy_to(certified(authority, "api.example"), []) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        tripo = TripoV3("https://api.example" if through_a_proxy else host.url, KEY)
        assert tripo.balance().available == 5
        tripo.close()
        assert (len(host.requests), len(proxy.requests)) == ((0, 1) if through_a_proxy else (1, 0))


@pytest.mark.parametrize("rudely", [False, True], ids=["closed", "reset"])
def test_answer_lost_behind_a_proxy_is_never_taken_as_unsent(
    authority: trustme.CA, trusted: None, monkeypatch: pytest.MonkeyPatch, rudely: bool
) -> None:
    context, request = certified(authority, "api.example"), []

    def tunnel(connection: socket.socket, _request: object) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with context.wrap_socket(connection, server_side=True) as secret:
            request.append(read_request(secret))
            if rudely:
                linger = struct.pack("ii", 1, 0)
                secret.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    with RawHost(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        tripo = TripoV3("https://api.example", KEY)
        assert type(fault_in(lambda: tripo.submit(CHEST, ()))) is OutcomeUnknown
        tripo.close()
    assert len(request) == 1


def test_proxy_cannot_impersonate_the_service(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[str] = []
    with proxy_to(certified(authority, "api.example"), inside) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        tripo = TripoV3("https://api.example", KEY)
        fault = fault_in(lambda: tripo.submit(CHEST, ()))
        tripo.close()
        assert (type(fault), fault.trouble.kind) == (Transient, Kind.CERTIFICATE)
    assert inside == []


def test_proxy_that_refuses_proves_nothing_was_paid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with RawHost(always(reply(407))) as demanding, RawHost(always(reply(403))) as refusing:
        for proxy in (
            f"http://127.0.0.1:{closed_port()}",
            demanding.url,
            refusing.url,
            "socks5://127.0.0.1:1",
            "SOCKS5H://127.0.0.1:1",
            "http:///nowhere",
            "http://[::1",
            "http://proxy:99999",
            "http://a proxy:80",
            "htp://proxy:80",
            "http://user:pa#ss@proxy:80",
        ):
            monkeypatch.setenv("HTTPS_PROXY", proxy)
            tripo = TripoV3("https://api.example", KEY)
            fault = fault_in(lambda t=tripo: t.submit(CHEST, ()))
            tripo.close()
            assert (type(fault), fault.trouble.kind) == (Transient, Kind.PROXY), proxy
            assert "HTTPS_PROXY" in fault.trouble.advice
            assert "127.0.0.1" not in fault.trouble.report()
        assert KEY not in str(demanding.requests + refusing.requests)


def test_loopback_never_goes_through_a_proxy(
    service: StandIn,
    tripo: TripoV3,
    authority: trustme.CA,
    trusted: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nowhere = f"http://127.0.0.1:{closed_port()}"
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, nowhere)
    assert tripo.balance().available == STARTING_CREDITS
    with RawHost(BALANCE, context=certified(authority, "127.0.0.1")) as host:
        secret = TripoV3(host.url, KEY)
        assert secret.balance().available == 5
        secret.close()


def test_missing_certificate_file_is_named_as_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "gone.pem"))
    tripo = TripoV3(f"https://127.0.0.1:{closed_port()}", KEY)
    for call in (
        tripo.balance,
        lambda: tripo.submit(CHEST, ()),
        lambda: fetch(f"https://127.0.0.1:{closed_port()}/model.glb", tmp_path),
    ):
        fault = fault_in(call)
        assert (type(fault), fault.trouble.kind) == (Transient, Kind.CERTIFICATE)
        assert "does not exist" in fault.trouble.detail
        assert str(tmp_path) not in fault.trouble.report()
    tripo.close()
