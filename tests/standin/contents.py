"""Recognizes a file by its content: pictures and meshes, as the services sort uploads.

Reads bytes only; what is allowed where is decided elsewhere.
"""

import io
import json
import struct
from dataclasses import dataclass
from pathlib import Path, PurePath

from PIL import Image, UnidentifiedImageError

PICTURES = ("jpeg", "png", "webp")
MESHES = ("glb", "fbx", "obj", "stl")
# Only a picture's header is read here, so a huge one does no harm. It is refused for its size in
# pixels, as the services do, not by Pillow's warning.
Image.MAX_IMAGE_PIXELS = None
FBX_STARTS = (b"Kaydara FBX Binary", b"; FBX")


@dataclass(frozen=True)
class Content:
    """The kind of a file; `sides` in pixels for a picture."""

    kind: str
    sides: tuple[int, int] | None = None

    @property
    def is_picture(self) -> bool:
        """Whether it is a picture of any kind, also one that the services refuse."""
        return self.sides is not None

    @property
    def is_mesh(self) -> bool:
        """Whether it is a mesh of one of the four accepted kinds."""
        return self.kind in MESHES


def look_at(content: bytes, name: str) -> Content:
    """Return what a file is. The name matters only if the bytes cannot tell (OBJ, STL)."""
    if content.startswith(b"glTF"):
        return Content("glb")
    if content.startswith(FBX_STARTS):
        return Content("fbx")
    suffix = PurePath(name).suffix.lower().lstrip(".")
    if suffix in ("obj", "stl") and content:
        return Content(suffix)
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return Content((picture.format or "picture").lower(), picture.size)
    except (UnidentifiedImageError, OSError, ValueError):
        return Content("unknown")


def triangles_in(path: Path) -> int:
    """Count a GLB's triangles, each mesh once; 0 if it is no readable GLB."""
    with path.open("rb") as file:
        head = file.read(20)
        if len(head) < 20 or head[:4] != b"glTF":
            return 0
        length = struct.unpack("<I", head[12:16])[0]
        try:
            document = json.loads(file.read(length))
        except ValueError:
            return 0
    accessors = document.get("accessors", ())
    corners = (
        accessors[primitive.get("indices", primitive["attributes"]["POSITION"])]["count"]
        for mesh in document.get("meshes", ())
        for primitive in mesh["primitives"]
    )
    return sum(corners) // 3
