"""What is refused before anything is sent: each rule with the sentence that the artist reads."""

import pytest

from tripo_addon.api.catalog import PARAMETERS, TRIPO_V3, TaskKind, Window
from tripo_addon.api.rules import (
    Refusal,
    face_window,
    is_loopback,
    refuse,
    refuse_address,
    refuse_key,
)

TEXT, IMAGE, VIEWS, TEXTURE = (
    TaskKind.TEXT_TO_MODEL,
    TaskKind.IMAGE_TO_MODEL,
    TaskKind.MULTIVIEW_TO_MODEL,
    TaskKind.TEXTURE_MODEL,
)
V31, V30, V25, P1, P2 = (row.id for row in TRIPO_V3.models[TEXT])
SYMBOLS = "has an emoji or symbol, which the service does not accept"


def text(**values: object) -> dict[str, object]:
    return {"model": V31, "prompt": "a chest", **values}


REFUSED: list[tuple[TaskKind, dict[str, object], str, str]] = [
    (TEXT, {"model": V31}, "prompt", "The prompt is empty: write what you want to see"),
    (TEXT, text(prompt="  \n"), "prompt", "The prompt is empty: write what you want to see"),
    (
        TEXT,
        text(prompt="x" * 1025),
        "prompt",
        "The prompt has 1,025 characters; the service takes 1,024",
    ),
    (TEXT, text(prompt="a chest 🙂"), "prompt", f"The prompt {SYMBOLS}"),
    (TEXT, text(prompt="a ★ chest ✂"), "prompt", f"The prompt {SYMBOLS}"),
    (TEXT, text(prompt="a heart\ufe0f"), "prompt", f"The prompt {SYMBOLS}"),
    (
        TEXT,
        text(negative_prompt="x" * 256),
        "negative_prompt",
        "The negative prompt has 256 characters; the service takes 255",
    ),
    (TEXT, text(negative_prompt="🙂"), "negative_prompt", f"The negative prompt {SYMBOLS}"),
    (
        IMAGE,
        {"model": V31},
        "image",
        "No image is chosen: pick the picture to make a model from",
    ),
    (
        VIEWS,
        {"model": V31, "left": "l", "back": "b"},
        "front",
        "The front view is missing: it is the one view that is always needed",
    ),
    (
        VIEWS,
        {"model": V31, "front": "f"},
        "left",
        "At least two views are needed: add a left, back or right view",
    ),
    (TEXTURE, {}, "source_task", "There is no model to texture"),
    (
        TEXTURE,
        {"source_task": "t", "prompt": "x" * 1025},
        "prompt",
        "The texture prompt has 1,025 characters; the service takes 1,024",
    ),
    (
        TEXTURE,
        {"source_task": "t", "prompt": "oak", "image": "i"},
        "image",
        "A texture follows words or a picture: choose one of the two",
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
    (TEXT, text(model=P1, quad=True), "quad", "Model P1 does not take the setting Quads"),
    (
        TEXT,
        text(model=P1, geometry_quality="detailed"),
        "geometry_quality",
        "Model P1 does not take the setting Shape Quality",
    ),
    (
        TEXT,
        text(model=P2, geometry_quality="detailed"),
        "geometry_quality",
        "Model P2 (Preview) does not take the setting Shape Quality",
    ),
    (
        TEXT,
        text(model=V25, geometry_quality="detailed"),
        "geometry_quality",
        "Model v2.5 does not take the setting Shape Quality",
    ),
    (
        TEXT,
        text(model=V25, texture_quality="detailed"),
        "texture_quality",
        "Model v2.5 does not take the setting Texture Quality",
    ),
    (TEXT, text(model=V25, quad=True), "quad", "Model v2.5 does not take the setting Quads"),
    (
        TEXT,
        text(model=P1, texture_quality="extreme"),
        "texture_quality",
        "Model P1 has no Texture Quality “extreme”",
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
        "Model v3.1 does not take the setting Image Seed",
    ),
    (
        IMAGE,
        {"model": V31, "image": "i", "negative_prompt": "rust"},
        "negative_prompt",
        "Model v3.1 does not take the setting Negative Prompt",
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
        (TEXTURE, {"source_task": "t"}),
        (TEXTURE, {"source_task": "t", "image": "i"}),
    ],
)
def test_what_no_rule_forbids_passes(kind: TaskKind, values: dict[str, object]) -> None:
    assert refuse(TRIPO_V3, kind, values) is None


WINDOWS: list[tuple[str, dict[str, object], Window]] = [
    (V31, {}, Window(1, 1_500_000)),
    (V31, {"geometry_quality": "detailed"}, Window(1, 2_000_000)),
    (V31, {"quad": True}, Window(1, 150_000)),
    (V31, {"quad": True, "geometry_quality": "detailed"}, Window(1, 150_000)),
    (V30, {}, Window(1, 1_000_000)),
    (V30, {"geometry_quality": "detailed"}, Window(1, 1_500_000)),
    (V30, {"quad": True}, Window(1, 150_000)),
    (V25, {}, Window(1, 500_000)),
    (P1, {}, Window(50, 20_000)),
    (P2, {}, Window(50, 50_000)),
    (P2, {"quad": True}, Window(50, 25_000)),
]


@pytest.mark.parametrize(("model", "settings", "window"), WINDOWS)
def test_the_face_window_follows_the_model_and_its_settings(
    model: str, settings: dict[str, object], window: Window
) -> None:
    version = TRIPO_V3.model(TEXT, model)
    assert version is not None
    assert face_window(version, settings) == window
    for faces, fits in (
        (window.low - 1, False),
        (window.low, True),
        (window.high, True),
        (window.high + 1, False),
    ):
        refusal = refuse(TRIPO_V3, TEXT, text(model=model, face_limit=faces, **settings))
        assert (refusal is None) is fits, faces
        assert refusal is None or refusal.field == "face_limit"


def test_a_window_brings_a_number_inside() -> None:
    window = Window(50, 20_000)
    assert [window.clamp(number) for number in (0, 50, 777, 99_999)] == [50, 50, 777, 20_000]


@pytest.mark.parametrize("row", TRIPO_V3.models[TEXT], ids=lambda row: row.label)
def test_every_setting_of_a_version_is_offered_with_its_default(row: object) -> None:
    version = TRIPO_V3.model(TEXT, getattr(row, "id", ""))
    assert version is not None
    for parameter in PARAMETERS.values():
        offered = [choice.id for choice in version.offers(parameter)]
        if parameter.choices and version.accepts(TEXT, parameter.name):
            assert parameter.default in offered


def test_the_catalogue_has_no_row_for_what_it_does_not_know() -> None:
    assert TRIPO_V3.model(TEXT, "v9") is None
    assert TRIPO_V3.model(TEXTURE, V31) is None
    assert TRIPO_V3.region("china").base_url == "https://openapi.tripo3d.com"
    assert TRIPO_V3.region("mars") == TRIPO_V3.regions[0]
    assert TRIPO_V3.model(TEXT, TRIPO_V3.default_model) is not None


PREFIX = "A Tripo key starts with tsk_"
CHARACTER = "The key has a character that no key has; paste it again"


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "Tripo needs an API key: enter it in the add-on's preferences"),
        (
            "tcli_0123",
            "This is a Client ID, not a key: the key starts with tsk_ (the console has both)",
        ),
        ("sk_0123", PREFIX),
        ("TSK_0123", PREFIX),
        (" tsk_0123", PREFIX),
        ("Bearer tsk_0123", PREFIX),
        ("tsk_01 23", CHARACTER),
        ("tsk_0123\n", CHARACTER),
        ("tsk_0123\r\nX-Other: 1", CHARACTER),
        ("tsk_0123\t", CHARACTER),
        ("tsk_ключ", CHARACTER),
        ("tsk_0123\u200b", CHARACTER),
        ("tsk_•••", CHARACTER),
    ],
)
def test_what_can_be_no_key_is_refused_with_a_reason(key: str, sentence: str) -> None:
    assert refuse_key(TRIPO_V3, key) == Refusal("key", sentence)


