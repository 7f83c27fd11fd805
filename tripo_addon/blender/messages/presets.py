"""What an artist reads about presets."""

from __future__ import annotations

from collections.abc import Sequence

APPLY: str = "Apply this preset"


def unreadable(name: str) -> str:
    """A preset's file is gone, or is none of this add-on's."""
    return f"{name} is not a preset of this add-on. Save it again, or remove it"


def about(changes: Sequence[str]) -> str:
    """What a preset changes; it sets everything else to its default."""
    if not changes:
        return "Set everything to its default"
    return f"Set {', '.join(changes)}, and everything else to its default"


def quality(label: str) -> str:
    """The quality that a preset amounts to."""
    return f"Quality: {label}"


def own_setting(label: str, value: object) -> str:
    """A setting that is no field of the service's, with its value."""
    if isinstance(value, bool):
        return label if value else f"No {label}"
    return f"{label}: {value}"
