"""The scripting interface: what a script may use, described in docs/scripting.md.

    import bl_ext.user_default.tripo_addon.scripting as tripo

    job = tripo.generate(text="a small wooden chest")
    tripo.wait(job)
    print(job.objects)

Main thread only, as all of Blender's own interface.
"""

from __future__ import annotations

from .blender.scripting.account import Balance, balance
from .blender.scripting.export import NotExported, export
from .blender.scripting.generation import estimate, generate
from .blender.scripting.images import (
    edit_image,
    edit_views,
    make_views,
    new_image,
    plan_images,
)
from .blender.scripting.job import Job
from .blender.scripting.job_list import find_job, jobs, on_change, resume, wait
from .blender.scripting.object_work import (
    animate,
    convert,
    refine,
    regenerate,
    rig,
    texture,
    work,
)
from .blender.scripting.plan import Plan, plan, plan_work
from .blender.scripting.refused import JobFailed, NotReady, Refused

__all__ = (
    "Balance",
    "Job",
    "JobFailed",
    "NotExported",
    "NotReady",
    "Plan",
    "Refused",
    "animate",
    "balance",
    "convert",
    "edit_image",
    "edit_views",
    "estimate",
    "export",
    "find_job",
    "generate",
    "jobs",
    "make_views",
    "new_image",
    "on_change",
    "plan",
    "plan_images",
    "plan_work",
    "refine",
    "regenerate",
    "resume",
    "rig",
    "texture",
    "wait",
    "work",
)
