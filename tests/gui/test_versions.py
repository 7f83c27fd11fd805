from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.standin.service import StandIn

from .conftest import PROMPT, Perform
from .recording_layout import shows


@pytest.fixture
def service(tmp_path: Path) -> Iterator[StandIn]:
    """A service that really processes what it is sent."""
    with StandIn(seconds=1.0, folder=tmp_path / "service") as running:
        yield running


def test_model_is_segmented_restored_and_confirmed_by_clicks(perform: Perform) -> None:
    report = perform("versions", prompt=PROMPT)
    generated, segmented = report["generated"], report["segmented"]
    assert segmented["parts"] > generated["parts"]
    assert (segmented["label"], segmented["variants"]) == ("Segment", ["Model from Text"])
    assert f"{report['name']} · {segmented['parts']} parts" in report["panel"]
    assert "Variants (1)" in report["panel"]

    back = report["put back"]
    assert {**back, "variants": []} == generated
    assert back["variants"] == ["Segment"]

    assert report["edited"] == back
    assert shows(report["question"], "has changed since. Apply anyway or add as a new object?")
    landed = report["landed"]
    assert (landed["label"], landed["faces"] < generated["faces"]) == ("Low Poly", True)
    assert len(landed["variants"]) == 2
    for name in ("segmented", "put-back", "edited-meanwhile", "landed-anyway"):
        report.picture(name)
