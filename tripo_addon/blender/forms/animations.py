"""Preset animations in a form: a search field, and the chosen ones.

The choice is one text of the *Animate* form with the service's names, separated by commas; which of
them are shown and sent depends on the rig.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from bpy.props import StringProperty
from bpy.types import Context

from ...api import rigging
from ...api.catalog.animations import ANIMATIONS, label_of
from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.task_kinds import TaskKind
from ..messages import forms as messages
from ..messages import generate
from ..objects import ancestry, selection
from ..session import composition
from . import fields

if TYPE_CHECKING:
    from ...api.rigging import Rig

CHOSEN: Final = PARAMETERS["animations"]
_ABOUT: Final = {row.id: row.description for row in ANIMATIONS}
RigOf = Callable[[Any, Context], "Rig | None"]


def selected_rig(_form: Any, context: Context) -> "Rig | None":
    """The rig of the selected object, if its history is recorded."""
    group = selection.selected(context)
    return rigging.Rig.of(ancestry.rig_request(group.anchor)) if group is not None else None


def requested_rig(form: Any, _context: Context) -> "Rig | None":
    """The rig that a *Rig* form requests."""
    return rigging.Rig.of(form.values())


def search_field(rig_of: RigOf) -> object:
    """A field that suggests the rig's animations during typing, and adds the entered one to
    the choice."""

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
        name=messages.ADD_ANIMATION,
        description=messages.ADD_ANIMATION_DESCRIPTION,
        search=search,
        search_options={"SUGGESTION"},
        update=entered,
    )


def chosen(form: Any) -> tuple[str, ...]:
    """The chosen animations by the service's names, in order."""
    names: Any = fields.value_of(form, CHOSEN)
    return tuple(names)


def add(form: Any, typed: str, rig: "Rig | None") -> None:
    """Add the animation that matches a text; if there is none, the panel says why."""
    found, before = rigging.find_animation(typed, rig), chosen(form)
    sentence = found.sentence
    if len(before) >= rigging.MOST_AT_ONCE:
        sentence = generate.most_animations(rigging.MOST_AT_ONCE)
    elif found.animation and found.animation not in before:
        fields.put_value(form, CHOSEN, (*before, found.animation))
    composition.WIRING.notes[TaskKind.RETARGET] = (sentence,) if sentence else ()
