"""The proxy and the certificates that the artist chose, on real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tripo_addon.api.errors import Kind, Transient
from tripo_addon.api.http import network
from tripo_addon.api.http.certificates import refuse_certificates
from tripo_addon.api.http.network import Network, Route
from tripo_addon.api.services.tripo_v3 import TripoV3
from tripo_addon.api.tasks import TextToModel

from .hosts import RawHost, always, closed_port, success
from .outcomes import fault_in
from .test_transport_tls import certified, proxy_to

KEY = "tsk_marker_0123456789"
CHEST = TextToModel(model="v3.1-20260211", prompt="a chest")
BALANCE = always(success({"balance": 5}))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that no system trusts."""
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    """The certificate file of a company."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    return str(tmp_path / "authority.pem")


@pytest.fixture(autouse=True)
def usual_choices() -> Iterator[None]:
    """Restore the default choices for later tests."""
    yield
    network.use(Network())


def test_chosen_certificates_are_trusted_besides_the_systems(
    authority: trustme.CA, bundle: str
) -> None:
    with RawHost(BALANCE, context=certified(authority, "127.0.0.1")) as host:
        before = TripoV3(host.url, KEY)
        assert fault_in(before.balance).trouble.kind is Kind.CERTIFICATE
        network.use(Network(certificates=bundle))
        after = TripoV3(host.url, KEY)
        assert after.balance().available == 5
        for tripo in (before, after):
            tripo.close()


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_file_without_certificates_fails_before_payment(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "company.pem"
    if content is not None:
        path.write_bytes(content)
    network.use(Network(certificates=str(path)))
    with RawHost(BALANCE, context=certified(trustme.CA(), "127.0.0.1")) as host:
        tripo = TripoV3(host.url, KEY)
        fault = fault_in(lambda: tripo.submit(CHEST, ()))
        tripo.close()
        assert (type(fault), fault.trouble.kind) == (Transient, Kind.CERTIFICATE)
        assert fault.trouble.detail == refuse_certificates(str(path)) != ""
        assert str(tmp_path) not in fault.trouble.report()
        assert host.requests == []


def test_repaired_certificate_file_is_read_again(bundle: str, tmp_path: Path) -> None:
    path = tmp_path / "company.pem"
    path.write_text("nothing yet")
    assert refuse_certificates(str(path))
    path.write_bytes(Path(bundle).read_bytes())
    assert refuse_certificates(str(path)) == ""


def test_chosen_proxy_overrides_the_environment_and_never_sees_the_key(
    authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[str] = []
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port()}")
    with proxy_to(certified(authority, "api.example"), inside) as proxy:
        network.use(Network(Route.OWN, proxy=proxy.url, certificates=bundle))
        tripo = TripoV3("https://api.example", KEY)
        assert tripo.balance().available == 5
        tripo.close()
        assert KEY not in str(proxy.requests)
    assert inside == [f"Bearer {KEY}"]


def test_without_a_chosen_proxy_the_environments_is_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with RawHost(BALANCE) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        network.use(Network(Route.DIRECT))
        tripo = TripoV3("https://no-such-host.invalid", KEY)
        assert fault_in(tripo.balance).trouble.kind is Kind.OFFLINE
        tripo.close()
        assert proxy.requests == []


@pytest.mark.parametrize("address", ["", "socks5://127.0.0.1:1080", "http://"])
def test_unusable_proxy_is_never_bypassed(address: str) -> None:
    with RawHost(BALANCE):
        network.use(Network(Route.OWN, proxy=address))
        tripo = TripoV3("https://api.example", KEY)
        fault = fault_in(lambda: tripo.submit(CHEST, ()))
        tripo.close()
        assert (type(fault), fault.trouble.kind) == (Transient, Kind.PROXY)


def test_proxy_password_is_in_no_repr() -> None:
    assert "secret" not in repr(Network(Route.OWN, proxy="http://me:secret@proxy.example:8080"))
