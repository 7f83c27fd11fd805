"""The bodies, bone naming schemes and animations that each rig version supports.

Rows only; `rigging` applies them. Facts: Tripo's own nodes and its SDK's documents, ComfyUI's
nodes, and two live clients; where they disagree, the narrower value is used. Only Tripo's bones are
known to take animations; Mixamo's are refused with error 1004 by every version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..record import record
from .animations import BIPED, OF_CREATURES, SHORT
from .conditions import Demand, Equals
from .field_types import Choice

BODIES: Final = (
    "biped",
    "quadruped",
    "hexapod",
    "octopod",
    "avian",
    "serpentine",
    "aquatic",
)
ANIMATED_BONES: Final = ("tripo",)
_BONES: Final = ("tripo", "mixamo", "actorcore", "unity", "unreal", "vrm")
_CREATURES: Final = {row.id.split(":")[1]: (row.id,) for row in OF_CREATURES}


def _ids(rows: tuple[Choice, ...]) -> tuple[str, ...]:
    return tuple(row.id for row in rows)


@record(kw_only=True)
class RigVersion:
    """One rig version: its bodies, bones, and animations by body; a body without animations cannot
    be animated."""

    label: str
    bodies: tuple[str, ...] = BODIES
    bones: tuple[str, ...] = _BONES
    animations: Mapping[str, tuple[str, ...]]


FIRST: Final = "v1.0-20240301"
_NEWER: Final = {"biped": _ids(SHORT), **_CREATURES}
RIGS: Final = {
    FIRST: RigVersion(
        label="v1.0",
        bodies=("biped",),
        bones=("tripo", "mixamo", "actorcore"),
        animations={"biped": _ids(BIPED)},
    ),
    "v2.0-20250506": RigVersion(label="v2.0", animations=_NEWER),
    "v2.5-20260210": RigVersion(label="v2.5", animations=_NEWER),
    "v3.0-20260909": RigVersion(label="v3.0", animations=_NEWER),
}
"""By version id. The server uses the first if none is sent."""

RIG_RULES: Final = (
    Demand(
        Equals("model", (FIRST, "")),
        Equals("rig_type", RIGS[FIRST].bodies),
        "The rig model v1.0 knows only bipeds",
    ),
    Demand(
        Equals("model", (FIRST, "")),
        Equals("spec", RIGS[FIRST].bones),
        "These bones need a newer rig model",
    ),
)
"""Rules that forms correct by themselves, from the same rows."""
