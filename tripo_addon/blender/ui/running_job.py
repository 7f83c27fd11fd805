"""The newest running job in one line, directly under the button that sent it.

Reads only.
"""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING, Final

from ...jobs.model.description import describe
from ...jobs.model.job import State
from ..messages import jobs as messages
from ..session import composition
from .operators import TRIPO_ADDON_OT_cancel_job
from .text_wrap import truncated

if TYPE_CHECKING:
    from bpy.types import Context, UILayout

    from ...jobs.model.job import Job

_SHORT_TITLE: Final = 16
# Pixels at scale 1 that the button beside the bar takes of its text.
_CANCEL: Final = 8


def draw(layout: UILayout, context: Context) -> bool:
    """Its name, what happens to it, and a button that cancels it. Whether there is one."""
    job = newest()
    if job is None:
        return False
    row = layout.row(align=True)
    description = describe(job)
    title = shorten(job.title, _SHORT_TITLE, placeholder=" …")
    texts = (
        messages.title(job.title, description.headline),
        messages.title(title, description.headline),
        description.headline,
    )
    text = truncated(texts, context, taken=_CANCEL)
    row.progress(text=text, factor=description.fraction or 0.0)
    row.operator(TRIPO_ADDON_OT_cancel_job.bl_idname, text="", icon="X").job_id = job.id
    return True


def newest() -> Job | None:
    """The newest job that this Blender works on; none that waits for another step, or for its
    model to be imported."""
    return next(filter(_runs, composition.jobs()), None)


def _runs(job: Job) -> bool:
    if job.state.final or job.elsewhere or job.state is State.READY:
        return False
    return job.state is not State.PENDING or job.after is None
