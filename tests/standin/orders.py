"""What is to be made: one frozen record between any service's dialect and the workshop.

Holds no service's words, no file handles and no results.
"""

import hashlib
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from uuid import uuid4

import numpy as np

Kind = Literal["letters", "relief", "box", "retexture", "convert"]
Look = Literal["bare", "colour", "pbr"]

NOTE = "no AI: the stand-in made this model out of what it was sent"
LONGEST_TEXT = 40
LONGEST_LINE = 14


@dataclass(frozen=True, kw_only=True)
class Order:
    """One model. Pictures and source are paths; an empty slot of a box is None."""

    kind: Kind
    text: str = ""
    pictures: tuple[Path | None, ...] = ()
    source: Path | None = None
    look: Look = "pbr"
    pixels: int = 512
    geometry_seed: str = ""
    texture_seed: str = ""
    face_limit: int | None = None
    quad: bool = False
    parts: bool = False
    fine: bool = False
    metres: float = 1.0
    turn: float = 0.0
    uuid: str = field(default_factory=lambda: str(uuid4()))

    @property
    def lines(self) -> tuple[str, ...]:
        """The text as it will stand in the model."""
        return inscription(self.text)


def inscription(text: str) -> tuple[str, ...]:
    """At most three lines of about forty characters together."""
    short = textwrap.shorten(text, LONGEST_TEXT, placeholder=" …")
    if short == "…":
        short = text[: LONGEST_TEXT - 1] + "…"
    return tuple(textwrap.wrap(short, LONGEST_LINE, max_lines=3, placeholder=" …")) or ("?",)


def dice(text: str) -> np.random.Generator:
    """Chance that is always the same for the same seed."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()))


def seed(*parts: object) -> str:
    """A seed of what was asked; a fresh one when the last part, the asked-for seed, is None."""
    known = parts if parts[-1] is not None else (*parts, uuid4())
    return "|".join(str(part) for part in known)
