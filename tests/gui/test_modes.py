from .conftest import Perform

WORDS = {
    "Edit Mode": "Waiting for Object Mode",
    "Sculpt Mode": "Waiting for Object Mode",
    "Render": "Waiting for the render to finish",
    "Transform": "Waiting for the current tool to finish",
}
MODES = {"Edit Mode": "EDIT_MESH", "Sculpt Mode": "SCULPT"}


def test_model_waits_while_another_mode_is_active_and_then_lands(perform: Perform) -> None:
    report = perform("modes")
    assert list(report["waits"]) == list(WORDS)
    for where, facts in report["waits"].items():
        assert facts["state"] == "READY", where
        assert facts["mode"] == MODES.get(where, "OBJECT")
        # A narrow panel wraps its lines.
        assert WORDS[where] in " ".join(facts["words"]), facts["words"]
        report.picture(where.replace(" ", "-").lower())
    assert report["after"] > report["before"]
    assert report["mode"] == "OBJECT"
