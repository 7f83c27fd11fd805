"""What a panel finds by walking all objects is cached until something changes, and only for
drawing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import bpy
import pytest

from tests.blender import addon
from tripo_addon.blender.objects import landing_rules, parts, scene_changes, selection
from tripo_addon.blender.objects.scene_walks import WALKS, SceneWalks
from tripo_addon.blender.one_drawing import one_drawing
from tripo_addon.jobs.model.landings import Landing


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> Iterator[bpy.types.Context]:
    bpy.ops.wm.read_homefile(use_empty=True)
    with addon.enabled() as context:
        # As in a window: in background mode nothing is cached.
        monkeypatch.setattr(WALKS, "keep", True)
        yield context


def added(name: str) -> bpy.types.Object:
    obj = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def cube() -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new("Cube")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    return mesh


def test_redraw_reuses_the_previous_result(context) -> None:
    with one_drawing():
        before = parts.shown()
    with one_drawing():
        assert parts.shown() is before


def test_reported_change_is_seen_by_the_next_redraw(context) -> None:
    with one_drawing():
        parts.shown()
    obj = added("Chest")
    context.view_layer.update()
    with one_drawing():
        assert obj in parts.shown()


def hide(obj: Any) -> None:
    obj.hide_set(True)


def have_it_cut(obj: Any) -> None:
    obj.parent.modifiers.new("Cut", "BOOLEAN").object = obj


def exclude(obj: Any) -> None:
    bpy.context.view_layer.layer_collection.children[obj.users_collection[0].name].exclude = True


def remove(obj: Any) -> None:
    bpy.data.objects.remove(obj)


CHANGES: dict[str, Callable[[Any], object]] = {
    "hidden": hide,
    "not rendered": lambda obj: setattr(obj, "hide_render", True),
    "not shown in viewports": lambda obj: setattr(obj, "hide_viewport", True),
    "its collection not rendered": lambda obj: setattr(
        obj.users_collection[0], "hide_render", True
    ),
    "its collection excluded": exclude,
    "drawn as wire": lambda obj: setattr(obj, "display_type", "WIRE"),
    "an operand": have_it_cut,
    "no longer a child": lambda obj: setattr(obj, "parent", None),
    "removed": remove,
}


@pytest.mark.every_blender
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_of_parts_is_seen_by_the_next_redraw(
    context: bpy.types.Context, change: Callable[[Any], object]
) -> None:
    kept = bpy.data.collections.new("Kept")
    context.scene.collection.children.link(kept)
    root, part = (bpy.data.objects.new(name, cube()) for name in ("Chest", "Lid"))
    part.parent = root
    context.scene.collection.objects.link(root)
    kept.objects.link(part)
    context.view_layer.update()
    with one_drawing():
        assert parts.parts_of([root]).taken == (root, part)
    with one_drawing():
        assert parts.parts_of([root]) is parts.parts_of([root])
    change(part)
    context.view_layer.update()
    with one_drawing():
        assert parts.parts_of([root]).taken == (root,)


def test_code_outside_drawing_sees_changes_immediately(context) -> None:
    with one_drawing():
        parts.shown()
    obj = added("Chest")
    assert obj in parts.shown()


def test_undo_and_opening_a_file_clear_the_cache(context) -> None:
    for handlers in (bpy.app.handlers.undo_post, bpy.app.handlers.load_post):
        assert any(each.__module__ == scene_changes.__name__ for each in handlers)
    with one_drawing():
        before = parts.Tree.now()
    bpy.ops.wm.read_homefile(use_empty=True)
    with one_drawing():
        assert parts.Tree.now() is not before


def test_disabled_cache_walks_on_each_redraw() -> None:
    walks, calls = SceneWalks(keep=False), []
    for _redraw in range(2):
        with one_drawing():
            walks.of("all", lambda: calls.append(1))
    assert len(calls) == 2


def select_another(obj: Any) -> None:
    obj.select_set(False)
    bpy.data.objects["Barrel"].select_set(True)


def put_it_below(obj: Any) -> None:
    obj.parent = bpy.data.objects["Barrel"]
    bpy.data.objects["Barrel"].select_set(True)


SELECTIONS: dict[str, Callable[[Any], object]] = {
    "another selected": select_another,
    "another added": lambda _obj: bpy.data.objects["Barrel"].select_set(True),
    "deselected": lambda obj: obj.select_set(False),
    "hidden": hide,
    "not shown in viewports": lambda obj: setattr(obj, "hide_viewport", True),
    "removed": remove,
    "below another": put_it_below,
}


def two_cubes(context: bpy.types.Context) -> tuple[Any, Any]:
    """Return a selected, active cube and another one."""
    chest, barrel = (bpy.data.objects.new(name, cube()) for name in ("Chest", "Barrel"))
    for obj in (chest, barrel):
        context.scene.collection.objects.link(obj)
    chest.select_set(True)
    context.view_layer.objects.active = chest
    context.view_layer.update()
    return chest, barrel


def taken(context: bpy.types.Context) -> tuple[object, ...]:
    """Return what a drawing takes for the selected objects."""
    with one_drawing():
        found = selection.selected(context)
    return () if found is None else (found.roots, found.shaped)


@pytest.mark.every_blender
@pytest.mark.parametrize("change", SELECTIONS.values(), ids=SELECTIONS)
def test_every_change_of_selected_group_is_seen_by_the_next_redraw(
    context: bpy.types.Context, change: Callable[[Any], object]
) -> None:
    chest, _barrel = two_cubes(context)
    with one_drawing():
        kept = selection.selected(context)
    with one_drawing():
        assert selection.selected(context) is kept
    change(chest)
    context.view_layer.update()
    seen = taken(context)
    assert seen != ((chest,), (chest,))
    WALKS.keep = False
    assert seen == taken(context)


@pytest.mark.every_blender
def test_new_active_object_is_anchor_before_blender_reports_it(
    context: bpy.types.Context,
) -> None:
    chest, barrel = two_cubes(context)
    barrel.select_set(True)
    context.view_layer.update()
    assert taken(context)[0] == (chest, barrel)
    context.view_layer.objects.active = barrel
    assert taken(context)[0] == (barrel, chest)


@pytest.mark.every_blender
def test_each_view_layer_has_its_own_selection(context: bpy.types.Context) -> None:
    chest, _barrel = two_cubes(context)
    assert taken(context) == ((chest,), (chest,))
    context.window.view_layer = context.scene.view_layers.new("Other")
    seen = taken(context)
    WALKS.keep = False
    assert seen == taken(context)


def share_its_mesh(obj: Any) -> None:
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Copy", obj.data))


def only_modify(obj: Any) -> None:
    obj.data.clear_geometry()
    obj.modifiers.new("Array", "ARRAY")


REFUSALS: dict[str, Callable[[Any], object]] = {
    "its mesh shared": share_its_mesh,
    "faces only by a modifier": only_modify,
    "no longer refused": lambda obj: obj.data.uv_layers.new(),
}


@pytest.mark.every_blender
@pytest.mark.parametrize("change", REFUSALS.values(), ids=REFUSALS)
def test_every_landing_refusal_is_seen_by_the_next_redraw(
    context: bpy.types.Context, change: Callable[[Any], object]
) -> None:
    chest, _barrel = two_cubes(context)
    if change is REFUSALS["no longer refused"]:
        share_its_mesh(chest)
        context.view_layer.update()

    def refused() -> str:
        with one_drawing():
            group = selection.selected(context)
            assert group is not None
            return landing_rules.refuse_landing(group, Landing.KEEP, single_user=False)

    before = refused()
    change(chest)
    context.view_layer.update()
    assert bool(refused()) != bool(before)
