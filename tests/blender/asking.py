"""Work that an artist asks for while Blender goes on, and what becomes of it afterwards."""

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


def asked(context: bpy.types.Context, work: str = "texture") -> Job:
    """The last step of what the artist asks for, while Blender goes on."""
    form = getattr(context.scene.tripo_addon, work)
    made = object_requests.plan(form, context)
    assert not isinstance(made, str)
    assert made.refusal == ""
    composition.engine()
    target = object_requests.captured(form, made)
    steps = object_requests.steps_of(made, form, target, "Box", context)
    return composition.engine().submit(composition.WIRING.account, steps)[-1]


def checked(form: Any) -> Mapping[str, object]:
    """The values of a form that nothing is wrong with."""
    values = checks.checked_values(form)
    assert isinstance(values, Mapping), values
    return values


def asked_for_text(context: bpy.types.Context) -> Job:
    """A generation that is written down, and not yet begun."""
    form = context.scene.tripo_addon.text
    form.prompt = "a chest"
    steps = generation.generation_steps(checked(form), (), title=form.title, context=context)
    return composition.engine().submit(composition.WIRING.account, steps)[0]


def worked_off(job: Job) -> Job:
    composition.engine().run_until_idle(landing.place, online=settings.online)
    return now(job)


def now(job: Job) -> Job:
    """The job as the engine has it at present."""
    found = composition.engine().job(job.id)
    assert found is not None
    return found
