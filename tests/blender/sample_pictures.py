"""Pictures in which every rotation looks different, and what is read from them."""

from __future__ import annotations

from PIL import Image

QUARTER_COLORS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128))
"""Top left, top right, bottom left, bottom right."""


def quartered_picture(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Make a picture that looks different in every rotation."""
    picture = Image.new("RGB", size)
    width, height = size[0] // 2, size[1] // 2
    for number, color in enumerate(QUARTER_COLORS):
        left, top = number % 2 * width, number // 2 * height
        picture.paste(color, (left, top, left + width, top + height))
    return picture


def quarter_colors(picture: Image.Image) -> list[tuple[int, ...]]:
    """Return the colors at the center of each quarter, in the order of `QUARTER_COLORS`."""
    width, height = picture.size
    places = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    return [color_at(picture, place) for place in places]


def color_at(picture: Image.Image, place: tuple[int, int]) -> tuple[int, ...]:
    color = picture.convert("RGB").getpixel(place)
    assert isinstance(color, tuple)
    return color


def colors_match(
    found: list[tuple[int, ...]], expected: list[tuple[int, ...]], most: int = 4
) -> bool:
    pairs = zip(found, expected, strict=True)
    return all(abs(a - b) <= most for one, other in pairs for a, b in zip(one, other, strict=True))
