from tests.standin.service import StandIn

from .conftest import Perform
from .recording_layout import shows


def test_candidates_form_a_row_and_the_kept_one_takes_its_place(
    perform: Perform, service: StandIn
) -> None:
    report = perform("candidates")
    prompt = "clay model of a small wooden chest, soft studio light, colors: moss green, rust"
    assert shows(report["styled"], f"Sent with the style: Prompt “{prompt}”")
    assert shows(report["reading colors"], "Reading the colors of “moss.png”")
    assert shows(report["palette"], "colors: dark olive")
    assert shows(report["form"], "3 drafts · 30 credits, then 10 for the one you keep")
    assert shows(report["row"], "3 × A small wooden chest")
    assert [each["rendered"] for each in report["likenesses"]] == [False] * 3
    assert len(report["compared"]) == 3
    one, two, *after = report["in place"]
    assert one[:2] == two[:2] == [1, True]
    assert one[2] != two[2]
    # Back to the last, the first by its button, all by the same button, undone, and redone.
    assert [each[0] for each in after] == [1, 1, 3, 1, 3]
    assert after[0] == one
    assert len(report["cleared"]) == 1
    assert "Candidates" not in report["end"]["collections"]
    assert report["end"]["states"] == ["DONE"] * 4
    assert len(service.ledger.tasks) == 4
    assert report["undone"] == [1, 3]
    for name in (
        "style",
        "palette",
        "form",
        "running",
        "row",
        "selected",
        "compare",
        "turned",
        "switched-1",
        "switched-2",
        "all again",
        "kept",
        "end",
    ):
        report.picture(name)
