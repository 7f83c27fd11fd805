from tests.standin.service import StandIn

from .conftest import Perform
from .recording_layout import shows


def test_image_becomes_four_views_which_fill_the_slots(perform: Perform, service: StandIn) -> None:
    report = perform("picture_tools")
    assert shows(report["image"], "A brass pocket watch")
    assert shows(report["views"], "Use as Views")
    assert shows(report["views"], "Then 30 credits for the model, once you have seen the views")
    assert report["tool"] == "edit_views"
    assert report["mode"] == "multiview"
    assert report["slots"] == report["files"]
    assert [task.kind for task in service.ledger.tasks] == [
        "text_to_image",
        "generate_multiview_image",
    ]
    for name in ("empty", "image", "tool", "views", "edit", "slots"):
        report.picture(name)
