"""Places the result of a READY job in the scene, records its history, and pushes one
undo step.

Main thread only. The model is appended piece by piece, one per tick, so that no tick takes long;
the scene changes with the last piece, and only by the result.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import bpy

from ...api.record import record
from ...jobs.model.job import UNSTRETCHED, Failure, Job, Landing, Target
from ..messages import arrival as messages
from ..messages.jobs import placed_beside
from ..objects import ancestry, in_place, likenesses, provenance, targets, variants
from ..objects.arrival_selection import select
from ..objects.object_group import ObjectGroup, find, is_replaceable
from ..objects.placement import NoScene, resolve
from ..objects.stand_clear import stand_clear, stand_in_box
from ..objects.world_bounds import bounds_at_rest, bounds_of
from ..session import composition
from ..viewport import highlight
from . import apply_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...jobs.model.events import Event
    from ..objects.object_group import Points
    from .importer import Arrival

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
    "GIZMOGROUP_OT_",
)


def obstacle(context: bpy.types.Context) -> str | None:
    """Return why nothing can be placed now, as text for the row, or None.

    Only Blender's own editing tools count as running: other add-ons keep modal operators running
    for hours, which must not block every import.
    """
    jobs = ("RENDER", "OBJECT_BAKE")
    if any(map(bpy.app.is_job_running, jobs)) or context.window_manager.is_interface_locked:
        return messages.RENDERING
    windows = context.window_manager.windows
    if any(_mode(window) != "OBJECT" for window in windows) or context.mode != "OBJECT":
        return messages.NOT_IN_OBJECT_MODE
    running = (
        modal.bl_idname
        for window in context.window_manager.windows
        for modal in window.modal_operators
    )
    if any(name.startswith(_BUSY_MODALS) for name in running):
        return messages.TOOL_RUNNING
    return None


def _mode(window: bpy.types.Window) -> str:
    """Return the mode of a window, which may show another scene than the active one."""
    active = window.view_layer.objects.active
    return active.mode if active is not None else "OBJECT"


@record
class Arriving:
    """The one model that is being appended, and its job."""

    job_id: str
    blend: Path
    model: Arrival

    def belongs_to(self, job: Job) -> bool:
        """Whether the model is the job's."""
        return (self.job_id, self.blend) == (job.id, job.blend)

    def spoil(self) -> None:
        """Start over, because of an undo or redo."""
        self.model.spoil()

    def abandon(self) -> None:
        """Remove what was appended so far."""
        self.model.abandon()


def place(job: Job) -> Event | None:
    """Place the job's model; returns the resulting event. **Blocks** until all pieces are appended:
    for scripts and background mode.

    Returns None if the job belongs to another .blend, or waits for a decision.
    """
    event = None
    while event is None and composition.belongs_to_open_file(job) and not targets.question(job):
        event = step(job)
    return event


def step(job: Job) -> Event | None:
    """Append the next piece of the job's model; the last piece places it and pushes one undo step.
    Returns the resulting event, or None while there is more to do."""
    from ...api.errors import Kind, Problem
    from ...jobs.model.events import Failed
    from ..objects.capture import NotCaptured
    from .importer import ImportFailed, Interrupted

    try:
        return _step(job)
    except Interrupted:
        composition.abandon_arrival()
        return None
    except ImportFailed as error:
        detail = error.sentence
    except (NotCaptured, NoScene) as error:
        detail = str(error)
    except OSError as error:
        _log.exception("Placing a model failed")
        detail = messages.disk_error(error.strerror or type(error).__name__)
    except Exception as error:  # noqa: BLE001 - it would be retried forever
        _log.exception("Placing a model failed")
        detail = messages.internal_error(type(error).__name__)
    composition.abandon_arrival()
    return Failed(Failure.IMPORT, Problem(kind=Kind.IMPORT, detail=detail))


