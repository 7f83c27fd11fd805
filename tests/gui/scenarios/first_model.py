"""An artist's first steps and first model, by clicks; the timer loop does the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from bpy_extras.view3d_utils import location_3d_to_region_2d

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

FRAME = 0.3
"""The horizontal position of a finished job's Frame button in the sidebar."""


def play(stage: Stage) -> Steps:
    """Go from an untouched Blender to a model in view beside the default cube."""
    yield from _first_steps(stage)
    stage.facts["prompt"] = stage.forms.text.prompt
    button = yield from stage.hands.find("tripo_addon.generate_text")
    stage.facts["before"] = surroundings()
    stage.listen(on=True)
    yield from stage.hands.click(button)
    yield from stage.until("a job", stage.jobs)
    yield from stage.until("the job's progress", lambda: 20 <= stage.jobs()[0].progress < 100)
    stage.facts["running"] = stage.words()
    yield from stage.picture("running")
    yield from stage.until("the arrival", lambda: stage.jobs()[0].state.final)
    yield from _look_at_highlight(stage)
    yield 0.5
    stage.listen(on=False)
    job = stage.jobs()[0]
    stage.facts["end"] = stage.words()
    stage.facts["job"] = {"id": job.id, "task": job.task_id, "state": job.state.name}
    stage.facts["after"] = surroundings()
    stage.facts["model"] = arrived(bpy.data.objects[job.root])
    stage.facts["where"] = where(stage, bpy.data.objects[job.root])
    yield from stage.until("the highlight's end", lambda: not _highlights(stage))
    yield from stage.picture("end")
    yield from _frame_again(stage)


def _first_steps(stage: Stage) -> Steps:
    """Complete the card: online access, a Client ID by mistake, the key, and the example prompt."""
    card = stage.facts["card"] = {"untouched": stage.words()}
    yield from stage.picture("card-untouched")
    before = yield from stage.hands.find("tripo_addon.paste_key", across=0.75)
    yield from stage.hands.press("extensions.userpref_allow_online")
    yield from stage.until("online access", lambda: bpy.app.online_access)
    after = yield from stage.hands.find("tripo_addon.paste_key", across=0.75)
    stage.facts["moved"] = after[1] - before[1]
    connection = stage.module("blender.session.connection")
    for name, text in (("client-id", stage.options["client_id"]), ("key", stage.key)):
        paste = yield from stage.hands.find("tripo_addon.paste_key", across=0.75)
        bpy.context.window_manager.clipboard = text
        yield from stage.hands.click(paste)
        if name == "key":
            yield from stage.until("the test", lambda: connection.known().stage.name == "GOOD")
        yield from stage.hands.move((2, 2))
        card[name] = stage.words()
        yield from stage.picture(f"card-{name}")
    stage.facts["stored"] = stage.preferences.api_key == stage.key
    yield from stage.hands.press("tripo_addon.try_prompt")
    yield from stage.until("the example", lambda: stage.forms.text.prompt)
    yield from stage.picture("card-example")


def _frame_again(stage: Stage) -> Steps:
    """Look elsewhere with something else selected, then show the model with the row's button."""
    cube = bpy.data.objects["Cube"]
    for obj in tuple(bpy.context.selected_objects):
        obj.select_set(False)
    cube.select_set(True)
    bpy.context.view_layer.objects.active = cube
    view = stage.area().spaces.active.region_3d
    view.view_location = (40.0, 40.0, 0.0)
    before = surroundings()
    yield from stage.fold_first_panel()
    yield from stage.picture("elsewhere")
    yield from stage.hands.press("tripo_addon.frame_job", across=FRAME)
    yield 1.0
    yield from stage.picture("framed")
    stage.facts["framed"] = {
        "selection": surroundings() == before,
        "looks at": tuple(stage.area().spaces.active.region_3d.view_location),
        "where": where(stage, bpy.data.objects[stage.jobs()[0].root]),
    }


def _look_at_highlight(stage: Stage) -> Steps:
    """Take a picture before the box has faded, however slowly this machine draws."""
    highlight = stage.module("blender.viewport.highlight")
    usual, highlight.FADE_SECONDS = highlight.FADE_SECONDS, 60.0
    yield from stage.picture("arrived")
    stage.facts["highlighted"] = _highlights(stage)
    highlight.FADE_SECONDS = usual


def _highlights(stage: Stage) -> int:
    return stage.module("blender.viewport.highlight").showing()


def where(stage: Stage, root: bpy.types.Object) -> list[float]:
    """Return the rectangle around an object in the window: left, bottom, right, top, in pixels."""
    region, view = stage.viewport(), stage.area().spaces.active.region_3d
    seen = [
        location_3d_to_region_2d(region, view, obj.matrix_world @ vertex.co)
        for obj in (root, *root.children_recursive)
        if obj.type == "MESH"
        for vertex in obj.data.vertices
    ]
    across, up = [point.x + region.x for point in seen], [point.y + region.y for point in seen]
    return [min(across), min(up), max(across), max(up)]


def surroundings() -> dict[str, Any]:
    """Return everything that an arrival must not change."""
    scene, layer = bpy.context.scene, bpy.context.view_layer
    return {
        "mode": bpy.context.mode,
        "selected": sorted(obj.name for obj in layer.objects if obj.select_get()),
        "active": layer.objects.active.name,
        "active collection": layer.active_layer_collection.name,
        "engine": scene.render.engine,
        "world": scene.world.name,
        "cursor": scene.cursor.location[:],
        "frame": scene.frame_current,
    }


def arrived(root: bpy.types.Object) -> dict[str, Any]:
    """Return the facts of the model in the scene; its center is that of its vertices, from the
    root."""
    collections = [
        collection for collection in bpy.data.collections if root.name in collection.objects
    ]
    objs = list(collections[0].all_objects)
    corners = [
        obj.matrix_world @ vertex.co - root.matrix_world.translation
        for obj in objs
        if obj.type == "MESH"
        for vertex in obj.data.vertices
    ]
    images = {
        node.image.name: node.image.packed_file is not None
        for obj in objs
        for slot in obj.material_slots
        for node in slot.material.node_tree.nodes
        if node.type == "TEX_IMAGE"
    }
    low, high = (
        [pick(corner[axis] for corner in corners) for axis in range(3)] for pick in (min, max)
    )
    middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    return {
        "middle": [a + b for a, b in zip(middle, root.matrix_world.translation[:], strict=True)],
        "name": root.name,
        "collections": [collection.name for collection in collections],
        "location": root.location[:],
        "link": [root.tripo_addon.service, root.tripo_addon.task_id, root.tripo_addon.job_id],
        "packed": images,
        "center": [sum(corner[axis] for corner in corners) / len(corners) for axis in range(3)],
    }
