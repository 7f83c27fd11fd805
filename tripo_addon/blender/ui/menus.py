"""Entries in Blender's own menus, through which F3 finds them too, and in its keymap editor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.types import Context, Menu

from .. import settings
from ..forms.works import WORKS
from ..messages import generate
from ..registration import class_pair
from ..requests import drafts, object_requests
from . import widgets
from .compare import TRIPO_ADDON_OT_switch_back
from .draft_operators import draw_keep
from .generate_dialog import TRIPO_ADDON_OT_generate_dialog
from .object_operators import OPERATORS

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems

_MODES: Final[tuple[tuple[str, str, IconItems], ...]] = (
    ("text", generate.FROM_TEXT, "FILE_TEXT"),
    ("image", generate.FROM_IMAGE, "FILE_IMAGE"),
    ("multiview", generate.FROM_VIEWS, "MOD_MIRROR"),
    ("parts", generate.PARTS_FROM_IMAGE, "OUTLINER"),
)


class TRIPO_ADDON_MT_add(Menu):
    bl_label = "Tripo"

    def draw(self, _context: Context) -> None:
        """Draw the ways to generate, each a dialog with its price."""
        self.layout.operator_context = "INVOKE_DEFAULT"
        for mode, label, icon in _MODES:
            entry: Any = self.layout.operator(
                TRIPO_ADDON_OT_generate_dialog.bl_idname, text=label, icon=icon
            )
            entry.mode = mode


class TRIPO_ADDON_MT_object(Menu):
    bl_label = "Tripo"

    def draw(self, context: Context) -> None:
        """Draw the works on the selected object, each with its price."""
        self.layout.operator_context = "INVOKE_DEFAULT"
        draft = drafts.draft_at(context.object)
        if draft is not None:
            draw_keep(self.layout, draft, context)
            self.layout.separator()
        service = settings.service()
        for work in WORKS:
            if not work.is_listed(service):
                continue
            planned = object_requests.plan(getattr(context.scene.tripo_addon, work.name), context)
            price = None if isinstance(planned, str) else planned.price
            text = widgets.priced_text(work.label, price)
            operator = OPERATORS[work.name]
            self.layout.operator(operator.bl_idname, text=text, icon=work.icon)


def _draw_add(menu: Any, _context: Context) -> None:
    menu.layout.separator()
    menu.layout.menu(TRIPO_ADDON_MT_add.__name__, icon="SHADERFX")


def _draw_object(menu: Any, context: Context) -> None:
    if context.object is not None:
        menu.layout.separator()
        menu.layout.menu(TRIPO_ADDON_MT_object.__name__, icon="SHADERFX")


def _draw_image(menu: Any, context: Context) -> None:
    image: Any = getattr(context.space_data, "image", None)
    _draw_from_image(menu.layout, image)


def _draw_outliner(menu: Any, context: Context) -> None:
    image = next(
        (
            each
            for each in getattr(context, "selected_ids", ())
            if isinstance(each, bpy.types.Image)
        ),
        None,
    )
    _draw_from_image(menu.layout, image)


def _draw_from_image(layout: bpy.types.UILayout, image: bpy.types.Image | None) -> None:
    if image is None:
        return
    layout.separator()
    row = layout.row()
    row.operator_context = "INVOKE_DEFAULT"
    entry: Any = row.operator(
        TRIPO_ADDON_OT_generate_dialog.bl_idname, text=generate.GENERATE_FROM_IMAGE, icon="SHADERFX"
    )
    entry.mode, entry.image = "image", image.name


_ENTRIES: Final = (
    ("VIEW3D_MT_add", _draw_add),
    ("VIEW3D_MT_mesh_add", _draw_add),
    ("VIEW3D_MT_object_context_menu", _draw_object),
    ("IMAGE_MT_image", _draw_image),
    ("OUTLINER_MT_context_menu", _draw_outliner),
)
# Listed in Blender's keymap editor without a key, so that no shortcut of the artist is overridden.
_SHORTCUTS: Final = (
    TRIPO_ADDON_OT_generate_dialog.bl_idname,
    *(operator.bl_idname for name, operator in OPERATORS.items() if name in {"texture", "refine"}),
    OPERATORS["regenerate"].bl_idname,
    TRIPO_ADDON_OT_switch_back.bl_idname,
)
_KEYMAPS: list[tuple[Any, Any]] = []
_register_classes, _unregister_classes = class_pair((TRIPO_ADDON_MT_add, TRIPO_ADDON_MT_object))


def register() -> None:
    """Add the menus, their entries, and the shortcuts without a key."""
    _register_classes()
    for name, draw in _ENTRIES:
        getattr(bpy.types, name).append(draw)
    keymaps = bpy.context.window_manager.keyconfigs.addon
    if keymaps is None:
        # In background mode there is no keyboard.
        return
    keymap = keymaps.keymaps.new(name="3D View", space_type="VIEW_3D")
    for operator in _SHORTCUTS:
        _KEYMAPS.append((keymap, keymap.keymap_items.new(operator, "NONE", "PRESS")))


def unregister() -> None:
    """Remove all of them."""
    for keymap, item in _KEYMAPS:
        keymap.keymap_items.remove(item)
    _KEYMAPS.clear()
    for name, draw in _ENTRIES:
        getattr(bpy.types, name).remove(draw)
    _unregister_classes()
