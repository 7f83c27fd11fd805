"""Everything that can be wrong before a job exists, then everything that a service can do to one.

In the order in which an artist meets them, with the texts of the panel and the operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

# The horizontal position of a failed job's buttons, as a share of the sidebar's width.
COPY, RETRY = 0.82, 0.45


def play(stage: Stage) -> Steps:
    """Show refused forms, failed jobs, a free retry, and the preferences with the balance."""
    refused = stage.facts["refused"] = {}
    for name, mode, arrange in _forms(stage):
        arrange()
        stage.forms.mode = mode
        yield from stage.redraw()
        refused[name] = {"operator": _report_of(stage, mode), "panel": stage.words()}
        yield from stage.picture(name)
    stage.facts["jobs after refusals"] = len(stage.jobs())
    stage.forms.mode = "text"
    yield from _failures(stage)
    yield from _preferences(stage)


def _forms(stage: Stage) -> Iterator[tuple[str, str, Callable[[], None]]]:
    text, image, views = stage.forms.text, stage.forms.image, stage.forms.multiview
    system, preferences = bpy.context.preferences.system, stage.preferences
    key, picture, tiny = preferences.api_key, stage.options["picture"], stage.options["tiny"]

    def set_key(value: str) -> None:
        preferences.api_key = value

    def set_online(*, allowed: bool) -> None:
        preferences.api_key = key
        system.use_online_access = allowed

    def write(prompt: str) -> None:
        set_online(allowed=True)
        text.prompt = prompt

    def choose(path: str) -> None:
        image.path = path

    def show(front: str, left: str, back: str) -> None:
        views.front, views.left, views.back = front, left, back

    yield "no-key", "text", lambda: set_key("")
    yield "wrong-key", "text", lambda: set_key("tcli_0123456789")
    yield "offline", "text", lambda: set_online(allowed=False)
    yield "no-prompt", "text", lambda: write("")
    yield "long-prompt", "text", lambda: write("chest " * 183 + "oh")
    yield "no-file", "image", lambda: choose(str(stage.folder / "a-chest-that-is-gone.png"))
    yield "tiny-picture", "image", lambda: choose(tiny)
    yield "one-view", "multiview", lambda: show(picture, "", "")
    yield "no-front", "multiview", lambda: show("", picture, picture)


def _report_of(stage: Stage, mode: str) -> str:
    """Return what the operator reports to its caller; "" if it accepted the form."""
    with stage.inside():
        try:
            getattr(bpy.ops.tripo_addon, f"generate_{mode}")()
        except RuntimeError as refused:
            return str(refused)
    return ""


def _failures(stage: Stage) -> Steps:
    failed = stage.facts["failed"] = {}
    yield from stage.fold_first_panel()
    prompts = {
        "no-credits": "a small wooden chest",
        "forbidden": "a chest of forbidden-content",
        "web-page": "a small wooden chest",
    }
    for number, (name, prompt) in enumerate(prompts.items(), start=1):
        yield from stage.generate(prompt)
        yield from stage.until(name, lambda n=number: stage.states() == ["FAILED"] * n)
        failed[name] = stage.words()
        yield from stage.picture(name)
        if name == "no-credits":
            yield from stage.hands.press("tripo_addon.copy_error", across=COPY)
            stage.facts["copied"] = bpy.context.window_manager.clipboard
    yield from stage.hands.press("tripo_addon.retry_job", across=RETRY)
    yield from stage.until("the retry", lambda: stage.states()[0] == "DONE")
    failed["retried"] = stage.words()


def _preferences(stage: Stage) -> Steps:
    """Show Blender's preferences instead of the 3D view, with the add-on unfolded."""
    area = stage.area()
    manager = bpy.context.window_manager
    manager.addon_search = "Tripo"
    bpy.context.preferences.active_section = "ADDONS"
    bpy.ops.preferences.addon_expand(module=stage.addon)
    area.type = "PREFERENCES"
    connection = stage.module("blender.session.connection")
    stage.facts["before the test"] = connection.known().sentence
    bpy.ops.tripo_addon.check_connection()
    yield from stage.until("the balance", lambda: connection.known().stage.name == "GOOD")
    stage.facts["after the test"] = connection.known().sentence
    # Keep the mouse off the fields, or a tooltip would cover them.
    yield from stage.hands.move((2, 2))
    yield from stage.picture("preferences")
