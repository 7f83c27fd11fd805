"""Three candidates beside the cube, one of which is kept, by clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from tests.gui.stage import OBJECT_PANEL

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

COUNT = 3
STYLE_ABOVE_BUTTON = 30
"""How far above the button the line of the style is, in pixels."""
COMPARE_BELOW = 28
"""The distance in pixels from the candidate's button to the header of the comparison."""
IN_PLACE = 0.25
"""The horizontal position of the left of two compared candidates in the sidebar."""
KEEP = 0.5
"""The horizontal position of a candidate's button in the sidebar."""


def play(stage: Stage) -> Steps:
    """Play in a window with one viewport, from the number in the form to the model in its place."""
    with stage.inside():
        bpy.ops.screen.screen_full_area(use_hide_panels=False)
    yield 0.5
    yield from stage.open_tab()
    stage.forms.text.prompt = "a small wooden chest"
    yield from _choose_style(stage)
    stage.forms.candidates = COUNT
    yield from stage.redraw()
    yield from stage.picture("form")
    stage.facts["form"] = stage.words()
    yield from stage.hands.press("tripo_addon.generate_text")
    yield from stage.until("the jobs", lambda: len(stage.jobs()) == COUNT)
    yield from stage.until("progress", lambda: 20 <= stage.jobs()[0].progress < 100)
    yield from stage.fold_first_panel()
    yield from stage.picture("running")
    yield from stage.until("the candidates", lambda: stage.states() == ["DONE"] * COUNT)
    yield 1.0
    with stage.inside():
        bpy.ops.view3d.view_all()
    yield 1.0
    yield from stage.picture("row")
    stage.facts["row"] = stage.words()
    stage.facts["likenesses"] = [
        {"name": each.name, "rendered": not each.hide_render}
        for each in bpy.data.collections["Candidates"].children
    ]
    yield from _select_last(stage)
    yield from _compare(stage)
    yield from stage.hands.press("tripo_addon.keep_draft", across=KEEP)
    yield from stage.until("what goes on", lambda: len(stage.jobs()) == COUNT + 1)
    yield 0.5
    stage.facts["cleared"] = [each.name for each in bpy.data.collections["Candidates"].children]
    yield from stage.picture("kept")
    yield from stage.until("the model", lambda: stage.states()[0] == "DONE")
    yield 1.0
    yield from stage.picture("end")
    stage.facts["end"] = {
        "words": stage.words(),
        "collections": sorted(each.name for each in bpy.data.collections),
        "states": stage.states(),
    }
    yield from _undo(stage)


def _choose_style(stage: Stage) -> Steps:
    """Make a style with the dialog's operator, look at it and its menu, and take it off again."""
    with stage.inside():
        bpy.ops.tripo_addon.edit_style(
            form="text",
            new=True,
            name="Clay Diorama",
            before="clay model of",
            after="soft studio light",
            palette="moss green, rust",
            negative="blurry, text",
            faces=5000,
            seed="by_name",
        )
    yield from stage.redraw()
    stage.facts["styled"] = stage.words()
    button = yield from stage.hands.find("tripo_addon.generate_text")
    yield from stage.hands.click((button[0], button[1] + STYLE_ABOVE_BUTTON))
    yield 0.7
    yield from stage.picture("style")
    yield from stage.hands.key("ESC")
    yield from _palette(stage)
    with stage.inside():
        bpy.ops.tripo_addon.choose_style(form="text")
    yield from stage.redraw()


def _palette(stage: Stage) -> Steps:
    """Take the palette of the style from an image."""
    path = str(stage.folder / "moss.png")
    image = bpy.data.images.new("Moss", 32, 32)
    image.pixels.foreach_set([85 / 255, 107 / 255, 47 / 255, 1.0] * 32**2)
    image.filepath_raw, image.file_format = path, "PNG"
    image.save()
    bpy.data.images.remove(image)
    with stage.inside():
        bpy.ops.tripo_addon.palette_from_image(form="text", filepath=path)
    yield from stage.redraw()
    stage.facts["reading colors"] = stage.words()
    colors = ("dark olive",)
    yield from stage.until("the palette", lambda: stage.forms.text.style.palette == colors)
    yield from stage.redraw()
    stage.facts["palette"] = stage.words()
    yield from stage.picture("palette")


def _select_last(stage: Stage) -> Steps:
    """Select the last candidate: the panel of the selected object has its button, too. They arrive
    in any order, so it is known by its number."""
    likenesses = stage.module("blender.objects.likenesses")
    last = likenesses.of(stage.jobs()[0].draft.first)[-1].root
    for obj in tuple(bpy.context.selected_objects):
        obj.select_set(False)
    last.select_set(True)
    bpy.context.view_layer.objects.active = last
    yield from stage.redraw()
    yield from stage.picture("selected")


def _compare(stage: Stage) -> Steps:
    """Unfold the comparison in the Selected Object panel, wait until all candidates are drawn, turn
    them, and fold it."""
    turned = stage.module("blender.previews.model_pictures").TURNED
    window = bpy.context.window_manager.tripo_addon
    yield from stage.click_header(OBJECT_PANEL)
    yield from stage.picture("selected")
    x, y = yield from stage.hands.find("ops.tripo_addon.keep_draft(")
    yield from stage.hands.click((x, y - COMPARE_BELOW))
    drawn = "the candidates from all sides"
    yield from stage.until(drawn, lambda: all(map(turned.of, stage.jobs())))
    yield 1.5
    yield from stage.picture("compare")
    window.compared_side = 3
    yield from stage.picture("turned")
    stage.facts["compared"] = [turned.of(job).facts["faces"] for job in stage.jobs()]
    window.compared_side = 0
    yield from _in_place(stage)
    yield from stage.click_header(OBJECT_PANEL)


def _in_place(stage: Stage) -> Steps:
    """Switch between two candidates at the model's place, and back to the row, by clicks."""
    states = stage.facts["in place"] = []

    def note() -> None:
        there = bpy.data.collections["Candidates"].children
        seen = [each.objects[0] for each in there if each.objects[0].visible_get()]
        states.append([len(seen), bpy.context.object in seen, bpy.context.object.name])

    for _click in range(3):
        yield from stage.hands.press("ops.tripo_addon.switch_back(")
        yield 0.5
        note()
        yield from stage.picture(f"switched-{len(states)}")
    x, y = yield from stage.hands.find("ops.tripo_addon.show_candidate(", across=IN_PLACE)
    for _click in range(2):
        yield from stage.hands.click((x, y))
        yield 0.5
        note()
    yield from stage.picture("all again")
    with stage.inside():
        bpy.ops.ed.undo()
    yield 0.3
    note()
    with stage.inside():
        bpy.ops.ed.redo()
    yield 0.3
    note()


def _undo(stage: Stage) -> Steps:
    """Undo the arrival and the click: each is one step."""
    left = stage.facts["undone"] = []
    for _step in range(2):
        with stage.inside():
            bpy.ops.ed.undo()
        yield 0.3
        held = bpy.data.collections.get("Candidates")
        left.append(len(held.children) if held is not None else 0)
