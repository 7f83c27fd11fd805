"""Put Back: the objects are as they were before a result, to the last layer and slot."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.blender import addon
from tests.blender.fingerprints import fingerprint
from tripo_addon.blender.arrival import apply_result
from tripo_addon.blender.objects import provenance, selection, variants
from tripo_addon.blender.objects.object_group import ObjectGroup
from tripo_addon.jobs.model.job import Target

ONTO_KEY = "tripo_addon_onto"
LAYER = "Tripo"


@pytest.fixture(autouse=True)
def context() -> Iterator[bpy.types.Context]:
    with addon.enabled() as context:
        yield context


def bare(name: str) -> bpy.types.Object:
    """Make a mesh without any slot or UV map."""
    mesh = bpy.data.meshes.new(name)
    corners = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh.from_pydata(corners, [], sides)
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def furnished(name: str) -> bpy.types.Object:
    """Make a mesh with slots of both kinds, layers with different ones shown and rendered, and
    keys."""
    obj = bare(name)
    mesh: Any = obj.data
    for number in range(3):
        mesh.materials.append(bpy.data.materials.new(f"{name} {number}"))
    mesh.polygons.foreach_set("material_index", [0, 1, 2, 0, 1, 2])
    for layer in ("Own", "Lightmap", "Detail"):
        mesh.uv_layers.new(name=layer)
        mesh.attributes.new(f"{layer} color", "FLOAT_COLOR", "POINT")
    mesh.uv_layers.active_index, mesh.uv_layers["Detail"].active_render = 1, True
    mesh.attributes.active_color_index, mesh.attributes.render_color_index = 2, 1
    obj.material_slots[1].link = "OBJECT"
    obj.material_slots[1].material = bpy.data.materials.new(f"{name} own")
    # The slot shows the mesh's material, and stores another one for the object.
    obj.material_slots[2].link = "OBJECT"
    obj.material_slots[2].material = bpy.data.materials.new(f"{name} hidden")
    obj.material_slots[2].link = "DATA"
    obj.active_material_index = 1
    for key in ("Basis", "Wide"):
        obj.shape_key_add(name=key, from_mix=False)
    obj.active_shape_key_index = 1
    obj.modifiers.new("Wall", "SOLIDIFY")
    return obj


def twin(obj: bpy.types.Object, name: str) -> bpy.types.Object:
    """Make a linked duplicate: another object with the same mesh."""
    other = obj.copy()
    other.name = name
    bpy.context.scene.collection.objects.link(other)
    return other


def pair(make: Callable[[str], bpy.types.Object]) -> tuple[bpy.types.Object, bpy.types.Object]:
    one = make("One")
    return one, twin(one, "Other")


def keep(folder: Path, *roots: bpy.types.Object, unwraps: bool, materials: int = 1) -> str:
    """Apply new materials to kept meshes, prepared as by a child."""
    family, collection = ObjectGroup(roots), bpy.data.collections.new("Made")
    target = Target(capture=str(folder / "capture.blend"), single_user=True)
    names = [obj.name for obj in family.shaped]
    (folder / "capture.json").write_text(json.dumps({"objects": names}), encoding="utf-8")
    for obj in family.shaped:
        mesh: Any = bpy.data.meshes.new("Carrier")
        for number in range(materials):
            mesh.materials.append(bpy.data.materials.new(f"Baked {number}"))
        data: Any = obj.data
        uvs, indices = folder / f"uv {obj.name}", folder / f"indices {obj.name}"
        np.full(2 * len(data.loops), 0.25, dtype=np.float32).tofile(uvs)
        (np.arange(len(data.polygons)) % materials).astype(np.int32).tofile(indices)
        mesh[ONTO_KEY] = json.dumps(
            {
                "object": obj.name,
                "uv": str(uvs) if unwraps else "",
                "uv_name": LAYER if unwraps else "Own",
                "indices": str(indices) if materials > 1 else "",
            }
        )
        collection.objects.link(bpy.data.objects.new("Carrier", mesh))
    return apply_result.apply_materials(family, collection, target)


def replace(*roots: bpy.types.Object) -> str:
    """Replace the objects by a model with other faces."""
    collection, root = bpy.data.collections.new("Made"), bare("Result")
    root.data.materials.append(bpy.data.materials.new("Result"))
    root.tripo_addon.arrived = "job"
    bpy.context.scene.collection.objects.unlink(root)
    collection.objects.link(root)
    return apply_result.replace(ObjectGroup(roots), collection, root, Target())


def keep_with_uvs(folder: Path, *roots: bpy.types.Object) -> None:
    keep(folder, *roots, unwraps=True)


def keep_as_they_are(folder: Path, *roots: bpy.types.Object) -> None:
    keep(folder, *roots, unwraps=False)


def keep_by_face(folder: Path, *roots: bpy.types.Object) -> None:
    keep(folder, *roots, unwraps=True, materials=2)


def replaced(_folder: Path, *roots: bpy.types.Object) -> None:
    replace(*roots)


@pytest.mark.parametrize("make", [bare, furnished])
@pytest.mark.parametrize("land", [keep_with_uvs, keep_as_they_are, keep_by_face, replaced])
@pytest.mark.parametrize("taken", [1, 2])
def test_restored_object_matches_the_original_any_number_of_times(
    make: Callable[[str], bpy.types.Object],
    land: Callable[..., None],
    taken: int,
    tmp_path: Path,
) -> None:
    objs = pair(make)
    before = fingerprint()
    land(tmp_path, *objs[:taken])
    after = fingerprint()
    assert after != before
    for wanted in (before, after, before, after):
        variants.put_back(objs[0], 0)
        assert fingerprint() == wanted
        assert len(objs[0].tripo_addon.variants) == 1


@pytest.mark.parametrize("land", [keep_with_uvs, keep_as_they_are, keep_by_face, replaced])
def test_unselected_linked_duplicate_is_unchanged(
    land: Callable[..., None], tmp_path: Path
) -> None:
    for make in (bare, furnished):
        one, other = pair(make)
        before = fingerprint()[other.name]
        land(tmp_path, one)
        assert fingerprint()[other.name] == before
        bpy.data.batch_remove([one, other])


def test_linked_duplicates_processed_together_stay_linked(tmp_path: Path) -> None:
    one, other = pair(bare)
    keep_with_uvs(tmp_path, one, other)
    assert one.data == other.data
    assert [each.material_slots[0].link for each in (one, other)] == ["OBJECT", "OBJECT"]


def test_mesh_separated_from_its_duplicate_for_a_slot_is_reported(tmp_path: Path) -> None:
    one, _other = pair(bare)
    assert "One" in keep(tmp_path, one, unwraps=False)
    lone = bare("Lone")
    assert keep(tmp_path, lone, unwraps=False) == ""


def test_duplicates_of_a_group_are_restored_separately(
    tmp_path: Path,
) -> None:
    objs = pair(furnished)
    former = objs[0].data
    keep_with_uvs(tmp_path, *objs)
    now = objs[0].data
    copies = [twin(obj, f"{obj.name} copy") for obj in objs]
    variants.put_back(copies[0], 0)
    assert [each.data for each in (*objs, *copies)] == [now, now, former, former]
    variants.put_back(objs[0], 0)
    assert [each.data for each in (*objs, *copies)] == [former] * 4
    assert len(bpy.context.scene.objects) == 4


def test_one_object_of_a_textured_group_counts_as_edited() -> None:
    objs = pair(furnished)
    provenance.remember_shape(ObjectGroup(objs))
    assert not selection.is_unedited(ObjectGroup(objs[:1]))
