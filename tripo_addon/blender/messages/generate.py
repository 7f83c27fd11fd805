"""What an artist reads in the Generate panel, and why a form cannot be sent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

GENERATE: Final = "Generate"
OBJECT: Final = "Selected Object"

_PLACEHOLDERS: Final = {"new_image": "Describe the image", "edit_image": "Describe the change"}
FILE_OR_URL: Final = "File or URL"
ADDRESS: Final = "https://…"

SURFACE: Final = "Surface"
FOLDED_GROUPS: Final = (("surface", "Texture Options"), ("shape", "Shape"), ("seeds", "Seeds"))
"""The groups of settings of work on a model that are folded away, each with its heading."""
GENERATION_GROUPS: Final = (
    ("model", "Model"),
    ("input", "Input"),
    ("surface", "Texture"),
    ("shape", "Shape"),
    ("seeds", "Seeds"),
)
"""Likewise those of a generation."""
SHORT_LABELS: Final = {"negative_prompt": "Negative"}
"""Labels of settings whose own would be cut in a sidebar as wide as Blender makes it."""

HINTS: Final = {"hint": "All parts"}
"""What stands in settings that are empty."""

EDIT_PROMPT: Final = "Edit Prompt"
EDIT_PROMPT_CONFIRM: Final = "Apply"


def marked(label: str, changed: Sequence[str]) -> tuple[str, ...]:
    """The heading of a group of settings, of which these were changed; the longest text first."""
    if not changed:
        return (label,)
    return (f"{label} • {', '.join(changed)}", f"{label} • {len(changed)} changed", f"{label} •")


def after_generating(*, any_step: bool) -> str:
    """The heading of the steps after a generation, marked where there are any."""
    return "After Generating •" if any_step else "After Generating"


def length(count: int, limit: int) -> str:
    """How many characters a text has, and may have."""
    return f"{count:,} / {limit:,}"


SEND_ANYWAY: Final = "Send Anyway?"
SEND: Final = "Send"

SENT: Final = "Sent"
SEND_AGAIN_QUESTION: Final = "Send Again?"
SEND_AGAIN: Final = "Send Again"

ALLOW_ONLINE: Final = ("Allow Online Access", "Allow Online", "Allow")
OPEN_CONSOLE: Final = ("Open Service Console", "Open Console")
ADDON_PREFERENCES: Final = ("Open Add-on Preferences", "Preferences")

ADD_ANIMATION: Final = "Add: type a name, e.g. wave"


def sent_already(seconds: float, price: str) -> str:
    """The same request was sent so many seconds ago, and costs its price again."""
    return f"This was sent {max(1, round(seconds))} s ago. Send it again for {price}?"


def sent_already_refusal(seconds: float, left: float, price: str) -> str:
    """Likewise, where nobody can be asked: for scripts."""
    return (
        f"The same request was sent {max(1, round(seconds))} s ago. To send it again for {price}, "
        f"wait {max(1, math.ceil(left))} s or pass again=True"
    )


def fitted_to(name: str) -> str:
    """The model will fill the bounds of this object."""
    return f"Will be fitted to {name}"


def faces_between(low: float, high: float) -> str:
    """The face limits that the settings allow."""
    return f"{low:,} to {high:,} faces"


def most_animations(count: int) -> str:
    """No more animations fit into one request."""
    return f"At most {count} animations at once"


def texture_step(prompt: str) -> str:
    """A texture that is to follow, with its prompt where it has one."""
    return f"Texture “{prompt}”" if prompt else "Texture"


RIG_STEP: Final = "Rig"
ANIMATE_STEP: Final = "Animate"


def steps(names: Iterable[str]) -> str:
    """The steps that follow a generation, in a line."""
    return ", ".join(names)


GENERATE_DIALOG: Final = "Generate 3D Model"
GENERATE_FROM_IMAGE: Final = "Generate 3D Model…"
FROM_TEXT: Final = "From Text…"
FROM_IMAGE: Final = "From Image…"
FROM_VIEWS: Final = "From Views…"
PARTS_FROM_IMAGE: Final = "Parts from Image…"
DROP_IMAGES: Final = "Drop one image, or two to four views of the same object"


def placeholder(form: str) -> str:
    """What an empty prompt of a form asks for."""
    return _PLACEHOLDERS.get(form, "Describe the model")
