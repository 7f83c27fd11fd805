"""A valid GLB of any size that is never whole in memory: one triangle, then filler.

For measuring a download's memory. Every byte is computed from its offset.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from .orders import NOTE

PIECE = 1 << 20
TRIANGLE = struct.pack("<9f", 0, 0, 0, 0, 1, 0, 0, 0, 1)
SCENE_BYTES = 1024
HEAD_BYTES = 12 + 8 + SCENE_BYTES + 8
LARGEST = 0xFFFFFFFC


@dataclass(frozen=True)
class FillerGlb:
    """A GLB of `wanted` bytes, rounded up to a multiple of four as glTF requires."""

    wanted: int

    @property
    def size(self) -> int:
        """The size of the whole file in bytes, between the smallest possible and 4 GiB."""
        return min(max(-(-self.wanted // 4) * 4, HEAD_BYTES + len(TRIANGLE)), LARGEST)

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`, in pieces of at most one mebibyte."""
        front, stop = self._front(), min(stop, self.size)
        if start < len(front):
            yield front[start:stop]
        zeros = bytes(PIECE)
        left = stop - max(start, len(front))
        while left > 0:
            yield zeros[: min(left, PIECE)]
            left -= PIECE

    def _front(self) -> bytes:
        buffer = self.size - HEAD_BYTES
        scene = json.dumps(_scene(buffer)).encode().ljust(SCENE_BYTES)
        pieces = (
            struct.pack("<4sII", b"glTF", 2, self.size),
            struct.pack("<I4s", SCENE_BYTES, b"JSON"),
            scene,
            struct.pack("<I4s", buffer, b"BIN\0"),
            TRIANGLE,
        )
        return b"".join(pieces)


def _scene(buffer: int) -> dict[str, object]:
    corners = {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}
    return {
        "asset": {"version": "2.0", "generator": "stand-in", "extras": {"stand_in": NOTE}},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "tripo_node_filler"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{**corners, "min": [0, 0, 0], "max": [0, 1, 1]}],
        "bufferViews": [{"buffer": 0, "byteLength": len(TRIANGLE)}],
        "buffers": [{"byteLength": buffer}],
    }
