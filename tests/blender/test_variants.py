"""Versions of an object: each can be restored after any change, and nothing piles up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender import addon
from tripo_addon.blender.objects import object_group, variants


@pytest.fixture(autouse=True)
def context() -> Iterator[bpy.types.Context]:
    with addon.enabled() as context:
        yield context


def box(name: str = "Box", below: bpy.types.Object | None = None) -> bpy.types.Object:
    bpy.ops.mesh.primitive_cube_add(size=2.0)
    obj: Any = bpy.context.view_layer.objects.active
    obj.name = obj.data.name = name
    obj.parent = below
    return obj


def triangle() -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new("Triangle")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    return mesh


def landed(obj: bpy.types.Object) -> None:
    """Replace one mesh by another, as a result does."""
    variants.lay_aside(obj)
    obj.data = triangle()
    obj.tripo_addon.label = "Texture"


def came_below(obj: bpy.types.Object, *leaving: bpy.types.Object) -> bpy.types.Object:
    """Replace the object and its children by another model, as a result does."""
    variants.lay_aside(obj, (), leaving)
    obj.data = bpy.data.meshes.new("Nothing")
    part = bpy.data.objects.new("Part", triangle())
    part.parent, part.tripo_addon.arrived = obj, "job"
    bpy.context.scene.collection.objects.link(part)
    return part


def copied(obj: bpy.types.Object) -> bpy.types.Object:
    copy = obj.copy()
    bpy.context.scene.collection.objects.link(copy)
    return copy


def faces(obj: bpy.types.Object) -> int:
    mesh: Any = obj.data
    return len(mesh.polygons)


def census() -> dict[str, int]:
    return {kind: len(getattr(bpy.data, kind)) for kind in ("objects", "meshes", "collections")}


def shown(obj: bpy.types.Object) -> list[str]:
    return sorted(each.name for each in obj.children if each.users_scene)


def test_removing_from_a_copy_keeps_the_originals_data() -> None:
    obj = box()
    landed(obj)
    copy = copied(obj)
    variants.purge(copy, 0)
    variants.put_back(obj, 0)
    assert (faces(obj), faces(copy)) == (6, 1)


def test_copy_switches_variants_independently() -> None:
    obj = box()
    landed(obj)
    copy = copied(obj)
    for _ in range(3):
        variants.put_back(copy, 0)
        assert (faces(obj), faces(copy)) == (1, 6)
        variants.put_back(obj, 0)
        assert (faces(obj), faces(copy)) == (6, 6)
        variants.put_back(copy, 0)
        variants.put_back(obj, 0)
        assert (faces(obj), faces(copy)) == (1, 1)
    variants.purge(copy, 0)
    variants.purge(obj, 0)
    assert census() == {"objects": 2, "meshes": 1, "collections": 0}


def test_copy_takes_nothing_from_below_the_original() -> None:
    obj = box()
    lid = box("Lid", below=obj)
    came_below(obj, lid)
    copy = copied(obj)
    variants.put_back(copy, 0)
    assert not lid.users_scene
    (own,) = (each for each in copy.children if each.users_scene)
    assert own.data == lid.data
    variants.put_back(obj, 0)
    assert shown(obj) == ["Lid"]


def test_removing_many_variants_leaves_nothing() -> None:
    obj = box()
    before = census()
    for _ in range(3):
        landed(obj)
    for index in (2, 0, 1, 0):
        variants.put_back(obj, index)
    while len(obj.tripo_addon.variants):
        variants.purge(obj, 0)
    assert census() == before


def test_children_added_later_are_kept() -> None:
    obj = box()
    landed(obj)
    hat = box("Hat", below=obj)
    variants.put_back(obj, 0)
    assert hat.users_scene
    assert faces(hat) == 6


def test_copied_part_keeps_its_own_shape() -> None:
    obj = box()
    wheel = box("Wheel", below=obj)
    variants.lay_aside(obj, [wheel])
    other = copied(wheel)
    other.data = triangle()
    variants.lay_aside(obj, [wheel, other])
    variants.put_back(obj, 1)
    assert (faces(wheel), faces(other)) == (6, 1)
    variants.put_back(obj, 0)
    assert (faces(wheel), faces(other)) == (6, 1)


def test_children_removed_by_one_variant_exist_in_the_previous() -> None:
    obj = box()
    lid = box("Lid", below=obj)
    variants.lay_aside(obj, [lid])
    part = came_below(obj, lid)
    variants.put_back(obj, 0)
    (stands_in,) = (each for each in obj.children if each.users_scene)
    assert stands_in.data == lid.data
    variants.put_back(obj, 1)
    assert shown(obj) == ["Part"]
    assert part.users_scene
    variants.put_back(obj, 0)
    assert shown(obj) == ["Lid"]


def test_parts_are_restored_in_every_scene() -> None:
    obj = box()
    lid = box("Lid", below=obj)
    second = bpy.data.scenes.new("Second")
    for each in (obj, lid):
        second.collection.objects.link(each)
    came_below(obj, lid)
    variants.put_back(obj, 0)
    assert len(lid.users_scene) == 2


def test_parts_of_deleted_collection_go_to_the_objects_collection() -> None:
    obj = box()
    lid, home = box("Lid", below=obj), bpy.data.collections.new("Props")
    bpy.context.scene.collection.children.link(home)
    home.objects.link(lid)
    bpy.context.collection.objects.unlink(lid)
    came_below(obj, lid)
    bpy.data.collections.remove(home)
    variants.put_back(obj, 0)
    assert lid.users_scene


def test_deleted_variant_can_only_be_removed() -> None:
    obj = box()
    for spoil in (bpy.data.collections.remove, lambda shelf: shelf.objects.unlink(*shelf.objects)):
        landed(obj)
        spoil(obj.tripo_addon.variants[0].shelf)
        with pytest.raises(RuntimeError, match="incomplete and can only be removed"):
            bpy.ops.tripo_addon.put_back(index=0)
        assert bpy.ops.tripo_addon.purge_variant(index=0) == {"FINISHED"}
        assert not obj.tripo_addon.variants


def test_deleted_modifier_does_not_block_a_variant() -> None:
    obj = box()
    modifier = obj.modifiers.new("Wall", "SOLIDIFY")
    landed(obj)
    obj.modifiers.remove(modifier)
    variants.put_back(obj, 0)
    assert faces(obj) == 6


def test_variants_are_saved_with_the_file(tmp_path: Path) -> None:
    obj = box()
    lid = box("Lid", below=obj)
    came_below(obj, lid)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "mine.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "mine.blend"))
    obj = bpy.data.objects["Box"]
    variants.put_back(obj, 0)
    assert (faces(obj), shown(obj)) == (6, ["Lid"])


def test_appended_object_brings_its_variants_hidden(tmp_path: Path) -> None:
    props = bpy.data.collections.new("Props")
    bpy.context.scene.collection.children.link(props)
    obj, neighbor = box(), box("Neighbor")
    lid = box("Lid", below=obj)
    for each in (obj, lid, neighbor):
        props.objects.link(each)
        bpy.context.collection.objects.unlink(each)
    came_below(obj, lid)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "mine.blend"))
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.append(directory=str(tmp_path / "mine.blend" / "Object"), filename="Box")
    if not hasattr(bpy.app.handlers, "blend_import_post"):
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "other.blend"))
    assert [each.name for each in bpy.context.scene.objects] == ["Box"]
    assert "Neighbor" not in bpy.data.objects
    obj = bpy.data.objects["Box"]
    variants.put_back(obj, 0)
    assert (faces(obj), shown(obj)) == (6, ["Lid"])


def test_deleting_an_object_deletes_its_variants(tmp_path: Path) -> None:
    before = census()
    landed(box())
    bpy.ops.object.delete()
    for _ in range(3):
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "mine.blend"))
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "mine.blend"))
    assert census() == before


def test_new_children_are_not_added_to_the_rigid_body_collection() -> None:
    bpy.ops.rigidbody.world_add()
    bpy.context.scene.rigidbody_world.collection = bpy.data.collections.new("Moving")
    obj = box()
    bpy.ops.rigidbody.object_add()
    homes = object_group.collections_of(obj)
    assert [home == bpy.context.scene.collection for home in homes] == [True]
