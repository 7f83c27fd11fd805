"""What is refused before anything is sent: each rule with the sentence that the artist reads."""

import pytest

from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.field_types import Window
from tripo_addon.api.catalog.parameters import PARAMETERS
from tripo_addon.api.catalog.service_types import ModelVersion, Service
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.rules import Refusal, active, clean, offered, refuse, takes, window_of

TEXT, IMAGE, VIEWS, TEXTURE = (
    TaskKind.TEXT_TO_MODEL,
    TaskKind.IMAGE_TO_MODEL,
    TaskKind.MULTIVIEW_TO_MODEL,
    TaskKind.TEXTURE_MODEL,
)
V31, V30, V25, P1, P2 = (row.id for row in TRIPO_V3.offers[TEXT].models)
SYMBOLS = "has an emoji or symbol, which the service does not accept"


def text(**values: object) -> dict[str, object]:
    return {"model": V31, "prompt": "a chest", **values}


def texture(**values: object) -> dict[str, object]:
    return {"model": V30, "source_task": "t", **values}


REFUSED: list[tuple[TaskKind, dict[str, object], str, str]] = [
    (TEXT, {"model": V31}, "prompt", "Enter a prompt"),
    (TEXT, text(prompt="  \n"), "prompt", "Enter a prompt"),
    (
        TEXT,
        text(prompt="x" * 1025),
        "prompt",
        "The prompt has 1,025 characters; the limit is 1,024",
    ),
    (TEXT, text(prompt="a chest 🙂"), "prompt", f"The prompt {SYMBOLS}"),
    (TEXT, text(prompt="a ★ chest ✂"), "prompt", f"The prompt {SYMBOLS}"),
    (TEXT, text(prompt="a heart\ufe0f"), "prompt", f"The prompt {SYMBOLS}"),
    (
        TEXT,
        text(negative_prompt="x" * 256),
        "negative_prompt",
        "The negative prompt has 256 characters; the limit is 255",
    ),
    (TEXT, text(negative_prompt="🙂"), "negative_prompt", f"The negative prompt {SYMBOLS}"),
    (
        IMAGE,
        {"model": V31},
        "image",
        "Choose an image to start from",
    ),
    (
        VIEWS,
        {"model": V31, "left": "l", "back": "b"},
        "front",
        "Add a front view (required)",
    ),
    (
        VIEWS,
        {"model": V31, "front": "f"},
        "left",
        "Add a left, back or right view (at least two views are required)",
    ),
    (TEXTURE, {"model": V30}, "source_task", "Choose a model to work on"),
    (
        TEXTURE,
        texture(prompt="x" * 1025),
        "prompt",
        "The prompt has 1,025 characters; the limit is 1,024",
    ),
    (
        TEXTURE,
        texture(prompt="oak", image="i"),
        "image",
        "Guide the texture by a prompt, an image or four views: only one of them",
    ),
    (
        TEXT,
        {"prompt": "a chest"},
        "model",
        "Tripo does not offer this model version; choose another",
    ),
    (
        TEXT,
        text(model="v2.0-20240919"),
        "model",
        "Tripo does not offer this model version; choose another",
    ),
    (
        IMAGE,
        {"model": V31, "image": "i", "texture": False},
        "pbr",
        "PBR Maps need a texture: switch both off for bare geometry",
    ),
    (
        IMAGE,
        {"model": V31, "image": "i", "texture": False, "pbr": True},
        "pbr",
        "PBR Maps need a texture: switch both off for bare geometry",
    ),
    (TEXT, text(model=P1, quad=True), "quad", "Model P1 does not support Quads"),
    (
        TEXT,
        text(model=P1, geometry_quality="detailed"),
        "geometry_quality",
        "Model P1 does not support Shape Quality",
    ),
    (
        TEXT,
        text(model=P2, geometry_quality="detailed"),
        "geometry_quality",
        "Model P2 (Preview) does not support Shape Quality",
    ),
    (
        TEXT,
        text(model=V25, geometry_quality="detailed"),
        "geometry_quality",
        "Model v2.5 does not support Shape Quality",
    ),
    (
        TEXT,
        text(model=V25, texture_quality="detailed"),
        "texture_quality",
        "Model v2.5 does not support Texture Quality",
    ),
    (TEXT, text(model=V25, quad=True), "quad", "Model v2.5 does not support Quads"),
    (
        TEXT,
        text(model=V25, texture_version=V30),
        "texture_version",
        "Model v2.5 has no Texture Model “v3.0-20250812”",
    ),
    (
        TEXT,
        text(geometry_quality="ultra"),
        "geometry_quality",
        "Model v3.1 has no Shape Quality “ultra”",
    ),
    (
        IMAGE,
        {"model": V31, "image": "i", "image_seed": 1},
        "image_seed",
        "Model v3.1 does not support Image Seed",
    ),
    (
        IMAGE,
        {"model": V31, "image": "i", "negative_prompt": "rust"},
        "negative_prompt",
        "Model v3.1 does not support Negative Prompt",
    ),
    (TEXT, text(model_seed=-1), "model_seed", "Shape Seed must be from 0 to 2,147,483,647"),
    (
        TEXT,
        text(texture_seed=2_147_483_648),
        "texture_seed",
        "Texture Seed must be from 0 to 2,147,483,647",
    ),
    (TEXT, text(image_seed="7"), "image_seed", "Image Seed must be from 0 to 2,147,483,647"),
    (
        TEXT,
        text(face_limit=0),
        "face_limit",
        "Model v3.1 takes a Face Limit from 1 to 1,500,000",
    ),
    (
        TEXT,
        text(model=P1, face_limit=49),
        "face_limit",
        "Model P1 takes a Face Limit from 50 to 20,000",
    ),
]


