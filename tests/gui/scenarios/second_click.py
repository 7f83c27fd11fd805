"""An impatient artist: a double click on Generate, and another click a moment later."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps


def play(stage: Stage) -> Steps:
    """Send one request with two clicks; a later click asks first, and sends only on Send Again."""
    recent = stage.module("blender.requests.recently_sent")
    # Even on a slow machine, the button still says that it was sent.
    usual, recent.SHOWN_SECONDS, recent.ASK_SECONDS = recent.SHOWN_SECONDS, 60.0, 600.0
    stage.forms.text.prompt = stage.options["prompt"]
    yield from stage.redraw()
    button = yield from stage.hands.find("tripo_addon.generate_text")
    for _click in range(2):
        yield from stage.hands.key("LEFTMOUSE")
    yield from stage.until("a job", stage.jobs)
    yield from stage.until("the job's progress", lambda: 20 <= stage.jobs()[0].progress < 100)
    stage.facts["words"] = stage.words()
    yield from stage.picture("sent")
    recent.SHOWN_SECONDS = usual
    yield from stage.redraw()
    yield from _ask(stage, button, "question")
    yield from stage.hands.key("ESC")
    yield from stage.redraw()
    stage.facts["after escape"] = len(stage.jobs())
    yield from _ask(stage, button, "question-again")
    yield from stage.hands.key("RET")
    yield from stage.until("a second job", lambda: len(stage.jobs()) == 2)
    yield from stage.until("both models", lambda: stage.states() == ["DONE"] * 2)
    stage.facts["end"] = stage.words()
    yield from stage.picture("end")


def _ask(stage: Stage, button: tuple[int, int], name: str) -> Steps:
    """Click the button after that moment, and record what it asks."""
    yield from stage.hands.move((button[0], button[1] + 1))
    yield from stage.hands.click(button)
    yield 0.5
    yield from stage.picture(name)
