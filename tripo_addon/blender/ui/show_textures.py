"""Draws a button that shows new textures, which Blender's usual shading hides.

Only reads; the button is Blender's own, and acts on the viewport that the panel is in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...api.catalog.task_kinds import GENERATIONS, TaskKind
from ...jobs.model.states import State
from ..messages import jobs as messages
from ..session import composition
from . import frame_operator
from .text_wrap import truncated

if TYPE_CHECKING:
    import bpy
    from bpy.types import Context, UILayout

    from ...jobs.model.job import Job


def draw_of(layout: UILayout, obj: bpy.types.Object, context: Context) -> bool:
    """Draw the button if the object's last step has brought textures, as `draw` does."""
    engine = composition.WIRING.engine
    job = engine.job(obj.tripo_addon.job_id) if engine is not None else None
    return job is not None and draw(layout, job, context)


def draw(layout: UILayout, job: Job, context: Context) -> bool:
    """Draw the button if the job has brought textures and the viewport hides them. Return whether
    it is drawn."""
    if not _hides_textures(context) or not _brought_textures(job):
        return False
    where = frame_operator.whereabouts_of(job, context)
    if where is not None and not where.is_here:
        return False
    text = truncated(messages.SHOW_TEXTURES, context)
    shading: Any = layout.operator("view3d.toggle_shading", text=text, icon="SHADING_TEXTURE")
    shading.type = "MATERIAL"
    return True


def _hides_textures(context: Context) -> bool:
    """Whether the panel's viewport shows colors instead of textures, as Blender's does at first."""
    shading: Any = getattr(context.space_data, "shading", None)
    return shading is not None and shading.type == "SOLID" and shading.color_type != "TEXTURE"


def _brought_textures(job: Job) -> bool:
    """Whether a model with textures, or textures for an object, are in the scene by this job."""
    if job.state is not State.DONE or job.draft is not None or not frame_operator.can_frame(job):
        return False
    if job.kind in GENERATIONS:
        return getattr(job.request, "texture", True) is not False
    return job.kind is TaskKind.TEXTURE_MODEL
