"""Changes of the file while jobs run: File › New, and a saved file that is closed and opened
again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps


def play(stage: Stage) -> Steps:
    """Continue a job in a new file, where it waits for Import; a saved file's own job arrives there
    alone."""
    yield from stage.generate("a small wooden chest")
    yield from stage.until("a running job", lambda: stage.states() == ["RUNNING"])
    yield from _open(stage, bpy.ops.wm.read_homefile)
    yield from stage.until("a READY job", lambda: stage.states() == ["READY"])
    yield 1.0
    stage.facts["new file"] = {"words": stage.words(), "objects": _objects()}
    yield from stage.picture("new-file")
    yield from stage.fold_first_panel()
    yield from stage.hands.press("tripo_addon.import_job", across=0.6)
    yield from stage.until("the import", lambda: stage.states() == ["DONE"])
    stage.facts["imported"] = _objects()
    yield from _go_home_alone(stage)


def _go_home_alone(stage: Stage) -> Steps:
    path = str(stage.folder / "scene.blend")
    bpy.ops.wm.read_homefile()
    bpy.ops.wm.save_as_mainfile(filepath=path)
    yield from stage.generate("a small wooden chest")
    yield from stage.until("a running job", lambda: stage.states()[0] == "RUNNING")
    yield from _open(stage, bpy.ops.wm.read_homefile)
    yield from stage.until("a READY job", lambda: stage.states()[0] == "READY")
    stage.facts["elsewhere"] = _objects()
    yield from _open(stage, lambda: bpy.ops.wm.open_mainfile(filepath=path))
    yield from stage.until("the arrival at home", lambda: stage.states()[0] == "DONE")
    stage.facts["home"] = _objects()
    yield from stage.picture("home")


def _open(stage: Stage, opened: Callable[[], object]) -> Steps:
    opened()
    yield 0.5
    yield from stage.open_tab()


def _objects() -> list[str]:
    return sorted(obj.name for obj in bpy.context.scene.objects)
