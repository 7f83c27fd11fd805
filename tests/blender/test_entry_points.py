"""Where artists find the add-on outside the sidebar: menus, dropped pictures, the status bar."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest

from tests.blender.addon import enabled
from tripo_addon.blender.forms.picture_views import views_by_name
from tripo_addon.blender.job_list.rows import ROWS
from tripo_addon.blender.ui import menus, status_bar
from tripo_addon.blender.ui.generate_dialog import TRIPO_ADDON_OT_generate_dialog

MENUS = {
    "VIEW3D_MT_add",
    "VIEW3D_MT_mesh_add",
    "VIEW3D_MT_object_context_menu",
    "IMAGE_MT_image",
    "OUTLINER_MT_context_menu",
}


@pytest.fixture(name="forms")
def _forms():
    with enabled() as context:
        yield context.scene.tripo_addon


def entries(name: str) -> list[str]:
    """Return the modules of the functions that were added to one of Blender's menus or headers."""
    drawn = getattr(getattr(bpy.types, name), "draw", None)
    return [each.__module__ for each in getattr(drawn, "_draw_funcs", ())]


@pytest.mark.every_blender
def test_menu_entries_are_added_and_removed() -> None:
    with enabled():
        assert {name for name, _draw in menus._ENTRIES} == MENUS
        for name in MENUS:
            assert entries(name).count(menus.__name__) == 1, name
        assert entries("STATUSBAR_HT_header").count(status_bar.__name__) == 1
        assert bpy.types.FileHandler.bl_rna_get_subclass_py("TRIPO_ADDON_FH_pictures")
    for name in (*MENUS, "STATUSBAR_HT_header"):
        assert not [each for each in entries(name) if "tripo_addon" in each], name
    assert not bpy.types.FileHandler.bl_rna_get_subclass_py("TRIPO_ADDON_FH_pictures")


def drop(folder: Path, *names: str) -> None:
    bpy.ops.tripo_addon.drop_pictures(
        directory=str(folder), files=[{"name": name} for name in names]
    )


def test_single_dropped_image_becomes_the_input_image(forms, tmp_path: Path) -> None:
    drop(tmp_path, "chest.png")
    assert (forms.mode, forms.image.source) == ("image", "FILE")
    assert forms.image.values()["image"] == str(tmp_path / "chest.png")


def test_several_dropped_images_are_assigned_to_views_by_name(forms, tmp_path: Path) -> None:
    drop(tmp_path, "chest_back.png", "chest-front.png", "a.png")
    views = forms.multiview
    assert forms.mode == "multiview"
    assert Path(views.front).name == "chest-front.png"
    assert (Path(views.left).name, Path(views.back).name) == ("a.png", "chest_back.png")


def test_dropping_new_views_clears_the_old_ones(forms, tmp_path: Path) -> None:
    drop(tmp_path, "a_front.png", "a_left.png", "a_back.png", "a_right.png")
    drop(tmp_path, "b_front.png", "b_left.png")
    views = forms.multiview
    assert [Path(path).name for path in (views.front, views.left)] == ["b_front.png", "b_left.png"]
    assert (views.back, views.right) == ("", "")


def test_more_images_than_views_are_refused(forms, tmp_path: Path) -> None:
    before = forms.mode
    with pytest.raises(RuntimeError, match="Drop one image, or two to four views"):
        drop(tmp_path, *(f"{number}.png" for number in range(5)))
    assert forms.mode == before


@pytest.mark.parametrize(
    ("names", "views"),
    [
        (("b.png", "a.png"), {"front": "b.png", "left": "a.png"}),
        (("right.png", "x.png"), {"right": "right.png", "front": "x.png"}),
        (("Front_01.PNG", "front_02.png"), {"front": "Front_01.PNG", "left": "front_02.png"}),
        (("upfront.png", "LEFT.png"), {"left": "LEFT.png", "front": "upfront.png"}),
        (
            ("back.png", "right.png", "left.png", "front.png"),
            {"back": "back.png", "right": "right.png", "left": "left.png", "front": "front.png"},
        ),
    ],
)
def test_view_words_in_file_names_are_recognized(
    names: tuple[str, ...], views: dict[str, str]
) -> None:
    assert views_by_name(names) == views


def test_dialog_sends_nothing_that_the_form_refuses(forms) -> None:
    forms.mode = "text"
    forms.text.prompt = ""
    with pytest.raises(RuntimeError, match="prompt"):
        bpy.ops.tripo_addon.generate_dialog(mode="text")
    assert status_bar.status_text() == ""


def test_script_with_a_mode_sends_only_that_form(forms) -> None:
    forms.mode, forms.text.prompt = "text", "a chest"
    with pytest.raises(RuntimeError, match="Choose an image"):
        bpy.ops.tripo_addon.generate_dialog(mode="image")


def test_repeat_last_does_not_resend_the_dialog() -> None:
    assert "REGISTER" not in getattr(TRIPO_ADDON_OT_generate_dialog, "bl_options", set())


def test_cancel_all_is_unavailable_without_running_jobs(forms) -> None:
    assert not bpy.ops.tripo_addon.cancel_all.poll()
    assert ROWS.going == ()


def test_images_dropped_in_view_mode_fill_empty_slots(forms, tmp_path: Path) -> None:
    forms.mode = "multiview"
    views = forms.multiview
    views.front = "/pictures/front.png"
    drop(tmp_path, "chest_back.png")
    assert (views.front, Path(views.back).name) == ("/pictures/front.png", "chest_back.png")
    drop(tmp_path, "one.png", "other_front.png")
    assert (Path(views.left).name, Path(views.right).name) == ("one.png", "other_front.png")
    with pytest.raises(RuntimeError, match="clear one first"):
        drop(tmp_path, "another.png")
    assert Path(views.back).name == "chest_back.png"


def test_image_dropped_on_a_slot_fills_it(forms, tmp_path: Path) -> None:
    forms.mode = "text"
    bpy.ops.tripo_addon.drop_pictures(
        directory=str(tmp_path), files=[{"name": "side.png"}], onto="multiview.right"
    )
    assert Path(forms.multiview.right).name == "side.png"
    assert forms.multiview.front == ""
    assert forms.mode == "text"
