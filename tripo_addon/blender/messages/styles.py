"""What an artist reads about styles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

STYLE: Final = "Style"
NONE: Final = "None"
SAVE: Final = "Save"
NEW: Final = "New Style…"
IMPORT: Final = "Import Style…"
EXPORT: Final = "Export Style…"
FROM_IMAGE: Final = "Palette from Image…"
UNDO_PALETTE: Final = "Palette from Image"
SEEDS: Final = "Seeds"
NO_STYLE: Final = "Send the form as it is"
NOTHING_CHOSEN: Final = "No style is chosen"
NO_FORM: Final = "This form has no style"
NAME_MISSING: Final = "Enter a name for the style"
GONE: Final = "the file is gone"
SCRIPT: Final = "Script"
VALUES: Final = "What was given"


def reading_colors(name: str) -> str:
    """An image is being read for the palette."""
    return f"Reading the colors of “{name}”…"


def no_colors(name: str) -> str:
    """An image could not be read for the palette."""
    return f"No colors could be read from “{name}”. Choose another image"


def edit(name: str) -> str:
    """The entry that opens a style's dialog."""
    return f"Edit “{name}”…"


def remove(name: str) -> str:
    """The entry that removes a style's file."""
    return f"Remove “{name}”"


def adds(parts: Sequence[str]) -> str:
    """What a style adds to the request."""
    return f"Sent with the style: {', '.join(parts)}" if parts else ""


def left_out(parts: Sequence[str]) -> str:
    """Which parts of a style the service does not get."""
    return f"Not sent: {', '.join(parts)}" if parts else ""


def about(parts: Sequence[str]) -> str:
    """What a style adds, as the tooltip of its entry."""
    return f"Add {', '.join(parts)}" if parts else "Add nothing"


def taken(name: str) -> str:
    """There is a style of this name."""
    return f"There is a style “{name}” already. Choose another name, or edit that one"


def unknown(name: str, names: Sequence[str]) -> str:
    """No style has this name."""
    listed = f"There are {', '.join(names)}" if names else "There are none yet"
    return f"There is no style “{name}”. {listed}. For a file, give its path, ending in .json"


def not_saved(name: str, reason: str) -> str:
    """The file could not be written."""
    return f"The style “{name}” could not be saved: {reason}"


def reason_of(error: Exception) -> str:
    """Why a file could not be written, in the system's words if it has some."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def not_removed(name: str, reason: str) -> str:
    """The file could not be deleted."""
    return f"The style “{name}” could not be removed: {reason}"


def saved(path: str) -> str:
    """A style was exported."""
    return f"Saved {path}"


def before(words: str) -> str:
    """Words before the prompt, in a tooltip."""
    return f"“{words} …”"


def after(words: str) -> str:
    """Words after the prompt, in a tooltip."""
    return f"“… {words}”"


def negative(words: str) -> str:
    """Negative words, in a tooltip."""
    return f"negative “{words}”"


def faces(count: int) -> str:
    """A face limit, in a tooltip."""
    return f"a limit of {count:,} faces"


STYLE_IMAGE: Final = "a style image"
TEMPLATE: Final = "an image template"
SEED: Final = "a fixed seed"
SEED_BY_NAME: Final = "a seed for each subject"
