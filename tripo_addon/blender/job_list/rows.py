"""The rows of the job list as they are shown: their order, what each says, how far it is.

Main thread only. Arranged anew once per turn of the loop if anything has changed, so that panels
only read. In background mode no turn does that, and whoever asks has it done.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...api.record import record
from ...jobs.model import job_groups
from ...jobs.model.description import Description, describe
from ...jobs.model.job import Job, State
from ...jobs.model.job_groups import Arrangement, JobGroup, Standing
from ..objects.resolved_target import RESOLVED
from ..session import composition

if TYPE_CHECKING:
    from ...jobs.engine.engine import JobEngine
    from ...jobs.model.job_groups import Cause

_NOTHING: Final = Arrangement((), {}, {}, dict.fromkeys(Standing, 0), ())
ALL: Final = "ALL"
# How much a new estimate of the end counts against those before it.
_NEWS: Final = 0.3


@record
class _End:
    """When a row will be done, in seconds since 1970, as estimated for a step, and whether from
    its service's progress."""

    moment: float
    step: tuple[str, bool]


@record
class Row:
    """One row: its group, what it says, and how many seconds are left, if that can be told. `alike`
    are the keys of all rows that it stands for: failures of one cause; mostly its own."""

    group: JobGroup
    description: Description
    left: float | None
    alike: tuple[str, ...]

    @property
    def job(self) -> Job:
        """The step that the row is about."""
        return self.group.current


def needs_person(job: Job) -> bool:
    """Whether the job goes on only when the artist decides something."""
    if job.may_be_attached:
        return True
    if job.state is not State.READY or job.elsewhere:
        return False
    return not composition.belongs_to_open_file(job) or RESOLVED.of(job).asks


