"""Helpers for the checks of sent models: a model, a client that requests work on it, comparisons.

The model is far from the origin, rotated, mirrored in one part, with parts of very different sizes.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import requests
import trimesh
from PIL import Image
from trimesh.transformations import euler_matrix, scale_matrix, translation_matrix
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

from tests.standin.messages import items, mapping

from .opened import Opened

if TYPE_CHECKING:
    from .conftest import Caller

TEXTURE, SEGMENT, COMPLETE = "/v3/models/texture", "/v3/mesh/segment", "/v3/mesh/complete"
DECIMATE, UV, CONVERT = "/v3/mesh/decimate", "/v3/mesh/uv", "/v3/models/convert"
RIG, RETARGET, CHECK = "/v3/animations/rig", "/v3/animations/retarget", "/v3/animations/rig-check"
V30, RIG25 = "v3.0-20250812", "v2.5-20260210"
PARTS = ["Ball", "Crate", "Pin"]
RED = (200, 30, 30)


def as_glb(scene: trimesh.Scene) -> bytes:
    """Return the content of a GLB file."""
    content = scene.export(file_type="glb")
    assert isinstance(content, bytes)
    return content


def model() -> trimesh.Scene:
    """Build a ball of 1280 faces, a crate and a mirrored pin, all red."""
    scene = trimesh.Scene()
    red = PBRMaterial(baseColorTexture=Image.new("RGB", (32, 32), RED))
    shapes = {
        "Ball": trimesh.creation.icosphere(subdivisions=3, radius=0.7),
        "Crate": trimesh.creation.box((0.2, 0.3, 0.25)),
        "Pin": trimesh.creation.cone(0.1, 0.5, sections=12),
    }
    turned = euler_matrix(0.4, 0.9, -0.3) @ scale_matrix(1.3)
    places = {
        "Ball": translation_matrix((4, 1, -2)) @ turned,
        "Crate": translation_matrix((5, 0, -1)) @ euler_matrix(0, 0.5, 0),
        "Pin": translation_matrix((3, 0.5, -2.5)) @ np.diag([-1.0, 1.0, 1.0, 1.0]),
    }
    for name, shape in shapes.items():
        places_on_it = np.asarray(shape.vertices)[:, :2] % 1
        shape.visual = TextureVisuals(uv=places_on_it, material=red)
        scene.add_geometry(shape, node_name=name, geom_name=name, transform=places[name])
    return scene


class Bench:
    """Requests work on models and keeps the files."""

    def __init__(self, caller: "Caller", folder: Path) -> None:
        self.caller = caller
        self.folder = folder
        self.count = 0

    def done(self, path: str, **body: object) -> str:
        answer = self.caller.post(path, body).json()
        assert answer["code"] == 0, (path, body, answer)
        task_id = answer["data"]["task_id"]
        task = self.caller.data(f"/v3/tasks/{task_id}")
        assert task["status"] == "success", (path, body, task)
        return task_id

    def failed(self, path: str, **body: object) -> object:
        answer = self.caller.post(path, body).json()
        task = self.caller.data(f"/v3/tasks/{answer['data']['task_id']}")
        assert task["status"] == "failed", (path, body)
        return task["error_code"]

    def fetched(self, task_id: str) -> list[Path]:
        output = mapping(self.caller.data(f"/v3/tasks/{task_id}")["output"]) or {}
        urls = items(output.get("model_urls")) or [output["model_url"]]
        return [self.kept(str(url)) for url in urls]

    def kept(self, url: str) -> Path:
        self.count += 1
        suffix = url.partition("?")[0].rpartition(".")[2]
        path = self.folder / f"{self.count}.{suffix}"
        path.write_bytes(requests.get(url, timeout=60).content)
        return path

    def made(self, path: str, **body: object) -> Path:
        (file,) = self.fetched(self.done(path, **body))
        return file


GOLD = {"text": "gold"}


def near(one: Opened, other: Opened, *, within: float = 1e-3) -> bool:
    return bool(np.allclose(one.box, other.box, atol=within))


def same(one: Opened, other: Opened) -> bool:
    """Return whether each corner of one has a corner of the other at its place."""
    first, second = np.array(one.corners), np.array(other.corners)
    away = np.linalg.norm(first[:, None] - second[None], axis=2)
    return bool(max(away.min(axis=0).max(), away.min(axis=1).max()) < 3e-4)
