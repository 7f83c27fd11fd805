"""Objects that are taken as one: what belongs to them, and how they are found again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import bpy
import pytest

from tests.blender import addon
from tests.jobs.bench import job_in
from tripo_addon.blender.objects import parts, selection
from tripo_addon.blender.objects.object_group import ObjectGroup, find
from tripo_addon.blender.objects.resolved_target import Resolutions
from tripo_addon.blender.session import composition
from tripo_addon.jobs.model.job import Handle, Landing, Placement, State, Target
from tripo_addon.jobs.storage.claims import Claim, ClaimedJob

_CORNERS = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]


@pytest.fixture
def context() -> Iterator[bpy.types.Context]:
    with addon.enabled() as context:
        yield context


def tile(name: str, parent: bpy.types.Object | None = None) -> bpy.types.Object:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(_CORNERS, [], [(0, 1, 2)])
    obj = bpy.data.objects.new(name, mesh)
    obj.parent = parent
    bpy.context.scene.collection.objects.link(obj)
    obj.select_set(True)
    return obj


def with_number(handle: Handle, number: int) -> Handle:
    return Handle(handle.name, handle.uid, number)


def test_session_uid_of_another_session_is_ignored(context) -> None:
    obj, other = tile("Chest"), tile("Lamp")
    (handle,) = ObjectGroup((obj,)).handles()
    found = find([with_number(handle, other.session_uid)])
    assert found is not None
    assert found.anchor == obj
    bpy.data.objects.remove(obj)
    assert find([with_number(handle, other.session_uid)]) is None


def test_object_is_found_after_undo_removes_its_id(context) -> None:
    obj = tile("Chest")
    handles = ObjectGroup((obj,)).handles()
    obj.tripo_addon.uid = ""
    found = find(handles)
    assert found is not None
    assert found.anchor == obj


def test_intended_object_is_found_among_copies(context) -> None:
    obj = tile("Chest")
    (handle,) = ObjectGroup((obj,)).handles()
    copy = obj.copy()
    context.scene.collection.objects.link(copy)
    obj.name, copy.name = "Renamed", "Chest"
    for number, meant in ((handle.number, obj), (0, copy)):
        found = find([with_number(handle, number)])
        assert found is not None
        assert found.anchor == meant


def test_children_of_a_selected_object_are_included_once(context) -> None:
    root = bpy.data.objects.new("Root", None)
    context.scene.collection.objects.link(root)
    body = tile("Body", root)
    lid = tile("A Lid", body)
    hidden = tile("Gone", body)
    context.scene.collection.objects.unlink(hidden)
    below_hidden = tile("Below", hidden)
    root.select_set(True)
    context.view_layer.objects.active = lid
    family = selection.selected(context)
    assert family is not None
    assert family.roots == (root,)
    assert family.shaped == (lid, below_hidden, body)


def test_only_objects_in_scenes_count_as_mesh_users(context) -> None:
    obj, alone = tile("Chest"), tile("Lamp")
    copy = obj.copy()
    assert not parts.sharing_a_mesh((obj, alone))
    context.scene.collection.objects.link(copy)
    assert parts.sharing_a_mesh((obj, alone)) == {obj}
    obj.data.user_clear()  # as Blender's FBX importer leaves it too low
    assert parts.sharing_a_mesh((obj, alone)) == {obj}


def test_row_target_is_cached_until_scene_or_previous_step_changes(
    context,
) -> None:
    obj = tile("Chest")
    handles, document = ObjectGroup((obj,)).handles(), composition.WIRING.document
    target = Target(objects=handles, parts=handles, shape="another", capture="/c.blend")
    place = Placement(document=document, landing=Landing.REPLACE, target=target)
    job = job_in(State.READY, placement=place)
    kept, fresh = Resolutions(keep=True), Resolutions(keep=False)
    first = kept.of(job)
    assert first == fresh.of(job)
    assert (first.asks, first.replaceable, first.anchor) == (True, True, obj.session_uid)
    assert "has changed since" in first.question
    bpy.data.objects.remove(obj)
    assert "no longer exists" in fresh.of(job).question
    kept.tick()
    assert kept.of(job) is first
    context.view_layer.update()
    kept.tick()
    assert kept.of(job) == fresh.of(job)
    engine = composition.engine()
    before = job_in(State.RUNNING, id="before", account="nobody")
    later = replace(job, id="later", after="before", placement=replace(place, target=Target()))
    taken = tuple(ClaimedJob(each, paid=None, announced=False) for each in (before, later))
    engine.take_over(Claim(taken, held_elsewhere=0))
    assert "Waiting for the previous step" in kept.of(later).question
    engine.cancel("before")
    assert "no longer exists" in kept.of(later).question
    assert kept.of(later) == fresh.of(later)
