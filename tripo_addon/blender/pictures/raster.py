"""Pixels in memory, and their PNG file.

Pure: knows nothing of Blender. Blender's own writers depend on a scene's settings and take longer.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

from ...api.record import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SUB: Final = 1
"""PNG's filter that stores the difference to the pixel on the left."""
_FAST_PIXELS: Final = 2_000_000
"""Maximum pixels of a compressed PNG: noise of this size takes an eighth of a second. Larger ones
are written uncompressed, and a second Blender makes them smaller if the service limits the size."""
_OPAQUE: Final = 255
WHITE: Final = (255, 255, 255)


@record
class Raster:
    """A picture as a plain screen shows it: `pixels` is uint8 (height, width, 4), the upper row
    first, sRGB with straight alpha."""

    pixels: NDArray[Any]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.pixels.shape[:2]
        return width, height

    def on(self, ground: tuple[int, int, int]) -> Raster:
        """Return the picture on a background of one color, without alpha."""
        import numpy as np

        alpha = self.pixels[..., 3:].astype(np.float32) / _OPAQUE
        below = np.array(ground, dtype=np.float32) * (1.0 - alpha)
        pixels = np.full_like(self.pixels, _OPAQUE)
        pixels[..., :3] = self.pixels[..., :3] * alpha + below + 0.5
        return Raster(pixels)


def from_bytes(values: Any, width: int, height: int) -> Raster:
    """Make a picture from four bytes a pixel, the lowest row first, as a graphics card has them."""
    import numpy as np

    return Raster(np.array(values, dtype=np.uint8).reshape(height, width, 4)[::-1])


def from_floats(values: Any, width: int, height: int, *, light: bool) -> Raster:
    """Make a picture from one to four floats a pixel, the lowest row first, as Blender's images
    have them. `light`: linear, with premultiplied alpha; values above white are clipped. Otherwise
    they are bytes / 255."""
    import numpy as np

    planes: Any = np.asarray(values, dtype=np.float32).reshape(height, width, -1)[::-1]
    color, alpha = _color_and_alpha(planes)
    if light:
        seen = np.where(alpha > 0.0, alpha, 1.0)
        color = _as_shown(np.nan_to_num(color / seen, nan=0.0, posinf=1.0, neginf=0.0))
    pixels = np.concatenate((np.broadcast_to(color, (height, width, 3)), alpha), axis=2)
    return Raster((np.clip(np.nan_to_num(pixels), 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8))


def _color_and_alpha(planes: Any) -> tuple[Any, Any]:
    """Split channels: one is gray, two are gray with alpha, three are opaque."""
    import numpy as np

    channels = planes.shape[2]
    opaque = np.ones((*planes.shape[:2], 1), dtype=np.float32)
    alpha = planes[..., -1:] if channels in {2, 4} else opaque
    return planes[..., :1] if channels < 3 else planes[..., :3], alpha


def _as_shown(light: Any) -> Any:
    """Convert linear light to sRGB, from 0 to 1."""
    import numpy as np

    light = np.clip(light, 0.0, 1.0)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def png(raster: Raster) -> bytes:
    """Return the content of a PNG file, without alpha if everything is opaque."""
    import numpy as np

    pixels = raster.pixels
    if bool((pixels[..., 3] == _OPAQUE).all()):
        pixels = pixels[..., :3]
    height, width, channels = pixels.shape
    rows = np.ascontiguousarray(pixels).reshape(height, width * channels)
    filtered = np.empty((height, 1 + width * channels), dtype=np.uint8)
    filtered[:, 0] = _SUB
    filtered[:, 1 : 1 + channels] = rows[:, :channels]
    filtered[:, 1 + channels :] = rows[:, channels:] - rows[:, :-channels]
    packed = zlib.compress(filtered.data, 1 if width * height <= _FAST_PIXELS else 0)
    head = struct.pack(">IIBBBBB", width, height, 8, 6 if channels == 4 else 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"sRGB", b"\0"), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    checked = zlib.crc32(content, zlib.crc32(name))
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checked)
