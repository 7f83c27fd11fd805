"""Pictures taken in Blender, examined as they would be sent."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from PIL import Image

from tests.blender import addon
from tests.blender.sample_pictures import (
    QUARTER_COLORS,
    color_at,
    colors_match,
    quarter_colors,
    quartered_picture,
)
from tripo_addon.blender.pictures.raster import Raster, from_floats, png

SIZE = (64, 48)


@pytest.fixture
def form() -> Iterator[Any]:
    with addon.enabled() as context:
        yield context.scene.tripo_addon.multiview


def taken(form: Any, source: str, **options: str) -> Image.Image:
    """Return the picture now in the slot of the front; its file is in our own folder."""
    bpy.ops.tripo_addon.take_picture(form="multiview", field="front", source=source, **options)
    assert Path(form.front).is_relative_to(bpy.utils.user_resource("DATAFILES"))
    return Image.open(io.BytesIO(Path(form.front).read_bytes()))


def of(image: bpy.types.Image, form: Any) -> Image.Image:
    return taken(form, "IMAGE", image=image.name_full)


def loaded(path: Path) -> bpy.types.Image:
    return bpy.data.images.load(str(path))


def painted(image: bpy.types.Image, color: tuple[float, ...]) -> bpy.types.Image:
    width, height = image.size
    image.pixels.foreach_set(list(color) * (width * height))
    image.update()
    return image


@pytest.mark.every_blender
def test_painted_image_is_taken_as_displayed_and_its_file_kept(form, tmp_path) -> None:
    path = tmp_path / "old oak.png"
    quartered_picture().save(path)
    before = path.read_bytes()
    image = painted(loaded(path), (1.0, 0.0, 0.0, 1.0))
    picture = of(image, form)
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", SIZE)
    assert quarter_colors(picture) == [(255, 0, 0)] * 4
    assert Path(form.front).name == "old oak.png"
    assert path.read_bytes() == before
    assert image.is_dirty


def test_taken_image_does_not_change_later(form) -> None:
    image = painted(bpy.data.images.new("Sketch", *SIZE), (0.0, 1.0, 0.0, 1.0))
    of(image, form)
    first, before = Path(form.front), Path(form.front).read_bytes()
    painted(image, (0.0, 0.0, 1.0, 1.0))
    of(image, form)
    assert Path(form.front) != first
    assert first.read_bytes() == before
    painted(image, (0.0, 1.0, 0.0, 1.0))
    of(image, form)
    assert Path(form.front) == first


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_saved_or_packed_image_is_taken_byte_for_byte(form, tmp_path, ending) -> None:
    path = tmp_path / f"chest.{ending}"
    quartered_picture().save(path)
    content = path.read_bytes()
    image = loaded(path)
    of(image, form)
    assert Path(form.front).read_bytes() == content
    image.pack()
    path.unlink()
    of(image, form)
    assert Path(form.front).read_bytes() == content


def test_image_with_missing_file_is_refused_with_its_path(form, tmp_path) -> None:
    quartered_picture().save(tmp_path / "gone.png")
    image = loaded(tmp_path / "gone.png")
    (tmp_path / "gone.png").unlink()
    image.reload()
    with pytest.raises(RuntimeError, match=r"The file of gone\.png is missing: .*gone\.png"):
        of(image, form)
    assert form.front == ""


def test_movie_is_refused(form) -> None:
    image = bpy.data.images.new("Clip", 4, 4)
    image.source = "MOVIE"
    with pytest.raises(RuntimeError, match="Choose a single image"):
        of(image, form)


@pytest.mark.every_blender
def test_hdr_image_is_taken_with_standard_view_transform(form) -> None:
    image = bpy.data.images.new("Light", *SIZE, float_buffer=True, alpha=True)
    picture = of(painted(image, (0.5, 0.25, 4.0, 1.0)), form)
    assert colors_match([color_at(picture, (5, 5))], [(188, 137, 255)], most=1)
    # Light has premultiplied alpha.
    picture = of(painted(image, (0.25, 0.125, 2.0, 0.5)), form)
    assert picture.mode == "RGBA"
    assert colors_match([color_at(picture, (5, 5))], [(188, 137, 255)], most=1)
    assert picture.getchannel("A").getextrema() == (128, 128)


def test_transparency_is_kept(form) -> None:
    image = bpy.data.images.new("Leaf", *SIZE, alpha=True)
    picture = of(painted(image, (1.0, 0.5, 0.0, 0.25)), form)
    assert picture.getpixel((5, 5)) == (255, 128, 0, 64)


def test_other_formats_are_taken_right_side_up(form, tmp_path) -> None:
    quartered_picture().save(tmp_path / "chest.tga")
    image = loaded(tmp_path / "chest.tga")
    image.pack()
    picture = of(image, form)
    assert picture.format == "PNG"
    assert quarter_colors(picture) == list(QUARTER_COLORS)


def rendering(scene: bpy.types.Scene) -> bpy.types.Scene:
    """Make a scene with one red light around its camera."""
    scene.world = bpy.data.worlds.new("red")
    scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (1.0, 0.0, 0.0, 1.0)
    for obj in tuple(scene.collection.all_objects):
        bpy.data.objects.remove(obj)
    scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(scene.camera)
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.render.image_settings.file_format = "JPEG"
    scene.view_settings.view_transform = "Standard"
    return scene


def settings_of(scene: bpy.types.Scene) -> list[object]:
    render: Any = scene.render
    return [
        *(repr(getattr(render, row.identifier)) for row in render.bl_rna.properties),
        *(getattr(render.image_settings, name) for name in ("file_format", "quality")),
        scene.camera,
        scene.view_settings.view_transform,
        [scene.name for scene in bpy.data.scenes],
    ]


@pytest.mark.every_blender
def test_camera_and_last_render_are_taken_and_scene_settings_kept(form) -> None:
    scene = rendering(bpy.context.scene)
    before = settings_of(scene)
    picture = taken(form, "CAMERA")
    assert (picture.format, picture.size) == ("PNG", SIZE)
    assert colors_match(quarter_colors(picture), [(255, 0, 0)] * 4, most=1)
    assert Path(form.front).name == "Camera View.png"
    scene.view_settings.exposure = -1.0
    darker = taken(form, "RENDER")
    assert Path(form.front).name == "Render Result.png"
    assert colors_match([color_at(darker, (5, 5))], [(188, 0, 0)], most=2)
    scene.view_settings.exposure = 0.0
    assert settings_of(scene) == before
    (result,) = [each for each in bpy.data.images if each.type == "RENDER_RESULT"]
    assert colors_match(quarter_colors(of(result, form)), [(255, 0, 0)] * 4, most=1)


def test_refused_capture_explains_why(form) -> None:
    bpy.context.scene.camera = None
    for source, words in (
        ("VIEWPORT", "Open a 3D viewport first"),
        ("CAMERA", "The scene has no camera"),
        ("CLIPBOARD", "The clipboard has no image"),
    ):
        with pytest.raises(RuntimeError, match=words):
            taken(form, source)


def test_png_can_be_read_by_other_programs(tmp_path) -> None:
    import numpy as np

    random = np.random.default_rng(7)
    for shape in ((1, 1), (7, 13), (480, 640)):
        pixels = random.integers(0, 256, (*shape, 4), dtype=np.uint8)
        (tmp_path / "a.png").write_bytes(png(Raster(pixels)))
        assert np.array_equal(np.array(Image.open(tmp_path / "a.png")), pixels)
        pixels[..., 3] = 255
        (tmp_path / "a.png").write_bytes(png(Raster(pixels)))
        assert np.array_equal(np.array(Image.open(tmp_path / "a.png")), pixels[..., :3])


def test_any_channel_count_becomes_an_image() -> None:
    import numpy as np

    values = np.array([0.0, 1.0, 0.5, 0.25, np.nan, 2.0], dtype=np.float32)
    gray = from_floats(values, 3, 2, light=False).pixels
    assert gray[0, 0].tolist() == [64, 64, 64, 255]
    assert gray[0].tolist()[1:] == [[0, 0, 0, 255], [255, 255, 255, 255]]
    two = from_floats(values[:2], 1, 1, light=False).pixels
    assert two[0, 0].tolist() == [0, 0, 0, 255]
    half = Raster(np.array([[[255, 0, 0, 128]]], dtype=np.uint8)).on((255, 255, 255)).pixels
    assert half[0, 0].tolist() == [255, 127, 127, 255]
