"""Groups the jobs of one request into one row: which steps belong together, which one is current,
and the order of rows. Pure.

The list may hold thousands of jobs, and this runs with every change of one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import Final

from ...api.catalog import SERVICES
from ...api.record import record
from . import timing
from .description import fraction_of
from .job import Job, State


class Standing(Enum):
    """The state of a row, for the counts and the filter."""

    NEEDS_YOU = "needs you"
    RUNNING = "running"
    FAILED = "failed"
    FINISHED = "finished"

    # Each is the only one of its kind; Enum's own hash is Python code, and slow.
    __hash__ = object.__hash__


Before = Callable[[Job], Job | None]
Cause = tuple[object, ...]


@record
class JobGroup:
    """The steps of one request, in order; mostly one. The drafts of a model are one request, with
    the steps for the one that is kept. `current` is the step that the row shows."""

    steps: tuple[Job, ...]
    current: Job
    standing: Standing

    @property
    def key(self) -> str:
        """The key of the row: the id of the first step."""
        return self.steps[0].id


@record
class Arrangement:
    """The rows of the list by their keys. `chains` has the steps of rows with several; `alike` the
    keys of all failures that one row stands for. `counts` includes rows that are filtered out; so
    does `going`, the rows that run in this Blender."""

    order: tuple[str, ...]
    chains: Mapping[str, tuple[Job, ...]]
    alike: Mapping[str, tuple[str, ...]]
    counts: Mapping[Standing, int]
    going: tuple[str, ...]


_BY_STATE: Final = {
    State.DONE: Standing.FINISHED,
    State.CANCELLED: Standing.FINISHED,
    State.FAILED: Standing.FAILED,
}


def arrange(
    jobs: Iterable[Job],
    *,
    before: Before,
    needs_person: Callable[[Job], bool],
    shows: Callable[[tuple[Job, ...], Standing], bool] | None = None,
    unfolded: Collection[Cause] = (),
) -> Arrangement:
    """Arrange the jobs, given newest first: rows that need a person come first. `shows` filters
    rows; failures with the same cause share a row, unless the cause is `unfolded`."""
    listed = tuple(jobs)
    chained = chains(listed, before)
    first = {step.id: key for key, steps in chained.items() for step in steps}
    counts, finished = dict.fromkeys(Standing, 0), 0
    causes: dict[Cause, list[str]] = {}
    going: list[str] = []
    urgent: list[str] = []
    usual: list[str] = []
    seen: set[str] = set()
    for job in listed:
        key = first.get(job.id, job.id)
        steps = chained.get(key) or (job,)
        if len(steps) == 1 and job.state is State.DONE and shows is None:
            # Most rows are of this kind, so this path must be fast.
            finished += 1
            usual.append(key)
            continue
        if key in seen:
            continue
        seen.add(key)
        standing = standing_of(steps, needs_person)
        counts[standing] += 1
        if standing is Standing.RUNNING and not job.elsewhere:
            going.append(key)
        if shows is not None and not shows(steps, standing):
            continue
        if standing is Standing.FAILED and not _is_first(steps, key, causes, unfolded):
            continue
        (urgent if standing is Standing.NEEDS_YOU else usual).append(key)
    counts[Standing.FINISHED] += finished
    return Arrangement(
        order=(*urgent, *usual),
        chains=chained,
        alike={keys[0]: tuple(keys) for keys in causes.values() if len(keys) > 1},
        counts=counts,
        going=tuple(going),
    )


def _is_first(
    steps: tuple[Job, ...], key: str, causes: dict[Cause, list[str]], unfolded: Collection[Cause]
) -> bool:
    """Whether a failure is the first with its cause, and so gets their row."""
    cause = cause_of(_current(steps))
    if cause in unfolded:
        return True
    alike = causes.setdefault(cause, [])
    alike.append(key)
    return len(alike) == 1


def cause_of(job: Job) -> Cause:
    """Return what failures must share to be one row."""
    trouble = job.trouble
    if trouble is None:
        return (job.failure, job.id)
    return (job.account, job.failure, trouble.kind, trouble.code, trouble.detail)


def chains(jobs: Iterable[Job], before: Before) -> dict[str, tuple[Job, ...]]:
    """Return the steps of each request that has several, in order, by the id of the first."""
    previous: dict[str, str] = {}
    linked: dict[str, Job] = {}
    drafts: dict[str, list[Job]] = {}
    keeping: list[Job] = []
    for job in jobs:
        if job.draft is not None:
            drafts.setdefault(job.draft.first, []).append(job)
        elif job.keeps:
            keeping.append(job)
        earlier = before(job) if job.after is not None else None
        if earlier is not None and earlier.id != job.id:
            previous[job.id] = earlier.id
            linked[job.id], linked[earlier.id] = job, earlier
    if drafts:
        _link_drafts(drafts.values(), keeping, previous, linked)
    found: dict[str, list[tuple[tuple[float, ...], Job]]] = {}
    for job in linked.values():
        key, depth = _way_back(job.id, previous)
        place = (job.draft is None, depth, _number(job), job.created)
        found.setdefault(key, []).append((place, job))
    return {
        key: tuple(job for _place, job in sorted(steps, key=lambda step: step[0]))
        for key, steps in found.items()
    }


def _link_drafts(
    drafts: Iterable[Sequence[Job]],
    keeping: Iterable[Job],
    previous: dict[str, str],
    linked: dict[str, Job],
) -> None:
    """Have the drafts of a model follow the first of them that is listed, and what goes on with one
    follow that."""
    # A draft that was imported again is another job; what was kept of it names its first try.
    latest: dict[str, str] = {}
    for listed in drafts:
        latest |= {job.first_try: job.id for job in listed}
        first, *others = sorted(listed, key=_number)
        linked[first.id] = first
        for job in others:
            linked[job.id], previous[job.id] = job, first.id
    for job in keeping:
        draft = latest.get(job.keeps, job.keeps)
        if draft in linked and job.id not in previous:
            linked[job.id], previous[job.id] = job, draft


def _number(job: Job) -> int:
    return job.draft.number if job.draft is not None else 0


def _way_back(job_id: str, previous: Mapping[str, str]) -> tuple[str, int]:
    """Return the first step before this one, and the number of steps between. A circle in a damaged
    list ends where it began."""
    passed = [job_id]
    while (earlier := previous.get(passed[-1])) is not None and earlier not in passed:
        passed.append(earlier)
    if passed[-1] in previous:
        return min(passed), passed.index(min(passed))
    return passed[-1], len(passed) - 1


def group_of(steps: tuple[Job, ...], needs_person: Callable[[Job], bool]) -> JobGroup:
    """Return the group of one request's steps."""
    waiting = next((step for step in steps if needs_person(step)), None)
    current = waiting or _current(steps)
    return JobGroup(steps, current, standing_of(steps, needs_person))


