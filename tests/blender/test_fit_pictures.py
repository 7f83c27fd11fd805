"""How the child Blender converts a picture that a service does not accept."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import bpy
import pytest
from PIL import Image, ImageOps

from tests.blender.sample_pictures import (
    QUARTER_COLORS,
    color_at,
    colors_match,
    quarter_colors,
    quartered_picture,
)
from tripo_addon.blender.child import fit_picture


def photoshop(picture: Image.Image, path: Path) -> None:
    """Write a flat PSD of three 8-bit channels."""
    width, height = picture.size
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, height, width, 8, 3)
    planes = b"".join(band.tobytes() for band in picture.split())
    path.write_bytes(head + bytes(12) + b"\0\0" + planes)


def as_blender_writes(picture: Image.Image, path: Path, form: str) -> None:
    """Write a scene-linear format with Blender."""
    picture.save(path.with_suffix(".png"))
    scene = bpy.data.scenes.new("writing")
    image = bpy.data.images.load(str(path.with_suffix(".png")))
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = form
    image.save_render(str(path), scene=scene)
    bpy.data.images.remove(image)
    bpy.data.scenes.remove(scene)


def layers(path: Path) -> None:
    """Render several layers with Blender: light of one color, twice."""
    scene = bpy.data.scenes.new("rendering")
    scene.world = bpy.data.worlds.new("light")
    scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.5, 0.25, 4.0, 1.0)
    scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(scene.camera)
    scene.view_layers.new("second")
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.render.resolution_x, scene.render.resolution_y = 64, 48
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format, scene.render.filepath = "OPEN_EXR_MULTILAYER", str(path)
    bpy.ops.render.render(write_still=True, scene=scene.name)


WRITERS: dict[str, Callable[[Image.Image, Path], None]] = {
    "a.tga": lambda picture, path: picture.save(path, "TGA"),
    "a.dds": lambda picture, path: picture.save(path, "DDS"),
    "a.sgi": lambda picture, path: picture.save(path, "SGI"),
    "a.jp2": lambda picture, path: picture.save(path, "JPEG2000"),
    "a.webp": lambda picture, path: picture.save(path, "WEBP", lossless=True),
    "a.psd": photoshop,
    "cmyk.tif": lambda picture, path: picture.convert("CMYK").save(path, "TIFF"),
    "cmyk.jpg": lambda picture, path: picture.convert("CMYK").save(path, "JPEG", quality=95),
    "palette.bmp": lambda picture, path: picture.quantize(16).save(path, "BMP"),
    "a.exr": lambda picture, path: as_blender_writes(picture, path, "OPEN_EXR"),
    "a.hdr": lambda picture, path: as_blender_writes(picture, path, "HDR"),
    "a.dpx": lambda picture, path: as_blender_writes(picture, path, "DPX"),
    "a.cin": lambda picture, path: as_blender_writes(picture, path, "CINEON"),
}


@pytest.fixture
def child_folder(tmp_path: Path) -> Path:
    """The folder where a child writes its results, beginning with its own scene."""
    bpy.ops.wm.read_homefile(use_empty=True)
    (tmp_path / "made").mkdir()
    return tmp_path / "made"


def fitted(source: Path, folder: Path, orientation: int = 1) -> Image.Image:
    """Return the picture that a child makes of a file, made in this process: other tests start the
    child."""
    limits = {"shortest": 20, "longest": 6000, "most_bytes": 20_000_000}
    about = {"source": str(source), "folder": str(folder), "stem": "sent", "keep_jpeg": False}
    made = fit_picture.work({**about, **limits, "orientation": orientation})
    assert made["ok"], made
    return Image.open(str(made["path"]))


@pytest.mark.every_blender
@pytest.mark.parametrize("name", WRITERS)
def test_blender_readable_formats_are_sent_as_displayed(child_folder, tmp_path, name) -> None:
    WRITERS[name](quartered_picture(), tmp_path / name)
    picture = fitted(tmp_path / name, child_folder)
    assert (picture.format, picture.size) == ("PNG", (64, 48))
    assert colors_match(quarter_colors(picture), list(QUARTER_COLORS))


def test_8_bit_values_are_kept_exactly(child_folder, tmp_path) -> None:
    shades = Image.linear_gradient("L").convert("RGB")
    shades.save(tmp_path / "shades.bmp")
    assert fitted(tmp_path / "shades.bmp", child_folder).convert("RGB").tobytes() == (
        shades.tobytes()
    )


@pytest.mark.every_blender
def test_first_render_layer_is_sent_with_standard_view_transform(child_folder, tmp_path) -> None:
    layers(tmp_path / "layers.exr")
    picture = fitted(tmp_path / "layers.exr", child_folder)
    assert picture.size == (64, 48)
    assert colors_match([color_at(picture, (30, 20))], [(188, 137, 255)])


def test_16_bit_image_is_sent_as_displayed(child_folder, tmp_path) -> None:
    Image.new("I;16", (64, 48), 128 * 257).save(tmp_path / "deep.tif")
    picture = fitted(tmp_path / "deep.tif", child_folder)
    assert colors_match([color_at(picture, (5, 5))], [(128, 128, 128)], most=1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(child_folder, tmp_path, orientation) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    quartered_picture().save(tmp_path / "a.png", exif=exif)
    picture = fitted(tmp_path / "a.png", child_folder, orientation)
    with Image.open(tmp_path / "a.png") as stored:
        upright = ImageOps.exif_transpose(stored)
    assert (picture.size, quarter_colors(picture)) == (upright.size, quarter_colors(upright))
