"""The versions of a duplicated object: both copies have them."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import pytest

from tests.blender import addon
from tripo_addon.blender.objects import variants


@pytest.fixture
def context() -> Iterator[bpy.types.Context]:
    with addon.enabled() as context:
        yield context


def test_variant_shared_with_a_duplicate_is_kept(context) -> None:
    bpy.ops.mesh.primitive_cube_add()
    obj = context.view_layer.objects.active
    former = obj.data
    variants.lay_aside(obj)
    obj.data = bpy.data.meshes.new("Result")
    copy = obj.copy()
    context.scene.collection.objects.link(copy)
    variants.purge(copy, 0)
    assert not copy.tripo_addon.variants
    variants.put_back(obj, 0)
    assert obj.data == former
    variants.purge(obj, 0)
    assert not [each for each in bpy.data.collections if "Original" in each.name]


def test_removing_a_variant_keeps_data_used_elsewhere(context) -> None:
    bpy.ops.mesh.primitive_cube_add()
    obj = context.view_layer.objects.active
    twin = bpy.data.objects.new("Twin", obj.data)
    context.scene.collection.objects.link(twin)
    variants.lay_aside(obj)
    obj.data = bpy.data.meshes.new("Result")
    twin.data.user_clear()  # as Blender's FBX importer leaves it too low
    variants.purge(obj, 0)
    assert len(twin.data.polygons) == 6
