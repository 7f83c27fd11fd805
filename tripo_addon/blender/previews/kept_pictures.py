"""The folder of thumbnail pictures that a second Blender makes, and how that Blender is started.

Blocks: for workers. Pictures are kept on disk; the oldest are deleted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from ...api.record import record

SIDE: Final = 256
"""The longest side of a picture in pixels."""
MOST_KEPT: Final = 200
"""Maximum number of files and models whose pictures are kept on disk."""


@record
class PictureMaker:
    """How to start the second Blender, and the folder of its pictures."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    folder: Path

    def folder_of(self, what: str) -> Path:
        """Return the folder of the pictures of `what`, which may not exist yet."""
        return self.folder / hashlib.blake2b(what.encode(), digest_size=12).hexdigest()

    def make_room(self) -> None:
        """Delete the oldest pictures to make room for another file or model. Raises OSError."""
        import shutil  # Slow to load, and not needed for registration

        if not self.folder.is_dir():
            return
        kept = sorted(self.folder.iterdir(), key=lambda each: each.stat().st_mtime)
        for old in kept[: max(0, len(kept) - MOST_KEPT + 1)]:
            shutil.rmtree(old, ignore_errors=True)