def _step(job: Job) -> Event | None:
    from .importer import Arrival

    composition.abandon_arrival(unless=job)
    arriving = composition.WIRING.arriving
    if not isinstance(arriving, Arriving):
        before = _lost(job) or targets.captured(job)
        if before is not None:
            return before
        if job.blend is None:
            return _without_child(job)
        arriving = composition.WIRING.arriving = Arriving(
            job.id, job.blend, Arrival(job.blend, textures=_textures(job))
        )
    if arriving.model.complete:
        placed = _append(job, arriving.model)
        composition.WIRING.arriving = None
        return placed
    arriving.model.advance()
    return None


def _lost(job: Job) -> Event | None:
    """The event for files that are no longer on disk, or None."""
    from ...jobs.model.events import BlendLost, FilesLost

    if not job.files_on_disk:
        return FilesLost()
    if job.blend is not None and not job.blend.is_file():
        return BlendLost()
    return None


def _append(job: Job, model: Arrival) -> Event:
    if job.placement.target is not None:
        return _land_on(job, job.placement.target, model)
    scene, parent, note = resolve(job.placement)
    where = job.placement.location
    root = model.place(name=job.title, scene=scene, parent=parent, location=where)
    return _placed(job, root, note, points=model.points)


def _land_on(job: Job, target: Target, model: Arrival) -> Event:
    """Apply the result to its target."""
    group, landing = targets.found(job), job.placement.landing
    if group is None or landing is Landing.NEW:
        return _land_beside(job, target, model, group)
    box = bounds_of(group.shaped)
    collection, root = model.model()
    for obj in collection.objects:
        obj.tripo_addon.arrived = job.id
    if landing is Landing.KEEP:
        note = apply_result.apply_materials(group, collection, target)
    else:
        note = apply_result.replace(group, collection, root, target)
    anchor = group.anchor
    provenance.write(anchor, ancestry.steps_to(job))
    provenance.remember_shape(
        group if landing is Landing.KEEP else ObjectGroup((anchor,)),
        target.stretch,
        points=model.points,
    )
    bpy.ops.ed.undo_push(message=messages.undo_work(job.kind.label, anchor.name))
    highlight.show(bpy.context.scene, box)
    return _event(anchor.name, note)


def _land_beside(job: Job, target: Target, model: Arrival, group: ObjectGroup | None) -> Event:
    scene, parent, note = resolve(job.placement)
    stands = targets.frame(target, group)
    root = model.place(name=job.title, scene=scene, parent=parent, location=(0.0, 0.0, 0.0))
    apply_result.place_beside(root, stands, group, target)
    return _placed(job, root, note, stretch=target.stretch, points=model.points)


def _without_child(job: Job) -> Event:
    """Import without the second Blender, unless the result is for an object: then the job fails."""
    from ...api.errors import Kind, Problem
    from ...jobs.model.events import Failed

    if job.placement.target is None:
        return _import_directly(job)
    detail = messages.NEEDS_BACKGROUND_IMPORT
    return Failed(Failure.IMPORT, Problem(kind=Kind.IMPORT, detail=detail))


def _import_directly(job: Job) -> Event:
    from ...jobs.model_files.unusable_file import UnusableFile
    from ...jobs.work.conversion import clip_names, files_of
    from ..child.importing.extra_animations import Clip
    from ..child.importing.options import options_of
    from .importer import ImportFailed, import_directly

    scene, parent, note = resolve(job.placement)
    folder = cast("Path", job.model).parent
    try:
        with files_of(job, folder) as ((source, form), *clips):
            root, warnings = import_directly(
                source,
                clips=[Clip(path, kind.value) for path, kind in clips],
                clip_names=clip_names(job),
                format=form,
                name=job.title,
                terms=options_of(job.placement.terms),
                scene=scene,
                parent=parent,
                location=job.placement.location,
                textures=_textures(job),
            )
    except UnusableFile as error:
        raise ImportFailed(error.sentence) from error
    return _placed(job, root, messages.notes(note, *warnings))


