from tests.standin.service import StandIn

from .conftest import Perform


def test_addon_reenabled_beside_others_continues_jobs_in_every_window(
    perform: Perform, service: StandIn
) -> None:
    report = perform("neighbors")
    nothing = {"timers": 0, "pointer": False, "handlers": [], "threads": [], "panels": False}
    assert report["left behind"] == nothing
    assert report["enabled again"]["states"] == ["RUNNING"]
    assert "1 running" in report["enabled again"]["words"]
    assert report["neighbors stay"] == ["FINISHED"]
    assert report["windows"] == 2
    assert len(report["drawn"]) == 2
    assert min(report["drawn"]) >= 5, report["drawn"]
    assert len(service.ledger.tasks) == 2
    report.picture("disabled")
    report.picture("two-windows")
