"""Stores pictures that were taken in files of our own, which never change afterwards.

The folder is named after the content, so that the same picture is stored once, and the file after
its name in the slot. `jobs/work/capture_cleanup` deletes what is no longer used.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from ...api.file_names import file_stem
from .. import settings
from .raster import Raster, png

_NAME_BYTES: Final = 60


def keep(content: bytes, name: str, ending: str) -> Path:
    """Write a picture's file, unless it exists. `ending` with its dot. Raises `OSError`."""
    digest = hashlib.blake2b(content, digest_size=8).hexdigest()
    folder = settings.pictures() / digest
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (file_stem(name, "Image", _NAME_BYTES) + ending)
    if not target.exists():
        part = target.with_name(target.name + ".part")
        part.write_bytes(content)
        part.replace(target)
    return target


def keep_raster(raster: Raster, name: str) -> Path:
    """Write a picture as PNG, likewise."""
    return keep(png(raster), name, ".png")
