from .conftest import Perform

EMPTY = ["Camera", "Cube", "Light"]
WITH_MODEL = ["A small wooden chest", *EMPTY]


def test_job_survives_its_file_and_lands_where_chosen_or_back_in_its_file(
    perform: Perform,
) -> None:
    report = perform("files")
    assert report["new file"]["objects"] == EMPTY
    words = " ".join(report["new file"]["words"])
    assert "This was generated for another file; import it here instead?" in words
    assert report["imported"] == WITH_MODEL
    assert report["elsewhere"] == EMPTY
    assert report["home"] == WITH_MODEL
    report.picture("new-file")
    report.picture("home")
