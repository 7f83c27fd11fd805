"""A big model arrives step by step: nothing is visible before it is complete, and nothing stays
if it does not get that far."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.blender import addon, samples
from tests.blender.accessors import call_handlers, mesh_of, packed_bytes
from tests.blender.arriving import append, directly, order_for, run_in_child
from tests.blender.submitting import current
from tripo_addon.api.tasks import TextToModel
from tripo_addon.blender import loop
from tripo_addon.blender.arrival import importer, landing
from tripo_addon.blender.child.importing import datablocks, mesh_files
from tripo_addon.blender.objects import placement
from tripo_addon.blender.objects.object_group import ObjectGroup
from tripo_addon.blender.session import composition
from tripo_addon.blender.session.child_command import child_command, child_environment
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.storage.claims import Claim, ClaimedJob
from tripo_addon.jobs.work.child_process import Finished

# Two UV maps and a picture. From 4.5 on, custom normals are a layer like others, and the elements
# of the mesh lie beside the .blend too: vertices, edges, corners twice. Before, both stay in the
# .blend, as faces always do.
BESIDE = 3 + (1 + 4 if bpy.app.version >= (4, 5, 0) else 0)
# Before them the .blend, opened and read, and its library entry; after them the mesh itself, and
# its points for the fingerprint.
PIECES = 3 + BESIDE + 2


pytestmark = pytest.mark.usefixtures("one_step_per_tick")


@pytest.fixture(scope="module")
def heavy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model that the child has prepared."""
    folder = tmp_path_factory.mktemp("heavy")
    bpy.ops.wm.read_homefile(use_empty=True)
    source = samples.glb(folder / "model.glb", samples.heavy)
    ended = run_in_child(order_for(source, folder), folder)
    assert isinstance(ended, Finished), ended
    return folder / "model.blend"


@pytest.fixture
def context() -> Iterator[bpy.types.Context]:
    with addon.enabled() as context:
        yield context


def ready(blend: Path, *, id: str = "job-1") -> Job:
    """Give the engine a job whose model waits to be placed."""
    job = Job(
        id=id,
        account="nobody",
        title="Field",
        request=TextToModel(model="v3.1-20260211", prompt="a field"),
        placement=placement.placement(bpy.context),
        state=State.READY,
        model=blend.with_suffix(".glb"),
        blend=blend,
    )
    composition.engine().take_over(
        Claim((ClaimedJob(job, paid=None, announced=False),), held_elsewhere=0)
    )
    return job


def turns(count: int) -> None:
    for _ in range(count):
        loop.pump()


def seen() -> tuple[list[str], list[str]]:
    scene = bpy.context.scene
    return [obj.name for obj in scene.objects], [each.name for each in scene.collection.children]


def values(layer: Any, field: str, kind: Any) -> Any:
    found = np.zeros(len(layer) * 2, dtype=kind)
    layer.foreach_get(field, found)
    return found


def shape(mesh: bpy.types.Mesh) -> list[bytes]:
    """Return the contents of a mesh, to the bit."""
    lists = (
        (mesh.vertices, "co", 3, np.float32),
        (mesh.edges, "vertices", 2, np.int32),
        (mesh.loops, "vertex_index", 1, np.int32),
        (mesh.loops, "edge_index", 1, np.int32),
        (mesh.polygons, "loop_start", 1, np.int32),
        (mesh.polygons, "loop_total", 1, np.int32),
    )
    found_bytes = []
    for elements, field, width, kind in lists:
        found: Any = np.zeros(len(elements) * width, dtype=kind)
        elements.foreach_get(field, found)
        found_bytes.append(found.tobytes())
    return found_bytes


def test_sidecar_data_arrives_bit_identical(heavy: Path, tmp_path: Path) -> None:
    assert len(list(heavy.with_suffix(".parts").iterdir())) == BESIDE
    results = []
    for arrive in (lambda: append(heavy), lambda: directly(heavy.with_suffix(".glb"), tmp_path)):
        bpy.ops.wm.read_homefile(use_empty=True)
        mesh = mesh_of(arrive())
        normals: Any = np.zeros(3 * len(mesh.loops), dtype=np.float32)
        mesh.corner_normals.foreach_get("vector", normals)
        maps = mesh.uv_layers
        assert mesh_files.LAYERS_KEY not in mesh
        results.append(
            {
                "maps": [(uv.name, uv.active_render) for uv in maps],
                "active": maps.active_index,
                "smooth": all(face.use_smooth for face in mesh.polygons),
                "custom": mesh.has_custom_normals,
                "picture": packed_bytes(bpy.data.images[0]),
                "attributes": set(mesh.attributes.keys())
                - {"sharp_edge", "sharp_face", "material_index"},
                "shape": shape(mesh),
                "valid": not mesh.validate(),
                "uv": [values(uv.data, "uv", np.float32).tobytes() for uv in maps],
                "normals": normals.tobytes(),
            }
        )
    assert results[0] == results[1]


@pytest.mark.parametrize("count", range(1, PIECES + 1))
def test_abandoned_arrival_leaves_nothing(heavy: Path, count: int) -> None:
    before = datablocks.known()
    arrival = importer.Arrival(heavy)
    for _ in range(count):
        assert not arrival.complete
        arrival.advance()
    assert arrival.complete is (count == PIECES)
    arrival.abandon()
    assert datablocks.known() == before


