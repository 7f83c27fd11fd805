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
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.services.tripo_v3 import TripoV3
from tripo_addon.api.tasks import ImageToModel, TaskRequest, TextToModel

from .customer import STARTING_CREDITS, Customer, PaidRequest

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC")
_KEYS = tuple(row.key_variable for row in SERVICES.values())
NO_RATE_LIMIT = Terms(per_minute=1_000_000)


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
        balance=STARTING_CREDITS,
        per_minute=1_000_000,
        studio=NO_RATE_LIMIT,
        pixazo=NO_RATE_LIMIT,
        comfy=NO_RATE_LIMIT,
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


@pytest.fixture
def link(tripo: TripoV3) -> str:
    """A new link to a finished model."""
    task_id = tripo.submit(TextToModel(model="v3.1-20260211", prompt="a chest"), ())
    return tripo.look_up([task_id])[task_id].output.models[0]


@pytest.fixture
def paid_request(customer: Customer, row: Service) -> PaidRequest:
    """A request of the service that a test is run for, with the parameter `row`."""
    text = row.offers.get(TaskKind.TEXT_TO_MODEL)
    if text is None:
        request: TaskRequest = ImageToModel(image=customer.address)
    else:
        request = TextToModel(model=text.default_model, prompt="a chest")
    return PaidRequest(customer.dialect(row), request)