class JobRows:
    """What the list shows. `search` and `standing` (a name of `Standing`, or ALL) choose rows."""

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self.search = ""
        self.standing = ALL
        self._unfolded: set[Cause] = set()
        self._arranged = _NOTHING
        self._arranged_for: tuple[object, ...] = ()
        self._measured_for: tuple[Job, ...] = ()
        self._key_of: dict[str, str] = {}
        self._engine: JobEngine | None = None
        self._known: frozenset[str] | None = None
        self._chosen = ""
        self._number = 0
        # What was drawn since the last change: the first step, its group, and what it says.
        self._drawn: dict[str, tuple[Job, JobGroup, Description]] = {}
        self._bars: dict[str, float] = {}
        self._ends: dict[str, _End] = {}

    @property
    def order(self) -> tuple[str, ...]:
        """The keys of the rows, as shown."""
        return self._now.order

    @property
    def counts(self) -> Mapping[Standing, int]:
        """How many rows there are of each sort, whether they are shown or not."""
        return self._now.counts

    @property
    def chosen(self) -> str:
        """The key of the row whose details are shown: the one that the artist chose or sent last,
        else the first; "" if there is none."""
        self._update()
        return self._chosen

    @property
    def number(self) -> int:
        """The place of that row among those shown; -1 if it is not among them."""
        self._update()
        return self._number

    def choose(self, number: int) -> None:
        """Show the details of the row at this place."""
        if 0 <= number < len(self.order):
            self._chosen, self._number = self.order[number], number

    def row(self, key: str) -> Row | None:
        """A row by its key; None once its job is gone."""
        arranged, engine = self._now, composition.WIRING.engine
        job = engine.job(key) if engine is not None else None
        if engine is None or job is None:
            return None
        known = self._drawn.get(key)
        if known is None or known[0] is not job:
            group = _group_of(engine, arranged.chains.get(key, (job,)))
            known = (job, group, describe(group.current, self._bar(group)))
            self._drawn[key] = known
        _job, group, description = known
        return Row(group, description, self._left(key), arranged.alike.get(key, (key,)))

    @property
    def going(self) -> tuple[str, ...]:
        """The keys of the rows that run in this Blender, newest first."""
        return self._now.going

    def jobs_of(self, job_id: str) -> tuple[Job, ...]:
        """All jobs of the row that a job is in, those of alike failures too."""
        rows = map(self.row, self._now.alike.get(self.key_of(job_id), (self.key_of(job_id),)))
        return tuple(step for row in rows if row is not None for step in row.group.steps)

    def count_of(self, job_id: str) -> int:
        """How many requests the row stands for that a job is in."""
        return len(self._now.alike.get(self.key_of(job_id), ("",)))

    def steps_of(self, job_id: str) -> tuple[Job, ...]:
        """The steps of the request that a job is one of; none if it is gone."""
        row = self.row(self.key_of(job_id))
        return row.group.steps if row is not None else ()

    def key_of(self, job_id: str) -> str:
        """The key of the row that a job is in."""
        self._update()
        return self._key_of.get(job_id, job_id)

    def unfold(self, job_id: str) -> None:
        """Show each of the failures that a row stands for in a row of its own."""
        for job in self.jobs_of(job_id)[:1]:
            self._unfolded.add(job_groups.cause_of(job))
        self.arrange()

    def refresh(self) -> None:
        """Bring the rows up to date; does next to nothing if nothing has changed."""
        engine, jobs = composition.WIRING.engine, composition.jobs()
        changes = engine.order_changes if engine is not None else 0
        state = (engine, changes, RESOLVED.generation, composition.WIRING.document)
        if state != self._arranged_for:
            self._arranged_for = state
            self.arrange()
        elif jobs is not self._measured_for:
            self._measure()
        self._measured_for = jobs

    def arrange(self) -> None:
        """Arrange the rows now."""
        engine, jobs = composition.WIRING.engine, composition.jobs()
        if engine is not self._engine:
            # Another session: its jobs are not new.
            self._engine, self._known = engine, None
            self._unfolded.clear()
        if engine is None:
            self._arranged = _NOTHING
        else:
            self._arranged = job_groups.arrange(
                jobs,
                before=engine.before,
                needs_person=needs_person,
                shows=self._shows if self.search or self.standing != ALL else None,
                unfolded=self._unfolded,
            )
        chains = self._arranged.chains
        self._key_of = {step.id: key for key, steps in chains.items() for step in steps}
        self._choose_again(jobs)
        self._measure()

    @property
    def _now(self) -> Arrangement:
        self._update()
        return self._arranged

    def _update(self) -> None:
        """Without a loop whose turns do this, whoever asks does."""
        if not self._keep:
            self.refresh()

    def _shows(self, steps: tuple[Job, ...], standing: Standing) -> bool:
        if self.standing not in {ALL, standing.name}:
            return False
        sought = self.search.casefold()
        return any(sought in text.casefold() for step in steps for text in _texts(step))

    def _choose_again(self, jobs: Collection[Job]) -> None:
        """Keep the chosen row, whatever took its place; show what has just been sent."""
        order, engine = self._arranged.order, composition.WIRING.engine
        ids = frozenset(job.id for job in jobs)
        if self._known is not None:
            new = ids - self._known
            sent = (job.id for job in jobs if job.id in new and not job.elsewhere)
            self._chosen = next(sent, self._chosen) if new else self._chosen
        self._known = ids
        if self._chosen and engine is not None:
            self._chosen = engine.latest(self._chosen)
        self._chosen = self._key_of.get(self._chosen, self._chosen)
        if self._chosen not in ids:
            self._chosen = order[0] if order else ""
        self._number = order.index(self._chosen) if self._chosen in order else -1

    def _measure(self) -> None:
        """Note how far the running rows are: a bar never goes back, and its end does not jump."""
        self._drawn.clear()
        wall, bars, ends = time.time(), dict[str, float](), dict[str, _End]()
        engine = composition.WIRING.engine
        for key in self._arranged.going:
            job = engine.job(key) if engine is not None else None
            if engine is None or job is None:
                continue
            group = _group_of(engine, self._arranged.chains.get(key, (job,)))
            bar, left = job_groups.bar_of(group), job_groups.seconds_left(group, wall)
            if bar is not None:
                bars[key] = max(bar, self._bars.get(key, 0.0))
            if left is not None:
                ends[key] = self._later(key, group, wall + left)
        self._bars, self._ends = bars, ends

    def _later(self, key: str, group: JobGroup, end: float) -> _End:
        """The end that is shown: an estimate from the service's progress joins those before it."""
        step = (group.current.id, job_groups.is_told(group.current))
        former = self._ends.get(key)
        if former is None or former.step != step or not step[1]:
            return _End(end, step)
        return _End(former.moment + _NEWS * (end - former.moment), step)

    def _bar(self, group: JobGroup) -> float | None:
        bar = job_groups.bar_of(group)
        return None if bar is None else max(bar, self._bars.get(group.key, 0.0))

    def _left(self, key: str) -> float | None:
        end = self._ends.get(key)
        left = end.moment - time.time() if end is not None else 0.0
        return left if left > 0 else None


def _group_of(engine: JobEngine, steps: Iterable[Job]) -> JobGroup:
    """The group of these steps as they are now; a step that is gone is as it was arranged."""
    current = tuple(engine.job(step.id) or step for step in steps)
    return job_groups.group_of(current, needs_person)


def _texts(job: Job) -> Iterator[str]:
    """What a search looks at."""
    request: Any = job.request
    yield job.title
    yield job.kind.label
    yield str(getattr(request, "prompt", None) or "")


ROWS: Final = JobRows(keep=not bpy.app.background)
