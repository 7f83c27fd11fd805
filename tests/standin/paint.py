"""Paints textures with Pillow and numpy: base color, roughness and metallic, normals, a relief's
heights.

Works on files in a given folder; knows neither bpy nor any service.
"""

import colorsys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

from .orders import Order, dice

# The lowest rows of a picture's texture have one plain color, for the back and the plinth.
STRIP = 1 / 16
GRAY = (150, 150, 150)
# All others keep their own texture.
DRESSED = ("letters", "relief", "box", "retexture", "stylize")
COARSE, FINE = 96, 224

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Paints:
    """Painted files by role (base, normal, metal_rough or roughness and metallic)."""

    maps: dict[str, Path] = field(default_factory=dict[str, Path])
    heights: Path | None = None
    aspects: tuple[float, float] = (1.0, 1.0)


def paint(order: Order, folder: Path) -> Paints:
    """Paint everything the forge needs besides the order itself."""
    if order.kind not in DRESSED:
        return Paints()
    pictures = [opened(path) for path in order.pictures]
    heights = folder / "heights.npy" if order.kind == "relief" else None
    if heights is not None and pictures[0] is not None:
        np.save(heights, _heights(pictures[0], FINE if order.fine else COARSE))
    maps: dict[str, Path] = {}
    if order.look != "bare":
        base = _styled(_base(order, pictures), opened(order.style), order)
        maps["base"] = _saved(base, folder / "base.png")
        if order.look == "pbr":
            maps |= _material(order, base, folder)
    return Paints(maps=maps, heights=heights, aspects=_aspects(order, pictures))


def note_card(words: str, size: int = 256) -> Image.Image:
    """Make a picture with a sentence: the preview if there is no model to draw."""
    return _lettered(words, size, chance=dice(words))


def opened(path: Path | None) -> Image.Image | None:
    """Open a picture upright and without transparency; None for an empty slot."""
    if path is None:
        return None
    with Image.open(path) as picture:
        # EXIF rotates photos. Transparent parts become gray, as on a studio background.
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
    plain = Image.new("RGBA", upright.size, (*GRAY, 255))
    return Image.alpha_composite(plain, upright).convert("RGB")


def _aspects(order: Order, pictures: list[Image.Image | None]) -> tuple[float, float]:
    """Return width to height: of a relief's picture; of the front and of a side of a box."""
    shapes = [picture and picture.width / picture.height for picture in pictures]
    if order.kind != "box":
        return (shapes[0] or 1.0 if shapes else 1.0, 1.0)
    front, left, back, right = shapes
    width = front or back or 1.0
    return (width, left or right or width)


def _base(order: Order, pictures: list[Image.Image | None]) -> Image.Image:
    size, chance = order.pixels, dice(order.texture_seed)
    match order.kind:
        case "relief":
            return _tinted(_mounted(pictures[:1], 1, size), chance)
        case "box" | "retexture" if len(pictures) == 4:
            return _tinted(_mounted(pictures, 2, size), chance)
        case "retexture" if pictures and pictures[0] is not None:
            return _tinted(pictures[0].resize((size, size)), chance)
        case "retexture":
            return _lettered(order.text or "new look", size, chance=chance)
        case _:
            return cloth((size, size), chance)


def _styled(base: Image.Image, style: Image.Image | None, order: Order) -> Image.Image:
    """Recolor the texture by another picture, and write the text on it again."""
    if style is None:
        return base
    sheet = Image.blend(base, style.resize(base.size), 0.8)
    if order.kind == "retexture" and not order.pictures:
        _write(sheet, order.text)
    return sheet


