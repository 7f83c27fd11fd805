import json
from pathlib import Path

from PIL import Image

from tests.standin.faults import Fault
from tests.standin.service import StandIn

from .conftest import Perform
from .recording_layout import shows

REFUSED = {
    "no-key": "Tripo needs an API key: enter it in the add-on's preferences",
    "wrong-key": "This is a Client ID, not a key: the key starts with tsk_",
    "offline": "Online access is off. Enable it in Preferences › System › Network",
    "no-prompt": "Enter a prompt",
    "long-prompt": "The prompt has 1,100 characters; the limit is 1,024",
    "no-file": "The file a-chest-that-is-gone.png does not exist: choose the image again",
    "tiny-picture": "tiny.png has 10 × 10 pixels; the service needs 20 or more on each side",
    "one-view": "Add a left, back or right view (at least two views are required)",
    "no-front": "Add a front view (required)",
}
FAILED = {
    "no-credits": ("Not enough credits (code 2010)", "Add credits"),
    "forbidden": ("Blocked by the service's content policy", "Edit the prompt"),
    "web-page": ("The file cannot be used", "Retry to download it again, free"),
}
NO_CREDITS = {
    "code": 2010,
    "status": "error",
    "message": "You need more credits to start a new task",
    "suggestion": "Purchase more credits",
    "request_id": "9f0c2f2e-8a37-4c0e-b6f5-0f3f8f6f3f10",
}
WEB_PAGE = Fault(
    path="/results/",
    status=200,
    body="<!DOCTYPE html><title>Sign in to the hotel's network</title>",
    headers={"Content-Type": "text/html"},
)


def test_refusals_and_failures_are_shown_where_the_artist_looks(
    perform: Perform, service: StandIn, tmp_path: Path
) -> None:
    tiny, picture = tmp_path / "tiny.png", tmp_path / "chest.png"
    Image.new("RGB", (10, 10), "brown").save(tiny)
    Image.new("RGB", (256, 256), "brown").save(picture)
    service.fault(Fault(method="POST", path="/v3/generation", status=403, body=NO_CREDITS))
    service.fault(WEB_PAGE)
    report = perform("refusals", tiny=str(tiny), picture=str(picture))

    for name, sentence in REFUSED.items():
        facts = report["refused"][name]
        assert sentence in facts["operator"], name
        assert shows(facts["panel"], sentence), name
        report.picture(name)
    assert report["jobs after refusals"] == 0

    for name, sentences in FAILED.items():
        assert all(shows(report["failed"][name], sentence) for sentence in sentences), name
        report.picture(name)
    assert f"Trace ID: {NO_CREDITS['request_id']}" in report["copied"]
    assert shows(report["failed"]["retried"], "Imported: Charged 20 credits")
    assert len(service.ledger.tasks) == 1, json.dumps([task.body for task in service.ledger.tasks])

    assert report["after the test"] == f"Connected to {service.base_url}: 980 credits"
    report.picture("preferences")
