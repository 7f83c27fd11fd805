"""Fixtures of the API tests: a running stand-in, our dialects connected to it, and a clean
environment.

Every test has its own; nothing is shared.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.standin.service import DEFAULT_KEY, StandIn
from tests.standin.terms import Terms
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.services.tripo_v3 import TripoV3

from .customer import FUNDS, Customer

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC")
_KEYS = tuple(row.key_variable for row in SERVICES.values())
UNHURRIED = Terms(per_minute=1_000_000)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder; no proxy, no certificates and no key from the environment."""
    for name in (*_PROXIES, *map(str.lower, _PROXIES), *_BUNDLES, *_KEYS):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    return folder


@pytest.fixture
def service() -> Iterator[StandIn]:
    """A stand-in that finishes every task at once, without a forge."""
    with StandIn(
        seconds=0,
        filler_bytes=4096,
        balance=FUNDS,
        per_minute=1_000_000,
        studio=UNHURRIED,
        pixazo=UNHURRIED,
        comfy=UNHURRIED,
        old_versions=True,
    ) as running:
        yield running


@pytest.fixture
def tripo(service: StandIn) -> Iterator[TripoV3]:
    """Our dialect of Tripo v3, connected to the stand-in."""
    dialect = TripoV3(service.base_url, DEFAULT_KEY)
    yield dialect
    dialect.close()


@pytest.fixture
def customer(service: StandIn, tmp_path: Path) -> Iterator[Customer]:
    """A customer that requests tasks of every service at the stand-in."""
    with Customer(service, tmp_path) as ready:
        yield ready
