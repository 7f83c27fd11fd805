"""Slots show their pictures."""

from __future__ import annotations

from PIL import Image, ImageChops

from .conftest import Perform
from .recording_layout import shows

VIEWS = {"front": (255, 0, 0), "left": (0, 255, 0), "back": (0, 0, 255), "right": (255, 255, 0)}
FEWEST_PIXELS = 400


def pixels_of(picture: Image.Image, color: tuple[int, int, int]) -> int:
    """Count the pixels that have about this color."""
    masks = [
        band.point([255 * (abs(value - wanted) < 40) for value in range(256)])
        for band, wanted in zip(picture.convert("RGB").split(), color, strict=True)
    ]
    both = ImageChops.darker(ImageChops.darker(masks[0], masks[1]), masks[2])
    return both.histogram()[255]


def test_images_are_visible_in_their_slots(perform: Perform) -> None:
    report = perform("pictures")
    assert pixels_of(report.picture("one"), VIEWS["front"]) > FEWEST_PIXELS
    for name in ("narrow", "wide"):
        picture = report.picture(name)
        for view, color in VIEWS.items():
            assert pixels_of(picture, color) > FEWEST_PIXELS, (name, view)
    views = dict.fromkeys(("front", "left", "back"), "")
    assert report["dropped"] == {**views, "right": "chest_left.png"}
    assert shows(report["same"], "Left and Right are the same picture")
    assert report["swapped"] == "chest_right.png"
    assert report["turn"] == 1
    drawn = report["draw"]
    print(f"Drawing four views: {drawn['middle']:.2f} ms, p99 {drawn['p99']:.2f} ms")
