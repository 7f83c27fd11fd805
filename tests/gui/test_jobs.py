import pytest

from tests.standin.service import StandIn

from .conftest import Perform
from .recording_layout import shows


@pytest.fixture
def task_seconds() -> float:
    """Long enough to find, frame and cancel the job."""
    return 10.0


def test_sixty_jobs_list_waiting_ones_first_and_failed_one_is_recalled(
    perform: Perform, service: StandIn
) -> None:
    report = perform("jobs")
    sixty = report["sixty"]
    assert sixty["rows"] == 60
    assert (sixty["first"], sixty["second"]) == ("lost", sixty["newest"])
    assert sixty["chosen"] == sixty["newest"]
    assert shows(sixty["words"], "1 running · 1 needs you")
    assert sixty["status"] == "Tripo: 1 running · 1 waiting for you"
    assert "[Frame]" in report["arrived"]
    assert report["drawn"].endswith(".png")
    assert {"[Find Task]", "[tripo_addon.attach_task]"} <= {*report["waiting"]}
    assert report["found"] == ["Brass watch"]
    assert report["filtered"] == ["lost"]

    assert shows(report["failed"], "Blocked by the service's content policy")
    assert report["recalled"] == "a chest of forbidden-content"
    framed = report["framed"]
    assert "[Frame]" in sixty["words"]
    middle = [*framed["foot"][:2], framed["foot"][2] + framed["sides"][2] / 2]
    assert framed["view"] == pytest.approx(middle, abs=1e-4)
    assert max(framed["sides"]) < framed["distance"] < 20.0
    assert shows(report["canceled"], "Canceled")
    assert len(service.ledger.tasks) == 2
    for moment in ("sixty", "found", "filtered", "arrived", "waiting", "failed", "canceled"):
        report.picture(moment)
