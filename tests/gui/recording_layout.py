"""A layout that draws nothing and writes down every word it is given, in order.

Stands in for Blender's UILayout, not for our panels: they draw into it as they draw on the screen.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import bpy


class Written:
    """Labels and bars as their text, buttons as `[text]`, properties as `<name>`.

    `unfolded` also writes down what stands in folded sub-panels.
    """

    def __init__(self, *, unfolded: bool = False) -> None:
        self._unfolded = unfolded
        self.active = True
        self.lines: list[str] = []
        self.labels: list[tuple[str, bool]] = []

    @property
    def layout(self) -> Written:
        """Itself: a panel asks for it."""
        return self

    def take_down(self, panel: type, context: Any) -> None:
        """Have a panel draw its header and its body here."""
        self.lines.append(f"# {panel.bl_label}")
        if hasattr(panel, "draw_header_preset"):
            panel.draw_header_preset(self, context)
        panel.draw(self, context)

    def box(self) -> Written:
        """A part of the layout: its words come in the same order."""
        return self

    def row(self, **_options: object) -> Written:
        """As `box`."""
        return self

    column = split = grid_flow = row

    def template_list(
        self, kind: str, _list_id: str, data: Any, name: str, active: Any, number: str, *, rows: int
    ) -> None:
        """A list, by all of its rows. Its lines are cut where they end, so that none is a label
        that has to be whole."""
        labels = tuple(self.labels)
        draw: Any = getattr(bpy.types, kind).draw_item
        for index, item in enumerate(getattr(data, name)):
            draw(None, bpy.context, self, data, item, 0, active, number, index)
        self.labels[:] = labels

    def menu(self, name: str, *, text: str = "", icon: str = "NONE") -> None:
        """A button that opens a menu."""
        self.lines.append(f"[{text or name}]")

    def operator_menu_enum(self, name: str, _property: str, **_options: object) -> Any:
        """A button that opens a menu of what an operator can do."""
        self.lines.append(f"[{name}]")
        return SimpleNamespace()

    def panel(self, _idname: str, **_options: object) -> tuple[Written, Written | None]:
        """A sub-panel: a header, and a body unless it is folded."""
        return self, self if self._unfolded else None

    def label(self, *, text: str = "", icon: str = "NONE", icon_value: int = 0) -> None:
        """A line of text; an empty one keeps space and says nothing."""
        if text.strip():
            self.lines.append(text)
            self.labels.append((text, icon != "NONE"))

    def progress(self, *, text: str = "", factor: float = 0.0) -> None:
        """A bar, by its text."""
        self.lines.append(text)

    def prop(self, _data: object, name: str, **_options: object) -> None:
        """A field."""
        self.lines.append(f"<{name}>")

    def template_icon(self, _icon_id: int, **_options: object) -> None:
        """A picture says nothing."""

    def template_ID(self, _data: object, name: str, **_options: object) -> None:  # noqa: N802 - Blender's name
        """A field for a data-block."""
        self.lines.append(f"<{name}>")

    def textbox(self, _data: object, name: str, **_options: object) -> None:
        """A field of several lines."""
        self.lines.append(f"<{name}>")

    def popover(self, panel: str, **_options: object) -> None:
        """A button that opens a panel."""
        self.lines.append(f"[{panel}]")

    def prop_search(self, _data: object, name: str, *_where: object, **_options: object) -> None:
        """A field that is chosen from a list."""
        self.lines.append(f"<{name}>")

    def prop_enum(self, _data: object, _name: str, value: str) -> None:
        """One value of a list, as a button of its own; a dim one says so."""
        self.lines.append(f"<{value}>" if self.active else f"<{value}, dim>")

    def operator(self, idname: str, *, text: str | None = None, **_options: object) -> Any:
        """A button; what it hands on is given back to be filled in."""
        self.lines.append(f"[{text or idname}]")
        return SimpleNamespace()


def said(lines: list[str], sentence: str) -> bool:
    """Whether a sentence stands in these lines, wherever it is broken."""
    return "".join(sentence.split()) in "".join("".join(lines).split())
