"""What a panel finds by walking all objects is cached until something changes, and only for
drawing."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import pytest

from tests.blender import addon
from tripo_addon.blender.objects import parts, scene_changes
from tripo_addon.blender.objects.scene_walks import WALKS, SceneWalks


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


def test_a_redraw_finds_what_the_one_before_found(context) -> None:
    with WALKS.drawing():
        before = parts.shown()
    with WALKS.drawing():
        assert parts.shown() is before


def test_a_change_that_blender_has_noticed_is_seen_by_the_next_redraw(context) -> None:
    with WALKS.drawing():
        parts.shown()
    obj = added("Chest")
    context.view_layer.update()
    with WALKS.drawing():
        assert obj in parts.shown()


def test_what_does_not_draw_sees_a_change_at_once(context) -> None:
    with WALKS.drawing():
        parts.shown()
    obj = added("Chest")
    assert obj in parts.shown()


def test_an_undo_and_another_file_forget_what_was_found(context) -> None:
    for handlers in (bpy.app.handlers.undo_post, bpy.app.handlers.load_post):
        assert any(each.__module__ == scene_changes.__name__ for each in handlers)
    with WALKS.drawing():
        before = parts.Tree.now()
    bpy.ops.wm.read_homefile(use_empty=True)
    with WALKS.drawing():
        assert parts.Tree.now() is not before


def test_without_keeping_each_redraw_walks_again() -> None:
    walks, asked = SceneWalks(keep=False), []
    for _redraw in range(2):
        with walks.drawing():
            walks.of("all", lambda: asked.append(1))
    assert len(asked) == 2
