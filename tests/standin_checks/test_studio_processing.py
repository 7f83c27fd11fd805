"""3D AI Studio's three endpoints that process a file accept only multipart forms."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.standin.messages import mapping
from tests.standin.service import StandIn

from .gateways import TRIPO, PictureHost, StudioCaller, picture, picture_host

TEXTURE, CONVERT, SEGMENT = (
    f"{TRIPO}{name}/" for name in ("texture-model", "convert-model", "mesh-segmentation")
)
PICTURE = ("look.png", picture())


@pytest.fixture
def studio(service: StandIn) -> StudioCaller:
    return StudioCaller(service.base_url)


@pytest.fixture
def model(tiny_model: Path) -> tuple[str, bytes]:
    return ("tiny.glb", tiny_model.read_bytes())


@pytest.fixture(scope="module")
def host() -> Iterator[PictureHost]:
    with picture_host() as running:
        yield running


@pytest.mark.parametrize(
    ("path", "texts"),
    [(TEXTURE, {"prompt": "gold"}), (CONVERT, {"format": "FBX"}), (SEGMENT, {})],
)
def test_file_is_processed(
    path: str,
    texts: dict[str, str],
    model: tuple[str, bytes],
    service: StandIn,
    studio: StudioCaller,
) -> None:
    answer = studio.form(path, texts, model=model)
    assert answer.status_code == 200, answer.text
    assert studio.look(answer.json()["task_id"])["status"] == "FINISHED"
    sent = mapping(service.ledger.requests[0].body) or {}
    assert {name: sent[name] for name in texts} == texts
    assert (mapping(sent["model"]) or {})["name"] == "tiny.glb"


@pytest.mark.parametrize("path", [TEXTURE, CONVERT, SEGMENT])
def test_either_a_file_or_a_link_is_required(
    path: str, model: tuple[str, bytes], studio: StudioCaller
) -> None:
    texts = {"prompt": "gold", "format": "FBX"}
    neither = studio.form(path, texts)
    both = studio.form(path, {**texts, "model_url": "https://example.com/a.glb"}, model=model)
    assert (neither.status_code, both.status_code) == (400, 400)
    assert studio.form(path, texts, model=("a.glb", b"text")).status_code == 400


@pytest.mark.parametrize("path", [TEXTURE, CONVERT, SEGMENT])
def test_json_is_refused_where_a_form_is_documented(path: str, studio: StudioCaller) -> None:
    body = {"model_url": "https://example.com/a.glb", "prompt": "gold", "format": "FBX"}
    answer = studio.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_FAILED")


@pytest.mark.parametrize("path", [TEXTURE, CONVERT, SEGMENT])
def test_unreachable_model_fails_and_is_refunded(
    path: str, host: PictureHost, studio: StudioCaller
) -> None:
    for url in ("https://example.com/a.glb", f"{host.base_url}/a-picture.glb"):
        texts = {"prompt": "gold", "format": "FBX", "model_url": url}
        task_id = studio.form(path, texts).json()["task_id"]
        assert studio.look(task_id)["status"] == "FAILED"
    assert studio.wallet() == "1000.00"


TEXTURES: dict[str, tuple[Mapping[str, str], tuple[str, ...], int]] = {
    "a prompt": ({"prompt": "gold"}, (), 200),
    "a picture": ({}, ("image",), 200),
    "nothing": ({}, (), 400),
    "a prompt and a picture": ({"prompt": "gold"}, ("image",), 400),
    "a picture twice": ({"image_url": "https://example.com/a.png"}, ("image",), 400),
    "a style twice": (
        {"prompt": "gold", "style_image_url": "https://example.com/a.png"},
        ("style_image",),
        400,
    ),
    "a long prompt": ({"prompt": "x" * 1025}, (), 400),
    "flags and numbers": (
        {"prompt": "gold", "pbr": "false", "bake": "True", "texture_seed": "7"},
        (),
        200,
    ),
    "a flag of another kind": ({"prompt": "gold", "pbr": "maybe"}, (), 400),
    "a number of another kind": ({"prompt": "gold", "texture_seed": "seven"}, (), 400),
    "no texture at standard": ({"prompt": "gold", "texture": "false"}, (), 400),
    "no texture at detailed": (
        {"prompt": "gold", "texture": "false", "texture_quality": "detailed"},
        (),
        200,
    ),
}
CONVERSIONS: dict[str, tuple[dict[str, str], int]] = {
    "no format": ({}, 400),
    "an unknown format": ({"format": "PLY"}, 400),
    "quads": ({"format": "FBX", "quad": "true"}, 200),
    "quads in 3MF": ({"format": "3MF", "quad": "true"}, 400),
    "no faces": ({"format": "OBJ", "face_limit": "0"}, 400),
    "a large texture": ({"format": "OBJ", "texture_size": "4097"}, 400),
    "a threshold": (
        {"format": "OBJ", "flatten_bottom": "true", "flatten_bottom_threshold": "0.05"},
        200,
    ),
    "an odd scale": ({"format": "OBJ", "scale_factor": "nan"}, 400),
    "a scale": ({"format": "OBJ", "scale_factor": "2.5"}, 200),
}


@pytest.mark.parametrize("case", TEXTURES)
def test_texture_is_requested_in_exactly_one_way(
    case: str, model: tuple[str, bytes], studio: StudioCaller
) -> None:
    texts, pictures, status = TEXTURES[case]
    files = {"model": model, **dict.fromkeys(pictures, PICTURE)}
    assert studio.form(TEXTURE, texts, **files).status_code == status


@pytest.mark.parametrize("case", CONVERSIONS)
def test_conversion_follows_the_documented_table(
    case: str, model: tuple[str, bytes], studio: StudioCaller
) -> None:
    texts, status = CONVERSIONS[case]
    assert studio.form(CONVERT, texts, model=model).status_code == status
