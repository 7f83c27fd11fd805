"""What the gateways deliver: really forged models, and quads under a GLB's name."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import requests

from tests.standin.messages import items, mapping
from tests.standin.service import StandIn

from . import glb
from .gateways import (
    IMAGE,
    TEXT,
    TRIPO,
    VIEWS,
    PictureHost,
    PixazoCaller,
    StudioCaller,
    data_uri,
    picture_host,
)


@pytest.fixture
def studio(forging: StandIn) -> StudioCaller:
    return StudioCaller(forging.base_url)


@pytest.fixture(scope="module")
def host() -> Iterator[PictureHost]:
    with picture_host() as running:
        yield running


def delivered(studio: StudioCaller, task_id: str) -> bytes:
    url = studio.asset(task_id)
    assert url.partition("?")[0].endswith(".glb")
    return requests.get(url, timeout=30).content


def test_text_request_without_texture_gives_a_bare_model(studio: StudioCaller) -> None:
    body = {"prompt": "a chair", "texture": False}
    model = glb.read(delivered(studio, studio.create(TEXT, body)))
    assert model.base is None
    textured = glb.read(delivered(studio, studio.create(f"{TEXT}3.1/", {"prompt": "a chair"})))
    assert textured.base is not None


def test_p1_text_request_keeps_its_face_limit(studio: StudioCaller) -> None:
    body = {"prompt": "I", "face_limit": 700, "texture": False}
    model = glb.read(delivered(studio, studio.create(f"{TEXT}p1/", body)))
    assert 0 < len(model.corners) <= 700


def test_parts_are_separate(studio: StudioCaller) -> None:
    body = {"image": data_uri(), "generate_parts": True, "texture": False, "pbr": False}
    assert glb.read(delivered(studio, studio.create(IMAGE, body))).parts > 1


def test_quads_are_an_fbx_named_glb(studio: StudioCaller) -> None:
    task_id = studio.create(TEXT, {"prompt": "Q", "quad": True, "texture": False})
    answer = requests.get(studio.asset(task_id), timeout=30)
    assert answer.content.startswith(b"Kaydara FBX Binary")
    assert answer.headers["Content-Type"] == "model/gltf-binary"


def test_views_are_on_the_sides_of_a_box(studio: StudioCaller, views: Mapping[str, Path]) -> None:
    order = ("front", "left", "back")
    body = {"images": [{"image": data_uri(views[view].read_bytes())} for view in order]}
    model = glb.read(delivered(studio, studio.create(VIEWS, body)))
    assert model.base is not None
    red, _, blue = model.colors(model.normals[:, 0] > 0.9).mean(axis=0)
    assert red > blue


def test_model_can_be_sent_back_for_a_new_texture(studio: StudioCaller) -> None:
    bare = delivered(studio, studio.create(TEXT, {"prompt": "I", "texture": False}))
    form = studio.form(f"{TRIPO}texture-model/", {"prompt": "gold"}, model=("bare.glb", bare))
    dressed = glb.read(delivered(studio, form.json()["task_id"]))
    assert dressed.base is not None
    assert len(dressed.corners) == len(glb.read(bare).corners)


@pytest.mark.parametrize(
    ("form", "ending", "start"),
    [
        ("GLTF", ".glb", b"glTF"),
        ("FBX", ".fbx", b"Kaydara FBX Binary"),
        ("STL", ".stl", b""),
        ("USDZ", ".usdz", b"PK"),
        ("OBJ", ".zip", b"PK"),
        ("3MF", ".3mf", b"PK"),
    ],
)
def test_model_can_be_sent_back_for_another_format(
    form: str, ending: str, start: bytes, studio: StudioCaller, writable: Callable[[str], None]
) -> None:
    writable(form)
    made = delivered(studio, studio.create(TEXT, {"prompt": "I", "texture": False}))
    answer = studio.form(f"{TRIPO}convert-model/", {"format": form}, model=("a.glb", made))
    url = studio.asset(answer.json()["task_id"])
    assert url.partition("?")[0].endswith(ending)
    content = requests.get(url, timeout=30).content
    assert content
    assert content.startswith(start)


def test_model_can_be_sent_back_for_its_parts(studio: StudioCaller) -> None:
    made = delivered(studio, studio.create(TEXT, {"prompt": "I O", "texture": False}))
    answer = studio.form(f"{TRIPO}mesh-segmentation/", {}, model=("a.glb", made))
    assert glb.read(delivered(studio, answer.json()["task_id"])).parts > 1


def test_pixazo_makes_a_relief_of_a_picture_on_the_web(forging: StandIn, host: PictureHost) -> None:
    pixazo = PixazoCaller(forging.base_url)
    output = mapping(pixazo.look(pixazo.create(f"{host.base_url}/a.png"))["output"]) or {}
    (url,) = items(output["media_url"]) or []
    model = glb.read(requests.get(str(url), timeout=30).content)
    assert model.base is not None
    assert len(model.corners) > 100
