from .conftest import Perform
from .recording_layout import shows


def test_animation_is_found_by_typing_and_priced_with_its_rig(perform: Perform) -> None:
    report = perform("rigging")
    assert report["animations"] == "preset:biped:walk, preset:biped:wave_goodbye_02"
    assert "[Rig · 45 credits]" in report["words"]
    assert shows(report["words"], "Wave Goodbye 2")
    assert shows(report["refused"], "Mixamo bones cannot be animated: rig with Tripo bones")
    for name in ("form", "typed", "chosen", "refused"):
        report.picture(name)
