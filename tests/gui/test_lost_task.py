from tests.standin.faults import Fault
from tests.standin.service import StandIn

from .conftest import Perform
from .recording_layout import shows

PATH = "/v3/generation/text-to-model"
BUTTONS = {"[Find Task]", "[tripo_addon.attach_task]"}


def test_lost_task_is_chosen_or_entered_and_its_model_arrives(
    perform: Perform, service: StandIn
) -> None:
    service.fault(Fault(method="POST", path=PATH, cut="after", times=2))
    report = perform("lost_task")
    assert len(service.ledger.sent("POST", PATH)) == len(service.ledger.tasks) == 2
    for name, task in zip(("chosen", "named"), service.ledger.tasks, strict=True):
        facts = report[name]
        assert shows(facts["lost"], "Outcome unknown: Connection lost before the service confirmed")
        assert {*facts["lost"]} >= BUTTONS

        assert facts["candidates"] == [task.id]
        assert shows(facts["found"], "sent: choose, or leave the job as it is")
        assert any(line.startswith("[Use ") for line in facts["found"])
        assert {*facts["found"]} >= BUTTONS

        assert facts["task"] == facts["linked"] == task.id
        assert shows(facts["words"], "Imported")
        assert not {*facts["words"]} & BUTTONS
        for moment in ("lost", "found", "arrived"):
            report.picture(f"{name}-{moment}")
    report.picture("dialog")
    assert service.ledger.tasks[0].id in report["chosen"]["tooltip"]
    assert "a small wooden chest" in report["chosen"]["tooltip"]