@pytest.mark.parametrize(
    ("kind", "values", "field", "sentence"), REFUSED, ids=[row[3] for row in REFUSED]
)
def test_each_rule_has_its_sentence(
    kind: TaskKind, values: dict[str, object], field: str, sentence: str
) -> None:
    assert refuse(TRIPO_V3, kind, values) == Refusal(field, sentence)


def test_no_sentence_ends_with_a_period() -> None:
    assert not [sentence for _, _, _, sentence in REFUSED if sentence.endswith(".")]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (TEXT, text()),
        (TEXT, text(prompt=f"  {'x' * 1024}  ", negative_prompt="y" * 255)),
        (TEXT, text(prompt="箱 сундук صندوق カ 𠮷 ½ €")),
        (TEXT, text(negative_prompt="", face_limit=None, model_seed=None)),
        (TEXT, text(texture=False, pbr=False)),
        (TEXT, text(model=P1, quad=False, geometry_quality="standard")),
        (IMAGE, {"model": V31, "image": "i"}),
        (VIEWS, {"model": V31, "front": "f", "right": "r"}),
        (VIEWS, {"model": V31, "front": "f", "left": "l", "back": "b", "right": "r"}),
        (TEXT, text(negative_prompt="  ")),
        (TEXTURE, texture()),
        (TEXTURE, texture(image="i")),
        (TEXTURE, texture(image="i", prompt="  ")),
    ],
)
def test_request_that_breaks_no_rule_is_accepted(kind: TaskKind, values: dict[str, object]) -> None:
    assert refuse(TRIPO_V3, kind, values) is None


WINDOWS: list[tuple[str, dict[str, object], Window]] = [
    (V31, {}, Window(1, 1_500_000)),
    (V31, {"geometry_quality": "detailed"}, Window(1, 2_000_000)),
    (V31, {"quad": True}, Window(1, 150_000)),
    (V31, {"quad": True, "geometry_quality": "detailed"}, Window(1, 150_000)),
    (V30, {}, Window(1, 1_000_000)),
    (V30, {"geometry_quality": "detailed"}, Window(1, 2_000_000)),
    (V30, {"quad": True}, Window(1, 150_000)),
    (V31, {"smart_low_poly": True}, Window(500, 20_000)),
    (V30, {"smart_low_poly": True, "quad": True}, Window(500, 10_000)),
    (V25, {}, Window(1, 500_000)),
    (P1, {}, Window(50, 20_000)),
    (P2, {}, Window(50, 50_000)),
    (P2, {"quad": True}, Window(50, 25_000)),
]


