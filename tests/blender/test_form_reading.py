"""What is read from a form is cached by its content, so any change is read again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender.addon import enabled
from tripo_addon.blender import settings
from tripo_addon.blender.forms import form_reading, works

NAMES = ("text", "image", "multiview", "parts", *works.FORMS)


@pytest.fixture
def forms() -> Iterator[Any]:
    with enabled() as context:
        yield context.scene.tripo_addon


def settable(form: Any) -> list[Any]:
    """Return the properties that an artist can set, in the interface or by a script."""
    own = [row for row in form.bl_rna.properties if row.identifier not in {"name", "rna_type"}]
    return [row for row in own if not row.is_readonly or row.type == "POINTER"]


def different_value(form: Any, row: Any) -> Any:
    """Return a value that the property does not have."""
    now = getattr(form, row.identifier)
    match row.type:
        case "BOOLEAN":
            return not now
        case "INT" | "FLOAT":
            return row.hard_min if now != row.hard_min else row.hard_max
        case "STRING":
            return f"{now}chest"
        case "POINTER":
            return bpy.data.images.new("Chest", 8, 8)
        case _:
            return next((item.identifier for item in row.enum_items if item.identifier != now), now)


@pytest.mark.every_blender
@pytest.mark.parametrize("name", NAMES)
def test_every_form_property_is_in_its_content(forms: Any, name: str) -> None:
    form = getattr(forms, name)
    seen = 0
    for row in settable(form):
        if row.identifier == "new_animation":
            continue  # Empties itself: it is a field to type in
        before, value = form_reading.content(form), different_value(form, row)
        if value != getattr(form, row.identifier):
            setattr(form, row.identifier, value)
            assert form_reading.content(form) != before, row.identifier
            seen += 1
    assert seen > 1


def test_form_is_read_once_until_it_changes(forms: Any) -> None:
    forms.text.prompt = "a chest"
    first = forms.text.reading
    assert forms.text.reading is first
    forms.text.prompt = "a barrel"
    assert forms.text.reading.values["prompt"] == "a barrel"
    if bpy.app.version < (5, 0, 0):
        # Until then, a script may write below the property.
        forms.text["prompt"] = "a bench"
        assert forms.text.values()["prompt"] == "a bench"
    forms.text.prompt = "a chest"
    assert forms.text.reading is first


def test_values_of_a_reading_are_copies(forms: Any) -> None:
    forms.text.prompt = "a chest"
    forms.text.values().clear()
    assert forms.text.values()["prompt"] == "a chest"


def test_changes_outside_the_form_are_seen(forms: Any, tmp_path: Path) -> None:
    forms.image.path = "//chest.png"
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / folder / "scene.blend"))
        again = bpy.context.scene.tripo_addon.image
        assert again.values()["image"] == str(tmp_path / folder / "chest.png")
    preferences: Any = settings.preferences()
    before = again.reading
    preferences.service = "tripo-v2"
    assert again.reading is not before
    preferences.service = "tripo-v3"
    preferences.show_old_versions = True
    assert again.reading is not before
