"""Draws the slots for a form's pictures: each with picture, name, size, and buttons.

Only reads: a worker has read the files before.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.types import Context, UILayout

from ...api.catalog.field_types import VIEWS
from ...api.catalog.parameters import PARAMETERS
from ...api.record import record
from ...api.rules import is_web_address
from .. import settings
from ..forms.fields import address_name, property_name, turn_name
from ..messages import generate
from ..messages import pictures as messages
from ..previews import thumbnails
from .picture_operators import (
    TRIPO_ADDON_OT_clear_picture,
    TRIPO_ADDON_OT_open_picture,
    TRIPO_ADDON_OT_swap_views,
    TRIPO_ADDON_OT_turn_picture,
    name_of,
)
from .take_picture import TRIPO_ADDON_OT_take_picture, TRIPO_ADDON_OT_take_views
from .text_wrap import draw_wrapped, text_fits

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems

    from ..forms.task_form import TaskForm
    from ..previews.picture_look import Look

# The share of the panel that a button below a picture's name gets; pixels at scale 1 of its icon.
_BUTTON_SHARE: Final = 0.35
_BUTTON_ICON: Final = 20
# Heights of a thumbnail, in rows.
_TALL: Final = 4.0
_SMALL: Final = 2.5
# Pixels at scale 1 from which four views fit side by side.
_WIDE: Final = 400
_SAME_SHAPE: Final = 0.02
"""The largest difference of two views' aspect ratios, as a share."""
_ICONS: Final = UILayout.bl_rna.functions["prop"].parameters["icon"].enum_items


@record
class _Slot:
    """The contents of a slot: an icon if there is no thumbnail, a name, and what is known of the
    file, with its sides in pixels as rotated. `icon_id` is 0 if there is no thumbnail."""

    name: str = ""
    icon: IconItems = "IMAGE_DATA"
    icon_id: int = 0
    path: Path | None = None
    seen: Look | None = None
    sides: tuple[int, int] = (0, 0)

    @property
    def size(self) -> str:
        """The picture's size as text; "" if unknown."""
        return messages.sides(*self.sides) if all(self.sides) else ""

    @property
    def missing(self) -> bool:
        """Whether the file does not exist."""
        return self.seen is not None and not self.seen.exists


def draw_picture(layout: UILayout, form: TaskForm, name: str) -> None:
    """Draw one picture: a field while it is empty, then the picture and its buttons. A service that
    takes no files has a field for an address only."""
    if not settings.service().pictures.files:
        layout.prop(form, address_name(name), placeholder=generate.ADDRESS)
        return
    slot = _slot(form, name)
    if not slot.name:
        row = layout.row(align=True)
        row.prop(form, property_name(name), placeholder=generate.FILE_OR_URL)
        _draw_sources(row, form, name)
        return
    row = layout.row()
    row.use_property_split = False
    _draw_thumbnail(row, slot, _TALL)
    column = row.column(align=True)
    _draw_name(column, form, name, slot)
    _draw_facts(column, slot)
    _draw_buttons(column.row(align=True), form, name, slot, named=True)


def draw_views(
    layout: UILayout, form: TaskForm, context: Context, *, from_selection: bool = False
) -> None:
    """Draw the four views side by side, two by two if that is too narrow, and warnings about them.
    `from_selection`: with the button that takes the views of the selection."""
    if not settings.service().pictures.files:
        column = layout.column(align=True)
        for name in VIEWS:
            draw_picture(column, form, name)
        return
    grid = layout.grid_flow(
        row_major=True, columns=_columns(context), even_columns=True, even_rows=False
    )
    grid.use_property_split = False
    slots = {name: _slot(form, name, compared=True) for name in VIEWS}
    for name, slot in slots.items():
        _draw_view(grid.column(align=True), form, name, slot)
    row = layout.row(align=True)
    if from_selection:
        row.operator(TRIPO_ADDON_OT_take_views.bl_idname, icon="RESTRICT_RENDER_OFF")
    if slots["left"].name or slots["right"].name:
        swap, text = TRIPO_ADDON_OT_swap_views.bl_idname, "" if from_selection else messages.SWAP
        entry: Any = row.operator(swap, text=text, icon="ARROW_LEFTRIGHT")
        entry.form = name_of(form)
    for sentence in differences(slots):
        draw_wrapped(layout, sentence, context, icon="ERROR")


def draw_references(layout: UILayout, form: TaskForm, names: Sequence[str], most: int) -> None:
    """Draw further images of a form two by two, and then a field for one more, up to `most`. Those
    that are too many are drawn: the form is refused until one is cleared."""
    slots = {name: _slot(form, name) for name in names}
    filled = [name for name, slot in slots.items() if slot.name]
    if not settings.service().pictures.files:
        filled = []
    grid = layout.grid_flow(row_major=True, columns=2, even_columns=True, even_rows=False)
    grid.use_property_split = False
    for name in filled:
        column = grid.column(align=True)
        head = column.row(align=True)
        head.label(text=_label(form, name))
        _draw_buttons(head, form, name, slots[name])
        _draw_thumbnail(column, slots[name], _SMALL)
        _draw_name(column, form, name, slots[name])
        if slots[name].missing:
            _draw_facts(column, slots[name])
    free = next((name for name in names[: max(0, most)] if name not in filled), "")
    if free:
        draw_picture(layout, form, free)


def _label(form: TaskForm, name: str) -> str:
    return form.bl_rna.properties[property_name(name)].name


def draw_blockout(layout: UILayout, form: Any) -> None:
    """Draw the switch by which the model replaces the objects that the views were taken of."""
    blockout = form.blockout
    if blockout is not None:
        row = layout.row()
        row.use_property_split = False
        row.prop(form, "in_its_place", text=messages.in_place_of(blockout.name))


