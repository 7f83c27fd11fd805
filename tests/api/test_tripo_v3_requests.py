"""The exact body of each kind of Tripo v3 request, minimal and full."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tripo_addon.api.replies import FileRef
from tripo_addon.api.services.tripo_v3 import encode_request
from tripo_addon.api.tasks import (
    ImageToModel,
    MultiviewToModel,
    TaskRequest,
    TextToModel,
    TextureModel,
    parse_request,
)

MODEL = "v3.1-20260211"
PNG, JPEG, WEBP, LAST = (
    FileRef(token=f"file_{number}", format=kind)
    for number, kind in enumerate(("png", "jpeg", "webp", "png"))
)
FRONT, LEFT, BACK, RIGHT = (Path(f"{view}.png") for view in ("front", "left", "back", "right"))

# What every generation takes, each with a value that is not the service's default.
FULL: dict[str, Any] = {
    "model": MODEL,
    "pbr": False,
    "texture_quality": "extreme",
    "geometry_quality": "detailed",
    "quad": True,
    "face_limit": 12_000,
    "model_seed": 0,
    "texture_seed": 2_147_483_647,
}

BODIES: list[tuple[str, TaskRequest, tuple[FileRef, ...], tuple[dict[str, object], ...]]] = [
    (
        "text, minimal",
        TextToModel(model=MODEL, prompt="a chest"),
        (),
        ({"model": MODEL, "prompt": "a chest"},),
    ),
    (
        "text, bare",
        TextToModel(model=MODEL, prompt="a chest", texture=False, pbr=False),
        (),
        ({"model": MODEL, "prompt": "a chest", "texture": False, "pbr": False},),
    ),
    (
        "text, full",
        TextToModel(prompt="a chest", negative_prompt="rust", image_seed=0, **FULL),
        (),
        ({"prompt": "a chest", "negative_prompt": "rust", "image_seed": 0, **FULL},),
    ),
    (
        "image, minimal",
        ImageToModel(model=MODEL, image=FRONT),
        (PNG,),
        ({"model": MODEL, "input": "file_0"},),
    ),
    ("image, full", ImageToModel(image=FRONT, **FULL), (PNG,), ({"input": "file_0", **FULL},)),
    (
        "multiview, all four views",
        MultiviewToModel(front=FRONT, left=LEFT, back=BACK, right=RIGHT, **FULL),
        (PNG, JPEG, WEBP, LAST),
        ({"inputs": ["file_0", "file_1", "file_2", "file_3"], **FULL},),
    ),
    (
        "multiview, front and back",
        MultiviewToModel(model=MODEL, front=FRONT, back=BACK),
        (PNG, JPEG),
        (
            {"model": MODEL, "inputs": [{"front": "file_0"}, {"back": "file_1"}]},
            {
                "model": MODEL,
                "files": [
                    {"type": "png", "file_token": "file_0"},
                    {},
                    {"type": "jpeg", "file_token": "file_1"},
                    {},
                ],
            },
        ),
    ),
    (
        "texture, minimal",
        TextureModel(model="v3.0-20250812", source_task="task"),
        (),
        ({"model": "v3.0-20250812", "input": "task"},),
    ),
    (
        "texture, by words, full",
        TextureModel(
            model="v3.0-20250812",
            source_task="task",
            prompt="old oak",
            pbr=False,
            texture_quality="detailed",
            texture_alignment="geometry",
            texture_seed=3,
        ),
        (),
        (
            {
                "model": "v3.0-20250812",
                "input": "task",
                "texture_prompt": {"text": "old oak"},
                "pbr": False,
                "texture_quality": "detailed",
                "texture_alignment": "geometry",
                "texture_seed": 3,
            },
        ),
    ),
    (
        "texture, by a picture",
        TextureModel(model="v3.0-20250812", source_task="task", image=FRONT),
        (WEBP,),
        (
            {
                "model": "v3.0-20250812",
                "input": "task",
                "texture_prompt": {"image": {"type": "webp", "file_token": "file_2"}},
            },
            {
                "model": "v3.0-20250812",
                "input": "task",
                "texture_prompt": {"image": "file_2"},
            },
        ),
    ),
]


@pytest.mark.parametrize(
    ("request_", "files", "bodies"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES]
)
def test_request_becomes_these_bodies(
    request_: TaskRequest, files: tuple[FileRef, ...], bodies: tuple[dict[str, object], ...]
) -> None:
    assert encode_request(request_, files) == bodies


def test_texts_are_sent_without_surrounding_spaces() -> None:
    request = TextToModel(model=MODEL, prompt="  a chest\n", negative_prompt="\x1f rust ")
    assert encode_request(request, ()) == (
        {"model": MODEL, "prompt": "a chest", "negative_prompt": "rust"},
    )


def test_blank_negative_prompt_is_not_sent() -> None:
    request = TextToModel(model=MODEL, prompt="a chest", negative_prompt=" \x1c ")
    assert encode_request(request, ()) == ({"model": MODEL, "prompt": "a chest"},)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "text_to_music", "model": MODEL},
        {"kind": "text_to_image", "model": MODEL},
        {"kind": "text_to_model", "model": MODEL, "prompt": " "},
        {"kind": "text_to_model", "model": MODEL, "prompt": "a chest", "style": "clay"},
        {"kind": "image_to_model", "model": MODEL},
        {"kind": "image_to_model", "model": MODEL, "image": "a.png", "face_limit": 7.5},
        {"kind": "convert_model", "source_task": "t"},
        {"kind": "retarget", "source_task": "t", "animations": ()},
        {"kind": "edit_views", "source_task": "t", "prompts": {}},
        {"kind": "edit_views", "source_task": "t", "prompts": {"front": " "}},
        {"kind": "edit_views", "source_task": "t", "prompts": {"top": "a hat"}},
    ],
)
def test_request_that_no_service_accepts_cannot_be_built(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        parse_request(values)
