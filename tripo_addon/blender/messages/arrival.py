"""What an artist reads while a result is placed in the scene: what it waits for, where it went."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

RENDERING: Final = "Waiting for the render to finish"
NOT_IN_OBJECT_MODE: Final = "Waiting for Object Mode"
TOOL_RUNNING: Final = "Waiting for the current tool to finish"

TARGET_GONE: Final = "The original object no longer exists. Add the result as a new object"
PREVIOUS_STEP_GONE: Final = (
    "The previous step's model no longer exists. Import it again, or add this as a new object"
)
PREVIOUS_STEP: Final = "Waiting for the previous step to be imported"
OBJECT_GONE: Final = "The object no longer exists"

IMPORT_TARGET_GONE: Final = "The original object no longer exists; import as a new object (free)"
IMPORT_AT_CURSOR: Final = (
    "Import this model at the 3D cursor, or beside the object that is there (free)"
)

NEEDS_BACKGROUND_IMPORT: Final = (
    "the background import failed, and applying a result to an object needs it; "
    "make room if the disk is full"
)
PREPARED_INCOMPLETE: Final = "The prepared result on disk is incomplete"
CONVERTED_UNREADABLE: Final = "The converted model can no longer be read"
CONVERTED_DAMAGED: Final = "The converted model is damaged"


def import_copy(name: str) -> str:
    """Import's tooltip: the object has this result already."""
    return f"Import a copy beside {name}, which already has this result (free)"


def import_beside(name: str) -> str:
    """Import's tooltip: a new object was asked for."""
    return f"Import beside {name} (free)"


def import_onto(name: str) -> str:
    """Import's tooltip: the result changes the object."""
    return f"Apply to {name}; its current version is kept as a variant (free)"


def disk_error(reason: str) -> str:
    """A file could not be read or written."""
    return f"disk error: {reason}"


def internal_error(name: str) -> str:
    """An exception that nobody foresaw."""
    return f"something went wrong in the add-on ({name})"


def undo_work(kind: str, name: str) -> str:
    """The undo step of a result that changes an object."""
    return f"Tripo: {kind} {name}"


BLOCKOUT: Final = "Blockout"
NOT_STRETCHED: Final = (
    "Its proportions differ from the blockout's: it was scaled to fit, without stretching"
)


def undo_add(name: str) -> str:
    """The undo step of a new model."""
    return f"Tripo: Add {name}"


def target_linked(name: str) -> str:
    """The object cannot be changed here."""
    return f"{name} is linked from another file. Add the result as a new object"


def target_changed(name: str) -> str:
    """The object was edited after the job was sent."""
    return f"{name} has changed since. Apply anyway or add as a new object?"


def scene_linked(name: str) -> str:
    """Nothing can be added to the open scene."""
    return (
        f"The scene {name} is linked from another file and cannot be changed. "
        "Switch to a scene of this file"
    )


def scene_gone(name: str, other: str) -> str:
    """The model went to another scene."""
    return f"The scene {name} no longer exists; placed in {other}"


def scene_not_editable(name: str, other: str) -> str:
    """The model went to another scene."""
    return f"The scene {name} is linked from another file; placed in {other}"


def collection_gone(name: str, scene: str) -> str:
    """The model went to the scene's own collection."""
    return f"The collection {name} no longer exists; placed in {scene}"


def collection_linked(name: str, scene: str) -> str:
    """The model went to the scene's own collection."""
    return f"The collection {name} is linked from another file; placed in {scene}"


def collection_excluded(name: str) -> str:
    """The model is where it should be, and not visible."""
    return f"The collection {name} is excluded from the view layer, so the model is not visible"


def notes(*sentences: str) -> str:
    """Several notes on where a model went, those that there are."""
    return ". ".join(filter(None, sentences))


def modifiers_disabled(names: Iterable[str]) -> str:
    """The new mesh already has the effect of the object's modifiers."""
    return f"Disabled modifiers whose effect is part of the new mesh: {', '.join(names)}"


def made_single_user(names: Iterable[str]) -> str:
    """Objects got a mesh of their own, so that others that used it stay as they are."""
    return f"Made single user, because other objects use the same mesh: {', '.join(names)}"
