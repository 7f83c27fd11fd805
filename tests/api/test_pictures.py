"""Which files are accepted as pictures: by their content, their bytes and their size, not their
name."""

import os
import sys
from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.standin.service import StandIn
from tripo_addon.api import pictures
from tripo_addon.api.catalog.service_types import PictureLimits
from tripo_addon.api.errors import Rejected
from tripo_addon.api.messages.pictures import IS_DAMAGED
from tripo_addon.api.pictures import advice, mime_type, read_header, refuse_picture, remedy
from tripo_addon.api.rules import Refusal
from tripo_addon.api.services.tripo_v3 import TripoV3

from .samples import picture

LIMITS = PictureLimits()


def words(path: Path, limits: PictureLimits = LIMITS) -> str:
    """Return what must be done to the picture."""
    return remedy(path, read_header(path), limits)


def sentence(path: Path) -> str | None:
    refusal = refuse_picture("image", path, LIMITS)
    assert refusal is None or refusal.field == "image"
    return refusal.sentence if refusal is not None else None


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("PNG", ("image/png", "png")),
        ("JPEG", ("image/jpeg", "jpg")),
    ],
)
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.txt", "a", "Ünï 箱.PNG"])
def test_picture_format_is_detected_by_content(
    tmp_path: Path, form: str, kind: tuple[str, str], name: str
) -> None:
    path = picture(tmp_path / name, form=form)
    assert mime_type(path) == kind
    assert sentence(path) is None


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("WEBP", ("image/webp", "webp")),
        ("BMP", ("image/bmp", "bmp")),
        ("TIFF", ("image/tiff", "tif")),
        ("JPEG2000", ("image/jp2", "jp2")),
    ],
)
def test_picture_only_blender_reads_is_converted_if_unsupported(
    tmp_path: Path, form: str, kind: tuple[str, str]
) -> None:
    path = picture(tmp_path / "image.png", form=form)
    assert mime_type(path) == kind
    assert sentence(path) is None
    assert words(path) == "image.png was converted to PNG"
    taken = PictureLimits(types=(kind[0],))
    assert refuse_picture("image", path, taken) is None
    assert words(path, taken) == ""


@pytest.mark.parametrize(
    "content",
    [
        b"dear diary",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='64' height='64'/>",
        b"glTF\x02\x00\x00\x00",
        b"\x89PN",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"\0\0\x02" + b"\0" * 40,
        b"II*\0" + b"\0" * 40,
    ],
)
def test_unknown_content_is_left_for_blender_to_open(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "image.tga"
    path.write_bytes(content)
    assert sentence(path) is None
    assert words(path) == "image.tga was converted to PNG"


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    ],
)
def test_truncated_picture_that_needs_no_conversion_is_refused(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "image.png"
    path.write_bytes(content)
    assert sentence(path) == f"image.png {IS_DAMAGED}"


def test_empty_file_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "image.png").touch()
    assert sentence(tmp_path / "image.png") == "image.png is empty: choose another image"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_exif_orientation_is_read_and_size_is_of_the_upright_picture(
    tmp_path: Path, form: str, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "a camera", orientation
    path = tmp_path / "photo.bin"
    Image.new("RGB", (64, 40)).save(path, form, exif=exif)
    header = read_header(path)
    assert header.orientation == orientation
    assert header.sides == ((40, 64) if orientation in {6, 8} else (64, 40))
    taken = PictureLimits(types=(header.mime,))
    assert words(path, taken) == ("" if orientation == 1 else "photo.bin was rotated upright")


@pytest.mark.parametrize(
    "exif", [b"", b"Exif\0\0II", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff"]
)
@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_damaged_exif_orientation_rotates_nothing(tmp_path: Path, form: str, exif: bytes) -> None:
    path = tmp_path / "photo.bin"
    Image.new("RGB", (64, 40)).save(path, form, exif=exif)
    assert (read_header(path).orientation, read_header(path).sides) == (1, (64, 40))


def test_small_picture_is_accepted_with_advice() -> None:
    message = "a.png has only 255 × 300 pixels; the service suggests 256 or more on each side"
    assert advice("a.png", (255, 300), LIMITS) == message
    assert advice("a.png", (256, 256), LIMITS) == ""
    assert advice("a.tga", (-1, -1), LIMITS) == ""
    assert advice("refused.png", (19, 300), LIMITS) == ""


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_picture_truncated_in_its_header_is_refused(tmp_path: Path, form: str) -> None:
    path = picture(tmp_path / "image.png", form=form)
    path.write_bytes(path.read_bytes()[:20])
    assert sentence(path) == f"image.png {IS_DAMAGED}"


def test_missing_file_is_named_without_its_folder(tmp_path: Path) -> None:
    expected = Refusal("front", "The file gone.png does not exist: choose the image again")
    assert refuse_picture("front", tmp_path / "gone.png", LIMITS) == expected


def test_folder_is_no_picture(tmp_path: Path) -> None:
    folder = tmp_path / "pictures.png"
    folder.mkdir()
    refused = sentence(folder)
    assert refused is not None
    assert refused.startswith("pictures.png cannot be read: ")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that opens and cannot be read")
def test_unreadable_file_gives_the_reason() -> None:
    # A process may open its own memory, but reading its first page fails, even for root.
    assert sentence(Path("/proc/self/mem")) == "mem cannot be read: Input/output error"


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the system lets this user read all"
)
def test_file_without_read_permission_says_so(tmp_path: Path) -> None:
    path = picture(tmp_path / "image.png")
    path.chmod(0)
    assert sentence(path) == "image.png cannot be read: Permission denied"


LOW = "the service needs 20 or more on each side"
LONG = "which is too long and narrow for the service"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((20, 20), None),
        ((20, 6000), None),
        ((6000, 20), None),
        ((6001, 64), None),
        ((30, 9000), None),
        ((19, 64), f"image.png has 19 × 64 pixels; {LOW}"),
        ((64, 1), f"image.png has 64 × 1 pixels; {LOW}"),
        ((20, 6001), f"image.png has 20 × 6001 pixels, {LONG}"),
        ((29, 9000), f"image.png has 29 × 9000 pixels, {LONG}"),
    ],
)
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_picture_too_small_even_after_scaling_down_is_refused(
    tmp_path: Path, form: str, size: tuple[int, int], expected: str | None
) -> None:
    assert sentence(picture(tmp_path / "image.png", size=size, form=form)) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((20, 20), ""),
        ((6000, 20), ""),
        ((6001, 64), "image.png was scaled down from 6001 × 64 pixels"),
        ((64, 6001), "image.png was scaled down from 64 × 6001 pixels"),
    ],
)
def test_too_large_picture_is_scaled_down(
    tmp_path: Path, size: tuple[int, int], expected: str
) -> None:
    path = picture(tmp_path / "image.png", size=size)
    assert words(path) == expected


