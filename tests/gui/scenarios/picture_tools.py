"""An image from words and its four views, which fill the slots of Multiview, by clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

TURN = 0.37
"""The horizontal position of the button that turns the left of two further images."""
SHOWN = 1.5
"""Seconds until the thumbnails of new files are drawn."""


def play(stage: Stage) -> Steps:
    """Play in a window with one viewport, with the form folded to leave room for the images."""
    with stage.inside():
        bpy.ops.screen.screen_full_area(use_hide_panels=False)
    yield 0.5
    yield from stage.open_tab()
    yield from stage.fold_first_panel()
    yield from stage.click_header(1)
    yield from stage.picture("empty")
    stage.forms.new_image.prompt = "a brass pocket watch"
    yield from stage.redraw()
    yield from stage.hands.press("ops.tripo_addon.new_image")
    yield from stage.until("the image", lambda: stage.states() == ["DONE"])
    yield SHOWN
    yield from stage.picture("image")
    stage.facts["image"] = _words(stage)
    image = stage.jobs()[0]
    with stage.inside():
        bpy.ops.tripo_addon.use_image(job_id=image.id, place="make_views")
    yield SHOWN
    yield from stage.picture("tool")
    yield from stage.hands.press("ops.tripo_addon.make_views")
    yield from stage.until("the views", lambda: stage.states() == ["DONE", "DONE"])
    yield SHOWN
    yield from stage.picture("views")
    stage.facts["views"] = _words(stage)
    yield from stage.hands.press("ops.tripo_addon.choose_views", across=0.75)
    yield from stage.redraw()
    yield from stage.picture("edit")
    stage.facts["tool"] = stage.forms.picture_tool
    yield from _several(stage, image.id)
    yield from stage.hands.press("ops.tripo_addon.use_views", across=0.25)
    yield from stage.fold_first_panel()
    yield SHOWN
    yield from stage.picture("slots")
    stage.facts["mode"] = stage.forms.mode
    stage.facts["slots"] = [getattr(stage.forms.multiview, view) for view in _VIEWS]
    stage.facts["files"] = [str(path) for path in stage.jobs()[0].pictures]


def _several(stage: Stage, made: str) -> Steps:
    """Edit with three images: the first, and two further ones by the menu at a made image."""
    stage.forms.edit_image.model = "chat_image_2.5_flare"
    with stage.inside():
        bpy.ops.tripo_addon.use_image(job_id=made, place="edit_image")
    yield SHOWN
    yield from stage.picture("one to edit")
    for _further in range(2):
        with stage.inside():
            bpy.ops.tripo_addon.use_image(job_id=made, place="reference")
    yield from stage.redraw()
    yield from stage.hands.press("ops.tripo_addon.turn_picture", across=TURN)
    yield SHOWN
    yield from stage.picture("several to edit")
    stage.facts["several"] = [_words(stage), list(stage.forms.edit_image.values()["turns"][0])]
    with stage.inside():
        bpy.ops.tripo_addon.choose_views(job_id=stage.jobs()[0].id)
    yield from stage.redraw()


_VIEWS = ("front", "left", "back", "right")


def _words(stage: Stage) -> list[str]:
    return stage.words_of("ui.pictures_panel", "TRIPO_ADDON_PT_pictures")
