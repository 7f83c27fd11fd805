"""Draws a form's style: its line with the menu, and what it adds to the request.

Only reads: opens no file, uses no network, writes no property and makes no data-block.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..forms.task_form import STYLE
from ..messages import styles as messages
from ..previews import image_palettes
from . import picture_operators
from .style_menu import FORM, TRIPO_ADDON_MT_style
from .text_wrap import draw_wrapped

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems
    from bpy.types import Context, UILayout

    from ..forms.task_form import TaskForm
    from .widgets import Shown

# Blender's own share of a line for a label.
_LABEL: Final = 0.4


def draw(layout: UILayout, form: TaskForm) -> None:
    """Draw the line with the chosen style, if the form may have one."""
    if not hasattr(form, STYLE):
        return
    style = form.style
    split = layout.split(factor=_LABEL)
    label = split.row()
    label.alignment = "RIGHT"
    label.label(text=messages.STYLE)
    split.context_pointer_set(FORM, form)
    chosen = style.name if style is not None else messages.NONE
    split.menu(TRIPO_ADDON_MT_style.__name__, text=chosen)


def draw_all(layout: UILayout, shown: Shown, context: Context) -> None:
    """Draw the line, and below it what the style adds and what is left out."""
    draw(layout, shown.form)
    for sentence, icon in sentences(shown):
        draw_wrapped(layout, sentence, context, icon=icon)


def sentences(shown: Shown) -> Iterator[tuple[str, IconItems]]:
    """Yield what the style adds to the request, and what of it is not sent, each with its icon."""
    styled = shown.reading.styled
    palettes = image_palettes.PALETTES
    if palettes.has_news:
        yield palettes.note(picture_operators.name_of(shown.form)), "COLOR"
    if styled is not None:
        yield messages.adds(styled.added), "INFO"
        yield messages.left_out(styled.left_out), "INFO"
