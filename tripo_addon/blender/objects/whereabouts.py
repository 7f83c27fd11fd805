"""Where in the open file the object is that a job has placed or changed.

Main thread only; changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ...api.record import record
from ..session import composition
from . import ancestry
from .scene_changes import CHANGES
from .scene_walks import WALKS

if TYPE_CHECKING:
    from ...jobs.model.job import Job


@record
class Whereabouts:
    """`name` is that of the object, "" if the file does not have it: it was deleted, undone, or
    belongs to another file. `scene` names a scene that has it if the view layer does not."""

    name: str = ""
    scene: str = ""

    @property
    def is_here(self) -> bool:
        """Whether the object is in the view layer."""
        return bool(self.name) and not self.scene


def of(job: Job, layer: bpy.types.ViewLayer) -> Whereabouts:
    """Find the job's object, even if it was renamed or has another version since."""
    return WALKS.of((of, job.id, layer), lambda: _found(job, layer))


def _found(job: Job, layer: bpy.types.ViewLayer) -> Whereabouts:
    named = bpy.data.objects.get(job.root)
    if named is None or not _is_of(named, job):
        named = _SEARCHES.find(job)
    if named is None:
        return Whereabouts()
    if named.name in layer.objects:
        return Whereabouts(named.name)
    scenes = (scene.name for scene in bpy.data.scenes if named.name in scene.objects)
    scene = next(scenes, "")
    return Whereabouts(named.name, scene) if scene else Whereabouts()


class _Searches:
    """The last search through all objects. It takes milliseconds, and an object that is dragged
    changes the scene with every redraw, so its result is kept until objects come or go, another
    file or state of it is loaded, or a job changes."""

    def __init__(self) -> None:
        self._state: tuple[object, ...] = ()
        self._name = ""

    def find(self, job: Job) -> bpy.types.Object | None:
        state = (job.id, CHANGES.states, len(bpy.data.objects), composition.jobs())
        known: Any = bpy.data.objects.get(self._name) if self._name else None
        renamed = bool(self._name) and (known is None or not _is_of(known, job))
        if state != self._state or renamed:
            known = next((obj for obj in bpy.data.objects if _is_of(obj, job)), None)
            self._state, self._name = state, known.name if known is not None else ""
        return known


_SEARCHES: Final = _Searches()


def _is_of(obj: bpy.types.Object, job: Job) -> bool:
    """Whether the job made the object's version, one of its variants, or a step before."""
    made = obj.tripo_addon
    if not made.job_id:
        # Most objects; one whose first version is in place may have the job's as a variant.
        return any(row.job_id == job.id for row in made.variants)
    known = (made.job_id, *(row.job_id for row in made.variants))
    return job.id in known or any(step.job_id == job.id for step in ancestry.history(obj))
