"""Choosing preset animations: a field that finds them by typing, and the list of those chosen.

The choice is one text of the *Animate* form, with commas between the names on the wire; what a form
shows and sends follows the rig that they are for.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from bpy.props import IntProperty, StringProperty
from bpy.types import Context, Operator, UILayout

from ..api import rigging
from ..api.catalog.animations import ANIMATIONS, label_of
from ..api.catalog.parameters import PARAMETERS
from ..api.catalog.records import TaskKind
from ..api.prices import estimate
from ..api.rigging import Rig
from . import access, ancestry, fields, sources, wiring
from .registration import class_pair
from .words import draw_wrapped

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

_ROW: Final = PARAMETERS["animations"]
_ABOUT: Final = {row.id: row.description for row in ANIMATIONS}
RigOf = Callable[[Any, Context], Rig | None]


def selected_rig(_form: Any, context: Context) -> Rig | None:
    """The rig of the selected object, as far as the object remembers how it was made."""
    family = sources.selected(context)
    return Rig.of(ancestry.rig_request(family.anchor)) if family is not None else None


def wished_rig(form: Any, _context: Context) -> Rig | None:
    """The rig that a *Rig* form asks for."""
    return Rig.of(form.wish())


def search_field(rig_of: RigOf) -> object:
    """A field that suggests the animations of a rig while a person types, and adds what is entered
    to the chosen ones."""

    def search(form: Any, context: Context, _typed: str) -> Iterator[tuple[str, str]]:
        taken = frozenset(chosen(context.scene.tripo_addon.animate))
        for name in rigging.animations_of(rig_of(form, context)):
            if name not in taken:
                yield label_of(name), _ABOUT.get(name, "")

    def entered(form: Any, context: Context) -> None:
        typed = form.new_animation
        if typed:
            form.new_animation = ""
            add(context.scene.tripo_addon.animate, typed, rig_of(form, context))

    return StringProperty(
        name="Add Animation",
        description="Type to find an animation, such as wave; one that is in no list is entered in "
        "full, such as preset:biped:wave",
        search=search,
        search_options={"SUGGESTION"},
        update=entered,
    )


def chosen(form: Any) -> tuple[str, ...]:
    """The names on the wire of what is chosen, in order."""
    names: Any = fields.value_of(form, _ROW)
    return tuple(names)


def add(form: Any, typed: str, rig: Rig | None) -> None:
    """Choose the animation that a text means; else the panel says why there is none."""
    found, before = rigging.meant(typed, rig), chosen(form)
    sentence = found.sentence
    if len(before) >= rigging.MOST_AT_ONCE:
        sentence = f"{rigging.MOST_AT_ONCE} animations are the most at once"
    elif found.animation and found.animation not in before:
        fields.put_value(form, _ROW, (*before, found.animation))
    wiring.WIRING.notes[TaskKind.RETARGET] = (sentence,) if sentence else ()


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
    credits = estimate(access.service(), TaskKind.RETARGET, {"animations": (name,)})
    price.label(text="price unknown" if credits is None else f"{credits} {access.service().money}")
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
        fields.put_value(form, _ROW, (*names[: self.index], *names[self.index + 1 :]))
        return {"FINISHED"}


register, unregister = class_pair((TRIPO_ADDON_OT_remove_animation,))
