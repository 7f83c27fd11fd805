"""The sidebar at its usual width, narrow, and at a larger scale: is all text readable?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import blf
import bpy

from tests.gui.scenarios.pictures import COLORS, colored

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

NARROW = 200
MODES = ("text", "image", "multiview", "parts")
# At scale 1: the tab strip, the borders of panel and box, and an icon with its space.
BORDERS = 66
ICON = 26


def play(stage: Stage) -> Steps:
    """Show a failed job with much text, a finished one, a running one, and a refused picture."""
    with stage.inside():
        bpy.ops.screen.screen_full_area(use_hide_panels=False)
    yield 0.5
    yield from stage.open_tab()
    yield from stage.generate("a chest of forbidden-content")
    yield from stage.until("a refused job", lambda: stage.states() == ["FAILED"])
    stage.forms.mode = "image"
    stage.forms.image.path = str(stage.folder / "a-chest-that-is-gone.png")
    with stage.inside():
        try:
            bpy.ops.tripo_addon.generate_image()
        except RuntimeError as refused:
            stage.facts["refused"] = str(refused)
    _fill_slots(stage)
    cut = stage.facts["cut"] = {}
    widths = stage.facts["widths"] = {}
    tabs = stage.facts["tabs"] = {}
    stage.facts["buttons"] = {}
    view = bpy.context.preferences.view
    for name, scale in (("usual", 1.0), ("scaled", 1.5), ("narrow", 1.0)):
        view.ui_scale = scale
        yield 0.5
        if name == "narrow":
            yield from _drag_edge(stage, NARROW)
        yield from stage.redraw()
        widths[name] = stage.sidebar().width
        cut[name] = _cut_off(stage)
        tabs[name] = _tabs_in_a_row(stage)
        yield from stage.picture(name)
        if scale == 1.0:
            yield from _find_buttons(stage, name)
    yield from _drag_edge(stage, widths["usual"])
    yield from _open_options(stage)


def _fill_slots(stage: Stage) -> None:
    """Fill each view: a slot with a picture is the highest."""
    for view, color in COLORS.items():
        setattr(stage.forms.multiview, view, str(colored(stage.folder / f"hut_{view}.png", color)))


def _find_buttons(stage: Stage, width: str) -> Steps:
    """Return how far below the tab's top each mode's button is, in pixels."""
    heights = stage.facts["buttons"][width] = {}
    for mode in MODES:
        stage.forms.mode = mode
        yield from stage.redraw()
        button = yield from stage.hands.find(f"tripo_addon.generate_{mode}")
        sidebar = stage.sidebar()
        heights[mode] = sidebar.y + sidebar.height - button[1]
        if mode == "multiview":
            yield from stage.picture(f"{width}-views")
    stage.forms.mode = "image"


def _drag_edge(stage: Stage, width: int) -> Steps:
    """Drag the sidebar's edge until it has this width."""
    region = stage.sidebar()
    edge = (region.x + 7, region.y + region.height - 150)
    yield from stage.hands.drag(edge, (edge[0] + region.width - width, edge[1]))


def _open_options(stage: Stage) -> Steps:
    """Unfold the folded settings, clicking their headers from the bottom up."""
    stage.forms.mode = "text"
    stage.forms.text.use_seeds = stage.forms.text.use_face_limit = True
    yield from stage.redraw()
    button = yield from stage.hands.find("tripo_addon.generate_text")
    for number, inside in ((5, "texture_seed"), (4, "face_limit"), (3, "texture_version")):
        yield from stage.hands.unfold(button, number)
        yield from stage.hands.find(f"text.{inside}", across=0.6)
    yield from stage.picture("options")


def _tabs_in_a_row(stage: Stage) -> int:
    panel = stage.module("blender.ui.generate_panel")
    with stage.inside(stage.sidebar()):
        return panel.tabs_in_a_row(stage.forms, bpy.context)


def _cut_off(stage: Stage) -> list[str]:
    """Return the lines of text that are wider than their space. Names may be shortened."""
    preferences = bpy.context.preferences
    scale = preferences.system.ui_scale
    blf.size(0, preferences.ui_styles[0].widget.points * scale)
    room = stage.sidebar().width - BORDERS * scale
    names = {job.title for job in stage.jobs()}
    return [
        text
        for text, icon in stage.labels()
        if blf.dimensions(0, text)[0] > room - ICON * scale * icon and text not in names
    ]
