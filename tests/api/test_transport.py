"""Where requests go and what they carry: the key, certificates, proxies, redirects, logs."""

import json
import logging
import socket
import traceback
from pathlib import Path

import pytest
import requests

from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.api.errors import Kind, OutcomeUnknown, Rejected, ServiceFault
from tripo_addon.api.http.presigned_upload import put_file
from tripo_addon.api.http.session import NoKey, open_session
from tripo_addon.api.http.transport import AnswerLost, KeyForOrigin, Transport, fault_of
from tripo_addon.api.services.tripo_v3 import TripoV3
from tripo_addon.api.tasks import TextToModel

from .hosts import RawHost, always, closed_port, reply, success
from .outcomes import fault_in, fetch
from .samples import picture

KEY = "tsk_marker_0123456789"
CHEST = TextToModel(model="v3.1-20260211", prompt="a chest")
BALANCE = always(success({"balance": 5}))


def authorization(auth: KeyForOrigin, url: str) -> object:
    return requests.Request("GET", url, auth=auth).prepare().headers.get("Authorization")


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://api.example:8443/v3/account/balance", True),
        ("https://API.example:8443/", True),
        ("https://api.example:8443?next=https://evil.example", True),
        ("http://api.example:8443/", False),
        ("https://api.example/", False),
        ("https://api.example:8444/", False),
        ("https://evil.example:8443/", False),
        ("https://api.example.evil.example:8443/", False),
        ("https://evil.example:8443/https://api.example:8443/", False),
    ],
)
def test_key_is_sent_only_to_its_own_origin(url: str, sent: bool) -> None:
    auth = KeyForOrigin("https://api.example:8443/base", "Authorization", f"Bearer {KEY}")
    assert authorization(auth, url) == (f"Bearer {KEY}" if sent else None)


