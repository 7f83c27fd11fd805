"""The picture slots: what they show, and what their buttons do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender import addon
from tests.gui.recording_layout import Written, shows
from tripo_addon.api.tasks import parse_request
from tripo_addon.blender import settings
from tripo_addon.blender.previews.thumbnails import THUMBNAILS
from tripo_addon.blender.ui import picture_slots

VIEWS = ("front", "left", "back", "right")


@pytest.fixture
def forms() -> Iterator[Any]:
    with addon.enabled() as context:
        yield context.scene.tripo_addon


@pytest.fixture
def views(forms: Any, tmp_path: Path) -> Any:
    """Return the form of four views, each with another picture of one size."""
    for number, view in enumerate(VIEWS):
        image = bpy.data.images.new(view, 32, 32)
        image.generated_color = (number / 4, 0.5, 0.5, 1.0)
        image.filepath_raw, image.file_format = str(tmp_path / f"{view}.png"), "PNG"
        image.save()
        setattr(forms.multiview, view, image.filepath_raw)
    return forms.multiview


def lines(form: Any) -> list[str]:
    """Return what the four slots show once a worker has examined the files."""
    end = time.monotonic() + 20
    layout: Any = Written()
    picture_slots.draw_views(layout, form, bpy.context)
    while THUMBNAILS.tick() is not None:
        assert time.monotonic() < end
        time.sleep(0.001)
    layout = Written()
    picture_slots.draw_views(layout, form, bpy.context)
    return layout.lines


def test_slot_shows_file_name_and_size_if_alone(views: Any, forms: Any) -> None:
    found = lines(views)
    assert [f"[{view}.png]" in found for view in VIEWS] == [True] * 4
    assert "32 × 32" not in found
    forms.image.path = views.front
    layout: Any = Written()
    picture_slots.draw_picture(layout, forms.image, "image")
    assert {"[front.png]", "32 × 32"} <= set(layout.lines)
    assert not any("differ" in line or "same" in line for line in found)


def test_empty_slot_is_a_field_and_missing_file_is_reported(views: Any) -> None:
    views.left, views.back = "", "/nowhere/back.png"
    found = lines(views)
    assert "<left>" in found
    assert "[back.png]" in found
    assert found.count("File not found") == 1


def test_url_is_shown_by_host_and_not_fetched(views: Any) -> None:
    views.front = "https://somebody@pictures.example.invalid/chest.png?key=1"
    found = lines(views)
    assert "[pictures.example.invalid]" in found
    assert not any("key=1" in line or "somebody" in line for line in found)


def test_identical_images_in_two_views_are_reported(views: Any, tmp_path: Path) -> None:
    copy = tmp_path / "copy.png"
    copy.write_bytes(Path(views.left).read_bytes())
    views.right = str(copy)
    assert shows(lines(views), "Left and Right are the same picture")


def test_views_of_different_size_or_shape_are_reported(views: Any, tmp_path: Path) -> None:
    views.back = str(addon.picture(tmp_path / "larger.png", pixels=64))
    assert shows(lines(views), "Front and Back differ in size")
    image = bpy.data.images.new("tall", 32, 64)
    image.filepath_raw, image.file_format = str(tmp_path / "tall.png"), "PNG"
    image.save()
    views.left = image.filepath_raw
    found = lines(views)
    assert shows(found, "Front and Left differ in their proportions")
    assert not shows(found, "differ in size")


def test_slot_buttons_rotate_and_clear_it(views: Any) -> None:
    assert "turns" not in views.values()
    for _ in range(3):
        bpy.ops.tripo_addon.turn_picture(form="multiview", field="left")
    assert views.values()["turns"] == (("left", 3),)
    assert parse_request(views.values()).turn("left") == 3
    bpy.ops.tripo_addon.turn_picture(form="multiview", field="left")
    assert "turns" not in views.values()
    bpy.ops.tripo_addon.turn_picture(form="multiview", field="back")
    bpy.ops.tripo_addon.clear_picture(form="multiview", field="back")
    assert views.back == ""
    assert "turns" not in views.values()


def test_new_image_starts_unrotated(views: Any) -> None:
    bpy.ops.tripo_addon.turn_picture(form="multiview", field="left")
    views.left = views.front
    assert "turns" not in views.values()


def test_swapping_left_and_right_keeps_their_rotations(views: Any) -> None:
    left, right = views.left, views.right
    bpy.ops.tripo_addon.turn_picture(form="multiview", field="left")
    bpy.ops.tripo_addon.swap_views(form="multiview")
    assert (views.left, views.right) == (right, left)
    assert views.values()["turns"] == (("right", 1),)


def test_recalled_request_keeps_its_rotations(views: Any) -> None:
    bpy.ops.tripo_addon.turn_picture(form="multiview", field="back")
    recorded = parse_request(views.values()).model_dump(mode="json")
    bpy.ops.tripo_addon.turn_picture(form="multiview", field="front")
    views.recall(recorded)
    assert views.values()["turns"] == (("back", 1),)


def test_urls_and_image_datablocks_are_sent_unchanged(forms: Any) -> None:
    form = forms.image
    form.path = "/pictures/chest.png"
    form.path_turn = 1
    assert form.values()["turns"] == (("image", 1),)
    form.source, form.datablock = "BLEND", bpy.data.images.new("Painted", 8, 8)
    assert "turns" not in form.values()
    form.source, form.path = "FILE", "https://example.invalid/chest.png"
    form.path_turn = 1
    assert "turns" not in form.values()


def test_service_without_uploads_has_only_url_fields(views: Any) -> None:
    settings.preferences().service = "pixazo"
    assert lines(views) == [f"<{view}_url>" for view in VIEWS]


def test_slot_operators_accept_only_image_properties(forms: Any) -> None:
    with pytest.raises(RuntimeError, match="no longer exists"):
        bpy.ops.tripo_addon.clear_picture(form="text", field="prompt")
    with pytest.raises(RuntimeError, match="no longer exists"):
        bpy.ops.tripo_addon.swap_views(form="text")
