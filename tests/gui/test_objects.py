from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blender.landings import CHANGES
from tests.standin.service import StandIn

from .conftest import Perform
from .recording_layout import shows


@pytest.fixture
def service(tmp_path: Path) -> Iterator[StandIn]:
    """A service that really processes what it is sent."""
    with StandIn(seconds=1.0, folder=tmp_path / "service") as running:
        yield running


def test_each_landing_mode_is_visible_and_undone_in_one_step(perform: Perform) -> None:
    report = perform("objects")
    assert shows(report["words"], "Troll")
    assert shows(report["words"], "Your own mesh: it is uploaded to Tripo as a file (free)")
    assert "[Texture · 10 credits]" in report["words"]
    assert "[tripo_addon.cancel_job]" in report["during"], "a click changes nothing in its panel"
    for landing, facts in report["landings"].items():
        assert set(facts["changed"]) == CHANGES[landing], landing
        assert facts["left by undo"] == [], landing
        assert facts["blocks left"] == [], landing
        report.picture(f"{landing.lower()}-during")
        report.picture(f"{landing.lower()}-after")
