"""The preset animations: what the wire calls them, and what the artist does.

Rows, and the names of what is in no row. Facts: Tripo's documents and the enumeration in its SDK
1.0.0. Skeletons of rig v1.0 have about a hundred more, `preset:biped:…`, which no source lists.
"""

from __future__ import annotations

from typing import Final

from .records import choices

_PREFIX: Final = "preset"
# Of the usual creature nobody speaks.
_UNSAID: Final = frozenset({_PREFIX, "biped"})

ANIMATIONS: Final = choices(
    ("preset:idle", "Idle", "Stands and breathes"),
    ("preset:walk", "Walk", "Walks"),
    ("preset:run", "Run", "Runs"),
    ("preset:dive", "Dive", "Dives"),
    ("preset:climb", "Climb", "Climbs"),
    ("preset:jump", "Jump", "Jumps"),
    ("preset:slash", "Slash", "Strikes with a blade"),
    ("preset:shoot", "Shoot", "Shoots"),
    ("preset:hurt", "Hurt", "Is hit"),
    ("preset:fall", "Fall", "Falls"),
    ("preset:turn", "Turn", "Turns around"),
    ("preset:quadruped:walk", "Quadruped Walk", "Walks on four legs"),
    ("preset:hexapod:walk", "Hexapod Walk", "Walks on six legs"),
    ("preset:octopod:walk", "Octopod Walk", "Walks on eight legs"),
    ("preset:serpentine:march", "Serpentine March", "Winds along without legs"),
    ("preset:aquatic:march", "Aquatic March", "Swims along"),
)
_LABELS: Final = {row.id: row.label for row in ANIMATIONS}


def label_of(animation: str) -> str:
    """The name of an animation as the artist knows it, also of one that is in no row."""
    parts = [part for part in animation.split(":") if part and part not in _UNSAID]
    words = " ".join(parts).replace("_", " ").replace("-", " ").split()
    spoken = " ".join(word[:1].upper() + word[1:] for word in words)
    return _LABELS.get(animation) or spoken or animation
