"""A stand-in at work, our dialect connected to it, and an environment that holds nothing personal.

Every test has its own: nothing is shared but code.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.standin.service import DEFAULT_KEY, StandIn
from tripo_addon.api.services.tripo_v3 import TripoV3

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder; no proxy, no certificates and no key from outside."""
    for name in (*_PROXIES, *map(str.lower, _PROXIES), *_BUNDLES, "TRIPO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    return folder


@pytest.fixture
def service() -> Iterator[StandIn]:
    """A stand-in that finishes every task at once and forges nothing."""
    with StandIn(seconds=0, filler_bytes=4096, balance=100_000) as running:
        yield running


@pytest.fixture
def tripo(service: StandIn) -> Iterator[TripoV3]:
    """Our dialect of Tripo v3, connected to the stand-in."""
    dialect = TripoV3(service.base_url, DEFAULT_KEY)
    yield dialect
    dialect.close()
