"""A simulated mouse and keyboard: sends real events to Blender's window and reads the button under
the mouse.

Runs inside Blender started with `--enable-event-simulate`. Finds buttons by their operator or
property, so that moving a row breaks no test.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Protocol

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Steps

_BETWEEN = 0.04
_STRIDE = 9
_HEADER = 25
_BELOW_BUTTON = 42
_KEYS = {" ": "SPACE", ".": "PERIOD", ",": "COMMA", "-": "MINUS"}

Point = tuple[int, int]


class NotThere(Exception):
    """No button of the sidebar has this operator or property."""


class HasSidebar(Protocol):
    """What `Hands` needs from the stage."""

    def area(self, window: int = 0) -> bpy.types.Area: ...

    def sidebar(self, window: int = 0) -> bpy.types.Region: ...


class Hands:
    """Each method is a generator of waits: Blender handles an event after the step that sent it."""

    def __init__(self, stage: HasSidebar) -> None:
        self._stage = stage
        self._last: Point = (0, 0)

    def move(self, point: Point) -> Steps:
        """Move the mouse to a point, in pixels from the window's lower left."""
        self._last = point
        self._send("MOUSEMOVE", "NOTHING")
        yield _BETWEEN

    def click(self, point: Point) -> Steps:
        """Click the left button at a point."""
        yield from self.move(point)
        yield from self.key("LEFTMOUSE")

    def drag(self, start: Point, end: Point) -> Steps:
        """Drag with the left button, in a few moves as a hand would."""
        yield from self.move(start)
        self._send("LEFTMOUSE", "PRESS")
        yield _BETWEEN
        for part in (0.3, 0.6, 1.0):
            along = (start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1]))
            yield from self.move((round(along[0]), round(along[1])))
        self._send("LEFTMOUSE", "RELEASE")
        yield _BETWEEN

    def key(self, kind: str, letter: str = "") -> Steps:
        """Press and release a key or button, by Blender's name; `letter` is what it types."""
        self._send(kind, "PRESS", letter)
        yield _BETWEEN
        self._send(kind, "RELEASE")
        yield _BETWEEN

    def text(self, words: str) -> Steps:
        """Type letter by letter."""
        for letter in words:
            yield from self.key(_KEYS.get(letter, letter.upper()), letter)

    def find(self, what: str, *, across: float = 0.45) -> Generator[float, None, Point]:
        """Find the button with this operator or property, searching the sidebar from the top down.

        `across` is the horizontal position, as a share of the sidebar's width from its left.
        """
        region = self._stage.sidebar()
        x = region.x + round(across * region.width)
        scale = bpy.context.preferences.system.ui_scale
        for down in range(30, region.height, round(_STRIDE * scale)):
            point = (x, region.y + region.height - down)
            yield from self.move(point)
            if what not in self._under_mouse():
                continue
            # A button can stay Blender's active one for a moment after the mouse has left it.
            yield 4 * _BETWEEN
            if what in self._under_mouse():
                return point
        raise NotThere(what)

    def press(self, what: str, *, across: float = 0.45) -> Steps:
        """Find a button and click it."""
        yield from self.click((yield from self.find(what, across=across)))

    def unfold(self, button: Point, number: int) -> Steps:
        """Click the header of the `number`th sub-panel below the Generate button and its job line.
        The sub-panels before it must be folded. `button` is the position of that button."""
        down = (_BELOW_BUTTON + number * _HEADER) * bpy.context.preferences.system.ui_scale
        yield from self.click((button[0], button[1] - round(down)))

    def type_into(self, what: str, words: str) -> Steps:
        """Click into a field, type, and close it with Enter."""
        yield from self.press(what)
        yield from self.text(words)
        yield from self.key("RET")

    def _under_mouse(self) -> str:
        """Return what the button under the mouse does, read with Blender's own Copy commands."""
        manager = bpy.context.window_manager
        manager.clipboard = ""
        window, area, region = manager.windows[0], self._stage.area(), self._stage.sidebar()
        with bpy.context.temp_override(window=window, area=area, region=region):
            # In Blender's stubs an operator is a function, which has no `poll`.
            copies: tuple[Any, ...] = (
                bpy.ops.ui.copy_python_command_button,
                bpy.ops.ui.copy_data_path_button,
            )
            for copy in copies:
                if copy.poll():
                    copy()
        return manager.clipboard

    def _send(self, kind: str, value: str, letter: str = "") -> None:
        # Blender's stubs give every event name its own literal type.
        window: Any = bpy.context.window_manager.windows[0]
        x, y = self._last
        window.event_simulate(type=kind, value=value, unicode=letter or None, x=x, y=y)
