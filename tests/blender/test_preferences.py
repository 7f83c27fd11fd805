"""The preferences: what they show, and what their network settings and file buttons do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.api.hosts import RawHost, always, reply
from tests.blender import addon
from tests.gui.recording_layout import Written, shows
from tests.standin.service import StandIn
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.http import network
from tripo_addon.blender import loop, settings
from tripo_addon.blender.session import composition, connection
from tripo_addon.blender.session.connection import Stage
from tripo_addon.blender.session.disk_meter import METER
from tripo_addon.blender.ui import first_run
from tripo_addon.jobs.model.job import State

PATIENCE = 60.0


@pytest.fixture
def context(service: StandIn) -> Iterator[bpy.types.Context]:
    with addon.enabled(service) as context:
        yield context
    network.use(network.Network())


class Page:
    """The preferences with a layout that records everything."""

    def __init__(self) -> None:
        self.layout = Written(unfolded=True)
        self._preferences: Any = settings.preferences()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._preferences, name)


def page(context: bpy.types.Context) -> list[str]:
    """Return every line of the preferences."""
    shown = Page()
    type(shown._preferences).draw(shown, context)
    return shown.layout.lines


def wait(until: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < end
        loop.pump()
        METER.turn()
        time.sleep(0.01)


def test_preferences_have_all_sections_for_every_service(context) -> None:
    for service in SERVICES.values():
        settings.preferences().service = service.id
        lines = page(context)
        for heading in ("Import", "Files", "Network", "Privacy", "Diagnostics"):
            assert heading in lines, service.id
        assert shows(lines, f"are sent to {service.label} (")


def test_pasted_text_that_is_no_key_is_reported_below_the_buttons(context) -> None:
    for key in (addon.KEY, ""):
        settings.preferences().api_key = key
        before = page(context)
        first_run.take_key("tcli_0123456789abcdef")
        after = page(context)
        assert shows(after, "This is a Client ID, not a key")
        button = before.index("[tripo_addon.paste_key]")
        assert after[: button + 1] == before[: button + 1]
        composition.WIRING.key_refused = ""


def test_chosen_proxy_is_used_and_its_error_shown_beside_the_test(context) -> None:
    chosen = settings.preferences()
    composition.engine()
    with RawHost(always(reply(403))) as proxy:
        chosen.base_url = "https://api.example"
        chosen.proxy, chosen.proxy_address = "OWN", proxy.url
        bpy.ops.tripo_addon.check_connection()
        wait(lambda: connection.known().stage is Stage.BAD)
        assert proxy.requests[0].line.split()[:2] == ["CONNECT", "api.example:443"]
    assert shows(page(context), connection.known().sentence)
    chosen.proxy_address = ""
    assert shows(page(context), "Enter the address of the proxy")
    chosen.proxy_address = "socks5://127.0.0.1:1080"
    assert shows(page(context), "only HTTP proxies are supported")


def test_certificate_file_is_checked_when_chosen(context, tmp_path: Path) -> None:
    composition.engine()
    bad = tmp_path / "company.pem"
    bad.write_text("not a certificate")
    settings.preferences().certificate_file = str(bad)
    wait(lambda: composition.certificate_trouble() is not None)
    assert shows(page(context), "Nothing is sent: the certificate file has no certificates")
    assert str(tmp_path) not in "".join(page(context))
    assert network.in_force().certificates == str(bad), "it would be passed by without a word"
    settings.preferences().certificate_file = ""
    assert not shows(page(context), "Nothing is sent")


def test_purge_deletes_prepared_copy_and_model_can_be_imported_again(
    context, service: StandIn
) -> None:
    context.scene.tripo_addon.text.prompt = "a chest"
    bpy.ops.tripo_addon.generate_text()
    (job,) = composition.jobs()
    assert job.state is State.DONE
    wait(METER.use)
    assert shows(page(context), "can be purged")
    blend, model = job.blend, job.model
    assert blend is not None
    assert model is not None
    bpy.ops.tripo_addon.purge()
    wait(METER.use)
    assert not blend.exists()
    assert model.exists()
    assert not bpy.ops.tripo_addon.purge.poll()
    bpy.ops.tripo_addon.import_job(job_id=job.id)
    assert composition.jobs()[0].state is State.DONE
    assert len(service.ledger.sent("POST", "/v3/generation")) == 1
