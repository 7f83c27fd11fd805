"""A model that arrived is drawn for its row in the list, by a second Blender without a window."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from PIL import Image

from tests.blender import addon, samples
from tripo_addon.api.tasks import parse_request
from tripo_addon.blender.previews.job_pictures import job_pictures
from tripo_addon.blender.previews.kept_pictures import PictureMaker
from tripo_addon.blender.previews.model_pictures import MODEL_PICTURES
from tripo_addon.jobs.model.job import Job, Placement, State

PATIENCE = 120.0
COLORS = {"front": (1.0, 0.0, 0.0), "left": (0.0, 1.0, 0.0), "top": (0.0, 0.0, 1.0)}


@pytest.fixture(autouse=True)
def context() -> Iterator[bpy.types.Context]:
    with addon.enabled() as context:
        yield context


def colored_cube(_folder: Path) -> None:
    """Make a cube whose front, left and top have colors of their own; the other faces are gray."""
    bpy.ops.mesh.primitive_cube_add(size=1.0)
    cube: Any = bpy.context.object
    sides = ("front", "left", "top", "other")
    for side in sides:
        material: Any = bpy.data.materials.new(side)
        material.use_nodes = True
        color = (*COLORS.get(side, (0.2, 0.2, 0.2)), 1.0)
        material.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = color
        cube.data.materials.append(material)
    normals = {(0, -1, 0): 0, (-1, 0, 0): 1, (0, 0, 1): 2}
    for face in cube.data.polygons:
        face.material_index = normals.get(tuple(map(round, face.normal)), 3)


def job_of(model: Path, **terms: Any) -> Job:
    return Job(
        # The folder of pictures outlives a test.
        id=f"{model} {terms}",
        account="tripo-v3 https://example.invalid",
        title="Chest",
        request=parse_request({"kind": "text_to_model", "prompt": "a chest"}),
        placement=Placement(**{"turn": 0.0, **terms}),
        state=State.DONE,
        model=model,
    )


def picture_of(job: Job) -> Path | None:
    """Return its picture, once none is being drawn any more."""
    end = time.monotonic() + PATIENCE
    MODEL_PICTURES.of(job)
    while MODEL_PICTURES.tick() is not None:
        assert time.monotonic() < end
        time.sleep(0.01)
    return MODEL_PICTURES.of(job)


def pixels_of(path: Path | None) -> Any:
    """Return rows from the top, colors from 0 to 1."""
    assert path is not None
    with Image.open(path) as image:
        assert image.size == (256, 256)
        return np.asarray(image.convert("RGBA")) / 255


def middle_of(pixels: Any, channel: int) -> tuple[float, float]:
    """Return the mean column and row of the pixels of one pure color."""
    others = [each for each in range(3) if each != channel]
    own = (pixels[:, :, channel] > 0.3) & (pixels[:, :, others].max(axis=2) < 0.1)
    assert own.sum() > 1000
    rows, columns = np.nonzero(own)
    return float(columns.mean()), float(rows.mean())


def test_model_is_rendered_from_front_and_slightly_above(tmp_path: Path) -> None:
    pixels = pixels_of(picture_of(job_of(samples.glb(tmp_path / "cube.glb", colored_cube))))
    front, left, top = (middle_of(pixels, channel) for channel in range(3))
    assert left[0] < front[0]
    assert top[1] < min(front[1], left[1])
    assert pixels[0, 0, 3] == 0
    inside = pixels[110:146, 110:146, 3]
    assert inside.min() == 1, "faces have no holes"


def test_jobs_turn_decides_which_side_is_rendered(tmp_path: Path) -> None:
    cube = samples.glb(tmp_path / "cube.glb", colored_cube)
    pixels = pixels_of(picture_of(job_of(cube, turn=90.0)))
    # What was on the left is the front now.
    assert middle_of(pixels, 1)[0] > 128
    with pytest.raises(AssertionError):
        middle_of(pixels, 0)


def test_texture_is_visible_in_thumbnail(tmp_path: Path) -> None:
    pixels = pixels_of(picture_of(job_of(samples.glb(tmp_path / "model.glb", samples.textured))))
    covered = pixels[pixels[:, :, 3] == 1]
    assert len(covered) > 1000
    shade = covered[:, :3].max()
    assert 0.1 < shade < 0.75, "the texture is darker than a plain face"


def test_thumbnail_is_rendered_once_and_has_priority(tmp_path: Path) -> None:
    job = replace(
        job_of(samples.glb(tmp_path / "model.glb", samples.plain)), preview=tmp_path / "preview.png"
    )
    assert next(job_pictures(job)) == job.preview
    picture = picture_of(job)
    assert picture is not None
    assert next(job_pictures(job)) == picture
    drawn = picture.stat().st_mtime_ns
    MODEL_PICTURES.clear()
    assert picture_of(job) == picture
    assert picture.stat().st_mtime_ns == drawn


def test_unreadable_model_has_no_thumbnail_and_is_tried_once(tmp_path: Path) -> None:
    broken = tmp_path / "model.glb"
    broken.write_bytes(b"no model")
    job = job_of(broken)
    assert picture_of(job) is None
    assert MODEL_PICTURES.of(job) is None
    assert MODEL_PICTURES.tick() is None


def test_unfinished_job_is_not_rendered(tmp_path: Path) -> None:
    job = replace(job_of(tmp_path / "model.glb"), state=State.CONVERTING)
    assert MODEL_PICTURES.of(job) is None
    assert MODEL_PICTURES.tick() is None


def test_oldest_thumbnails_are_evicted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tripo_addon.blender.previews.kept_pictures.MOST_KEPT", 3)
    maker = PictureMaker((), {}, tmp_path / "kept")
    for number in range(5):
        maker.make_room()
        maker.folder_of(str(number)).mkdir(parents=True)
        time.sleep(0.01)
    assert set(maker.folder.iterdir()) == {maker.folder_of(str(number)) for number in (2, 3, 4)}
