"""Presets: saved, changed, applied; their descriptions, and what they never contain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender.addon import enabled
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.corrections import equivalent_version
from tripo_addon.api.rules import refuse
from tripo_addon.blender import settings
from tripo_addon.blender.forms import preset_values, works
from tripo_addon.blender.session import preset_files
from tripo_addon.blender.ui import presets

pytestmark = pytest.mark.every_blender

MODES = ("text", "image", "multiview")
WORKS = tuple(work.name for work in works.WORKS)
SHIPPED = ("Game_Prop", "Hero_Asset", "Low_Poly", "Print", "Quick_Draft")
PRIVATE = "a secret that is nobody's business"
VIEWS_OF_OTHERS = {"overall_quality", "model"}
NOT_PRIVATE = {"name", "animations", "new_animation"}
ABOUT = presets.TRIPO_ADDON_OT_apply_preset.description


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # Blender's folder of the artist's own presets.
    monkeypatch.setenv("BLENDER_USER_SCRIPTS", str(tmp_path))
    with enabled() as found:
        yield found


@pytest.fixture
def forms(context) -> Any:
    return context.scene.tripo_addon


def shipped(name: str) -> str:
    return bpy.utils.preset_find(name, preset_files.subfolder("generation"))


def saved(form: str, name: str = "Mine") -> str:
    """Save a form's settings, and return the preset's path."""
    assert bpy.ops.tripo_addon.add_preset(name=name, form=form) == {"FINISHED"}
    path = bpy.utils.preset_find(name, preset_files.subfolder(form))
    assert path
    return path


def apply(form: str, path: str) -> None:
    assert bpy.ops.tripo_addon.apply_preset(filepath=path, form=form) == {"FINISHED"}


def filled(form: Any, *, other: bool) -> None:
    """Set everything that a preset may store to its default, or to something else."""
    for row in form.bl_rna.properties:
        if not row.is_hidden and not row.is_readonly and row.identifier not in VIEWS_OF_OTHERS:
            _fill(form, row, other=other)
    form.apply_corrections(frozenset())


def _fill(form: Any, row: Any, *, other: bool) -> None:
    if row.type == "BOOLEAN":
        setattr(form, row.identifier, other)
    elif row.type == "ENUM" and row.enum_items:
        setattr(form, row.identifier, row.enum_items[-1 if other else 0].identifier)
    elif row.type == "ENUM":
        stored = form.bl_rna.properties[f"{row.identifier}_number"]
        setattr(form, stored.identifier, stored.hard_max if other else 0)
    elif row.identifier == "animations":
        form.animations = "preset:walk, preset:run" if other else ""
    elif row.type == "STRING" and row.identifier not in NOT_PRIVATE:
        setattr(form, row.identifier, PRIVATE)


@pytest.mark.parametrize("name", [*MODES, "parts", *WORKS])
def test_preset_stores_and_restores_a_form_without_inputs(forms, name: str) -> None:
    form, preset = getattr(forms, name), "generation" if name in MODES else name
    if name in MODES:
        forms.mode = name
    filled(form, other=True)
    before = preset_values.settings_of(form)
    path = saved(preset)
    text = Path(path).read_text(encoding="utf-8")
    assert PRIVATE not in text
    assert settings.key() not in text
    filled(form, other=False)
    if before:
        assert preset_values.settings_of(form) != before
    apply(preset, path)
    assert preset_values.settings_of(form) == before
    rows = (row for row in form.bl_rna.properties if not row.is_hidden)
    texts = {row.identifier for row in rows if row.type == "STRING"}
    assert all(getattr(form, each) == PRIVATE for each in texts - NOT_PRIVATE)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_presets_make_valid_requests_for_every_service(
    forms, service: str, mode: str, name: str
) -> None:
    settings.preferences().service, forms.mode = service, mode
    form = getattr(forms, mode)
    if mode == "text":
        form.prompt = "a chest"
    elif mode == "image":
        form.path = "https://pictures.example/chest.png"
    else:
        form.front, form.back = "/front.png", "/back.png"
    apply("generation", shipped(name))
    if form.offer is not None:
        assert refuse(SERVICES[service], form.kind, form.values()) is None


def test_shipped_preset_describes_its_changes(context, forms) -> None:
    def about(name: str) -> str:
        class Properties:
            filepath, form = shipped(name), "generation"

        return ABOUT(context, Properties)

    rest = ", and everything else to its default"
    assert about("Quick_Draft") == f"Set Quality: Draft{rest}"
    assert about("Hero_Asset") == f"Set Quality: Ultra{rest}"
    assert about("Low_Poly") == f"Set P1, Face Limit: 1,500{rest}"
    assert about("Game_Prop") == (f"Set Quality: Standard, Smart Low Poly, Face Limit: 5,000{rest}")
    assert about("Print") == f"Set No Texture, Shape Quality: Ultra, No UV Unwrap{rest}"


def test_preset_of_another_service_finds_the_version_with_the_same_name(forms) -> None:
    settings.preferences().service = "3daistudio"
    apply("generation", shipped("Low_Poly"))
    assert forms.text.model == "p1"
    assert forms.text.face_limit == 1500
    apply("generation", shipped("Hero_Asset"))
    assert (forms.text.model, forms.text.texture_quality) == ("3.1", "detailed")
    assert forms.text.overall_quality == "ultra"
    settings.preferences().service = "tripo-v3"
    assert equivalent_version(forms.text.offer, "p1") == "P1-20260311"
    assert equivalent_version(forms.text.offer, "beyond") == "v3.1-20260211"


def test_all_modes_share_presets_except_parts(forms) -> None:
    forms.mode = "image"
    forms.image.orientation, forms.image.texture_quality = "align_image", "detailed"
    path = saved("generation")
    forms.mode = "text"
    apply("generation", path)
    assert forms.text.texture_quality == "detailed"
    assert bpy.utils.preset_find("Mine", preset_files.subfolder("parts")) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "import os\nos.remove('x')\n",
        "print(",
        "f('generation', {'texture': 7, 'face_limit': 'many', 'texture_quality': 3, 'model': []})",
        "f('generation', {1: 2, 'animations': 5, 'use_seeds': 'x', 'landing': 'BEYOND'})",
    ],
)
@pytest.mark.parametrize("form", ["generation", "texture", "animate"])
def test_foreign_preset_file_is_not_executed(forms, tmp_path, text: str, form: str) -> None:
    path = tmp_path / "Foreign.py"
    path.write_text(text, encoding="utf-8")
    if preset_files.read(str(path)) is None:
        with pytest.raises(RuntimeError, match="Foreign is not a preset of this add-on"):
            bpy.ops.tripo_addon.apply_preset(filepath=str(path), form=form)
    else:
        apply(form, str(path))
    assert path.exists()


def test_blenders_preset_operator_also_works(forms) -> None:
    bpy.utils.execfile(shipped("Low_Poly"))
    assert forms.text.model == "P1-20260311"


def test_preset_can_be_removed_and_names_are_unique(forms) -> None:
    path = saved("generation")
    again = bpy.ops.tripo_addon.add_preset(name="Mine", form="generation")
    assert again == {"CANCELLED"}
    bpy.ops.tripo_addon.add_preset(name="Mine", form="generation", remove_name=True)
    assert not Path(path).exists()


def test_shipped_presets_are_registered_while_addon_is_enabled() -> None:
    for _ in range(2):
        with enabled():
            assert all(shipped(name) for name in SHIPPED)
        assert not any(shipped(name) for name in SHIPPED)
