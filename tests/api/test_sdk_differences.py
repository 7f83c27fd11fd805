"""Differences between our requests and the official SDK's, and the reasons.

Both really send to the stand-in, whose records are compared.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.standin.faults import Fault
from tests.standin.messages import mapping
from tests.standin.service import StandIn
from tripo_addon.api.replies import FileRef
from tripo_addon.api.services.tripo_v3 import TripoV3
from tripo_addon.api.tasks import MultiviewToModel, TextToModel, TextureModel

from .official import plain, requests_during, sdk, we_make
from .samples import picture, views

MODEL = "v3.1-20260211"
TEXTURE_MODEL = "v3.0-20250812"


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, Path]:
    return {**views(tmp_path), "image": picture(tmp_path / "image.png")}


def test_our_uploads_hide_the_file_name(service: StandIn, tripo: TripoV3, tmp_path: Path) -> None:
    """A file's name is private, and no service needs it."""
    path = picture(tmp_path / "front.png")
    tripo.upload(path)
    sdk(service, lambda client: client.upload_file(path))
    ours, theirs = (mapping(each.body) or {} for each in service.ledger.requests)
    assert (mapping(ours["file"]) or {})["name"] == "image.png"
    assert (mapping(theirs["file"]) or {})["name"] == "front.png"


def test_picture_with_wrong_suffix_is_sent_as_its_real_type(
    service: StandIn, tripo: TripoV3, tmp_path: Path
) -> None:
    """The SDK uses the file's name; we read the first bytes, as the service does."""
    path = picture(tmp_path / "front.png", form="JPEG")
    tripo.upload(path)
    sdk(service, lambda client: client.upload_file(path))
    ours, theirs = (mapping(each.body) or {} for each in service.ledger.requests)
    assert (mapping(ours["file"]) or {})["media_type"] == "image/jpeg"
    assert (mapping(theirs["file"]) or {})["media_type"] == "image/png"


def test_we_trim_texts_and_the_sdk_does_not(service: StandIn, tripo: TripoV3) -> None:
    """Tripo counts characters after trimming, and refuses a negative prompt of spaces."""
    (ours,) = requests_during(
        service, lambda: tripo.submit(TextToModel(model=MODEL, prompt=" a "), ())
    )
    (theirs,) = requests_during(
        service,
        lambda: sdk(service, lambda client: client.text_to_model(" a ", model_version=MODEL)),
    )
    assert ours.body == {"model": MODEL, "prompt": "a"}
    assert theirs.body == {"model": MODEL, "prompt": " a "}


def test_empty_view_is_omitted_here_and_null_in_the_sdk(
    service: StandIn, tripo: TripoV3, pictures: dict[str, Path]
) -> None:
    """The SDK, the JavaScript SDK and API v2 each leave a slot empty in a different way. Views by
    name are documented by two sources and cannot be mistaken."""
    ours = requests_during(
        service,
        lambda: we_make(
            tripo,
            {
                "kind": "multiview_to_model",
                "model": MODEL,
                "front": pictures["front"],
                "back": pictures["back"],
            },
        ),
    )
    slots = [pictures["front"], None, pictures["back"], None]
    theirs = requests_during(
        service,
        lambda: sdk(service, lambda client: client.multiview_to_model(slots, model_version=MODEL)),
    )
    assert plain(service, ours[-1], pictures)["body"] == {
        "model": MODEL,
        "inputs": [{"front": "<front>"}, {"back": "<back>"}],
    }
    assert plain(service, theirs[-1], pictures)["body"] == {
        "model": MODEL,
        "inputs": ["<front>", None, "<back>", None],
    }
    first, second = service.ledger.tasks
    assert (first.credits, first.kind) == (second.credits, second.kind)


def test_refused_named_views_fall_back_to_the_older_list_without_nulls(
    service: StandIn, tripo: TripoV3, pictures: dict[str, Path]
) -> None:
    """The list of four file objects is what API v2 documented, and v3 still reads it."""
    service.fault(Fault(path="/v3/generation", status=400, body={"code": 1004}))
    request = MultiviewToModel(model=MODEL, front=pictures["front"], left=pictures["left"])
    tripo.submit(
        request, tuple(tripo.upload(path) for path in request.files if isinstance(path, Path))
    )
    assert plain(service, service.ledger.requests[-1], pictures)["body"] == {
        "model": MODEL,
        "files": [
            {"type": "png", "file_token": "<front>"},
            {"type": "png", "file_token": "<left>"},
            {},
            {},
        ],
    }


TEXTURES: list[dict[str, Any]] = [
    {},
    {"pbr": False},
    {"texture_quality": "detailed"},
    {"texture_quality": "extreme"},
    {"texture_alignment": "geometry"},
    {"texture_seed": 0},
    {"pbr": False, "texture_quality": "detailed", "texture_alignment": "geometry"},
]


@pytest.mark.parametrize("model", ["v2.5-20250123", "v3.0-20250812", "v3.5-20260815"])
def test_new_texture_is_requested_like_the_sdk_does(
    service: StandIn, tripo: TripoV3, model: str
) -> None:
    source = tripo.submit(TextToModel(model=MODEL, prompt="a chest"), ())
    tripo.look_up([source])
    for settings in TEXTURES:
        for words in (None, "old oak"):
            request = TextureModel(model=model, source_task=source, prompt=words, **settings)
            given = {**settings, "model_version": model, "text_prompt": words}
            (ours,) = requests_during(service, lambda r=request: tripo.submit(r, ()))
            (theirs,) = requests_during(
                service,
                lambda g=given: sdk(service, lambda client: client.texture_model(source, **g)),
            )
            assert plain(service, ours, {}) == plain(service, theirs, {})


def test_texture_picture_is_sent_as_object_then_as_the_sdks_plain_token(
    service: StandIn, tripo: TripoV3, pictures: dict[str, Path]
) -> None:
    """Two documents have an object, the SDK a string. We send the documented form first, and if it
    is refused as a bad parameter, which costs nothing, the SDK's own body."""
    source = tripo.submit(TextToModel(model=MODEL, prompt="a chest"), ())
    tripo.look_up([source])
    image = pictures["image"]
    request = TextureModel(model=TEXTURE_MODEL, source_task=source, image=image)
    file: FileRef = tripo.upload(image)
    service.fault(Fault(path="/v3/models/texture", status=400, body={"code": 1004}))
    ours = requests_during(service, lambda: tripo.submit(request, (file,)))
    theirs = requests_during(
        service,
        lambda: sdk(
            service,
            lambda client: client.texture_model(
                source, image_prompt=image, model_version=TEXTURE_MODEL
            ),
        ),
    )
    first, second = (plain(service, each, pictures)["body"] for each in ours)
    assert first == {
        "model": TEXTURE_MODEL,
        "input": source,
        "texture_prompt": {"image": {"type": "png", "file_token": "<image>"}},
    }
    assert second == plain(service, theirs[-1], pictures)["body"]
