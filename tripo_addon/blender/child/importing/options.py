"""What a model is made for: the artist's scene, and the artist's choices. A frozen record."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class ImportOptions:
    """`turn`: degrees about the world's Z that bring the front to −Y. `fps` and `metres_per_unit`
    are the scene's. `origin`: "delivered", or "bottom" for the middle of the underside. `height`:
    metres, or None for the size as delivered. `box`: the sides, in units of the scene, of a box
    that the model is to fill as far as it can, standing in the middle of its underside.
    `most_faces`: reduced to so many; 0 for all faces.
    """

    turn: float = -90.0
    fps: float = 24.0
    metres_per_unit: float = 1.0
    origin: str = "delivered"
    height: float | None = None
    box: tuple[float, float, float] | None = None
    most_faces: int = 0


def options_of(order: Mapping[str, Any]) -> ImportOptions:
    """The options among the entries of an order, with defaults for those it lacks."""
    return ImportOptions(
        **{each.name: order[each.name] for each in fields(ImportOptions) if each.name in order}
    )


def as_delivered(terms: ImportOptions) -> ImportOptions:
    """Options that turn, move and scale nothing: the target decides that."""
    kept = replace(terms, turn=0.0, origin="delivered", height=None, metres_per_unit=1.0)
    return replace(kept, box=None, most_faces=0)
