"""Styles: what is told is what is sent, and files that are none are refused with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from tripo_addon.api import style_json
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.rules import refuse, sendable_values
from tripo_addon.api.style_json import NotAStyle
from tripo_addon.api.styles import BY_NAME, FIXED, FREE, SEED_FIELDS, Style, apply, without
from tripo_addon.api.tasks import parse_request

from .customer import ALL_KIND_IDS, ALL_KINDS
from .random_forms import through

V3 = SERVICES["tripo-v3"]
TEXT = TaskKind.TEXT_TO_MODEL
CLAY = Style(
    name="Clay",
    before="clay model of",
    after="studio light.",
    palette=("moss green", "rust"),
    negative="blurry",
    faces=5000,
    seed=FIXED,
    seed_number=77,
)
ADDED = {"prompt", "negative_prompt", "style_image", "template", "face_limit", *SEED_FIELDS}


def text_values(**given: object) -> dict[str, object]:
    raw = {"prompt": "a chest", "model": V3.offers[TEXT].default_model, **given}
    return {"kind": TEXT.value, **sendable_values(V3.offers[TEXT], raw)}


def any_style(dice: Random) -> Style:
    def maybe(value: object, other: object) -> object:
        return value if dice.random() < 0.6 else other

    return Style(
        name="Any",
        before=str(maybe("clay,", "")),
        after=str(maybe(" in the rain ", "")),
        palette=("red", " blue ") if dice.random() < 0.3 else (),
        negative=str(maybe("blurry", "")),
        style_image=str(maybe("https://pictures.example/style.png", "")),
        template=str(maybe("figure", "")),
        faces=int(str(maybe(dice.choice((10, 5000, 1_000_000)), 0))),
        seed=dice.choice((FREE, FIXED, BY_NAME)),
        seed_number=dice.randrange(1, 10**6),
    )


def test_style_words_surround_the_prompt_and_additions_are_listed() -> None:
    styled = apply(CLAY, V3, TEXT, text_values(), "A chest")
    prompt = "clay model of a chest, studio light. colors: moss green, rust"
    assert styled.values["prompt"] == prompt
    assert styled.added == (
        f"Prompt “{prompt}”",
        "Negative Prompt “blurry”",
        "Face Limit 5,000",
        "Seed 77",
    )
    assert styled.left_out == ()


def test_values_of_the_request_override_the_style() -> None:
    own = text_values(face_limit=900, model_seed=3, negative_prompt="noise")
    sent = apply(CLAY, V3, TEXT, own).values
    assert (sent["face_limit"], sent["model_seed"], sent["image_seed"]) == (900, 3, 77)
    assert sent["negative_prompt"] == "noise, blurry"


def test_named_seed_depends_only_on_its_name() -> None:
    style = Style(seed=BY_NAME)
    assert style.seed_of("Chest") == style.seed_of(" chest") != style.seed_of("Door")
    assert Style().seed_of("Chest") is None


def test_unsupported_style_values_are_named_with_the_reason() -> None:
    values: dict[str, object] = {"kind": "image_to_model", "image": "a.png", "model": "v3.1"}
    styled = apply(CLAY, V3, TaskKind.IMAGE_TO_MODEL, values)
    kind = TaskKind.IMAGE_TO_MODEL.label
    assert styled.left_out == (f"Words, Negative Prompt (not for “{kind}”)",)
    assert not {"prompt", "negative_prompt"} & {*styled.values}
    many = apply(Style(faces=1_999_999), V3, TEXT, text_values())
    assert "face_limit" not in many.values
    assert many.left_out[0].startswith("Face Limit (outside ")


def test_texture_without_a_prompt_gets_none() -> None:
    values: dict[str, object] = {"kind": "texture_model", "source_task": "x"}
    styled = apply(CLAY, V3, TaskKind.TEXTURE_MODEL, values)
    assert "prompt" not in styled.values
    assert styled.left_out[0] == "Words (the request has no prompt)"


def test_prompt_made_too_long_by_the_style_is_refused() -> None:
    styled = apply(CLAY, V3, TEXT, text_values(prompt="a" * 1020))
    refused = refuse(V3, TEXT, styled.values)
    assert refused is not None
    assert refused.field == "prompt"


@pytest.mark.parametrize(("row", "kind"), ALL_KINDS, ids=ALL_KIND_IDS)
def test_any_style_leaves_any_request_valid_and_can_be_removed(
    row: Service, kind: TaskKind
) -> None:
    dice = Random(f"{row.id} {kind.value} styles")
    for own in through(row, kind, 12):
        style, values = any_style(dice), {"kind": kind.value, **own}
        styled = apply(style, row, kind, values, "A chest")
        refused = refuse(row, kind, styled.values)
        assert refused is None or refused.field in {"prompt", "negative_prompt"}
        changed = {n for n, v in styled.values.items() if values.get(n) != v}
        assert changed <= ADDED
        assert {*values} <= {*styled.values}
        assert bool(changed) == bool(styled.added)
        parse_request(styled.values)
        again = apply(style, row, kind, without(style, styled.values, "A chest"), "A chest")
        assert again.values == styled.values
        sent = sendable_values(row.offers[kind], styled.values)
        assert {n: styled.values[n] for n in changed} == {n: sent.get(n) for n in changed}


def test_style_survives_a_json_round_trip() -> None:
    dice = Random("round trip")
    for style in (CLAY, *(any_style(dice) for _ in range(50))):
        assert style_json.read(style_json.written(style)) == style


def head(**values: object) -> str:
    return json.dumps({"format": "tripo_addon.style", "version": 1, "name": "X", **values})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON"),
        (b"\xff\xfe\x00", "not valid JSON"),
        ("[" * 10_000, "nested too deeply"),
        ("[1]", "not a style"),
        ('{"name": "X"}', "not a style"),
        (head(version=True), "not a style"),
        (head(version=2), "newer version"),
        (head(version=0), "not a style"),
        (head(name=" "), "“name” must be a name"),
        (head(evil=1, texel_density=2), "unknown settings: evil, texel_density"),
        (head(before=3), "“before” must be a text"),
        (head(after="a" * 1025), "at most 1,024 characters"),
        (head(faces=1.5), "“faces” must be a whole number"),
        (head(faces=True), "“faces” must be a whole number"),
        (head(faces=float("nan")), "“faces” must be a whole number"),
        (head(palette=["red"] * 9), "at most 8 texts"),
        (head(palette="red"), "at most 8 texts"),
        (head(seed="dice"), "one of free, fixed, by_name"),
        (head(template={}), "“template” must be one of"),
        (head(seed_number=10**30), "“seed_number” must be"),
        (head()[:-1] + ', "after": "a", "after": "b"}', "“after” stands in it twice"),
        (head(after=" " * 20_000), "larger than 16,384 bytes"),
    ],
)
def test_invalid_style_file_is_refused_with_the_reason(text: str | bytes, message: str) -> None:
    with pytest.raises(NotAStyle, match=message):
        style_json.read(text)


def test_style_names_only_pictures_beside_it(tmp_path: Path) -> None:
    assert style_json.beside("a/b.png", tmp_path) == str(tmp_path / "a" / "b.png")
    assert style_json.beside("https://a.example/b.png", tmp_path) == "https://a.example/b.png"
    for path in ("/etc/passwd", "../b.png", "a/../../b.png", "C:\\b.png", "C:b.png", "\\\\h\\b"):
        with pytest.raises(NotAStyle):
            style_json.beside(path, tmp_path)
