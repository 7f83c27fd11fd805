"""What is known of a job's target, looked up once for all that draws a row or decides about it.

Main thread only. Finding an object again may mean a walk over all there are, and a panel asks with
every redraw: so it is kept until the scene changes, or a job that the answer depends on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy
from bpy.app.handlers import persistent

from ...api.record import record
from ...jobs.model.job import State
from ..registration import handler_pair
from ..session import composition
from . import targets
from .object_group import is_replaceable

if TYPE_CHECKING:
    from ...jobs.model.job import Job


@record
class ResolvedTarget:
    """Why a READY job does not land by itself (`question`), and whether a person has to decide
    (`asks`); the anchor's number of this session (0 where it is gone), and whether it may be
    changed."""

    question: str
    asks: bool
    anchor: int
    replaceable: bool


class Resolutions:
    """What was looked up since the last change; `generation` grows with each. Without `keep`
    nothing is kept: in background mode no tick says when to look again."""

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self._stale = False
        self.generation = 0
        self._known: dict[_Key, ResolvedTarget] = {}

    def of(self, job: Job) -> ResolvedTarget:
        """What is known of the job's target."""
        if not self._keep:
            return _look(job)
        key = _key(job)
        if key not in self._known:
            self._known[key] = _look(job)
        return self._known[key]

    def scene_changed(self) -> None:
        """The next tick looks again."""
        self._stale = True

    def tick(self) -> None:
        """Forget what may be no more, if the scene has changed."""
        if self._stale:
            self.forget()

    def forget(self) -> None:
        """Look everything up again."""
        self._stale = False
        self.generation += 1
        self._known.clear()


_Key = tuple[str, int, bool, tuple[tuple[str, State, str], ...]]


def _key(job: Job) -> _Key:
    """What an answer depends on beside the scene: the job, and the steps before it."""
    before = tuple((each.id, each.state, each.root) for each in targets.steps_before(job))
    return job.id, job.revision, composition.belongs_to_open_file(job), before


def _look(job: Job) -> ResolvedTarget:
    group = targets.found(job)
    asked = targets.question(job, group)
    return ResolvedTarget(
        question=asked,
        asks=targets.asks_a_person(job, asked),
        anchor=group.anchor.session_uid if group is not None else 0,
        replaceable=group is not None and is_replaceable(group.anchor),
    )


RESOLVED: Final = Resolutions(keep=not bpy.app.background)


@persistent
def _changed(*_unused: object) -> None:
    RESOLVED.scene_changed()


@persistent
def _gone_back(*_unused: object) -> None:
    """Another file, or another state of this one."""
    RESOLVED.forget()


register, unregister = handler_pair(
    (
        ("depsgraph_update_post", _changed),
        ("load_post", _gone_back),
        ("undo_post", _gone_back),
        ("redo_post", _gone_back),
    )
)
