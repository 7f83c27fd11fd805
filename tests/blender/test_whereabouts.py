"""What a finished row says of a model that is no longer where it arrived."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import pytest

from tests.blender import addon
from tests.gui.recording_layout import Written, shows
from tests.standin.service import StandIn
from tripo_addon.blender.job_list import window_properties
from tripo_addon.blender.messages import jobs as messages
from tripo_addon.blender.session import composition
from tripo_addon.blender.ui import jobs_panel


@pytest.fixture
def context() -> Iterator[bpy.types.Context]:
    with StandIn(seconds=0, keys=(addon.KEY,)) as service, addon.enabled(service) as context:
        yield context


def words() -> list[str]:
    window_properties.sync()
    written = Written(unfolded=True)
    written.take_down(jobs_panel.TRIPO_ADDON_PT_jobs, bpy.context)
    return written.lines


def test_missing_model_is_reported_deleted_or_in_another_scene(context) -> None:
    context.scene.tripo_addon.text.prompt = "a small wooden chest"
    bpy.ops.tripo_addon.generate_text()
    root = bpy.data.objects[composition.jobs()[0].root]
    root.name = "Renamed"
    assert "[Frame]" in words()
    assert not shows(words(), "No longer in this file")
    first = context.scene
    context.window.scene = bpy.data.scenes.new("Other")
    assert shows(words(), f"In the scene “{first.name}”")
    assert "[Frame]" not in words()
    with pytest.raises(RuntimeError, match="Renamed is in the scene"):
        bpy.ops.tripo_addon.frame_job(job_id=composition.jobs()[0].id)
    context.window.scene = first
    bpy.data.batch_remove([root, *root.children_recursive])
    assert shows(words(), messages.NOT_IN_FILE)
    assert "[Frame]" not in words()
    assert "[Import Again]" in words()


def test_undone_texture_is_reported_gone(context) -> None:
    bpy.ops.mesh.primitive_cube_add()
    obj = bpy.context.object
    context.scene.tripo_addon.texture.prompt = "moss"
    bpy.ops.tripo_addon.texture()
    assert shows(words(), "Textured: Charged 10 credits")
    assert not shows(words(), messages.NOT_IN_FILE)
    # A variant of it counts as there.
    bpy.ops.tripo_addon.put_back(index=0)
    assert not shows(words(), messages.NOT_IN_FILE)
    obj.tripo_addon.variants.clear()
    assert shows(words(), messages.NOT_IN_FILE)
