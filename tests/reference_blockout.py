"""A blockout that looks different from each side, and the pixels that each view of it must cover.

For tests in a window and without one. What is expected follows from the corners of its boxes alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import bpy
    from PIL import Image

VIEWS: Final = ("front", "left", "back", "right")
BOXES: Final = {
    # Two wide, one deep, half high; a nose at the front, an arm on its own left, and a hat.
    "Body": ((4.0, 10.0, 1.0), (6.0, 11.0, 1.5)),
    "Nose": ((4.9, 9.5, 1.2), (5.1, 10.0, 1.3)),
    "Arm": ((6.0, 10.4, 1.2), (6.5, 10.6, 1.3)),
    "Hat": ((4.2, 10.1, 1.5), (4.6, 10.3, 2.0)),
}
"""The lower and the upper corner of each box."""
# The axis that points to the right in each view, and its direction.
_TO_THE_RIGHT: Final = {"front": (0, 1), "left": (1, 1), "back": (0, -1), "right": (1, -1)}
_FACES: Final = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
# The picture's side is this many times the blockout's longest one.
_MARGIN: Final = 1.1
# Antialiasing makes the pixels of an edge paler; farther from white than this is no background.
_WHITE: Final = 32


def build(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """Add the boxes to a scene."""
    import bpy

    made: list[bpy.types.Object] = []
    for name, corners in BOXES.items():
        points = [[corners[n >> axis & 1][axis] for axis in range(3)] for n in range(8)]
        data = bpy.data.meshes.new(name)
        data.from_pydata(points, [], _FACES)
        made.append(bpy.data.objects.new(name, data))
        scene.collection.objects.link(made[-1])
    return made


def overlap(picture: Image.Image, view: str) -> float:
    """Return which share of the pixels that the view or its expectation covers both cover."""
    from PIL import Image, ImageChops

    found, wanted = _covered(picture), _expected(view, picture.width)
    white = Image.new("RGB", picture.size, (255, 255, 255))
    assert ImageChops.difference(picture, white).getbbox(), f"{view} is empty"
    both, either = (_count(way(found, wanted)) for way in (ImageChops.multiply, ImageChops.lighter))
    return both / either


def _covered(picture: Image.Image) -> Image.Image:
    from PIL import Image, ImageChops

    white = Image.new("RGB", picture.size, (255, 255, 255))
    distance: Any = ImageChops.difference(picture, white).convert("L")
    return distance.point([0] * _WHITE + [255] * (256 - _WHITE))


def _expected(view: str, pixels: int) -> Image.Image:
    from PIL import Image, ImageDraw

    axis, sign = _TO_THE_RIGHT[view]
    lows, highs = (
        [way(box[end][n] for box in BOXES.values()) for n in range(3)]
        for end, way in ((0, min), (1, max))
    )
    center = [(low + high) / 2 for low, high in zip(lows, highs, strict=True)]
    sides = [high - low for low, high in zip(lows, highs, strict=True)]
    unit = pixels / (_MARGIN * max(sides))
    image = Image.new("L", (pixels, pixels))
    pen = ImageDraw.Draw(image)
    for low, high in BOXES.values():
        across = sorted(
            pixels / 2 + sign * unit * (end[axis] - center[axis]) for end in (low, high)
        )
        upper, lower = (pixels / 2 - unit * (end[2] - center[2]) for end in (high, low))
        # The last pixel belongs to a rectangle of Pillow's.
        corners = (round(across[0]), round(upper), round(across[1]) - 1, round(lower) - 1)
        pen.rectangle(corners, fill=255)
    return image


def _count(mask: Image.Image) -> int:
    return mask.histogram()[255]