def _mounted(pictures: list[Image.Image | None], across: int, size: int) -> Image.Image:
    """Combine pictures side by side above the plain strip, in the first one's mean color."""
    foot = max(4, round(size * STRIP))
    cell = (size // across, (size - foot) // across)
    first = pictures[0] or Image.new("RGB", (1, 1), GRAY)
    plain = first.resize((1, 1), Image.Resampling.BOX) if across == 1 else first
    sheet = plain.resize((size, size)) if across == 1 else Image.new("RGB", (size, size), GRAY)
    for number, picture in enumerate(pictures):
        if picture is not None:
            spot = (number % across * cell[0], number // across * cell[1])
            sheet.paste(picture.resize(cell, Image.Resampling.LANCZOS), spot)
    return sheet


def _tinted(picture: Image.Image, chance: np.random.Generator) -> Image.Image:
    """Tint slightly, so that another texture seed gives another texture."""
    tint = Image.new("RGB", picture.size, _color(chance, 0.5, 0.9))
    return Image.blend(picture, tint, 0.06)


def cloth(size: tuple[int, int], chance: np.random.Generator) -> Image.Image:
    """Make clouds between two colors, width by height in pixels."""
    dark, light = _color(chance, 0.8, 0.35), _color(chance, 0.6, 0.85)
    weave = Image.fromarray((_noise(min(*size, 2048), chance) * 255).astype(np.uint8))
    return ImageOps.colorize(weave.resize(size), dark, light)


def _lettered(words: str, size: int, *, chance: np.random.Generator) -> Image.Image:
    """Repeat the text on a woven background, large enough to read on a model."""
    sheet = cloth((size, size), chance)
    _write(sheet, words)
    return sheet


def _write(sheet: Image.Image, words: str) -> None:
    size, draw = sheet.width, ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=size / 12)
    row, wide = size // 8, int(draw.textlength(words + "   ", font=font)) or size
    for number in range(8):
        for start in range(-(number % 2) * wide // 2, size, wide):
            spot = (start, number * row + row // 6)
            draw.text(spot, words, "white", font, stroke_width=size // 256, stroke_fill="black")


def _material(order: Order, base: Image.Image, folder: Path) -> dict[str, Path]:
    size, chance = order.pixels, dice(order.texture_seed)
    shade = np.asarray(base.convert("L"), dtype=np.float32) / 255
    rough = np.clip(0.75 - 0.3 * shade + 0.2 * (_noise(size, chance) - 0.5), 0, 1)
    metal = np.full((size, size), 0.35 if chance.random() < 0.3 else 0.0, dtype=np.float32)
    maps = {"normal": _saved(_normals(shade), folder / "normal.png")}
    if order.quad:
        maps["roughness"] = _saved(_gray(rough), folder / "roughness.png")
        maps["metallic"] = _saved(_gray(metal), folder / "metallic.png")
    else:
        packed = Image.merge("RGB", (Image.new("L", base.size, 255), _gray(rough), _gray(metal)))
        maps["metal_rough"] = _saved(packed, folder / "metal_rough.png")
    return maps


def _normals(shade: Floats) -> Image.Image:
    """Compute tangent-space normals, OpenGL's green, from the picture's brightness."""
    down, across = np.gradient(shade)
    strength = 1.5
    normal = np.stack([-across * strength, down * strength, np.ones_like(shade)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return Image.fromarray(((normal * 0.5 + 0.5) * 255).astype(np.uint8))


def _heights(picture: Image.Image, longest: int) -> Floats:
    """Return smoothed brightness from 0 to 1, row 0 on top, at most `longest` samples a side."""
    small = picture.convert("L")
    small.thumbnail((longest, longest), Image.Resampling.BOX)
    wide, high = max(small.width, 2), max(small.height, 2)
    coarse = small.resize((max(2, wide // 3), max(2, high // 3)), Image.Resampling.BOX)
    smooth = coarse.resize((wide, high), Image.Resampling.BICUBIC)
    return np.asarray(smooth, dtype=np.float32) / 255


def _noise(size: int, chance: np.random.Generator) -> Floats:
    """Return soft noise from 0 to 1."""
    total = np.zeros((size, size), dtype=np.float32)
    for cells, weight in ((4, 0.5), (16, 0.3), (64, 0.2)):
        grid = Image.frombytes("L", (cells, cells), chance.bytes(cells * cells))
        total += weight / 255 * np.asarray(grid.resize((size, size), Image.Resampling.BICUBIC))
    return total


def _gray(values: Floats) -> Image.Image:
    return Image.fromarray((values * 255).astype(np.uint8))


def _color(chance: np.random.Generator, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(chance.random(), saturation, value)
    return (int(red * 255), int(green * 255), int(blue * 255))


def _saved(picture: Image.Image, path: Path) -> Path:
    picture.save(path, compress_level=1)
    return path
