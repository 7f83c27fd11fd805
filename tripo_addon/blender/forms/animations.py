"""Preset animations in a form: a field that finds them by typing, and those that are chosen.

The choice is one text of the *Animate* form, with commas between the names on the wire; what a form
shows and sends follows the rig that they are for.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from bpy.props import StringProperty
from bpy.types import Context

from ...api import rigging
from ...api.catalog.animations import ANIMATIONS, label_of
from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.records import TaskKind
from ...api.rigging import Rig
from ..objects import ancestry, selection
from ..session import composition
from . import fields

if TYPE_CHECKING:
    pass

CHOSEN: Final = PARAMETERS["animations"]
_ABOUT: Final = {row.id: row.description for row in ANIMATIONS}
RigOf = Callable[[Any, Context], Rig | None]


def selected_rig(_form: Any, context: Context) -> Rig | None:
    """The rig of the selected object, as far as the object remembers how it was made."""
    family = selection.selected(context)
    return Rig.of(ancestry.rig_request(family.anchor)) if family is not None else None


def wished_rig(form: Any, _context: Context) -> Rig | None:
    """The rig that a *Rig* form asks for."""
    return Rig.of(form.values())


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
    names: Any = fields.value_of(form, CHOSEN)
    return tuple(names)


def add(form: Any, typed: str, rig: Rig | None) -> None:
    """Choose the animation that a text means; else the panel says why there is none."""
    found, before = rigging.meant(typed, rig), chosen(form)
    sentence = found.sentence
    if len(before) >= rigging.MOST_AT_ONCE:
        sentence = f"{rigging.MOST_AT_ONCE} animations are the most at once"
    elif found.animation and found.animation not in before:
        fields.put_value(form, CHOSEN, (*before, found.animation))
    composition.WIRING.notes[TaskKind.RETARGET] = (sentence,) if sentence else ()
