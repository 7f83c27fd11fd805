from .conftest import Perform


def test_no_text_is_cut_off_in_narrow_sidebar_or_large_interface(
    perform: Perform,
) -> None:
    report = perform("appearance")
    assert report["widths"]["narrow"] == 200
    assert report["cut"] == {"usual": [], "narrow": [], "scaled": []}
    # Beside each other, four names would be cut there.
    assert report["tabs"] == {"usual": 4, "narrow": 2, "scaled": 4}
    # The button stays near the top, whatever else is shown: a refused picture has its message here.
    assert set(report["buttons"]) == {"usual", "narrow"}
    for buttons in report["buttons"].values():
        assert len(buttons) == 4
        assert max(buttons.values()) <= 400
    for name in (*report["cut"], "options"):
        report.picture(name)
