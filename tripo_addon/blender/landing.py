"""From a job that is READY to a model in the scene: where it goes, its link, its undo step.

Main thread only; changes the scene only in `place`, by what arrives and nothing else.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy

from ..jobs.job import Failure, Job
from . import wiring

if TYPE_CHECKING:
    from ..jobs.machine import Event

_log = logging.getLogger(__name__)
_BUSY_MODALS: Final = (
    "TRANSFORM_OT_",
    "MESH_OT_",
    "OBJECT_OT_",
    "SCULPT_OT_",
    "PAINT_OT_",
    "CURVE_OT_",
    "CURVES_OT_",
    "POSE_OT_",
    "ARMATURE_OT_",
    "NODE_OT_",
    "UV_OT_",
    "GPENCIL_OT_",
    "GREASE_PENCIL_OT_",
)


def obstacle(context: bpy.types.Context) -> str | None:
    """Why nothing can be placed at this moment, in words for the row, or None.

    Of running modal operators only Blender's editing ones count: other add-ons keep modal operators
    running for hours, and they would lock every model out.
    """
    jobs = ("RENDER", "OBJECT_BAKE")
    if any(map(bpy.app.is_job_running, jobs)) or context.window_manager.is_interface_locked:
        return "Waiting for the render to end"
    windows = context.window_manager.windows
    if any(_mode(window) != "OBJECT" for window in windows) or context.mode != "OBJECT":
        return "Waiting for Object Mode"
    running = (
        modal.bl_idname
        for window in context.window_manager.windows
        for modal in window.modal_operators
    )
    if any(name.startswith(_BUSY_MODALS) for name in running):
        return "Waiting for the running tool to end"
    return None


def _mode(window: bpy.types.Window) -> str:
    """The mode in a window, which may show another scene than the first."""
    active = window.view_layer.objects.active
    return active.mode if active is not None else "OBJECT"


def place(job: Job) -> Event | None:
    """Put the job's model into the scene as one undo step; what came of it as an event.

    None where the model was meant for another .blend and has to wait.
    """
    from ..api.errors import Kind, Trouble
    from ..jobs.machine import Broke

    try:
        return _place(job)
    except Exception as error:  # noqa: BLE001 - it would be tried again, and freeze, for ever
        _log.exception("Placing a model failed")
        trouble = Trouble(kind=Kind.IMPORT, detail=type(error).__name__)
        return Broke(Failure.IMPORT, trouble)


def _place(job: Job) -> Event | None:
    from ..api.errors import Kind, Trouble
    from ..jobs.machine import Broke, Placed
    from .importer import ImportFailed

    if not wiring.fits(job):
        return None
    if job.model is None or not (job.blend or job.model).is_file():
        trouble = Trouble(kind=Kind.RESULT, detail="the file is not on disk any more")
        return Broke(Failure.BAD_FILE, trouble)
    scene, parent, note = _target(job)
    try:
        root = _bring_in(job, job.model, scene, parent)
    except ImportFailed as error:
        detail = error.sentence.rstrip(".")
        return Broke(Failure.IMPORT, Trouble(kind=Kind.IMPORT, detail=detail))
    link = root.tripo_addon
    link.service = job.account.partition(" ")[0]
    link.task_id = job.task_id or ""
    link.job_id = job.id
    name = root.name
    bpy.ops.ed.undo_push(message=f"Tripo: Add {name}")
    return Placed(name, note)


def _bring_in(
    job: Job, model: Path, scene: bpy.types.Scene, parent: bpy.types.Collection
) -> bpy.types.Object:
    from ..jobs.modelfile import ModelFormat
    from . import importer

    where = job.placement
    if job.blend is not None:
        return importer.append(
            job.blend, name=job.title, scene=scene, parent=parent, location=where.location
        )
    return importer.import_directly(
        model,
        format=ModelFormat(model.suffix.lstrip(".")),
        name=job.title,
        turn=where.turn,
        scene=scene,
        parent=parent,
        location=where.location,
    )


def _target(job: Job) -> tuple[bpy.types.Scene, bpy.types.Collection, str]:
    """The scene and collection that the job was asked from; the current ones, said so, where
    they are gone."""
    scene = bpy.data.scenes.get(job.placement.scene)
    if scene is None:
        current = bpy.context.scene
        note = f"The scene {job.placement.scene} is gone; placed in {current.name}"
        return current, current.collection, note
    inside = {collection.name: collection for collection in scene.collection.children_recursive}
    return scene, inside.get(job.placement.collection, scene.collection), ""
