"""The scene that was active when a job was requested, found by session_uid or name.

Main thread only; reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TypeVar

import bpy

from ...jobs.model.job import Placement
from ..session import composition

_Block = TypeVar("_Block", bpy.types.Scene, bpy.types.Collection)


def home_scene(placement: Placement) -> bpy.types.Scene | None:
    """The scene of the request; None if it no longer exists."""
    scene_number, _number = numbers_of(placement)
    return found(bpy.data.scenes, placement.scene, scene_number)


def numbers_of(placement: Placement) -> tuple[int, int]:
    """The session_uids of the request's scene and collection; 0 if it was made in another
    session."""
    names = (placement.scene, placement.collection)
    return composition.WIRING.pinned.get(names, (0, 0))


def found(blocks: Iterable[_Block], name: str, number: int) -> _Block | None:
    """The data-block with that session_uid, else the one with that name."""
    listed = tuple(blocks)
    numbered = (block for block in listed if block.session_uid == number)
    named = (block for block in listed if block.name == name)
    return next(chain(numbered, named), None)
