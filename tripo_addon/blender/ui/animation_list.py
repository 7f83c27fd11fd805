"""Draws the animations that are chosen, each with its price, and the field that adds more."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING, Any

from bpy.props import IntProperty
from bpy.types import Context, Operator, UILayout

from ...api import rigging
from ...api.catalog.animations import label_of
from ...api.catalog.records import TaskKind
from ...api.prices import estimate
from ...api.rigging import Rig
from .. import settings
from ..forms import fields
from ..forms.animations import CHOSEN, chosen, selected_rig, wished_rig
from ..registration import class_pair
from .text_wrap import draw_wrapped

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems


def draw(layout: UILayout, form: Any, rig_form: Any, context: Context) -> None:
    """What is chosen, each with its price, and the field that adds more. `rig_form` has the field:
    the form of the rig that comes first, or else `form` itself for the selected object's."""
    rig = (wished_rig if rig_form is not form else selected_rig)(rig_form, context)
    names = chosen(form)
    column = layout.column(align=True)
    for number, name in enumerate(rigging.fitted(rig, names)):
        _draw_row(column, number, name, rig)
    row = layout.row()
    row.use_property_split = False
    row.enabled = len(names) < rigging.MOST_AT_ONCE
    row.prop(rig_form, "new_animation", text="", placeholder="Add: type a name, such as wave")
    refused = rigging.refuse_animations(rig)
    words = refused or rigging.described(rig)
    if not row.enabled:
        words = f"{rigging.MOST_AT_ONCE} animations are the most at once"
    draw_wrapped(layout, words, context, icon="ERROR" if refused else "INFO")


def draw_switch(layout: UILayout, owner: Any, name: str, rig_form: Any, context: Context) -> None:
    """The switch that has a rig animated once it is made; grey, with the reason, where no animation
    would go onto it."""
    refused = rigging.refuse_animations(wished_rig(rig_form, context))
    row = layout.row()
    row.enabled = getattr(owner, name) or not refused
    row.prop(owner, name)
    if not getattr(owner, name):
        draw_wrapped(layout, refused, context, icon="INFO")


def _draw_row(column: UILayout, number: int, name: str, rig: Rig | None) -> None:
    fits = not rigging.refuse_animations(rig, (name,))
    row = column.row(align=True)
    row.use_property_split = False
    row.alert = not fits
    row.label(text=label_of(name), icon="ACTION" if fits else "ERROR")
    price = row.row()
    price.alignment = "RIGHT"
    credits = estimate(settings.service(), TaskKind.RETARGET, {"animations": (name,)})
    price.label(
        text="price unknown" if credits is None else f"{credits} {settings.service().money}"
    )
    idname = TRIPO_ADDON_OT_remove_animation.bl_idname
    row.operator(idname, text="", icon="X").index = number


class TRIPO_ADDON_OT_remove_animation(Operator):
    """Take this animation off the list"""

    bl_idname = "tripo_addon.remove_animation"
    bl_label = "Remove Animation"
    bl_options = {"INTERNAL", "UNDO"}

    index: IntProperty(options={"SKIP_SAVE", "HIDDEN"})

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Choose the others alone."""
        form = context.scene.tripo_addon.animate
        names = chosen(form)
        if not 0 <= self.index < len(names):
            return {"CANCELLED"}
        fields.put_value(form, CHOSEN, (*names[: self.index], *names[self.index + 1 :]))
        return {"FINISHED"}


register, unregister = class_pair((TRIPO_ADDON_OT_remove_animation,))
