"""Pictures taken in the window show what the window shows."""

from __future__ import annotations

from PIL import Image

from tests import reference_blockout

from .conftest import Perform
from .theater import Report


def taken(report: Report, name: str) -> Image.Image:
    with Image.open(report.folder / f"taken-{name}.png") as picture:
        return picture.convert("RGB")


def red(picture: Image.Image) -> Image.Image:
    """Return a mask: white where a picture is red."""
    red, green, blue = picture.split()
    masks = (red.point([255 * (each > 90) for each in range(256)]),)
    dark = [band.point([255 * (each < 60) for each in range(256)]) for band in (green, blue)]
    return Image.merge("RGB", (*masks, *dark)).convert("L").point([0] * 255 + [255])


def test_slots_are_filled_from_viewport_camera_and_clipboard(perform: Perform) -> None:
    report = perform("captures")
    report.picture("menu")
    report.picture("slot")
    assert report["kept"]
    assert [report[name] for name in ("VIEWPORT", "CAMERA", "CLIPBOARD")] == [
        "Viewport.png",
        "Camera View.png",
        "Camera View.png",
    ]
    assert report["address"] == "https://example.invalid/chest.png"
    # Cycles' own picture would be black.
    assert taken(report, "CYCLES").convert("L").point([0] * 120 + [255] * 136).getbbox()
    for name in ("VIEWPORT", "CAMERA"):
        picture = taken(report, name)
        left, upper, right, lower = red(picture).getbbox() or (0, 0, 0, 0)
        share = (right - left) * (lower - upper) / (picture.width * picture.height)
        assert 0.01 < share < 0.6, (name, share)
    assert taken(report, "CAMERA").size == (400, 300)
    for view in reference_blockout.VIEWS:
        share = reference_blockout.overlap(taken(report, f"{view}-reference"), view)
        assert share >= 0.97, (view, share)
    sees_the_blockout(report)


def sees_the_blockout(report: Report) -> None:
    assert report["views kept"]
    wide, deep, high = report["box"]
    # 1,024 pixels are 1.1 times the longest side.
    unit = 1024 / 1.1 / max(wide, deep, high)
    for view in ("front", "left", "back", "right"):
        picture = taken(report, view)
        assert picture.getpixel((3, 3)) == (255, 255, 255)
        left, upper, right, lower = ground(picture).getbbox() or (0, 0, 0, 0)
        side = wide if view in {"front", "back"} else deep
        # A ring has a thickness of its own, which is not in the box.
        assert abs(right - left - side * unit) < 30, view
        assert abs(lower - upper - high * unit) < 40, view
        assert red(picture).getbbox(), view
    assert report["variants"] == ["Blockout"]
    assert {"Camera", "Light"} < set(report["shown"])
    assert "Cube" not in report["shown"]
    assert "Cube" in report["undone"]


def ground(picture: Image.Image) -> Image.Image:
    """Return a mask: black where a picture is white."""
    return picture.convert("L").point([255] * 230 + [0] * 26)
