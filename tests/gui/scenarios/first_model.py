"""An artist's first model: words typed, a button clicked, and the timer loop does the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

CURSOR = (0.0, 2.5, 0.25)


def play(stage: Stage) -> Steps:
    """From an untouched window to a model at the 3D cursor."""
    bpy.context.scene.cursor.location = CURSOR
    yield from stage.hands.type_into("tripo_addon.text.prompt", stage.options["prompt"])
    stage.facts["typed"] = stage.forms.text.prompt
    button = yield from stage.hands.find("tripo_addon.generate_text")
    stage.facts["before"] = surroundings()
    stage.listen(on=True)
    yield from stage.hands.click(button)
    yield from stage.until("a job", stage.jobs)
    yield from stage.until("the job's progress", lambda: 20 <= stage.jobs()[0].progress < 100)
    stage.facts["running"] = stage.words()
    yield from stage.picture("running")
    yield from stage.until("the arrival", lambda: stage.jobs()[0].state.final)
    yield 0.5
    stage.listen(on=False)
    job = stage.jobs()[0]
    stage.facts["end"] = stage.words()
    stage.facts["job"] = {"id": job.id, "task": job.task_id, "state": job.state.name}
    stage.facts["after"] = surroundings()
    stage.facts["model"] = arrived(bpy.data.objects[job.root])
    yield from stage.picture("end")


def surroundings() -> dict[str, Any]:
    """What an arrival must leave alone."""
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
    """The model as it stands in the scene; the centre is that of its vertices, from the root."""
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
    return {
        "name": root.name,
        "collections": [collection.name for collection in collections],
        "location": root.location[:],
        "link": [root.tripo_addon.service, root.tripo_addon.task_id, root.tripo_addon.job_id],
        "packed": images,
        "centre": [sum(corner[axis] for corner in corners) / len(corners) for axis in range(3)],
    }
