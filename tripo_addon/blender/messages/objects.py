"""What an artist reads in the Selected Object panel, and in the operators on objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SAME_AS_ORIGINAL: Final = "As before"
DESCRIBE_SURFACE: Final = "Describe the surface"
ALL_PARTS: Final = "All"
DOWNLOAD_FOLDER: Final = "Download folder"

HISTORY: Final = "History:"
SWITCH_TO: Final = "Switch to:"
SWITCH_TOOLTIP: Final = "Switch to this variant; the current one is kept"
NO_SUCH_VARIANT: Final = "The selected object does not have this variant"
INCOMPLETE_VARIANT: Final = "This variant is incomplete and can only be removed"


def parts(name: str, count: int) -> str:
    """An object and how many parts are taken of it."""
    return f"{name} · 1 part" if count == 1 else f"{name} · {count} parts"


def more(count: int) -> str:
    """What a list leaves out for want of room."""
    return f"and {count:,} more"


def left_out(named: Sequence[tuple[str, str]], others: int) -> str:
    """The objects that are not taken, each with the reason; `others` are not named."""
    listed = [f"{name} ({why})" for name, why in named]
    if others:
        listed.append(f"{others:,} more")
    return f"Not included: {', '.join(listed)}"


def quoted(prompt: str) -> str:
    """A prompt as it was typed."""
    return f"“{prompt}”"


def variants(count: int) -> str:
    """The heading of the variants."""
    return f"Variants ({count})"


def switch_tooltip(history: str) -> str:
    """Switching to a variant, with how it was made, a line for each step."""
    return f"{SWITCH_TOOLTIP}\n{history}" if history else SWITCH_TOOLTIP


def nothing_to_recall(name: str) -> str:
    """The object has no recorded request."""
    return f"{name} was not generated with Tripo, so there are no settings to recall"


OBJECT_MODE_FIRST: Final = "Switch to Object Mode first"
SELECT_OBJECT: Final = "Select an object"

HIDDEN: Final = "hidden"
NOT_RENDERED: Final = "not rendered"
OUTLINES: Final = {"WIRE": "displayed as wire", "BOUNDS": "displayed as bounds"}
"""Why an object is not taken, by its display type."""
CURVE: Final = "the curve"


def used_by(modifier: str, name: str) -> str:
    """Why an object is not taken: it shapes another one."""
    return f"used by {modifier} of {name}"


def no_surface(name: str) -> str:
    """Nothing that is selected can be worked on."""
    return f"{name} has no surface that is visible and rendered"


def linked(name: str) -> str:
    """The object cannot be changed here."""
    return f"{name} is linked from another file. Choose New Object"


def mesh_linked(name: str) -> str:
    """The object's mesh cannot be changed here."""
    return f"The mesh of {name} is linked from another file. Choose New Object"


def not_a_mesh(name: str) -> str:
    """Only a mesh can keep its UV map."""
    return f"{name} is not a mesh and has no UV map to keep. Choose Replace"


def only_modifier_faces(name: str) -> str:
    """All faces are made by modifiers, so there are none to keep."""
    return f"{name} has only faces made by its modifiers. Apply them or choose Replace"


def shares_mesh(name: str) -> str:
    """The mesh needs a UV map that other objects would get too."""
    return f"{name} shares its mesh and has no UV map. Enable Make Single User"


def step(*facts: str) -> str:
    """A step of an object's history in a line, from those of its facts that are known."""
    return " · ".join(filter(None, facts))


def shelf(name: str, variant: str) -> str:
    """The name of the collection that keeps a variant."""
    return f"{name} · {variant}"
