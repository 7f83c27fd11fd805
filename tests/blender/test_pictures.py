"""Pictures that a service does not take as they are: a child Blender makes them fit."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest
from PIL import Image

from tests.blender.addon import KEY, enabled, model_file
from tests.standin.service import StandIn
from tripo_addon.blender import wiring
from tripo_addon.jobs.job import Job, State


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


def generated(scene: bpy.types.Scene, path: Path) -> Job:
    """The job of this picture, seen to its end."""
    scene.tripo_addon.image.path = str(path)
    assert bpy.ops.tripo_addon.generate_image() == {"FINISHED"}
    job = wiring.jobs()[0]
    assert job.state is State.DONE
    return job


def sent(service: StandIn) -> Image.Image:
    """The picture that the service got last."""
    upload = service.ledger.uploads[-1]
    return Image.open(io.BytesIO(upload.path.read_bytes()))


@pytest.mark.every_blender
@pytest.mark.parametrize(("form", "ending"), [("TIFF", "tif"), ("BMP", "bmp"), ("WEBP", "webp")])
def test_a_picture_of_another_format_is_sent_as_png(scene, service, tmp_path, form, ending) -> None:
    path = tmp_path / f"chest.{ending}"
    Image.new("RGB", (64, 48), "red").save(path, form)
    before = path.read_bytes()
    job = generated(scene, path)
    assert job.remark == f"chest.{ending} was converted to PNG"
    picture = sent(service)
    assert (picture.format, picture.size) == ("PNG", (64, 48))
    red, green, blue = picture.convert("RGB").getpixel((10, 10))
    assert red > 250
    assert max(green, blue) < 5
    assert path.read_bytes() == before


def test_light_in_an_exr_is_sent_as_the_screen_shows_it(scene, service, tmp_path) -> None:
    picture = bpy.data.images.new("light", 32, 32, float_buffer=True)
    picture.pixels.foreach_set([0.5, 0.5, 0.5, 1.0] * (32 * 32))
    picture.filepath_raw, picture.file_format = str(tmp_path / "light.exr"), "OPEN_EXR"
    picture.save()
    bpy.data.images.remove(picture)
    generated(scene, tmp_path / "light.exr")
    assert sent(service).convert("RGB").getpixel((5, 5)) == (188, 188, 188)


def test_a_picture_that_is_too_large_is_scaled_down_and_said_so(scene, service, tmp_path) -> None:
    path = tmp_path / "wide.png"
    Image.new("RGB", (7000, 350), "blue").save(path)
    job = generated(scene, path)
    assert job.remark == "wide.png was scaled down from 7000 × 350 pixels"
    assert sent(service).size == (6000, 300)


def test_a_jpeg_stays_one(scene, service, tmp_path) -> None:
    path = tmp_path / "wide.jpg"
    Image.new("RGB", (6400, 320), "blue").save(path)
    generated(scene, path)
    assert (sent(service).format, sent(service).size) == ("JPEG", (6000, 300))


def test_a_picture_that_fits_is_sent_byte_for_byte(scene, service, tmp_path) -> None:
    path = tmp_path / "chest.png"
    Image.new("RGB", (64, 48), "red").save(path)
    job = generated(scene, path)
    assert job.remark == ""
    assert service.ledger.uploads[-1].path.read_bytes() == path.read_bytes()


def test_a_damaged_picture_of_another_format_fails_before_anything_is_paid(
    scene, service, tmp_path
) -> None:
    path = tmp_path / "broken.tif"
    path.write_bytes(b"II*\x00" + b"\0" * 200)
    scene.tripo_addon.image.path = str(path)
    spent = len(service.ledger.tasks)
    with pytest.raises(RuntimeError, match=r"broken\.tif"):
        bpy.ops.tripo_addon.generate_image()
    assert len(service.ledger.tasks) == spent


def from_blend(scene: bpy.types.Scene, image: bpy.types.Image) -> Job:
    """The job of this image of the .blend, seen to its end."""
    form = scene.tripo_addon.image
    form.source, form.datablock = "BLEND", image
    assert bpy.ops.tripo_addon.generate_image() == {"FINISHED"}
    return wiring.jobs()[0]


@pytest.fixture
def painted() -> Iterator[bpy.types.Image]:
    image = bpy.data.images.new("old_oak", 40, 30, alpha=True)
    image.pixels.foreach_set([0.0, 1.0, 0.0, 1.0] * (40 * 30))
    yield image
    bpy.data.images.remove(image)


def test_an_image_that_was_never_saved_is_sent_as_it_looks(scene, service, painted) -> None:
    job = from_blend(scene, painted)
    assert (job.title, job.remark) == ("Old oak", "The image of the .blend was sent as PNG")
    picture = sent(service)
    assert (picture.format, picture.size) == ("PNG", (40, 30))
    assert picture.convert("RGB").getpixel((3, 3)) == (0, 255, 0)
    assert not painted.packed_file
    assert not painted.filepath


def test_a_packed_image_is_sent_byte_for_byte(scene, service, painted) -> None:
    painted.pack()
    packed = bytes(painted.packed_file.data)
    assert from_blend(scene, painted).remark == ""
    assert service.ledger.uploads[-1].path.read_bytes() == packed


def test_painting_over_a_saved_image_is_what_counts(scene, service, painted, tmp_path) -> None:
    painted.filepath_raw, painted.file_format = str(tmp_path / "oak.png"), "PNG"
    painted.save()
    from_blend(scene, painted)
    assert service.ledger.uploads[-1].path.read_bytes() == (tmp_path / "oak.png").read_bytes()
    painted.pixels.foreach_set([1.0, 0.0, 0.0, 1.0] * (40 * 30))
    painted.update()
    from_blend(scene, painted)
    assert sent(service).convert("RGB").getpixel((3, 3)) == (255, 0, 0)


def test_a_render_result_is_refused_with_the_way_out(scene) -> None:
    form = scene.tripo_addon.image
    form.source, form.datablock = "BLEND", bpy.data.images.new("Render Result", 4, 4)
    form.datablock.source = "MOVIE"
    with pytest.raises(RuntimeError, match="choose a single picture"):
        bpy.ops.tripo_addon.generate_image()
