import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.standin.service import StandIn

from .conftest import Perform
from .recording_layout import shows

SERVICES = ("tripo-v3", "tripo-v2", "3daistudio", "pixazo", "comfy-router")
NOTE = "Separate Parts come only without a texture"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Return a folder with a picture that could show a model."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    chest = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(chest).rectangle((60, 90, 200, 190), "saddlebrown")
    chest.save(folder / "chest.png")
    return folder


@pytest.fixture
def web(pictures: Path) -> Iterator[str]:
    """Serve the folder on loopback, as the public web would. Yields its address."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(pictures))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_every_service_shows_its_options_and_generates_a_model(
    perform: Perform, service: StandIn, pictures: Path, web: str
) -> None:
    report = perform("services", picture=str(pictures / "chest.png"), address=f"{web}/chest.png")
    forms, versions = report["forms"], report["versions"]
    for mode in ("text", "multiview"):
        assert shows(forms["pixazo"][mode], "Pixazo only makes models from one public image")
        assert not any(line.startswith(f"<{mode}.") for line in forms["pixazo"][mode])
        assert f"<{mode}, dim>" in forms["pixazo"]["image"]
        assert f"<{mode}>" in forms["3daistudio"]["image"]
    assert "<path_url>" in forms["pixazo"]["image"]
    assert shows(forms["pixazo"]["image"], "anyone with its address can read it")
    assert "<path>" in forms["3daistudio"]["image"]
    assert shows(forms["3daistudio"]["multiview"], "not told which picture is which view")
    assert "<texture_version>" in forms["tripo-v3"]["text"]
    assert "<texture_version>" not in forms["tripo-v2"]["text"]

    assert {"<geometry_quality>", "<quad>", "[Generate · 40 credits]"} <= {*versions["general"]}
    assert not {"<geometry_quality>", "<quad>"} & {*versions["low poly"]}
    assert "[Generate · 60 credits]" in versions["low poly"]
    assert versions["general again"] == versions["general"]
    assert versions["hidden"]
    assert shows(versions["old"], "Tripo's documents list this version; its servers may refuse it")
    assert versions["no longer"] == "v3.1-20260211"

    parts = report["parts"]
    assert (parts["texture"], parts["parts"]) == (False, True)
    assert shows(parts["words"], NOTE)
    assert "[Generate · 30 credits]" in parts["words"]

    file, address = report["addresses"]["file"], report["addresses"]["address"]
    assert file["held"] == str(pictures / "chest.png")
    assert not file["may generate"]
    assert shows(file["words"], "Pixazo cannot take a file: enter the public web address")
    assert address["may generate"]
    assert "[Generate · price not published]" in address["words"]

    assert report["made"] == [{"account": name, "link": name} for name in SERVICES]
    assert len(service.ledger.tasks) == len(SERVICES)
    assert shows(forms["tripo-v2"]["text"], "Tripo ended its API v2 on 2026-10-31")
    assert shows(report["smart uv"], "up to 80,000 triangles, and this model has 180,000")
    assert shows(report["smart uv"], "with Low Poly (30 credits)")
    assert report.picture("smart-uv")
    for name in SERVICES:
        report.picture(f"preferences-{name}")
        report.picture(f"{name}-image")
