"""Shows pictures in their slots: one, then four views, two of them turned or swapped."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.gui.stage import Stage, Steps

VIEWS = ("front", "left", "back", "right")
COLORS = {
    "front": (1.0, 0.0, 0.0),
    "left": (0.0, 1.0, 0.0),
    "back": (0.0, 0.0, 1.0),
    "right": (1.0, 1.0, 0.0),
}
WIDE = 460
PATIENCE_SECONDS = 1.5
BESIDE = 0.84
"""Where the button beside *From Selection* is, as a share of the sidebar's width."""


def play(stage: Stage) -> Steps:
    """Show one picture, the four views narrow and wide, and the message about two identical
    ones."""
    with stage.inside():
        bpy.ops.screen.screen_full_area(use_hide_panels=False)
    yield 0.5
    yield from stage.open_tab()
    paths = {view: colored(stage.folder / f"chest_{view}.png", COLORS[view]) for view in VIEWS}
    stage.forms.mode = "image"
    stage.forms.image.path = str(paths["front"])
    yield from _shown(stage, "one", [paths["front"]])
    stage.forms.mode = "multiview"
    yield from _dropped(stage, paths["left"])
    for view, path in paths.items():
        setattr(stage.forms.multiview, view, str(path))
    yield from _shown(stage, "narrow", list(paths.values()))
    stage.facts["draw"] = yield from _timed(stage)
    stage.forms.multiview.right = str(paths["left"])
    yield from _shown(stage, "same", [])
    stage.facts["same"] = stage.words()
    stage.forms.multiview.right = str(paths["right"])
    yield from stage.hands.press("tripo_addon.swap_views", across=BESIDE)
    yield 0.3
    stage.facts["swapped"] = Path(stage.forms.multiview.left).name
    yield from _turned(stage, paths["front"])
    yield from _drag_edge(stage, WIDE)
    yield from _shown(stage, "wide", [])


def _dropped(stage: Stage, path: Path) -> Steps:
    """Drop a file on the field of an empty slot: run what Blender calls, with the mouse over the
    field."""
    yield from stage.redraw()
    yield from stage.hands.move((yield from stage.hands.find("multiview.right", across=0.6)))
    yield 0.2
    with stage.inside(stage.sidebar()):
        bpy.ops.tripo_addon.drop_pictures(
            "INVOKE_DEFAULT", directory=str(path.parent), files=[{"name": path.name}]
        )
    stage.facts["dropped"] = {
        view: Path(getattr(stage.forms.multiview, view)).name for view in VIEWS
    }


def _turned(stage: Stage, path: Path) -> Steps:
    """Click the first button of the first slot, and return the picture turned to the right."""
    yield from stage.hands.press("tripo_addon.turn_picture", across=0.32)
    thumbnail = stage.module("blender.previews.thumbnails").thumbnail
    turn = stage.forms.multiview.front_turn
    stage.facts["turn"] = turn
    yield from stage.until("the turned thumbnail", lambda: thumbnail(path, turn))
    yield from stage.redraw()
    yield PATIENCE_SECONDS
    yield from stage.picture("turned")


def colored(path: Path, color: tuple[float, float, float]) -> Path:
    """Make a picture of one color with a white upper left corner."""
    width, height = 120, 90
    image = bpy.data.images.new(path.stem, width, height)
    pixels = list[float]()
    for row in range(height):
        for column in range(width):
            corner = row >= height * 2 // 3 and column < width // 3
            pixels += [*((1.0, 1.0, 1.0) if corner else color), 1.0]
    image.pixels.foreach_set(pixels)
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)
    return path


def _shown(stage: Stage, name: str, paths: list[Path]) -> Steps:
    """Wait until these have a thumbnail, and take a picture once Blender has loaded them."""
    thumbnail = stage.module("blender.previews.thumbnails").thumbnail
    yield from stage.redraw()
    for path in paths:
        yield from stage.until(f"the thumbnail of {path.name}", lambda path=path: thumbnail(path))
    yield from stage.redraw()
    yield PATIENCE_SECONDS
    yield from stage.picture(name)


def _timed(stage: Stage) -> Generator[float, None, dict[str, float]]:
    """Measure drawing the panel with its thumbnails a hundred times: the median and the second
    largest CPU time of the main thread, in milliseconds."""
    panel = stage.module("blender.ui.generate_panel").TRIPO_ADDON_PT_generate
    plain, times = panel.draw, list[float]()

    def timed(self: object, context: bpy.types.Context) -> None:
        begin = time.thread_time()
        plain(self, context)
        times.append(1000 * (time.thread_time() - begin))

    panel.draw = timed
    while len(times) < 100:
        stage.sidebar().tag_redraw()
        yield 0.02
    panel.draw = plain
    times.sort()
    return {"middle": times[len(times) // 2], "p99": times[-2]}


def _drag_edge(stage: Stage, width: int) -> Steps:
    """Drag the sidebar's edge until it has this width."""
    region = stage.sidebar()
    edge = (region.x + 7, region.y + region.height - 150)
    yield from stage.hands.drag(edge, (edge[0] + region.width - width, edge[1]))
