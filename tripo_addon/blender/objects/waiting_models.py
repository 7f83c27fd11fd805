"""The models that are expected in the open file: each keeps its place free.

Main thread only; reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..session import composition
from .expected_stand import expected_stand
from .home_scene import home_scene

if TYPE_CHECKING:
    import bpy

    from ...jobs.model.job import Job, Stand


def waiting_models() -> Iterator[tuple[Job, bpy.types.Scene, Stand]]:
    """Every job of this Blender whose model will become a new object in a scene of the open file,
    with the scene and the expected box."""
    engine = composition.WIRING.engine
    for job in engine.unfinished() if engine is not None else ():
        if job.lands_by_itself and composition.belongs_to_open_file(job):
            scene = home_scene(job.placement)
            if scene is not None:
                yield job, scene, expected_stand(job.placement)