@pytest.mark.parametrize(("model", "settings", "window"), WINDOWS)
def test_face_limit_window_follows_the_model_and_its_settings(
    model: str, settings: dict[str, object], window: Window
) -> None:
    offer = TRIPO_V3.offers[TEXT]
    assert window_of(offer, {"model": model, **settings}, "face_limit") == window
    for faces, fits in (
        (window.low - 1, False),
        (window.low, True),
        (window.high, True),
        (window.high + 1, False),
    ):
        refusal = refuse(TRIPO_V3, TEXT, text(model=model, face_limit=faces, **settings))
        assert (refusal is None) is fits, faces
        assert refusal is None or refusal.field == "face_limit"


def test_number_is_clamped_into_its_window() -> None:
    window = Window(50, 20_000)
    assert [window.clamp(number) for number in (0, 50, 777, 99_999)] == [50, 50, 777, 20_000]


VERSIONS: list[tuple[Service, TaskKind, ModelVersion]] = [
    (row, kind, version)
    for row in SERVICES.values()
    for kind, offer in row.offers.items()
    for version in offer.models
]
VERSION_IDS = [f"{row.id} {kind.value} {version.label}" for row, kind, version in VERSIONS]


@pytest.mark.parametrize(("row", "kind", "version"), VERSIONS, ids=VERSION_IDS)
def test_every_setting_of_a_version_is_offered_with_its_default(
    row: Service, kind: TaskKind, version: ModelVersion
) -> None:
    offer = row.offers[kind]
    for name in offer.takes:
        parameter = PARAMETERS[name]
        if parameter.choices and takes(offer, version, name) and name not in offer.required:
            assert parameter.default in [each.id for each in offered(offer, version, parameter)]


@pytest.mark.parametrize(("row", "kind", "version"), VERSIONS, ids=VERSION_IDS)
def test_setting_that_a_version_lacks_is_inactive_and_refused(
    row: Service, kind: TaskKind, version: ModelVersion
) -> None:
    offer = row.offers[kind]
    for name in version.lacks & set(offer.takes):
        assert not active(offer, {"model": version.id}, name)
        refusal = refuse(row, kind, {"model": version.id, name: "other"})
        assert refusal is not None
    # A field that is not taken does not count as a condition.
    lacked = dict.fromkeys(version.lacks, True)
    for name in offer.takes:
        plain = window_of(offer, {"model": version.id}, name)
        assert window_of(offer, {"model": version.id, **lacked}, name) == plain


def test_setting_is_active_while_its_condition_holds() -> None:
    offer = TRIPO_V3.offers[TaskKind.CONVERT_MODEL]
    assert not active(offer, {"format": "FBX"}, "export_vertex_colors")
    assert active(offer, {"format": "OBJ"}, "export_vertex_colors")
    assert not active(offer, {"format": "OBJ"}, "texture")


def test_unknown_names_have_no_catalog_row() -> None:
    assert TRIPO_V3.model(TEXT, "v9") is None
    assert TRIPO_V3.model(TEXTURE, V31) is None
    assert TRIPO_V3.model(TaskKind.REFINE_MODEL, V31) is None
    assert TRIPO_V3.region("china").base_url == "https://openapi.tripo3d.com"
    assert TRIPO_V3.region("mars") == TRIPO_V3.regions[0]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("a chest", "a chest"),
        (" \ta\r\nchest\n ", "a  chest"),
        ("a\x00\x07 ch\u200best\ufeff", "a chest"),
        ("\ud83d chest", "chest"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u200d \u200c", ""),
        ("\ue000\U000e0001", ""),
    ],
)
def test_text_is_sent_without_invisible_characters(text: str, sent: str) -> None:
    assert clean(text) == sent == clean(sent)