def test_a_key_is_not_judged_beyond_its_look() -> None:
    assert refuse_key(TRIPO_V3, "tsk_standin") is None
    assert refuse_key(TRIPO_V3, "tsk_AZaz09-_.~+/=") is None


@pytest.mark.parametrize(
    "address",
    [
        *(region.base_url for region in TRIPO_V3.regions),
        "https://gateway.example/tripo/",
        "https://gateway.example:8443",
        "HTTPS://Gateway.Example",
        "https://127.0.0.1:8000",
        "http://127.0.0.1:8000",
        "http://127.8.8.8",
        "http://localhost:8000",
        "http://LOCALHOST",
        "http://[::1]:8000",
    ],
)
def test_https_and_this_machine_are_spoken_to(address: str) -> None:
    assert refuse_address(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "http://openapi.tripo3d.ai",
        "http://192.168.1.5:8000",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://0.0.0.0",
        "http://[::2]",
        "ftp://openapi.tripo3d.ai",
        "ws://127.0.0.1",
    ],
)
def test_nothing_else_is_spoken_to(address: str) -> None:
    refusal = Refusal("address", "The base URL must start with https://")
    assert refuse_address(address) == refusal


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense",
        "openapi.tripo3d.ai",
        "https://",
        "https:///v3",
        "https://[::1",
        "https://host:abc",
        "https://host:99999",
        "https://host:0",
        "https://user@host",
        "https://user:password@host",
        "https://:password@host",
        "https://@host",
        "https://host?",
        "https://host?key=1",
        "https://host#",
        "https://host#top",
        "https://ho st",
        "https://ho\nst",
        " https://host",
        "https://host ",
        "https://good.example\\@evil.example",
        "https://bücher.example",
        "javascript:alert(1)",
        "file:///etc/hosts",
    ],
)
def test_what_is_no_web_address_is_refused(address: str) -> None:
    assert refuse_address(address) == Refusal("address", "The base URL is not a web address")


def test_loopback_is_this_machine_and_no_other() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.1.2.3", "::1")))
    assert not any(map(is_loopback, ("", "127.example", "128.0.0.1", "10.0.0.1", "::", "[::1]")))