def test_largest_allowed_picture_is_accepted(tmp_path: Path) -> None:
    path = picture(tmp_path / "image.png", size=(6000, 6000))
    assert (sentence(path), words(path)) == (None, "")


def test_rotated_photo_is_measured_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (64, 19)).save(tmp_path / "image.jpg", exif=exif)
    refused = sentence(tmp_path / "image.jpg")
    assert refused is not None
    assert "needs 20 or more" in refused


def padded(path: Path, size: int) -> Path:
    """Return a picture padded to `size` bytes that take no space on disk."""
    picture(path)
    os.truncate(path, size)
    return path


def test_file_over_twenty_megabytes_is_made_smaller(tmp_path: Path) -> None:
    assert words(padded(tmp_path / "image.png", 20_000_000)) == ""
    for name, size, message in (
        ("larger.png", 20_100_000, "larger.png was reduced from 20 MB"),
        ("huge.png", 5_000_000_000, "huge.png was reduced from 5000 MB"),
    ):
        path = padded(tmp_path / name, size)
        assert (sentence(path), words(path)) == (None, message)


def test_service_accepts_exactly_what_is_sent_unchanged(
    service: StandIn, tripo: TripoV3, tmp_path: Path
) -> None:
    sides = ((19, 20), (20, 20), (300, 200), (20, 6000), (20, 6001), (6001, 64))
    for number, (form, size) in enumerate(product(("PNG", "JPEG", "BMP"), sides)):
        path = picture(tmp_path / f"{number}.bin", size=size, form=form)
        if sentence(path) is None and words(path) == "":
            tripo.upload(path)
        else:
            with pytest.raises(Rejected):
                tripo.upload(path)
    tripo.upload(padded(tmp_path / "large.png", 20_000_000))
    assert len(service.ledger.uploads) == 2 * 3 + 1


@settings(deadline=None)
@given(
    st.sampled_from([b"", b"RIFF\0\0\0\0WEBP", *(row[0] for row in pictures._SIGNATURES)]),
    st.binary(max_size=200),
)
@example(b"BM", b"")
def test_any_bytes_are_refused_or_accepted(head: bytes, tail: bytes) -> None:
    path = Path(os.environ["HOME"]) / "image.png"
    path.write_bytes(head + tail)
    refused = sentence(path)
    assert refused is None or refused.startswith("image.png ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_named_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    refusal = refuse_picture("image", tmp_path / "pipe.png", PictureLimits())
    assert refusal is not None
    assert refusal.sentence == "pipe.png cannot be read: it is not a file"


def test_top_down_bmp_has_its_size_read(tmp_path: Path) -> None:
    path = picture(tmp_path / "image.bmp", size=(40, 30), form="BMP")
    data = bytearray(path.read_bytes())
    data[22:26] = (-30).to_bytes(4, "little", signed=True)
    path.write_bytes(data)
    assert read_header(path).sides == (40, 30)


@pytest.mark.parametrize(
    ("mode", "form", "plain"),
    [
        ("RGB", "PNG", True),
        ("RGBA", "PNG", True),
        ("L", "PNG", True),
        ("1", "PNG", True),
        ("P", "PNG", False),
        ("I;16", "PNG", False),
        ("RGB", "JPEG", True),
        ("L", "JPEG", True),
        ("CMYK", "JPEG", False),
        ("P", "BMP", True),
    ],
)
def test_header_tells_whether_every_program_shows_the_picture_alike(
    tmp_path: Path, mode: str, form: str, plain: bool
) -> None:
    Image.new(mode, (40, 30)).save(tmp_path / "a", form)
    assert read_header(tmp_path / "a").plain is plain


@given(st.binary(max_size=60))
def test_damaged_header_raises_nothing(
    tmp_path_factory: pytest.TempPathFactory, rest: bytes
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "a"
    for begin in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"):
        path.write_bytes(begin + rest)
        assert read_header(path).plain in {True, False}
