import pytest
from PIL import ImageChops

from tests.standin.service import StandIn

from .conftest import PROMPT, Perform
from .recording_layout import shows


@pytest.fixture
def task_seconds() -> float:
    """Long enough to look at the task half way."""
    return 6.0


def test_double_click_pays_once_and_later_click_asks_first(
    perform: Perform, service: StandIn
) -> None:
    report = perform("second_click", prompt=PROMPT)
    assert "Sent" in report["words"]
    line = [words for words in report["words"] if words.startswith("A small ")]
    assert any("Generating" in words and "%" in words for words in line), line
    assert report["after escape"] == 1
    assert len(service.ledger.tasks) == 2
    assert shows(report["end"], "Placed beside")
    difference = ImageChops.difference(report.picture("sent"), report.picture("question"))
    assert difference.getbbox() is not None