def standing_of(steps: Sequence[Job], needs_person: Callable[[Job], bool]) -> Standing:
    """Return the state of a row with these steps."""
    if any(needs_person(step) for step in steps):
        return Standing.NEEDS_YOU
    return _BY_STATE.get(_current(steps).state, Standing.RUNNING)


def waits_for_step(job: Job) -> bool:
    """Whether the job has not begun because an earlier step has not ended."""
    return job.state is State.PENDING and job.after is not None


def counted(steps: Sequence[Job]) -> Sequence[Job]:
    """The steps that a row's state and bar are about: not the drafts, once one was kept."""
    if steps[0].draft is None:
        return steps
    return [step for step in steps if step.draft is None] or steps


def _current(steps: Sequence[Job]) -> Job:
    """Return the step that the row shows: the last one that runs, else the first that failed. Of
    drafts, one that can be kept comes before those that were canceled."""
    steps = counted(steps)
    if len(steps) == 1:
        return steps[0]
    unfinished = [step for step in steps if not step.state.final]
    begun = [step for step in unfinished if not waits_for_step(step)]
    if begun:
        return begun[-1]
    failed = [step for step in steps if step.state is State.FAILED]
    canceled = [step for step in steps if step.state is State.CANCELLED]
    if steps[0].draft is not None:
        done = [step for step in steps if step.state is State.DONE]
        return next(iter((*failed, *done, *canceled)), steps[-1])
    stopped = [step for step in steps if step in failed or step in canceled]
    return next(iter((*stopped, *unfinished)), steps[-1])


def bar_of(group: JobGroup) -> float | None:
    """Return the progress of all steps of a group, from 0 to 1, weighted by their usual duration;
    None if nothing runs."""
    if fraction_of(group.current) is None:
        return None
    parts = [(usual_seconds(step), _share(step)) for step in counted(group.steps)]
    return sum(weight * share for weight, share in parts) / sum(weight for weight, _share in parts)


def _share(step: Job) -> float:
    if step.state is State.DONE:
        return 1.0
    return fraction_of(step) or 0.0


_USUAL: Final = 80.0


def usual_seconds(job: Job) -> float:
    """Return how many seconds the service usually takes for such a task."""
    service = SERVICES.get(job.service_id)
    offer = service.offers.get(job.kind) if service is not None else None
    return offer.seconds if offer is not None else _USUAL


_USABLE_PERCENT: Final = 10


def seconds_left(group: JobGroup, wall: float) -> float | None:
    """Return the seconds that a group will still take, from the service's progress or from the
    usual duration; None if unknown. `wall` is in seconds since 1970."""
    own = _seconds_left(group.current, wall)
    if own is None:
        return None
    return own + sum(usual_seconds(step) for step in group.steps if waits_for_step(step))


def reports_progress(job: Job) -> bool:
    """Whether the remaining time comes from the service's progress."""
    return job.state is State.RUNNING and job.progress >= _USABLE_PERCENT


def _seconds_left(job: Job, wall: float) -> float | None:
    usual = usual_seconds(job)
    if job.elsewhere or job.cancelling or job.attempt or job.trouble is not None:
        return None
    if job.state in {State.UPLOADING, State.SUBMITTING}:
        return usual
    if job.state is not State.RUNNING or job.task_made is None:
        return None
    age = max(0.0, wall - job.task_made)
    if reports_progress(job):
        return timing.seconds_left(age, job.progress)
    return usual - age if age < usual else None
