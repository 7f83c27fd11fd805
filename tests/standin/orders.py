"""What the workshop makes: one frozen record, built by any service's dialect.

Contains no words of a service, no file handles and no results.
"""

import hashlib
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from uuid import uuid4

import numpy as np

ModelKind = Literal["letters", "relief", "box"]
ChangeKind = Literal[
    "retexture", "convert", "decimate", "segment", "complete", "uv", "stylize", "rig", "retarget"
]
PictureKind = Literal["picture", "views", "depth", "splat"]
Kind = ModelKind | ChangeKind | PictureKind
Look = Literal["bare", "color", "pbr"]
# These need no forge: their files are painted.
PAINTED: tuple[Kind, ...] = ("picture", "views", "depth", "splat")
VIEWS = ("front", "left", "back", "right")

NOTE = "no AI: the stand-in made this model out of what it was sent"
LONGEST_TEXT = 40
LONGEST_LINE = 14


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """How a given model leaves the forge, beyond its order.

    `texture_format` is a word of Tripo's (JPEG, PNG, WEBP …); `flatten` a share of the height;
    `parts` the names of the nodes to keep (empty: all); `block` the blocks along the longest side
    of a stylized model.
    """

    scale: float = 1.0
    on_floor: bool = False
    flatten: float = 0.0
    in_place: bool = False
    symmetric: bool = False
    texture_size: int | None = None
    texture_format: str = ""
    vertex_colors: bool = False
    animated: bool = True
    parts: tuple[str, ...] = ()
    block: int = 0


@dataclass(frozen=True, kw_only=True)
class Rigging:
    """The kind of skeleton and the clips, each a file; `body` delivers the mesh with them."""

    rig_type: str = "biped"
    prefix: str = ""
    clips: tuple[str, ...] = ()
    in_place: bool = False
    body: bool = True


@dataclass(frozen=True, kw_only=True)
class Order:
    """One model, or the pictures of one task. Pictures and source are paths; an empty slot of a box
    is None. `style` is a picture whose colors the texture takes. `form` is the suffix of the file
    to deliver, if not GLB, or FBX for quads. `pieces` is the maximum number of parts of a
    segmentation, `names` are their names; `captions` are edits, one for each of the four views.
    `plain_too` also delivers the model without its texture."""

    kind: Kind
    text: str = ""
    pictures: tuple[Path | None, ...] = ()
    source: Path | None = None
    style: Path | None = None
    look: Look = "pbr"
    pixels: int = 512
    geometry_seed: str = ""
    texture_seed: str = ""
    face_limit: int | None = None
    quad: bool = False
    parts: bool = False
    fine: bool = False
    meters: float = 1.0
    turn: float = 0.0
    form: str = ""
    size: tuple[int, int] = (1024, 1024)
    captions: tuple[str, ...] = ()
    pieces: int = 8
    bands: bool = False
    names: tuple[str, ...] = ()
    plain_too: bool = False
    delivery: Delivery = Delivery()
    rigging: Rigging = Rigging()
    uuid: str = field(default_factory=lambda: str(uuid4()))

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of text in the model."""
        return inscription(self.text)


def inscription(text: str) -> tuple[str, ...]:
    """Return at most three lines of about forty characters together."""
    short = textwrap.shorten(text, LONGEST_TEXT, placeholder=" …")
    if short == "…":
        short = text[: LONGEST_TEXT - 1] + "…"
    return tuple(textwrap.wrap(short, LONGEST_LINE, max_lines=3, placeholder=" …")) or ("?",)


def dice(text: str) -> np.random.Generator:
    """Return random numbers that are always the same for the same seed."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()))


def seed(*parts: object) -> str:
    """Derive a seed from a request; a new one if the last part, the requested seed, is None."""
    known = parts if parts[-1] is not None else (*parts, uuid4())
    return "|".join(str(part) for part in known)
