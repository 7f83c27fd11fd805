"""Which picture a service gets: the original, or one converted before the request is sent."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest
from PIL import Image, ImageOps

from tests.blender.addon import KEY, enabled, model_file
from tests.blender.sample_pictures import (
    QUARTER_COLORS,
    color_at,
    colors_match,
    quarter_colors,
    quartered_picture,
)
from tests.standin.service import StandIn
from tripo_addon.blender import settings
from tripo_addon.blender.requests import checks
from tripo_addon.blender.session import composition
from tripo_addon.jobs.model.job import Job, State


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    folder = tmp_path_factory.mktemp("service")
    with StandIn(
        seconds=0, keys=(KEY,), model=model_file(folder), folder=folder / "kept"
    ) as service:
        yield service


@pytest.fixture
def scene(service: StandIn) -> Iterator[bpy.types.Scene]:
    with enabled(service) as context:
        yield context.scene


def generated(scene: bpy.types.Scene, path: Path | str) -> Job:
    """Run the job of this picture to its end."""
    scene.tripo_addon.image.path = str(path)
    assert bpy.ops.tripo_addon.generate_image() == {"FINISHED"}
    job = composition.jobs()[0]
    assert job.state is State.DONE
    return job


def sent(service: StandIn) -> Image.Image:
    """Return the picture that the service got last."""
    upload = service.ledger.uploads[-1]
    return Image.open(io.BytesIO(upload.path.read_bytes()))


@pytest.mark.every_blender
@pytest.mark.parametrize(("form", "ending"), [("TIFF", "tif"), ("TGA", "tga")])
def test_unsupported_format_is_sent_as_png(scene, service, tmp_path, form, ending) -> None:
    path = tmp_path / f"chest.{ending}"
    Image.new("RGB", (64, 48), "red").save(path, form)
    before = path.read_bytes()
    job = generated(scene, path)
    assert job.remark == f"chest.{ending} was converted to PNG"
    picture = sent(service)
    assert (picture.format, picture.size) == ("PNG", (64, 48))
    red, green, blue = color_at(picture, (10, 10))
    assert red > 250
    assert max(green, blue) < 5
    assert path.read_bytes() == before


@pytest.mark.parametrize(("exif", "turn"), [(1, 1), (1, 2), (6, 3), (5, 1)])
def test_image_is_sent_with_artists_rotation(scene, service, tmp_path, exif, turn) -> None:
    path, picture = tmp_path / "chest.jpg", quartered_picture()
    about = picture.getexif()
    about[0x112] = exif
    picture.save(path, exif=about, quality=95)
    before = path.read_bytes()
    scene.tripo_addon.image.path = str(path)
    for _ in range(turn):
        bpy.ops.tripo_addon.turn_picture(form="image", field="image")
    assert bpy.ops.tripo_addon.generate_image() == {"FINISHED"}
    job = composition.jobs()[0]
    assert job.state is State.DONE
    assert job.request.turn("image") == turn
    wanted = ImageOps.exif_transpose(Image.open(path)).rotate(-90 * turn, expand=True)
    assert sent(service).size == wanted.size
    assert colors_match(quarter_colors(sent(service)), quarter_colors(wanted), most=8)
    assert path.read_bytes() == before


DEEP = {
    "gray": lambda path: Image.new("I;16", (64, 48), 128 * 257).save(path),
    "palette": lambda path: half_transparent().quantize(8).save(path),
    "cmyk": lambda path: Image.new("RGB", (64, 48), (128,) * 3).convert("CMYK").save(path, "JPEG"),
}


def half_transparent() -> Image.Image:
    """Make a picture that is gray on the left and transparent on the right."""
    picture = Image.new("RGBA", (64, 48), (128, 128, 128, 255))
    picture.paste((255, 0, 0, 0), (32, 0, 64, 48))
    return picture


@pytest.mark.parametrize("name", DEEP)
def test_ambiguous_encodings_are_sent_as_8_bit_rgb(scene, service, tmp_path, name) -> None:
    path = tmp_path / f"{name}.{'jpg' if name == 'cmyk' else 'png'}"
    DEEP[name](path)
    before = path.read_bytes()
    assert generated(scene, path).remark == f"{path.name} was converted to 8-bit RGB"
    picture = sent(service)
    assert picture.mode in {"RGB", "RGBA"}
    assert colors_match([color_at(picture, (5, 5))], [(128, 128, 128)])
    alphas = [picture.convert("RGBA").getchannel("A").getpixel(at) for at in ((5, 5), (60, 5))]
    assert alphas == [255, 0 if name == "palette" else 255]
    assert path.read_bytes() == before


def test_hdr_values_are_clipped_not_scaled(scene, service) -> None:
    image = bpy.data.images.new("light", 32, 32, float_buffer=True)
    image.pixels.foreach_set([0.5, 0.25, 4.0, 1.0] * (32 * 32))
    from_blend(scene, image)
    assert colors_match([color_at(sent(service), (5, 5))], [(188, 137, 255)], most=1)
    bpy.data.images.remove(image)


def test_exif_rotated_image_is_converted_even_if_it_fits(scene, service, tmp_path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    quartered_picture().save(tmp_path / "a.jpg", exif=exif, quality=95)
    assert generated(scene, tmp_path / "a.jpg").remark == "a.jpg was rotated upright"
    one, two, three, four = QUARTER_COLORS
    assert colors_match(quarter_colors(sent(service)), [two, four, one, three])
    assert sent(service).format == "JPEG"


@pytest.mark.every_blender
@pytest.mark.parametrize(
    ("name", "form", "size"),
    [("phone.jpg", "JPEG", (6400, 600)), ("phone.webp", "WEBP", (800, 600))],
)
def test_photo_with_exif_orientation_is_sent_upright(
    scene, service, tmp_path, name, form, size
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    quartered_picture(size).save(tmp_path / name, form, exif=exif)
    generated(scene, tmp_path / name)
    picture = sent(service)
    scale = min(1.0, 6000 / max(size))
    assert picture.size == (round(size[1] * scale), round(size[0] * scale))
    assert picture.format == ("JPEG" if form == "JPEG" else "PNG")
    assert picture.getexif().get(0x0112, 1) == 1
    one, two, three, four = QUARTER_COLORS
    assert colors_match(quarter_colors(picture), [three, one, four, two])


def test_quoted_paths_and_file_urls_are_accepted(scene, service, tmp_path) -> None:
    front, left = tmp_path / "my chest 箱.png", tmp_path / "left.png"
    for path in (front, left):
        quartered_picture().save(path)
    form = scene.tripo_addon.multiview
    form.front, form.left = f' "{front}" ', left.as_uri()
    settings.preferences().download_folder = f'"{tmp_path / "models"}"'
    assert bpy.ops.tripo_addon.generate_multiview() == {"FINISHED"}
    job = composition.jobs()[0]
    assert job.title == "My chest 箱"
    assert [file.name for file in job.sent] == [front.name, left.name]
    assert job.model is not None
    assert job.model.is_relative_to(tmp_path / "models")


def test_small_images_show_a_warning_before_sending(scene, tmp_path, painted) -> None:
    quartered_picture((200, 300)).save(tmp_path / "small.png")
    quartered_picture((256, 300)).save(tmp_path / "good.png")
    form, views = scene.tripo_addon.image, scene.tripo_addon.multiview
    form.path = f'"{tmp_path / "small.png"}"'
    sentence = "small.png has only 200 × 300 pixels; the service suggests 256 or more on each side"
    assert checks.picture_advice(form) == sentence
    views.front, views.left = str(tmp_path / "good.png"), str(tmp_path / "none.png")
    assert checks.picture_advice(views) == ""
    form.source, form.datablock = "BLEND", painted
    assert checks.picture_advice(form).startswith("old_oak has only 40 × 30 pixels")


def test_oversized_image_is_scaled_down_with_notice(scene, service, tmp_path) -> None:
    path = tmp_path / "wide.png"
    Image.new("RGB", (7000, 350), "blue").save(path)
    job = generated(scene, path)
    assert job.remark == "wide.png was scaled down from 7000 × 350 pixels"
    assert sent(service).size == (6000, 300)


def test_valid_image_is_sent_byte_for_byte(scene, service, tmp_path) -> None:
    path = tmp_path / "chest.png"
    Image.new("RGB", (64, 48), "red").save(path)
    job = generated(scene, path)
    assert job.remark == ""
    assert service.ledger.uploads[-1].path.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "content"), [("broken.tif", b"II*\0" + b"\0" * 200), ("diary.tga", b"dear diary")]
)
def test_unreadable_image_fails_before_payment(scene, service, tmp_path, name, content) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    scene.tripo_addon.image.path = str(path)
    spent = len(service.ledger.tasks)
    with pytest.raises(RuntimeError, match=f"{name}: Blender cannot read it as a picture"):
        bpy.ops.tripo_addon.generate_image()
    assert len(service.ledger.tasks) == spent


def from_blend(scene: bpy.types.Scene, image: bpy.types.Image) -> Job:
    """Run the job of this image of the .blend to its end."""
    form = scene.tripo_addon.image
    form.source, form.datablock = "BLEND", image
    assert bpy.ops.tripo_addon.generate_image(again=True) == {"FINISHED"}
    return composition.jobs()[0]


@pytest.fixture
def painted() -> Iterator[bpy.types.Image]:
    image = bpy.data.images.new("old_oak", 40, 30, alpha=True)
    image.pixels.foreach_set([0.0, 1.0, 0.0, 1.0] * (40 * 30))
    yield image
    bpy.data.images.remove(image)


def test_unsaved_image_is_sent_as_displayed(scene, service, painted) -> None:
    job = from_blend(scene, painted)
    assert (job.title, job.remark) == ("Old oak", "")
    picture = sent(service)
    assert (picture.format, picture.size) == ("PNG", (40, 30))
    assert picture.convert("RGB").getpixel((3, 3)) == (0, 255, 0)
    assert not painted.packed_file
    assert not painted.filepath


def test_packed_image_is_sent_byte_for_byte(scene, service, painted) -> None:
    painted.pack()
    packed = bytes(painted.packed_file.data)
    assert from_blend(scene, painted).remark == ""
    assert service.ledger.uploads[-1].path.read_bytes() == packed


def test_unsaved_paint_is_sent(scene, service, painted, tmp_path) -> None:
    painted.filepath_raw, painted.file_format = str(tmp_path / "oak.png"), "PNG"
    painted.save()
    from_blend(scene, painted)
    assert service.ledger.uploads[-1].path.read_bytes() == (tmp_path / "oak.png").read_bytes()
    painted.pixels.foreach_set([1.0, 0.0, 0.0, 1.0] * (40 * 30))
    painted.update()
    from_blend(scene, painted)
    assert sent(service).convert("RGB").getpixel((3, 3)) == (255, 0, 0)


def test_movie_is_refused_with_a_solution(scene) -> None:
    form = scene.tripo_addon.image
    form.source, form.datablock = "BLEND", bpy.data.images.new("Clip", 4, 4)
    form.datablock.source = "MOVIE"
    with pytest.raises(RuntimeError, match="Choose a single image"):
        bpy.ops.tripo_addon.generate_image()
