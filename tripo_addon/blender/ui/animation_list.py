"""Draws the chosen animations, each with its price, and the field that adds more."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING, Any

from bpy.props import IntProperty
from bpy.types import Context, Operator, UILayout

from ...api import prices as api_prices
from ...api import rigging
from ...api.catalog import animations
from ...api.catalog.task_kinds import TaskKind
from .. import settings
from ..forms import fields
from ..forms.animations import CHOSEN, chosen, requested_rig, selected_rig
from ..messages import generate, prices
from ..registration import class_pair
from .text_wrap import draw_wrapped

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems


def draw(layout: UILayout, form: Any, rig_form: Any, context: Context) -> None:
    """The chosen animations and the field that adds more, which belongs to `rig_form`: the form of
    the rig that is made first, or `form` itself to animate the selected object's rig."""
    rig = (requested_rig if rig_form is not form else selected_rig)(rig_form, context)
    names = chosen(form)
    column = layout.column(align=True)
    for number, name in enumerate(rigging.animations_for(rig, names)):
        _draw_row(column, number, name, rig)
    row = layout.row()
    row.use_property_split = False
    row.enabled = len(names) < rigging.MOST_AT_ONCE
    row.prop(rig_form, "new_animation", text="", placeholder=generate.ADD_ANIMATION)
    refused = rigging.refuse_animations(rig)
    message = refused or rigging.described(rig)
    if not row.enabled:
        message = generate.most_animations(rigging.MOST_AT_ONCE)
    draw_wrapped(layout, message, context, icon="ERROR" if refused else "INFO")


def draw_switch(layout: UILayout, owner: Any, name: str, rig_form: Any, context: Context) -> None:
    """The checkbox that animates the rig once it is made; disabled, with the reason, if no
    animation fits the rig."""
    refused = rigging.refuse_animations(requested_rig(rig_form, context))
    row = layout.row()
    row.enabled = getattr(owner, name) or not refused
    row.prop(owner, name)
    if not getattr(owner, name):
        draw_wrapped(layout, refused, context, icon="INFO")


def _draw_row(column: UILayout, number: int, name: str, rig: "rigging.Rig | None") -> None:
    fits = not rigging.refuse_animations(rig, (name,))
    row = column.row(align=True)
    row.use_property_split = False
    row.alert = not fits
    row.label(text=animations.label_of(name), icon="ACTION" if fits else "ERROR")
    price = row.row()
    price.alignment = "RIGHT"
    credits = api_prices.estimate(settings.service(), TaskKind.RETARGET, {"animations": (name,)})
    price.label(text=prices.price(credits, settings.service().money))
    idname = TRIPO_ADDON_OT_remove_animation.bl_idname
    row.operator(idname, text="", icon="X").index = number


class TRIPO_ADDON_OT_remove_animation(Operator):
    """Remove this animation from the list"""

    bl_idname = "tripo_addon.remove_animation"
    bl_label = "Remove Animation"
    bl_options = {"INTERNAL", "UNDO"}

    index: IntProperty(options={"SKIP_SAVE", "HIDDEN"})

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Keep the other animations."""
        form = context.scene.tripo_addon.animate
        names = chosen(form)
        if not 0 <= self.index < len(names):
            return {"CANCELLED"}
        fields.put_value(form, CHOSEN, (*names[: self.index], *names[self.index + 1 :]))
        return {"FINISHED"}


register, unregister = class_pair((TRIPO_ADDON_OT_remove_animation,))
