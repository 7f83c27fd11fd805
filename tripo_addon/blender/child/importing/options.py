"""The import options of a model: those of the artist's scene, and the artist's choices."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class ImportOptions:
    """`turn`: degrees about the world's Z that rotate the front to −Y. `fps` and `meters_per_unit`
    are the scene's. `origin`: "delivered", or "bottom" for the middle of the underside. `height`:
    meters, or None for the size as delivered. `box`: the sides, in scene units, of a box that the
    model fills as far as it can, standing in the middle of its floor. `most_faces`: the model is
    reduced to so many; 0 keeps all.
    """

    turn: float = -90.0
    fps: float = 24.0
    meters_per_unit: float = 1.0
    origin: str = "delivered"
    height: float | None = None
    box: tuple[float, float, float] | None = None
    most_faces: int = 0


def options_of(order: Mapping[str, Any]) -> ImportOptions:
    """The options in an order, with defaults for those that are missing."""
    return ImportOptions(
        **{each.name: order[each.name] for each in fields(ImportOptions) if each.name in order}
    )


def as_delivered(terms: ImportOptions) -> ImportOptions:
    """Options that change nothing, for a model whose place is decided by its target."""
    kept = replace(terms, turn=0.0, origin="delivered", height=None, meters_per_unit=1.0)
    return replace(kept, box=None, most_faces=0)