def _textures(job: Job) -> Path | None:
    folder = job.placement.finish.textures
    return Path(folder) if folder else None


def _as_asset(root: bpy.types.Object, job: Job) -> None:
    """Mark the model as an asset, unless the second Blender did, and add the catalog to the folder
    of the .blend."""
    from ...jobs.work.conversion import described
    from ..child.importing import asset

    collection = root.users_collection[0]
    if collection.asset_data is None and all(
        each.asset_data is None for each in collection.objects
    ):
        asset.mark(collection, described(job))
    if bpy.data.filepath:
        asset.name_catalog(Path(bpy.data.filepath).parent)


def _placed(
    job: Job,
    root: bpy.types.Object,
    note: str,
    *,
    stretch: Sequence[float] = UNSTRETCHED,
    points: Points | None = None,
) -> Event:
    """Finish the arrival of a new object: in the box that the artist has moved, else beside what is
    in its place. One that fills a placeholder stays there."""
    scene, objects = root.users_scene[0], tuple(root.users_collection[0].all_objects)
    first = _kept_first(job)
    if first:
        # A candidate that is shown at the model's place would be in the way.
        in_place.show_all(first)
    moved = _stand(job, root, objects, scene)
    provenance.write(root, ancestry.steps_to(job))
    provenance.remember_shape(ObjectGroup((root,)), stretch, points=points)
    if job.placement.finish.asset:
        _as_asset(root, job)
    _settle_drafts(job, root)
    select(root, job.placement, waited=job.id in composition.WIRING.waited)
    name = root.name
    _keep_blockout(job, root)
    bpy.ops.ed.undo_push(message=messages.undo_add(name))
    highlight.show(scene, bounds_at_rest(objects))
    return _event(name, messages.notes(note, moved))


def _settle_drafts(job: Job, root: bpy.types.Object) -> None:
    """Mark a draft as a likeness; when the model of the kept draft arrives, remove the
    likenesses."""
    if job.draft is not None and job.placement.most_faces:
        likenesses.mark(root, job.draft)
    first = _kept_first(job)
    if first:
        likenesses.clear(first)


def _kept_first(job: Job) -> str:
    """The first draft of the request of which this job makes the kept one; "" if it does not."""
    engine = composition.WIRING.engine
    kept = engine.job(job.keeps) if engine is not None and job.keeps else None
    return kept.draft.first if kept is not None and kept.draft is not None else ""


def _stand(
    job: Job,
    root: bpy.types.Object,
    objects: Sequence[bpy.types.Object],
    scene: bpy.types.Scene,
) -> str:
    """Move the model to its place. Returns a note if that is not the requested one."""
    place = job.placement
    if place.stand is not None:
        is_fitted = stand_in_box(
            root, objects, place.stand, fills=place.fills, stretches=bool(place.blockout)
        )
        return "" if is_fitted else messages.NOT_STRETCHED
    if place.box is not None:
        return ""
    note = stand_clear(root, objects, scene, job.id)
    return note or (placed_beside(place.beside) if place.beside else "")


def _keep_blockout(job: Job, root: bpy.types.Object) -> None:
    """Keep the objects that the model was blocked out with as a variant of it. Those that another
    model has replaced meanwhile, or that cannot be changed, are left alone."""
    place = job.placement
    if not place.blockout or place.most_faces:
        return
    group = find(place.blockout, numbered=place.document == composition.WIRING.document)
    former = [obj for obj in group.roots if is_replaceable(obj)] if group is not None else []
    if not former:
        return
    for obj in root.users_collection[0].all_objects:
        if obj != root:
            obj.tripo_addon.arrived = job.id
    variants.keep_former(root, former, messages.BLOCKOUT)


def _event(name: str, note: str) -> Event:
    from ...jobs.model.events import Placed

    return Placed(name, note)
