"""Comparing results: what is measured of them, how they are turned, and switching in place."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.blender import addon, samples
from tests.blender.test_model_pictures import colored_cube, job_of
from tripo_addon.blender.child import model_facts
from tripo_addon.blender.objects import variants
from tripo_addon.blender.previews import model_pictures, thumbnails, turntables
from tripo_addon.blender.ui import compare

PATIENCE = 60.0


@pytest.fixture(autouse=True)
def context() -> Iterator[bpy.types.Context]:
    with addon.enabled() as context:
        yield context


def cube_without(*faces: int) -> Any:
    """A cube without these of its six faces."""
    bpy.ops.mesh.primitive_cube_add(size=2.0)
    cube: Any = bpy.context.object
    kept = [tuple(face.vertices) for number, face in enumerate(cube.data.polygons)]
    kept = [face for number, face in enumerate(kept) if number not in faces]
    places = [tuple(vertex.co) for vertex in cube.data.vertices]
    cube.data.clear_geometry()
    cube.data.from_pydata(places, [], kept)
    return cube


def opposite(cube: Any) -> tuple[int, int]:
    tops = [face.index for face in cube.data.polygons if abs(face.normal.z) > 0.9]
    bpy.data.objects.remove(cube)
    return tops[0], tops[1]


def test_boundary_edges_are_counted_as_holes() -> None:
    first, second = opposite(cube_without())
    closed, one, two = cube_without(), cube_without(first), cube_without(first, second)
    found = [model_facts.measure([each])["holes"] for each in (closed, one, two)]
    assert found == [0, 1, 2]
    facts = model_facts.measure([one])
    assert (facts["faces"], facts["triangles"], facts["texture"]) == (5, 10, 0)
    assert facts["size"] == [2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("system", "scale", "size"),
    [
        ("METRIC", 1.0, "2 m × 30 cm × 1 m"),
        ("METRIC", 0.01, "2 cm × 3 mm × 1 cm"),
        ("NONE", 1.0, "2.00 × 0.30 × 1.00"),
    ],
)
def test_dimensions_use_scene_units(
    context: bpy.types.Context, system: Any, scale: float, size: str
) -> None:
    units = context.scene.unit_settings
    units.system, units.scale_length = system, scale
    facts = {"faces": 5, "texture": 0, "holes": 0, "size": [2.0, 0.3, 1.0]}
    assert compare.measured(facts, context)[-1] == size


def test_split_vertices_are_not_holes() -> None:
    cube = cube_without()
    places = [
        tuple(cube.data.vertices[at].co) for face in cube.data.polygons for at in face.vertices
    ]
    faces = [tuple(range(4 * number, 4 * number + 4)) for number in range(6)]
    cube.data.clear_geometry()
    cube.data.from_pydata(places, [], faces)
    assert model_facts.measure([cube])["holes"] == 0


def test_turntable_and_measurements_of_a_model_are_made(tmp_path: Path) -> None:
    model = samples.glb(tmp_path / "cube.glb", colored_cube)
    maker = thumbnails.picture_maker()
    assert maker is not None
    made = model_pictures.turned(job_of(model), maker, lambda: False)
    assert made is not None
    assert (made.facts["faces"], made.facts["holes"]) == (12, 0)
    pixels = np.frombuffer(zlib.decompress(made.images.read_bytes()), dtype=np.uint8)
    pictures = list(pixels.reshape(-1, 256, 256, 4))
    slider = bpy.context.window_manager.tripo_addon.bl_rna.properties["compared_side"]
    assert len(pictures) == model_pictures.FRAMES == slider.hard_max + 1
    planes = [each.astype(int) for each in pictures]
    red = [int((each[..., 0] > each[..., 1] + 60).sum()) for each in planes]
    # The red front is seen from the front, and not from behind.
    assert red[0] > 1000
    assert min(red) < red[0] / 100
    before = made.images.stat().st_mtime_ns
    again = model_pictures.turned(job_of(model), maker, lambda: False)
    assert again == made
    assert made.images.stat().st_mtime_ns == before
    is_in_memory(made.images, pictures)


def is_in_memory(file: Path, pictures: list[Any]) -> None:
    """All sides are given to Blender together, as they were drawn, before one is seen."""
    tables = turntables.TURNTABLES
    tables.icon(file, 0)
    end = time.monotonic() + PATIENCE
    while tables.tick() is not None:
        assert time.monotonic() < end
        time.sleep(0.001)
    given = [tables._collection[f"{file} {number}"] for number in range(len(pictures))]
    assert [tuple(each.image_size) for each in given] == [(256, 256)] * len(pictures)
    seen = np.array(given[2].image_pixels[:], dtype=np.int32).view(np.uint8)
    assert (seen.reshape(256, 256, 4) == pictures[2]).all()
    tables.clear()


def test_damaged_turntable_file_has_no_icons(tmp_path: Path) -> None:
    file = tmp_path / "turned.pixels"
    file.write_bytes(b"half")
    assert turntables._read(file) == ()
    assert turntables._read(tmp_path / "none") == ()


@pytest.fixture
def with_variants(context: bpy.types.Context) -> Any:
    """A selected cube with two former versions: of five faces and of four."""
    cube = cube_without(0, 1)
    for mesh in (cube_without(0), cube_without()):
        variants.lay_aside(cube, (cube,))
        cube.data = mesh.data
        bpy.data.objects.remove(mesh)
    bpy.ops.object.select_all(action="DESELECT")
    cube.select_set(True)
    context.view_layer.objects.active = cube
    return cube


def test_previous_variant_can_be_toggled(with_variants: Any) -> None:
    cube = with_variants
    place, selected = cube.matrix_world.copy(), list(bpy.context.selected_objects)
    seen = [len(cube.data.polygons)]
    for _click in range(4):
        bpy.ops.tripo_addon.switch_back()
        seen.append(len(cube.data.polygons))
    assert seen == [6, 5, 6, 5, 6]
    assert cube.matrix_world == place
    assert list(bpy.context.selected_objects) == selected
    assert len(cube.tripo_addon.variants) == 2


def test_variant_operators_are_unavailable_without_variants(context: bpy.types.Context) -> None:
    cube_without()
    assert not bpy.ops.tripo_addon.switch_back.poll()
    assert not bpy.ops.tripo_addon.compare.poll()
