"""Pictures as results: from text, edited, four views of one, depth, and a splat of a picture.

Pillow and numpy alone; every picture shows what was sent. Knows no service.
"""

import textwrap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

from . import paint
from .orders import VIEWS, Order, dice

SIDE_SHARE = 0.6
LONGEST_CLOUD = 160
SPLAT_FIELDS = (
    *("x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2", "opacity"),
    *("scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"),
)
# The spherical harmonic of degree 0, with which splats store a color.
HARMONIC = 0.28209479177387814


def draw(order: Order, folder: Path) -> tuple[dict[str, Path], Path]:
    """Paint the files of an order by role, and its preview. The main file is `model`."""
    match order.kind:
        case "views":
            files = _views(order, folder)
            return files, files["front"]
        case "depth":
            path = _saved(_depth(order), folder / "depth.png")
        case "splat":
            path = _splat(order, folder / "splat.ply")
            preview = _opened(order.pictures[0])
            preview.thumbnail((384, 384))
            return {"model": path}, _saved(preview, folder / "preview.png")
        case _:
            path = _saved(_picture(order), folder / f"picture.{order.form or 'png'}")
    return {"model": path}, path


def _picture(order: Order) -> Image.Image:
    """Paint the text on a woven background, or the given pictures side by side with the text
    below."""
    given = [_opened(path) for path in order.pictures if path is not None]
    if not given:
        sheet = paint.cloth(order.size, dice(order.texture_seed or order.text))
        return _captioned(sheet, order.text, share=1.0)
    high = min(picture.height for picture in given)
    scaled = [ImageOps.contain(picture, (6000, high)) for picture in given]
    sheet = Image.new("RGB", (sum(each.width for each in scaled), high))
    across = 0
    for each in scaled:
        sheet.paste(each, (across, 0))
        across += each.width
    sheet.thumbnail(order.size)
    return _captioned(sheet, order.text, share=0.3) if order.text else sheet


def _views(order: Order, folder: Path) -> dict[str, Path]:
    """Paint four pictures: from four given ones, each with its edit, or all from one."""
    given = [_opened(path) for path in order.pictures]
    sides = given if len(given) == len(VIEWS) else _around(given[0])
    captions = order.captions or ("",) * len(VIEWS)
    files: dict[str, Path] = {}
    for view, picture, words in zip(VIEWS, sides, captions, strict=True):
        done = _captioned(picture, words, share=0.3) if words else picture
        files[view] = _saved(done, folder / f"{view}.png")
    return files | {"model": files["front"]}


def _around(front: Image.Image) -> list[Image.Image]:
    """Guess the other sides: narrower ones left and right, the mirror image behind."""
    narrow = front.resize((max(20, round(front.width * SIDE_SHARE)), front.height))
    left = Image.new("RGB", front.size, paint.GRAY)
    left.paste(narrow, ((front.width - narrow.width) // 2, 0))
    return [front, left, ImageOps.mirror(front), ImageOps.mirror(left)]


def _depth(order: Order) -> Image.Image:
    """Paint depth: bright is near. In color if requested; the longest side is `pixels`."""
    gray = ImageOps.autocontrast(_opened(order.pictures[0]).convert("L"))
    gray = ImageOps.contain(gray, (order.pixels, order.pixels))
    return ImageOps.colorize(gray, "navy", "yellow", "teal") if order.look == "color" else gray


def _splat(order: Order, path: Path) -> Path:
    """Write Gaussians in the PLY layout of the first splat viewers: one for each pixel of the
    picture."""
    picture = _opened(order.pictures[0])
    picture.thumbnail((LONGEST_CLOUD, LONGEST_CLOUD))
    wide, high = picture.size
    color = np.asarray(picture, dtype=np.float32).reshape(-1, 3) / 255
    down, across = np.mgrid[0:high, 0:wide].reshape(2, -1).astype(np.float32) / max(wide, high)
    dots = np.zeros((wide * high, len(SPLAT_FIELDS)), dtype="<f4")
    chance = dice(order.geometry_seed)
    dots[:, 0] = color.mean(axis=1) * chance.uniform(0.1, 0.3)
    dots[:, 1] = across - wide / max(wide, high) / 2
    dots[:, 2] = high / max(wide, high) / 2 - down
    dots[:, 6:9] = (color - 0.5) / HARMONIC
    dots[:, 9] = 4.0
    dots[:, 10:13] = np.log(0.6 / max(wide, high))
    dots[:, 13] = 1.0
    fields = "".join(f"property float {name}\n" for name in SPLAT_FIELDS)
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(dots)}\n{fields}end_header\n"
    path.write_bytes(head.encode() + dots.tobytes())
    return path


def uv_layout(places: NDArray[np.float32], path: Path, size: int = 512) -> Path:
    """Draw the outlines of all triangles in texture space; `places` is (n, 3, 2)."""
    sheet = Image.new("RGB", (size, size), "white")
    pen = ImageDraw.Draw(sheet)
    corners = np.stack([places[:, :, 0], 1 - places[:, :, 1]], axis=-1) * (size - 1)
    for triangle in corners:
        pen.polygon([tuple(corner) for corner in triangle.tolist()], outline=(40, 70, 160))
    return _saved(sheet, path)


def _captioned(picture: Image.Image, words: str, *, share: float) -> Image.Image:
    """Write the text into the lowest `share` of the picture, as large as it fits."""
    sheet = picture.convert("RGB")
    high = max(8, round(sheet.height * share))
    if share < 1:
        sheet.paste((20, 20, 20), (0, sheet.height - high, sheet.width, sheet.height))
    size = max(8, min(high // 2, sheet.width // 6))
    font, lines = _fitted(words, sheet.width, high, size)
    ImageDraw.Draw(sheet).multiline_text(
        (sheet.width / 2, sheet.height - high / 2),
        "\n".join(lines),
        fill="white",
        font=font,
        anchor="mm",
        align="center",
        stroke_width=max(1, size // 24),
        stroke_fill="black",
    )
    return sheet


def _fitted(
    words: str, wide: int, high: int, size: int
) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, list[str]]:
    """Return the largest font and lines that fit; very long texts end in an ellipsis."""
    while True:
        font = ImageFont.load_default(size=size)
        row = max(6, int(wide * 0.92 / (font.getlength("n") or 1)))
        lines = textwrap.wrap(words, row) or [words]
        most = max(1, int(high * 0.9 / (size * 1.3)))
        if len(lines) <= most or size <= 8:
            return font, textwrap.wrap(words, row, max_lines=most, placeholder=" …") or [words]
        size = max(8, int(size * 0.85))


def _opened(path: Path | None) -> Image.Image:
    return paint.opened(path) or Image.new("RGB", (64, 64), paint.GRAY)


def _saved(picture: Image.Image, path: Path) -> Path:
    picture.save(path)
    return path