def draw_datablock(layout: UILayout, image: bpy.types.Image | None) -> None:
    """Draw the picture and the size of the chosen image data-block."""
    if image is None:
        return
    row = layout.row()
    width, height = image.size
    _draw_thumbnail(row, _Slot(image.name, icon_id=thumbnails.image_thumbnail(image)), _TALL)
    row.label(text=messages.sides(width, height) if width else "")


def differences(slots: dict[str, _Slot]) -> list[str]:
    """Return warnings about two views that are the same or do not match; the first of each kind."""
    kinds = (
        (_are_same, messages.same_picture),
        (_differ_in_shape, messages.other_shape),
        (_differ_in_size, messages.other_size),
    )
    there = [(name, slot) for name, slot in slots.items() if slot.seen is not None]
    found = list[str]()
    for differs, sentence in kinds:
        pairs = [
            (one, other)
            for (one, first), (other, second) in combinations(there, 2)
            if differs(first, second)
        ]
        if pairs:
            found.append(sentence(*(PARAMETERS[name].label for name in pairs[0])))
            if differs is not _are_same:
                break
    return found


def _are_same(one: _Slot, other: _Slot) -> bool:
    digests = [slot.seen.digest for slot in (one, other) if slot.seen is not None]
    return bool(digests[0]) and digests[0] == digests[1]


def _differ_in_shape(one: _Slot, other: _Slot) -> bool:
    if not all((*one.sides, *other.sides)):
        return False
    shapes = [width / height for width, height in (one.sides, other.sides)]
    return abs(shapes[0] / shapes[1] - 1.0) > _SAME_SHAPE


def _differ_in_size(one: _Slot, other: _Slot) -> bool:
    return all((*one.sides, *other.sides)) and one.sides != other.sides


def _slot(form: TaskForm, name: str, *, compared: bool = False) -> _Slot:
    """Return what is in a slot now. `compared`: also hash its content, for comparison with other
    views."""
    text = settings.absolute(getattr(form, property_name(name)))
    if not text:
        return _Slot()
    if is_web_address(text):
        host = text.partition("://")[2].partition("/")[0].rpartition("@")[2]
        return _Slot(host, "URL")
    path, turn = Path(text), getattr(form, turn_name(name))
    seen = thumbnails.THUMBNAILS.look(path, digest=compared)
    gone = seen is not None and not seen.exists
    icon: IconItems = "ERROR" if gone else "FILE_IMAGE"
    width, height = seen.sides if seen is not None else (0, 0)
    sides = (height, width) if turn % 2 else (width, height)
    return _Slot(
        PurePath(text).name or text, icon, thumbnails.THUMBNAILS.icon(path, turn), path, seen, sides
    )


def _columns(context: Context) -> int:
    region, scale = context.region, context.preferences.system.ui_scale
    wide = region is None or region.width >= _WIDE * scale
    return len(VIEWS) if wide else 2


def _draw_view(column: UILayout, form: TaskForm, name: str, slot: _Slot) -> None:
    head = column.row(align=True)
    head.label(text=PARAMETERS[name].label)
    if slot.name:
        _draw_buttons(head, form, name, slot)
    _draw_thumbnail(column, slot, _SMALL)
    if slot.name:
        _draw_name(column, form, name, slot)
        # Not the size, which is named where views differ: the button has to stay near.
        if slot.missing:
            _draw_facts(column, slot)
    else:
        row = column.row(align=True)
        row.prop(form, property_name(name), text="", placeholder=generate.FILE_OR_URL)
        _draw_sources(row, form, name)


def _draw_thumbnail(layout: UILayout, slot: _Slot, rows: float) -> None:
    layout.template_icon(slot.icon_id or _ICONS[slot.icon].value, scale=rows)


def _draw_name(layout: UILayout, form: TaskForm, name: str, slot: _Slot) -> None:
    """Draw the file's name, on a button that chooses another file, with the whole path as its
    tooltip; beside it, what else the slot can be filled with."""
    row = layout.row(align=True)
    entry: Any = row.operator(
        TRIPO_ADDON_OT_open_picture.bl_idname, text=slot.name, icon="FILE_FOLDER"
    )
    entry.form, entry.field = name_of(form), name
    _draw_sources(row, form, name)


def _draw_sources(row: UILayout, form: TaskForm, name: str) -> None:
    """The menu of what there is in Blender to take a picture of."""
    taking: Any = row.operator_menu_enum(
        TRIPO_ADDON_OT_take_picture.bl_idname, "source", text="", icon="RESTRICT_RENDER_OFF"
    )
    taking.form, taking.field = name_of(form), name


def _draw_facts(layout: UILayout, slot: _Slot) -> None:
    if slot.missing:
        layout.label(text=messages.NOT_THERE, icon="ERROR")
    elif slot.path is not None:
        layout.label(text=slot.size)


def _draw_buttons(
    row: UILayout, form: TaskForm, name: str, slot: _Slot, *, named: bool = False
) -> None:
    # In a narrow panel the icons say it.
    named = named and text_fits(
        messages.ROTATE, bpy.context, share=_BUTTON_SHARE, taken=_BUTTON_ICON
    )
    if slot.path is not None:
        turn: Any = row.operator(
            TRIPO_ADDON_OT_turn_picture.bl_idname,
            text=messages.ROTATE if named else "",
            icon="LOOP_FORWARDS",
        )
        turn.form, turn.field = name_of(form), name
    clear: Any = row.operator(
        TRIPO_ADDON_OT_clear_picture.bl_idname, text=messages.CLEAR if named else "", icon="X"
    )
    clear.form, clear.field = name_of(form), name