def test_key_is_sent_to_the_api_and_not_to_the_artifact_host(tmp_path: Path) -> None:
    with StandIn(keys=(KEY,), seconds=0, filler_bytes=4096) as service:
        tripo = TripoV3(service.base_url, KEY)
        task_id = tripo.submit(CHEST, ())
        fetch(tripo.look_up([task_id])[task_id].output.models[0], tmp_path)
        tripo.close()
        roles = {each.role for each in service.ledger.requests}
        assert roles == {"api", "artifacts"}
        for each in service.ledger.requests:
            expected = f"Bearer {KEY}" if each.role == "api" else None
            assert each.headers.get("authorization") == expected
            assert KEY not in f"{each.path}{each.query}{each.body}"
        (fetched,) = service.ledger.sent("GET", "/results/")
        assert not [name for name in fetched.headers if "tripo" in name or name == "cookie"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_of_the_api_is_not_followed(status: int) -> None:
    with RawHost(BALANCE) as other:
        away = reply(status, Location=f"{other.url}/v3/account/balance")
        with RawHost(always(away)) as host:
            tripo = TripoV3(host.url, KEY)
            assert f"HTTP {status}" in fault_in(tripo.balance).trouble.sentence
            paid = fault_in(lambda: tripo.submit(CHEST, ()))
            # The request may have been carried out before any of these three.
            assert isinstance(paid, OutcomeUnknown) is (status in {301, 302, 303})
            tripo.close()
            assert len(host.requests) == 2
        assert other.requests == []


def test_key_is_in_no_repr() -> None:
    auth = KeyForOrigin("https://api.example", "Authorization", f"Bearer {KEY}")
    transport = Transport("https://api.example", auth, trace_header="X-Trace")
    tripo = TripoV3("https://api.example", KEY)
    for obj in (
        auth,
        transport,
        tripo,
        NoKey(),
        open_session(local=True),
        [auth],
        {"auth": auth},
    ):
        assert KEY not in f"{obj!r} {obj!s} {obj}"
    transport.close()
    tripo.close()


def failing_requests(service: StandIn) -> list[tuple[str, Fault | None]]:
    """Return every way in which a request can fail, as an address and a fault."""
    return [
        (service.base_url, Fault(path="/v3/", status=401, body={"code": 2, "message": "no"})),
        (service.base_url, Fault(path="/v3/", status=429, body={"code": 1007})),
        (service.base_url, Fault(path="/v3/", status=502, body="<html>")),
        (service.base_url, Fault(path="/v3/", status=200, body="<html>")),
        (service.base_url, Fault(path="/v3/", cut="before")),
        (service.base_url, Fault(path="/v3/", cut="after")),
        (service.base_url, Fault(path="/v3/", truncate=9)),
        (f"http://127.0.0.1:{closed_port()}", None),
        ("http://192.0.2.1", None),
        ("https://no..host", None),
    ]


def test_key_is_in_no_exception_and_no_report() -> None:
    with StandIn(keys=(KEY,), seconds=0, filler_bytes=4096) as service:
        for address, fault in failing_requests(service):
            for paid in (False, True):
                tripo = TripoV3(address, KEY)
                if fault is not None:
                    service.fault(fault)
                error = fault_in(lambda t=tripo, p=paid: t.submit(CHEST, ()) if p else t.balance())
                tripo.close()
                texts = [str(error), repr(error), repr(error.trouble), error.trouble.report()]
                texts += traceback.format_exception(error)
                assert KEY not in "".join(texts)
                assert "127.0.0.1" not in error.trouble.report()


def test_key_is_in_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("tripo_addon", "urllib3", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    with StandIn(keys=(KEY,), seconds=0, filler_bytes=4096) as service:
        tripo = TripoV3(service.base_url, KEY)
        tripo.upload(picture(tmp_path / "image.png"))
        task_id = tripo.submit(CHEST, ())
        fetch(tripo.look_up([task_id])[task_id].output.models[0], tmp_path)
        tripo.close()
        for address, fault in failing_requests(service):
            other = TripoV3(address, KEY)
            if fault is not None:
                service.fault(fault)
            fault_in(other.balance)
            other.close()
    logged = [f"{each.getMessage()} {each.args} {each.exc_text}" for each in caplog.records]
    assert any("/v3/account/balance" in line for line in logged)
    assert not [line for line in logged if KEY in line]


def test_netrc_neither_replaces_nor_adds_authorization(home: Path, tmp_path: Path) -> None:
    for name in (".netrc", "_netrc"):
        (home / name).write_text("machine 127.0.0.1 login somebody password secret\n")
        (home / name).chmod(0o600)
    assert requests.utils.get_netrc_auth("http://127.0.0.1/") == ("somebody", "secret")
    with StandIn(keys=(KEY,), seconds=0, filler_bytes=4096) as service:
        tripo = TripoV3(service.base_url, KEY)
        task_id = tripo.submit(CHEST, ())
        link = tripo.look_up([task_id])[task_id].output.models[0]
        tripo.close()
        fetch(link, tmp_path)
        with RawHost(always(reply(302, Location=link))) as host:
            fetch(host.url, tmp_path)
        assert "authorization" not in host.requests[0].headers
        sent = [(each.role, each.headers.get("authorization")) for each in service.ledger.requests]
    assert sent == [("api", f"Bearer {KEY}")] * 2 + [("artifacts", None)] * 2


@pytest.mark.parametrize("address", ["http://192.0.2.1", "http://api.example", "ftp://127.0.0.1"])
def test_only_https_and_loopback_are_contacted(address: str, tmp_path: Path) -> None:
    tripo = TripoV3(address, KEY)
    for call in (tripo.balance, lambda: tripo.look_up(["a"]), lambda: tripo.submit(CHEST, ())):
        fault = fault_in(call)
        assert (type(fault), fault.trouble.kind) == (Rejected, Kind.ADDRESS)
    tripo.close()


@pytest.mark.parametrize("address", ["http://192.0.2.1", "ftp://127.0.0.1", "", "http://[::1"])
def test_refused_link_is_reported_as_a_link_and_not_as_a_base_url(
    address: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.glb"
    file.write_bytes(b"glTF")
    link = f"{address}/model.glb"
    for call in (
        lambda: fetch(link, tmp_path),
        lambda: put_file(link, file, mime="model/gltf-binary", local=True),
    ):
        fault = fault_in(call)
        assert (type(fault), fault.trouble.kind) == (Rejected, Kind.LINK)
        assert fault.trouble.detail == "it is not a complete https:// address"
        assert "base URL" not in fault.trouble.report()


@pytest.mark.parametrize(
    "link",
    [
        "http://192.0.2.1/model.glb",
        "file:///etc/hosts",
        "https://no..host/a",
        "https://user@host/a",
    ],
)
def test_download_is_not_redirected_to_a_refused_address(link: str, tmp_path: Path) -> None:
    with RawHost(always(reply(302, Location=link))) as host:
        fault = fault_in(lambda: fetch(host.url, tmp_path))
        assert (type(fault), fault.trouble.kind) == (Rejected, Kind.LINK)
        assert "where it leads" in fault.trouble.detail
        assert len(host.requests) == 1
    assert not (tmp_path / "model.glb").exists()


@pytest.mark.parametrize("link", ["", "model.glb", "//host/model.glb", "https://", "https://ho st"])
def test_invalid_link_is_not_tried(link: str, tmp_path: Path) -> None:
    fault = fault_in(lambda: fetch(link, tmp_path))
    assert (type(fault), fault.trouble.kind) == (Rejected, Kind.LINK)


def test_cookies_are_neither_kept_nor_sent(tmp_path: Path) -> None:
    cookie = "session=1; Path=/"

    def answer(connection: socket.socket, request: object) -> None:
        line = getattr(request, "line", "")
        if "/start" in line:
            connection.sendall(reply(302, Location="/end", Set_Cookie=cookie))
        else:
            connection.sendall(
                success({"balance": 5}).replace(
                    b"\r\n\r\n", b"\r\nSet-Cookie: session=2\r\n\r\n", 1
                )
            )

    with RawHost(answer) as host:
        tripo = TripoV3(host.url, KEY)
        for _ in range(3):
            tripo.balance()
        tripo.close()
        fetch(f"{host.url}/start", tmp_path)
        with open_session(local=True) as session:
            assert "session=2" in session.get(host.url).headers["Set-Cookie"]
            assert not session.cookies
        assert len(host.requests) == 6
        assert not [request for request in host.requests if "cookie" in request.headers]


def test_host_that_never_answers_leaves_an_unknown_outcome() -> None:
    with RawHost(lambda _connection, _request: None) as host, open_session(local=True) as session:
        with pytest.raises(requests.ReadTimeout) as caught:
            session.post(host.url, timeout=(5, 0.1))
        assert isinstance(fault_of(caught.value), AnswerLost)
        assert len(host.requests) == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (requests.ConnectTimeout(), Kind.OFFLINE),
        (requests.exceptions.ProxyError(), None),
        (requests.exceptions.InvalidProxyURL(), Kind.PROXY),
        (requests.exceptions.InvalidURL(), Kind.ADDRESS),
        (requests.exceptions.InvalidSchema(), Kind.ADDRESS),
        (requests.exceptions.MissingSchema(), Kind.ADDRESS),
        (requests.ReadTimeout(), None),
        (requests.ConnectionError(), None),
        (requests.ConnectionError("reset"), None),
        (requests.exceptions.SSLError("cut in the middle"), None),
        (requests.exceptions.ChunkedEncodingError(), None),
        (requests.exceptions.ContentDecodingError(), None),
        (requests.TooManyRedirects(), None),
        (requests.RequestException(), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_requests_never_sent_count_as_unsent(
    error: requests.RequestException, kind: Kind | None
) -> None:
    fault = fault_of(error)
    if kind is None:
        assert isinstance(fault, AnswerLost)
    else:
        assert isinstance(fault, ServiceFault)
        assert fault.trouble.kind is kind


def test_every_request_has_a_user_agent_and_a_trace_id(service: StandIn, tripo: TripoV3) -> None:
    tripo.balance()
    (sent,) = service.ledger.requests
    assert sent.headers["user-agent"].startswith("tripo_addon")
    assert sent.headers["accept"] == "application/json"
    assert len(sent.headers["x-tripo-trace-id"]) == 36


def test_base_url_may_have_a_path() -> None:
    with RawHost(BALANCE) as host:
        tripo = TripoV3(f"{host.url}/tripo/", KEY)
        tripo.balance()
        tripo.close()
        assert host.requests[0].line == "GET /tripo/v3/account/balance HTTP/1.1"
        assert host.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_key_quoted_by_a_service_is_redacted() -> None:
    refusal = {"code": 2, "message": f"no such key: {KEY}", "suggestion": KEY}
    with RawHost(always(reply(401, json.dumps(refusal).encode()))) as host:
        error = fault_in(TripoV3(host.url, KEY).balance)
    assert KEY not in error.trouble.report()
    assert "[key]" in error.trouble.message
