"""Submits object work while Blender goes on, and returns its jobs later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy

from tests.blender.accessors import active_object
from tripo_addon.blender import settings
from tripo_addon.blender.arrival import landing
from tripo_addon.blender.requests import checks, generation, object_requests
from tripo_addon.blender.session import composition
from tripo_addon.jobs.model.job import Job


def box(name: str = "Box") -> bpy.types.Object:
    bpy.ops.mesh.primitive_cube_add(size=2.0)
    obj = active_object()
    obj.name = name
    return obj


def submitted(context: bpy.types.Context, work: str = "texture") -> Job:
    """Submit the request without blocking, and return the job of its last step."""
    form = getattr(context.scene.tripo_addon, work)
    made = object_requests.plan(form, context)
    assert not isinstance(made, str)
    assert made.refusal == ""
    composition.engine()
    target = object_requests.captured(form, made)
    steps = object_requests.steps_of(made, form, target, "Box", context)
    return composition.engine().submit(composition.WIRING.account, steps)[-1]


def checked(form: Any) -> Mapping[str, object]:
    """Return the values of a form, checked to be valid."""
    values = checks.checked_values(form)
    assert isinstance(values, Mapping), values
    return values


def submitted_text(context: bpy.types.Context) -> Job:
    """Submit a generation that is written to the list, but not started."""
    form = context.scene.tripo_addon.text
    form.prompt = "a chest"
    steps = generation.generation_steps(checked(form), (), title=form.title, context=context)
    return composition.engine().submit(composition.WIRING.account, steps)[0]


def run_to_end(job: Job) -> Job:
    composition.engine().run_until_idle(landing.place, online=settings.online)
    return current(job)


def current(job: Job) -> Job:
    """Return the job's current version."""
    found = composition.engine().job(job.id)
    assert found is not None
    return found
