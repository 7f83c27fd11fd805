import pytest

from tests.standin.service import StandIn

from .conftest import Perform
from .recording_layout import said


@pytest.fixture
def task_seconds() -> float:
    """Long enough to be found and canceled."""
    return 8.0


def test_sixty_jobs_show_first_what_waits_and_a_failed_one_gives_its_words_back(
    perform: Perform, service: StandIn
) -> None:
    report = perform("jobs")
    sixty = report["sixty"]
    assert sixty["rows"] == 60
    assert (sixty["first"], sixty["second"]) == ("lost", sixty["newest"])
    assert sixty["chosen"] == sixty["newest"]
    assert said(sixty["words"], "1 running · 1 needs you")
    assert sixty["status"] == "Tripo: 1 running · 1 waiting for you"
    assert "[Frame]" in report["arrived"]
    assert {"[Find Task]", "[tripo_addon.attach_task]"} <= {*report["waiting"]}

    assert said(report["failed"], "Blocked by the service's content policy")
    assert report["recalled"] == "a chest of forbidden-content"
    assert said(report["canceled"], "Canceled")
    assert len(service.ledger.tasks) == 2
    for moment in ("sixty", "arrived", "waiting", "failed", "canceled"):
        report.picture(moment)
