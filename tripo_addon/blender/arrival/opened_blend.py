"""A .blend that is opened in one step and read in a later one, each of which takes milliseconds.

Main thread only.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import bpy

if TYPE_CHECKING:
    from pathlib import Path


class OpenedBlend:
    """An open .blend, of which nothing is appended yet.

    Source: bpy.types.BlendDataLibraries.load, which opens a file when its context is entered and
    reads it when the context is left. Blender reads into the data that was current when the file
    was opened: after undo or file load that is gone, and the file must not be read any more.
    """

    def __init__(self, blend: Path) -> None:
        """Open the .blend. Raises OSError."""
        self._current = bpy.data.as_pointer()
        self._reading = ExitStack()
        self._found, self._wanted = self._reading.enter_context(
            bpy.data.libraries.load(str(blend), link=False)
        )

    @property
    def is_valid(self) -> bool:
        """Whether the data that Blender would read into is still the current one."""
        return bpy.data.as_pointer() == self._current

    def append_all(self) -> list[tuple[str, str, Any]]:
        """Append all data-blocks; only while valid. Returns their type ("meshes"), their name in
        the file, and the data-block, which may have another name here."""
        found = self._found
        kinds = [kind for kind in dir(found) if isinstance(getattr(found, kind), list)]
        names = {kind: list(getattr(found, kind)) for kind in kinds}
        for kind in kinds:
            setattr(self._wanted, kind, list(names[kind]))
        self._reading.close()
        return [
            (kind, name, block)
            for kind, listed in names.items()
            for name, block in zip(listed, getattr(self._wanted, kind), strict=True)
            if block
        ]

    def close(self) -> None:
        """Close the file without appending anything. Stays open, in memory, if not valid any
        more."""
        if self.is_valid:
            self._reading.close()
