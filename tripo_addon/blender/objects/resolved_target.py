"""The state of a job's target, computed once for everything that draws or decides.

Main thread only. Finding an object may need a walk over all objects, and panels ask on every
redraw, so results are cached until the scene or a job they depend on changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

from ...api.record import record
from ...jobs.model.states import State
from ..session import composition
from . import object_group, targets
from .scene_changes import CHANGES

if TYPE_CHECKING:
    from ...jobs.model.job import Job


@record
class ResolvedTarget:
    """Why a READY job is not placed automatically (`question`), and whether a person has to decide
    (`asks`); the anchor's session_uid (0 if it no longer exists), and whether it can be changed."""

    question: str
    asks: bool
    anchor: int
    replaceable: bool


class Resolutions:
    """The results since the last change; `generation` increases with each change. Without `keep`,
    nothing is cached: in background mode no tick clears the cache."""

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self.generation = 0
        self._changes, self._states = CHANGES.count, CHANGES.states
        self._known: dict[_Key, ResolvedTarget] = {}

    def of(self, job: Job) -> ResolvedTarget:
        """The state of the job's target."""
        if not self._keep:
            return _look(job)
        if self._states != CHANGES.states:
            # After loading another file, other objects may have the same numbers.
            self.forget()
        key = _key(job)
        if key not in self._known:
            self._known[key] = _look(job)
        return self._known[key]

    def tick(self) -> None:
        """Clear the cache if the scene has changed. Called once per turn of the loop, because
        looking up the targets at every redraw of a drag would be felt."""
        if self._changes != CHANGES.count:
            self.forget()

    def forget(self) -> None:
        """Clear the cache."""
        self._changes, self._states = CHANGES.count, CHANGES.states
        self.generation += 1
        self._known.clear()


_Key = tuple[str, int, bool, tuple[tuple[str, State, str], ...]]


def _key(job: Job) -> _Key:
    """Return what a result depends on besides the scene: the job, and the steps before it."""
    before = tuple((each.id, each.state, each.root) for each in targets.steps_before(job))
    return job.id, job.revision, composition.belongs_to_open_file(job), before


def _look(job: Job) -> ResolvedTarget:
    group = targets.found(job)
    question = targets.question(job, group)
    return ResolvedTarget(
        question=question,
        asks=targets.asks_a_person(job, question),
        anchor=group.anchor.session_uid if group is not None else 0,
        replaceable=group is not None and object_group.is_replaceable(group.anchor),
    )


RESOLVED: Final = Resolutions(keep=not bpy.app.background)
