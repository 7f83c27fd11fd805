"""The rows of the job list: their order, texts, and progress.

Main thread only. Rows are updated once per turn of the loop if anything has changed, so that panels
only read. In background mode there are no turns, so callers update them.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...api.record import record
from ...jobs.model import description as descriptions
from ...jobs.model import job_groups
from ...jobs.model.job_groups import Arrangement, JobGroup, Standing
from ...jobs.model.states import State
from ..objects import resolved_target
from ..session import composition
from .row_texts import cost_of, title_of

if TYPE_CHECKING:
    from ...jobs.engine.engine import JobEngine
    from ...jobs.model.description import Description
    from ...jobs.model.job import Job
    from ...jobs.model.job_groups import Cause

_NOTHING: Final = Arrangement((), {}, {}, dict.fromkeys(Standing, 0), ())
ALL: Final = "ALL"
# The weight of a new estimate of the end against the former ones.
_NEWS: Final = 0.3


@record
class _End:
    """When a row will be done, in seconds since 1970; the step that it was estimated for; and
    whether the service's progress was used."""

    moment: float
    step: tuple[str, bool]


@record
class Row:
    """One row as of the last turn of the loop: its group, its texts, and when it will be done, in
    seconds since 1970, if known. `alike` are the keys of all rows that it stands for (failures with
    the same cause); mostly its own."""

    group: JobGroup
    description: Description
    title: str
    cost: str
    end: float | None
    alike: tuple[str, ...]

    @property
    def job(self) -> Job:
        """The step that the row shows."""
        return self.group.current

    @property
    def left(self) -> float | None:
        """The seconds left, if known."""
        left = self.end - time.time() if self.end is not None else 0.0
        return left if left > 0 else None


def needs_person(job: Job) -> bool:
    """Whether the job waits for a decision by the artist."""
    if job.may_be_attached:
        return True
    if job.state is not State.READY or job.elsewhere:
        return False
    return not composition.belongs_to_open_file(job) or resolved_target.RESOLVED.of(job).asks