def test_faces_refer_only_to_existing_elements_between_steps(heavy: Path) -> None:
    arrival = importer.Arrival(heavy)
    faces = set()
    arrival.advance()
    while not arrival.complete:
        arrival.advance()
        mesh: Any = bpy.data.meshes["Wooden Chest"]
        faces.add(len(mesh.polygons))
        _, _, vertices, edges, starts, totals = (np.frombuffer(each, "i4") for each in shape(mesh))
        assert (starts + totals).max() == len(mesh.loops)
        assert vertices.max() < len(mesh.vertices)
        assert edges.max() < len(mesh.edges)
    arrival.abandon()
    assert len(faces) == 1


def test_scene_shows_complete_model_or_nothing(context, heavy: Path) -> None:
    job = ready(heavy)
    for _ in range(PIECES):
        loop.pump()
        assert seen() == ([], [])
        assert current(job).state is State.READY
    loop.pump()
    assert seen() == (["Field"], ["Field"])
    assert current(job).state is State.DONE
    root = bpy.data.objects["Field"]
    assert len(root.data.uv_layers) == 2
    assert root.tripo_addon.shape == ObjectGroup((root,)).fingerprint()
    assert bpy.data.libraries[:] == []


@pytest.mark.parametrize("count", range(1, PIECES + 1))
def test_cancel_during_arrival_removes_everything(context, heavy: Path, count: int) -> None:
    before = datablocks.known()
    job = ready(heavy)
    turns(count)
    composition.engine().cancel(job.id)
    loop.pump()
    assert current(job).state is State.CANCELLED
    assert datablocks.known() == before


def test_disabling_addon_during_arrival_removes_everything(heavy: Path) -> None:
    before = datablocks.known()
    with addon.enabled():
        ready(heavy)
        turns(3)
    assert datablocks.known() == before


@pytest.mark.parametrize("count", range(1, PIECES + 1))
def test_undo_during_arrival_restarts_it(context, heavy: Path, count: int) -> None:
    job = ready(heavy)
    turns(count)
    call_handlers(bpy.app.handlers.undo_post)
    turns(1 + PIECES)
    assert seen() == ([], [])
    loop.pump()
    assert current(job).state is State.DONE
    assert (len(bpy.data.meshes), len(bpy.data.images), len(bpy.data.collections)) == (1, 1, 1)


def test_deleting_partial_data_restarts_the_arrival(context, heavy: Path) -> None:
    job = ready(heavy)
    turns(4)
    bpy.data.meshes.remove(bpy.data.meshes["Wooden Chest"])
    turns(2 + PIECES)
    assert current(job).state is State.DONE
    assert (len(bpy.data.objects), len(bpy.data.meshes), len(bpy.data.images)) == (1, 1, 1)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_opening_a_file_during_arrival_adds_nothing_to_it(context, heavy: Path, count: int) -> None:
    job = ready(heavy)
    turns(count)
    bpy.ops.wm.read_homefile(use_empty=True)
    turns(3)
    assert (current(job).state, composition.WIRING.arriving) == (State.READY, None)
    assert [*bpy.data.objects, *bpy.data.meshes, *bpy.data.images, *bpy.data.collections] == []


def test_models_arrive_one_after_another(context, heavy: Path) -> None:
    first, second = ready(heavy), ready(heavy, id="job-2")
    turns(2 * (1 + PIECES))
    assert [current(first).state, current(second).state] == [State.DONE, State.DONE]
    assert seen()[1] == ["Field", "Field.001"]


def test_missing_sidecar_file_fails_the_import_and_leaves_nothing(
    context, heavy: Path, tmp_path: Path
) -> None:
    before = datablocks.known()
    parts = heavy.with_suffix(".parts")
    aside = parts.rename(tmp_path / "aside")
    blend = shutil.copy(heavy, tmp_path)
    shutil.copy(heavy.with_suffix(".glb"), tmp_path)
    try:
        job = ready(Path(blend))
        turns(PIECES)
    finally:
        aside.rename(parts)
    assert (current(job).state, current(job).failure) == (State.FAILED, Failure.IMPORT)
    assert datablocks.known() == before
    assert {each.name for each in tmp_path.iterdir()} == {"model.glb"}


def test_missing_blend_is_prepared_again(context, heavy: Path, tmp_path: Path) -> None:
    job = ready(heavy)
    lost = replace(job, blend=tmp_path / "model.blend")
    event = landing.step(lost)
    assert event is not None
    composition.engine().placed(job.id, event)
    assert current(job).state is State.CONVERTING


@pytest.mark.skipif(sys.platform == "win32", reason="it waits for a reader of a named pipe")
def test_orphaned_child_times_out(tmp_path: Path) -> None:
    source = samples.glb(tmp_path / "model.glb", samples.plain)
    os.mkfifo(tmp_path / "result.json.part")
    order = tmp_path / "order.json"
    order.write_text(json.dumps(order_for(source, tmp_path) | {"seconds": 3}), encoding="utf-8")
    ended = subprocess.run(
        child_command(order),
        env=child_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode != 0
    assert "Timeout" in ended.stderr
    assert not (tmp_path / "result.json").exists()
