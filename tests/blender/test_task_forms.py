"""The forms against the catalog: what is shown is sent, what is sent is shown, limits agree."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest

from tests.blender.addon import enabled
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.field_types import ParamType, Window
from tripo_addon.api.catalog.parameters import PARAMETERS
from tripo_addon.api.catalog.settings import SEEDS
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.rules import refuse
from tripo_addon.api.tasks import parse_request
from tripo_addon.blender import settings
from tripo_addon.blender.forms import picture_forms, works
from tripo_addon.blender.forms.task_form import TaskForm
from tripo_addon.blender.session import composition
from tripo_addon.blender.ui import generate_panel, object_operators, pictures_panel

VERSIONS = TRIPO_V3.offers[TaskKind.TEXT_TO_MODEL].models
MODES = ("text", "image", "multiview")
FORMS = (*MODES, "parts")
SETTINGS = {
    "texture": False,
    "pbr": False,
    "texture_quality": "detailed",
    "geometry_quality": "detailed",
    "quad": True,
    "model_seed": 5,
    "texture_seed": 6,
    "image_seed": 7,
}


@pytest.fixture
def forms():
    with enabled() as context:
        yield context.scene.tripo_addon


def filled(forms, mode: str):
    form = getattr(forms, mode)
    if mode == "text":
        form.prompt = "a chest"
    elif mode in {"image", "parts"}:
        form.path = "/pictures/chest.png"
    else:
        form.front, form.back = "/pictures/front.png", "/pictures/back.png"
    return form


@pytest.mark.parametrize("mode", FORMS)
def test_filled_form_is_a_valid_request(forms, mode: str) -> None:
    form = filled(forms, mode)
    assert refuse(TRIPO_V3, form.kind, form.values()) is None
    assert parse_request(form.values()).kind == form.kind.value


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", SETTINGS)
def test_each_shown_setting_changes_the_request(forms, mode: str, name: str) -> None:
    form = filled(forms, mode)
    form.use_seeds = True
    if not hasattr(form, name):
        assert name == "image_seed"
        assert mode != "text"
        return
    assert form.shows(name)
    before = form.values()
    setattr(form, name, SETTINGS[name])
    after = form.values()
    assert after[name] == SETTINGS[name]
    assert after != before


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("version", VERSIONS, ids=lambda row: row.id)
@pytest.mark.parametrize("textured", [True, False])
def test_hidden_settings_are_not_sent(forms, mode, version, textured) -> None:
    form = filled(forms, mode)
    form.use_seeds = form.use_face_limit = True
    for name, value in SETTINGS.items():
        if hasattr(form, name):
            setattr(form, name, value)
    form.texture = textured
    form.model = version.id
    values = form.values()
    sent = {name for name in SETTINGS if name in values}
    hidden = {name for name in sent if not form.shows(name)}
    assert hidden <= {"pbr"}
    assert values.get("pbr") is not True
    assert refuse(TRIPO_V3, form.kind, values) is None


@pytest.mark.parametrize("version", VERSIONS, ids=lambda row: row.id)
def test_face_limit_visibly_follows_the_version(forms, version) -> None:
    form = filled(forms, "text")
    form.use_face_limit = True
    form.face_limit = 2_000_000
    form.model = version.id
    window = form.face_window
    assert isinstance(window, Window)
    assert form.face_limit == min(window.high, 2_000_000)
    form.face_limit = 1
    assert form.face_limit == window.low


def test_unsupported_quality_falls_back_to_the_versions_best(forms) -> None:
    settings.preferences().service = "tripo-v2"
    forms.text.texture_quality = "extreme"
    forms.text.model = "P1-20260311"
    assert forms.text.texture_quality == "detailed"
    with pytest.raises(TypeError):
        forms.text.texture_quality = "extreme"
    forms.text.model = "v3.1-20260211"
    forms.text.texture_quality = "extreme"
    assert forms.text.values()["texture_quality"] == "extreme"


def test_quads_move_the_face_limit_into_their_range(forms) -> None:
    forms.text.use_face_limit = True
    forms.text.face_limit = 1_000_000
    forms.text.quad = True
    assert forms.text.face_limit == 150_000


@pytest.mark.parametrize("mode", MODES)
def test_names_choices_and_limits_match_the_catalog(forms, mode: str) -> None:
    properties = getattr(forms, mode).bl_rna.properties
    for name in set(PARAMETERS) & set(properties.keys()):
        assert properties[name].name == PARAMETERS[name].label
        assert properties[name].description == PARAMETERS[name].description
    for name in ("model_seed", "texture_seed"):
        assert (properties[name].hard_min, properties[name].hard_max) == (SEEDS.low, SEEDS.high)
    assert getattr(forms, mode).model == TRIPO_V3.offers[TaskKind.TEXT_TO_MODEL].default_model


def test_first_choice_is_the_default_of_a_new_form() -> None:
    lists = [
        row for row in PARAMETERS.values() if row.type is ParamType.CHOICE and row.name != "format"
    ]
    assert lists
    for row in lists:
        assert row.choices[0].id == row.default, row.name


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
@pytest.mark.parametrize("mode", MODES)
def test_form_offers_what_the_chosen_service_supports(forms, mode: str, service) -> None:
    settings.preferences().service = service.id
    form = filled(forms, mode)
    offer = service.offers.get(form.kind)
    assert form.offer is offer
    if offer is None:
        refused = refuse(service, form.kind, form.values())
        assert refused is not None
        assert refused.sentence == service.cannot[form.kind]
        return
    if not service.pictures.files:
        form.path = "https://pictures.example/chest.png"
    form.use_seeds = True
    values = form.values()
    assert set(values) <= {"kind", "model", *offer.takes}
    assert refuse(service, form.kind, values) is None
    assert parse_request(values).kind == form.kind.value


def test_unsupported_choice_is_restored_with_its_service(forms) -> None:
    form = filled(forms, "text")
    form.model, form.texture_quality = "v3.0-20250812", "extreme"
    settings.preferences().service = "3daistudio"
    assert (form.model, form.texture_quality) == ("3.1", "detailed")
    settings.preferences().service = "tripo-v3"
    assert (form.model, form.texture_quality) == ("v3.0-20250812", "extreme")


def test_retired_versions_are_offered_only_on_request(forms) -> None:
    settings.preferences().service = "tripo-v2"
    with pytest.raises(TypeError):
        forms.text.model = "v1.4-20240625"
    settings.preferences().show_old_versions = True
    forms.text.model = "v1.4-20240625"
    assert forms.text.version.retired
    assert "texture" not in forms.text.values()


def test_separate_parts_and_texture_exclude_each_other_with_notice(forms) -> None:
    form = filled(forms, "text")
    form.generate_parts = True
    assert not form.texture
    assert composition.WIRING.notes[form.kind] == ("Separate Parts come only without a texture",)
    assert refuse(TRIPO_V3, form.kind, form.values()) is None
    form.texture = True
    assert not form.generate_parts
    assert form.pbr


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("a small wooden chest", "A small wooden chest"),
        ("  dragon,  ", "Dragon"),
        ("eine Truhe für Märchen", "Eine Truhe für Märchen"),
        ("word " * 40, "Word" + " word" * 7),
        ("x" * 300, "X" + "x" * 39),
        ("", "Model"),
    ],
)
def test_model_is_named_after_the_first_words(forms, prompt: str, title: str) -> None:
    forms.text.prompt = prompt
    assert forms.text.title == title


def test_sibling_view_images_are_found_and_name_the_model(forms, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    form = forms.image
    form.path = "//old_wooden-chest.png"
    assert form.values()["image"] == str(tmp_path / "old_wooden-chest.png")
    assert form.title == "Old wooden chest"


# Kinds that are a step of another form.
STEPS = {TaskKind.CHECK_RIG, TaskKind.IMPORT_MODEL, TaskKind.REFINE_MODEL}


@pytest.mark.parametrize("service", SERVICES)
def test_every_offered_kind_has_a_form_and_an_operator(forms, service: str) -> None:
    named = (*FORMS, *picture_forms.FORMS)
    reached = {getattr(forms, name).kind for name in named} | {work.kind for work in works.WORKS}
    missing = set(SERVICES[service].offers) - reached - STEPS
    assert not missing, f"add a row to blender/forms/works.py for {missing}"
    operators = {**object_operators.OPERATORS, **generate_panel._GENERATE, **pictures_panel._MAKE}
    for name in (*(work.name for work in works.WORKS), *named):
        assert isinstance(getattr(forms, name), TaskForm), name
        assert operators[name].is_registered, name
    modes = {item.identifier for item in forms.bl_rna.properties["mode"].enum_items}
    assert modes == generate_panel._GENERATE.keys() == set(FORMS)
