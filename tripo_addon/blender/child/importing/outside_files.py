"""Removes what an importer read from outside the model's folder, before anything is packed.

`jobs.model_files.contained_paths` refuses files that name such paths. This is the second check:
what was read nevertheless is removed, without asking any disk or machine for it.
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
"""The lists of data-blocks that refer to files, and a word for one item of each."""


def drop(before: frozenset[int], folder: Path) -> list[str]:
    """Remove data-blocks newer than `before` that refer to a file outside `folder`. Returns
    warnings.

    A packed image whose path does not exist was in the model's own file and stays: an FBX keeps
    paths of another machine.
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
    """Make `folder` the current directory, because some importers also look for paths there."""
    try:
        started = os.getcwd()
    except FileNotFoundError:
        started = None
    os.chdir(folder)
    try:
        yield
    finally:
        # If the former directory is gone, there is nothing to restore.
        if started is not None:
            with contextlib.suppress(OSError):
                os.chdir(started)


def _is_inside(block: Any, folder: Path) -> bool:
    if not block.filepath:
        return True
    path = bpy.path.abspath(block.filepath)
    # As text first: resolving a network path would contact its host.
    if path.startswith(("\\\\", "//")):
        return False
    if Path(path).resolve().is_relative_to(folder.resolve()):
        return True
    return bool(getattr(block, "packed_file", None)) and not Path(path).exists()
