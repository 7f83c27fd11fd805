"""Warnings about steps that are paid for twice, or paid for and then lost."""

from __future__ import annotations

from typing import Final

GENERATED_BEFORE: Final = "This very request made the object; sending it again costs again"
LAST_STEP_BEFORE: Final = (
    "This very request was the object's last step; sending it again costs again"
)


def skeleton_lost(kind: str) -> str:
    """The step removes the rig of the object."""
    return (
        f"{kind} removes the rig, which was paid for: "
        "work on the version before the rig, and rig last"
    )


def texture_twice(spent: str) -> str:
    """A texture is followed by another texture; `spent` is the price of the first, or ""."""
    return (
        "The texture is paid for twice: Texture after generating replaces the one that the model "
        f"comes with{_in_parentheses(spent)}. Turn one of the two off"
    )


def quads_lost(spent: str) -> str:
    """Quads are followed by a rig as GLB; `spent` is the price of the quads, or ""."""
    return (
        f"Quads are paid for and lost{_in_parentheses(spent)}: a rig as GLB has only triangles. "
        "Rig as FBX, or turn Quads off"
    )


def _in_parentheses(spent: str) -> str:
    return f" ({spent})" if spent else ""
