"""The last look before anything is packed: what an importer read from outside the model's folder.

What is sent should name nothing outside (`jobs.model_files.contained_paths`). Where something did
all the same, it goes, and no disk or machine is asked for it.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import messages
from . import datablocks

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS: Final = {
    "images": "picture",
    "libraries": "library",
    "sounds": "sound",
    "movieclips": "film",
    "volumes": "volume",
    "fonts": "font",
    "cache_files": "cache",
}
"""The lists of data-blocks that name a file, and what one of them is called."""


def drop(before: frozenset[int], folder: Path) -> list[str]:
    """Remove what came since `before` and names a file outside of `folder`. Returns warnings.

    A packed picture whose path leads nowhere was in the model's own file, and stays: an FBX tells
    where it lay on another machine.
    """
    gone = [(kind, block) for kind, block in _came(before) if not _is_inside(block, folder)]
    warnings = [messages.outside_file(KINDS[kind], block.name) for kind, block in gone]
    bpy.data.batch_remove([block for _, block in gone])
    return warnings


def _came(before: frozenset[int]) -> Iterator[tuple[str, Any]]:
    for kind in KINDS:
        for block in datablocks.since(before, getattr(bpy.data, kind)):
            yield kind, block


@contextlib.contextmanager
def looking_in(folder: Path) -> Iterator[None]:
    """Let importers that try a path from where Blender was started as well try it from `folder`."""
    try:
        started = os.getcwd()
    except FileNotFoundError:
        started = None
    os.chdir(folder)
    try:
        yield
    finally:
        # Where nothing is left of the place, Blender is nowhere as before.
        if started is not None:
            with contextlib.suppress(OSError):
                os.chdir(started)


def _is_inside(block: Any, folder: Path) -> bool:
    if not block.filepath:
        return True
    path = bpy.path.abspath(block.filepath)
    # As text first: to look at a share is to call its machine.
    if path.startswith(("\\\\", "//")):
        return False
    if Path(path).resolve().is_relative_to(folder.resolve()):
        return True
    return bool(getattr(block, "packed_file", None)) and not Path(path).exists()
