"""A layout that draws nothing and records every text it is given, in order.

Replaces Blender's UILayout, not our panels: they draw into it as they do on the screen.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import bpy


class Written:
    """Records labels and progress bars as their text, buttons as `[text]`, properties as `<name>`.

    `unfolded` also records what is in folded sub-panels.
    """

    def __init__(self, *, unfolded: bool = False) -> None:
        self._unfolded = unfolded
        self.active = True
        self.lines: list[str] = []
        self.labels: list[tuple[str, bool]] = []

    @property
    def layout(self) -> Written:
        """The layout itself, as a panel expects it."""
        return self

    def take_down(self, panel: type, context: Any) -> None:
        """Draw a panel's header and body into this layout."""
        self.lines.append(f"# {panel.bl_label}")
        if hasattr(panel, "draw_header_preset"):
            panel.draw_header_preset(self, context)
        panel.draw(self, context)

    def box(self) -> Written:
        """Return this layout: the texts keep their order."""
        return self

    def row(self, **_options: object) -> Written:
        """Return this layout, as `box` does."""
        return self

    column = split = grid_flow = row

    def template_list(
        self, kind: str, _list_id: str, data: Any, name: str, active: Any, number: str, *, rows: int
    ) -> None:
        """Draw all rows of a list. Their texts may be cut off, so none counts as a label that must
        be whole."""
        labels = tuple(self.labels)
        draw: Any = getattr(bpy.types, kind).draw_item
        for index, item in enumerate(getattr(data, name)):
            draw(None, bpy.context, self, data, item, 0, active, number, index)
        self.labels[:] = labels

    def context_pointer_set(self, _name: str, _data: object) -> None:
        """Record nothing: it only tells a menu what it is about."""

    def menu(self, name: str, *, text: str = "", icon: str = "NONE") -> None:
        """Record a button that opens a menu."""
        self.lines.append(f"[{text or name}]")

    def operator_menu_enum(
        self, name: str, _property: str, *, text: str = "", **_options: object
    ) -> Any:
        """Record a button that opens a menu of an operator's choices."""
        self.lines.append(f"[{text or name}]")
        return SimpleNamespace()

    def panel(self, _idname: str, **_options: object) -> tuple[Written, Written | None]:
        """Record a sub-panel: its header, and its body unless it is folded."""
        return self, self if self._unfolded else None

    def label(self, *, text: str = "", icon: str = "NONE", icon_value: int = 0) -> None:
        """Record a line of text; an empty one is only space."""
        if text.strip():
            self.lines.append(text)
            self.labels.append((text, icon != "NONE"))

    def progress(self, *, text: str = "", factor: float = 0.0) -> None:
        """Record a progress bar's text."""
        self.lines.append(text)

    def prop(self, _data: object, name: str, **_options: object) -> None:
        """Record a field."""
        self.lines.append(f"<{name}>")

    def template_icon(self, _icon_id: int, **_options: object) -> None:
        """Record nothing: a picture has no text."""

    def template_ID(self, _data: object, name: str, **_options: object) -> None:  # noqa: N802 - Blender's name
        """Record a field for a data-block."""
        self.lines.append(f"<{name}>")

    def textbox(self, _data: object, name: str, **_options: object) -> None:
        """Record a field of several lines."""
        self.lines.append(f"<{name}>")

    def popover(self, panel: str, **_options: object) -> None:
        """Record a button that opens a panel."""
        self.lines.append(f"[{panel}]")

    def prop_search(self, _data: object, name: str, *_where: object, **_options: object) -> None:
        """Record a field whose value is chosen from a list."""
        self.lines.append(f"<{name}>")

    def prop_enum(self, _data: object, _name: str, value: str) -> None:
        """Record a button for one value of a list, and whether it is dimmed."""
        self.lines.append(f"<{value}>" if self.active else f"<{value}, dim>")

    def operator(self, idname: str, *, text: str | None = None, **_options: object) -> Any:
        """Record a button; return the object that takes the operator's properties."""
        self.lines.append(f"[{text or idname}]")
        return SimpleNamespace()


def shows(lines: list[str], sentence: str) -> bool:
    """Return whether these lines contain a sentence, however it is wrapped."""
    return "".join(sentence.split()) in "".join("".join(lines).split())
