"""Reads as much of a GLB as the checks of forged models need: triangles, coordinates, base color.

Not a general reader: one buffer, no transforms, which is what the forge writes.
"""

import io
import json
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.standin.messages import items, mapping

Floats = NDArray[np.float64]
NUMBER = {5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


@dataclass(frozen=True)
class Glb:
    """Corners (n, 3, 3) in Blender's axes, their texture coordinates (n, 3, 2), pictures."""

    scene: dict[str, object]
    corners: Floats
    places: Floats
    base: Image.Image | None
    parts: int

    @property
    def normals(self) -> Floats:
        """Return the normal of each triangle, of length one."""
        spans = np.cross(
            self.corners[:, 1] - self.corners[:, 0], self.corners[:, 2] - self.corners[:, 0]
        )
        return spans / (np.linalg.norm(spans, axis=1, keepdims=True) + 1e-12)

    @property
    def size(self) -> Floats:
        """Return the extent along X, Y and Z."""
        return np.ptp(self.corners.reshape(-1, 3), axis=0)

    def colors(self, chosen: NDArray[np.bool_]) -> Floats:
        """Return the base color at the center of the chosen triangles (n, 3)."""
        assert self.base is not None
        texture = np.asarray(self.base.convert("RGB"), dtype=float)
        middle = self.places[chosen].mean(axis=1)
        rows = (middle[:, 1] * (texture.shape[0] - 1)).astype(int)
        columns = (middle[:, 0] * (texture.shape[1] - 1)).astype(int)
        return texture[rows, columns]


def parsed(content: bytes) -> tuple[dict[str, object], bytes]:
    """Return a GLB's JSON, and its buffer."""
    length = struct.unpack_from("<I", content, 12)[0]
    return mapping(json.loads(content[20 : 20 + length])) or {}, content[20 + length + 8 :]


def read(content: bytes) -> Glb:
    """Read a GLB."""
    scene, binary = parsed(content)
    corners: list[Floats] = []
    places: list[Floats] = []
    meshes = rows(scene, "meshes")
    for mesh in meshes:
        for primitive in rows(mesh, "primitives"):
            attributes = mapping(primitive["attributes"]) or {}
            triangles = values(scene, binary, primitive["indices"]).astype(int).reshape(-1, 3)
            points = values(scene, binary, attributes["POSITION"])
            upright = np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=-1)
            corners.append(upright[triangles])
            if "TEXCOORD_0" in attributes:
                places.append(values(scene, binary, attributes["TEXCOORD_0"])[triangles])
    return Glb(
        scene=scene,
        corners=np.concatenate(corners),
        places=np.concatenate(places) if places else np.zeros((0, 3, 2)),
        base=_base(scene, binary),
        parts=len(meshes),
    )


def rows(holder: dict[str, object], name: str) -> list[dict[str, object]]:
    """Return the objects in a list of the glTF; none if it is absent."""
    return [mapping(each) or {} for each in items(holder.get(name)) or []]


def _base(scene: dict[str, object], binary: bytes) -> Image.Image | None:
    materials = rows(scene, "materials")
    shading = mapping(materials[0].get("pbrMetallicRoughness")) if materials else None
    wanted = mapping((shading or {}).get("baseColorTexture"))
    if wanted is None:
        return None
    image = rows(scene, "images")[
        _number(rows(scene, "textures")[_number(wanted["index"])], "source")
    ]
    return Image.open(io.BytesIO(_view(scene, binary, image["bufferView"])))


def values(scene: dict[str, object], binary: bytes, index: object) -> Floats:
    """Return the values of one accessor, a row for each element."""
    accessor = rows(scene, "accessors")[_number(index)]
    kind = NUMBER[_number(accessor, "componentType")]
    width = WIDTH[str(accessor["type"])]
    data = _view(scene, binary, accessor["bufferView"])
    count = _number(accessor, "count") * width
    return np.frombuffer(data, dtype=kind, count=count).astype(float).reshape(-1, width)


def _view(scene: dict[str, object], binary: bytes, index: object) -> bytes:
    view = rows(scene, "bufferViews")[_number(index)]
    start = _number(view, "byteOffset")
    return binary[start : start + _number(view, "byteLength")]


def _number(value: object, name: str = "") -> int:
    found = (mapping(value) or {}).get(name, 0) if name else value
    assert isinstance(found, int)
    return found
