from .conftest import Perform


def test_model_is_generated_without_the_sidebar(perform: Perform) -> None:
    report = perform("entry_points")
    assert report["status"] == "Tripo: 1 running"
    assert (report["state"], report["quiet"]) == ("DONE", "")
    for name in ("add menu", "add", "dialog", "running", "object"):
        report.picture(name)