class JobRows:
    """The rows of the list. `search` and `standing` (a name of `Standing`, or ALL) filter them.
    `choices` counts how often the artist has chosen one."""

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self.search = ""
        self.standing = ALL
        self.choices = 0
        self._unfolded: set[Cause] = set()
        self._arranged = _NOTHING
        self._arranged_for: tuple[object, ...] = ()
        self._measured_for: tuple[Job, ...] = ()
        self._key_of: dict[str, str] = {}
        self._engine: JobEngine | None = None
        self._known: frozenset[str] | None = None
        self._chosen = ""
        self._number = 0
        # What was drawn since the last change, with the first step.
        self._drawn: dict[str, tuple[Job, Row]] = {}
        self._bars: dict[str, float] = {}
        self._ends: dict[str, _End] = {}

    @property
    def order(self) -> tuple[str, ...]:
        """The keys of the rows, as shown."""
        return self._now.order

    @property
    def counts(self) -> Mapping[Standing, int]:
        """How many rows there are of each standing, including rows that are filtered out."""
        return self._now.counts

    @property
    def chosen(self) -> str:
        """The key of the row whose details are shown: the one that the artist chose or sent last,
        else the first; "" if there is none."""
        self._update()
        return self._chosen

    @property
    def filtered(self) -> bool:
        """Whether the list shows only some rows."""
        return bool(self.search) or self.standing != ALL

    @property
    def number(self) -> int:
        """The index of that row among those shown; -1 if it is not shown."""
        self._update()
        return self._number

    def choose(self, number: int) -> None:
        """Show the details of the row at this index."""
        if 0 <= number < len(self.order):
            self._chosen, self._number = self.order[number], number
            self.choices += 1

    def at(self, number: int) -> Row | None:
        """Return the row at this index among those shown; None if there is none any more."""
        order = self._now.order
        return self.row(order[number]) if number < len(order) else None

    def row(self, key: str) -> Row | None:
        """Return a row by its key; None if its job was removed."""
        arranged, engine = self._now, composition.WIRING.engine
        job = engine.job(key) if engine is not None else None
        if engine is None or job is None:
            return None
        known = self._drawn.get(key)
        if known is None or known[0] is not job:
            group = _group_of(engine, arranged.chains.get(key, (job,)))
            known = self._drawn[key] = (job, self._made(group, arranged.alike.get(key, (key,))))
        return known[1]

    def _made(self, group: JobGroup, alike: tuple[str, ...]) -> Row:
        end = self._ends.get(group.key)
        return Row(
            group,
            descriptions.describe(group.current, self._bar(group)),
            title_of(group, len(alike)),
            cost_of(group),
            end.moment if end is not None else None,
            alike,
        )

    @property
    def going(self) -> tuple[str, ...]:
        """Return the keys of the rows that run in this Blender, newest first."""
        return self._now.going

    def jobs_of(self, job_id: str) -> tuple[Job, ...]:
        """Return all jobs of the row that a job is in, including alike failures."""
        rows = map(self.row, self._now.alike.get(self.key_of(job_id), (self.key_of(job_id),)))
        return tuple(step for row in rows if row is not None for step in row.group.steps)

    def count_of(self, job_id: str) -> int:
        """Return how many requests the row that a job is in stands for."""
        return len(self._now.alike.get(self.key_of(job_id), ("",)))

    def steps_of(self, job_id: str) -> tuple[Job, ...]:
        """Return the steps of a job's request; none if the job was removed."""
        row = self.row(self.key_of(job_id))
        return row.group.steps if row is not None else ()

    def key_of(self, job_id: str) -> str:
        """Return the key of the row that a job is in."""
        self._update()
        return self._key_of.get(job_id, job_id)

    def unfold(self, job_id: str) -> None:
        """Show each failure that a row stands for in its own row."""
        for job in self.jobs_of(job_id)[:1]:
            self._unfolded.add(job_groups.cause_of(job))
        self.arrange()

    def refresh(self) -> None:
        """Update the rows; fast if nothing has changed."""
        engine, jobs = composition.WIRING.engine, composition.jobs()
        changes = engine.order_changes if engine is not None else 0
        state = (engine, changes, resolved_target.RESOLVED.generation, composition.WIRING.document)
        if state != self._arranged_for:
            self._arranged_for = state
            self.arrange()
        elif jobs is not self._measured_for:
            self._measure()
        self._measured_for = jobs

    def arrange(self) -> None:
        """Update the order of the rows now."""
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
                shows=self._shows if self.filtered else None,
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
        """Update the rows in background mode, where no loop does."""
        if not self._keep:
            self.refresh()

    def _shows(self, steps: tuple[Job, ...], standing: Standing) -> bool:
        if self.standing not in {ALL, standing.name}:
            return False
        wanted = self.search.casefold()
        return any(wanted in text.casefold() for step in steps for text in _texts(step))

    def _choose_again(self, jobs: Collection[Job]) -> None:
        """Keep the chosen row, or the one that replaced it; choose a row that was just sent."""
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
        """Update the progress of running rows: a bar never goes back, and its end does not jump."""
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
        """Return the end to show: estimates from the service's progress are averaged with the
        former ones."""
        step = (group.current.id, job_groups.reports_progress(group.current))
        former = self._ends.get(key)
        if former is None or former.step != step or not step[1]:
            return _End(end, step)
        return _End(former.moment + _NEWS * (end - former.moment), step)

    def _bar(self, group: JobGroup) -> float | None:
        bar = job_groups.bar_of(group)
        return None if bar is None else max(bar, self._bars.get(group.key, 0.0))


def _group_of(engine: JobEngine, steps: Iterable[Job]) -> JobGroup:
    """Return the current group of these steps; a step that was removed stays as it was."""
    current = tuple(engine.job(step.id) or step for step in steps)
    return job_groups.group_of(current, needs_person)


def _texts(job: Job) -> Iterator[str]:
    """Yield the texts that a search compares."""
    request: Any = job.request
    yield job.title
    yield job.kind.label
    yield str(getattr(request, "prompt", None) or "")


ROWS: Final = JobRows(keep=not bpy.app.background)
