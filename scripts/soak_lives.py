"""Runs one process of the money soak, without Blender: a real engine, store and transport, with a
simulated person who retries failures and a clock that may jump.

Started by soak_money.py. A paid request with an unknown outcome is never sent again: the person
searches for its task instead, so that anything paid twice is a fault of the add-on.
"""

from __future__ import annotations

import functools
import os
import random
import resource
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import soak_candidates
from tests.jobs.bench import ACCOUNT, KEY, MODEL, PLACE, SMALL_DISK_RESERVE, Wrapped
from tripo_addon.api.dialect import Stop, never
from tripo_addon.api.replies import FileRef, Status
from tripo_addon.api.services.tripo_v3 import connect
from tripo_addon.api.tasks import TaskRequest, TextToModel
from tripo_addon.jobs.engine.engine import JobEngine
from tripo_addon.jobs.engine.workers import ThreadWorkers, Work
from tripo_addon.jobs.model.events import Placed
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.model.recipes import Step
from tripo_addon.jobs.storage.payments import SendDecision
from tripo_addon.jobs.storage.store import Store, StoreError

SPEED: Final = 15.0
# A lease lasts ten real seconds then, too long to run out on a busy machine by itself.
CALM: Final = 3.0
DAY: Final = 86_400.0
LIST: Final = "jobs.sqlite3"
DURABLE: Final = "durable"
SYNCED: Final = "synced"
# Where a process may be killed, in the order of a job's steps.
POINTS: Final = (
    "before a row is written",
    "after a row is written",
    "before the announcement",
    "after the announcement",
    "before the request",
    "before the receipt",
    "after the receipt",
)
# What a full disk still takes, beyond what the list has already.
_LAST_BYTES: Final = 4096
_HOPEFUL: Final = {Status.QUEUED.value, Status.RUNNING.value, Status.SUCCESS.value}
_BEGAN: Final = 1_700_000_000.0


@dataclass(frozen=True)
class Jump:
    """After so many real seconds, the wall clock jumps by so many seconds."""

    after: float
    seconds: float


@dataclass(frozen=True)
class Life:
    """The plan of one process. It is killed at the `count`-th time at `point`; if `point` is empty
    it runs for `seconds` and quits, or is killed then if it `dies`. `candidates` are the numbers of
    requests for several drafts. `full`: from when to when, in real seconds, the disk is full.
    `eager`: the probability that its person retries a failed row, each time."""

    owner: str
    seed: int
    submissions: tuple[int, ...]
    seconds: float
    candidates: tuple[int, ...] = ()
    point: str = ""
    count: int = 1
    jumps: tuple[Jump, ...] = ()
    full: tuple[float, float] | None = None
    eager: float = 0.3
    ahead: float = 0.0
    settles: bool = False
    dies: bool = False
    speed: float = SPEED


class Clock:
    """The machine's clock, running faster, with a wall clock that can jump."""

    def __init__(self, life: Life) -> None:
        self._ahead = life.ahead
        self._speed = life.speed

    def jump(self, seconds: float) -> None:
        """Change the wall clock."""
        self._ahead += seconds

    def now(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic() * self._speed

    def wall(self) -> float:
        """Return seconds since 1970 by this clock."""
        return _BEGAN + time.monotonic() * self._speed + self._ahead

    def jitter(self) -> float:
        """No chance."""
        return 0.0


class Workers(ThreadWorkers):
    """Threads whose waits pass at the clock's speed."""

    speed = SPEED

    def repeat(self, lane: str, seconds: float, work: Work) -> None:
        """As often as the clock says."""
        super().repeat(lane, seconds / self.speed, work)


class Fate:
    """Kills the process at the planned point."""

    def __init__(self, life: Life) -> None:
        self._point = life.point
        self._left = life.count

    def reached(self, point: str) -> None:
        """Called at each point; does not return from the planned one."""
        if point == self._point:
            self._left -= 1
            if self._left == 0:
                die()


def die() -> NoReturn:
    """End the process as if it was killed: nothing is flushed, closed or answered."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60.0)
    raise SystemExit(1)


class FatalStore(Store):
    """A list before and after whose writes the process may be killed."""

    fate: Fate

    def save(self, job: Job, wall: float, *, announced: bool = False) -> bool:
        self.fate.reached(POINTS[0])
        saved = super().save(job, wall, announced=announced)
        self.fate.reached(POINTS[1])
        return saved

    def save_all(self, jobs: Sequence[Job], wall: float) -> bool:
        self.fate.reached(POINTS[0])
        saved = super().save_all(jobs, wall)
        self.fate.reached(POINTS[1])
        return saved

    def about_to_pay(self, job: Job, wall: float, *, stop: Stop = never) -> SendDecision:
        self.fate.reached(POINTS[2])
        leave = super().about_to_pay(job, wall, stop=stop)
        if leave is SendDecision.GO:
            self.fate.reached(POINTS[3])
        return leave

    def paid(self, job: Job, task_id: str, wall: float) -> None:
        self.fate.reached(POINTS[5])
        super().paid(job, task_id, wall)
        self.fate.reached(POINTS[6])


class FatalDialect(Wrapped):
    """A dialect before whose requests the process may be killed."""

    fate: Fate

    def submit(
        self,
        request: TaskRequest,
        files: tuple[FileRef, ...],
        *,
        repeat_key: str = "",
        stop: Stop = never,
    ) -> str:
        self.fate.reached(POINTS[4])
        return self.inner.submit(request, files, repeat_key=repeat_key, stop=stop)


class _Durable(sqlite3.Connection):
    """Keeps what a loss of power would leave: the list as of the last synced commit."""

    kept: Path
    turn: threading.Lock
    connect: Callable[..., sqlite3.Connection]

    def __exit__(self, *raised: Any) -> Any:
        ended = super().__exit__(*raised)
        (synchronous,) = self.execute("PRAGMA synchronous").fetchone()
        (_, _, path) = self.execute("PRAGMA database_list").fetchone()
        if synchronous >= 2 and path:
            self._keep(path)
        return ended

    def _keep(self, path: str) -> None:
        """Copy the list at once: another thread of this process may be writing to it."""
        fresh = self.kept.with_name(f"{DURABLE}.new")
        with self.turn:
            fresh.unlink(missing_ok=True)
            with closing(self.connect(path)) as now, closing(self.connect(fresh)) as then:
                now.backup(then)
            fresh.replace(self.kept)


def watch_syncs(folder: Path) -> None:
    """Start recording which downloads, and what of the list, a loss of power would leave."""
    _Durable.kept, _Durable.turn = folder / DURABLE, threading.Lock()
    _Durable.connect = sqlite3.connect
    sqlite3.connect = functools.partial(sqlite3.connect, factory=_Durable)
    sync = os.fsync

    def noted(file: Any) -> None:
        sync(file)
        number = file if isinstance(file, int) else file.fileno()
        with (folder / SYNCED).open("a") as notes:
            notes.write(f"{os.fstat(number).st_ino}\n")

    os.fsync = noted


def live(folder: Path, address: str, life: Life, *, power: bool = False) -> None:
    """Run the process to its planned end."""
    if power:
        watch_syncs(folder)
    began, clock, fate = time.monotonic(), Clock(life), Fate(life)
    chance = random.Random(life.seed)  # noqa: S311 - is meant to come out the same again
    store = FatalStore(folder / LIST, life.owner)
    store.fate = fate
    _patiently(store.prepare, life)
    workers = Workers()
    workers.speed = life.speed
    numbers = iter(range(1, 10_000))
    engine = JobEngine(
        store=store,
        workers=workers,
        clock=clock,
        folder=folder / "downloads",
        converter=None,
        new_id=lambda: f"{life.owner}-{next(numbers):04}",
        room=SMALL_DISK_RESERVE,
    )
    dialect = FatalDialect(connect(address, KEY))
    dialect.fate = fate
    engine.connect(ACCOUNT, dialect)
    engine.take_over(store.claim(clock.wall()), store.finished(1000))
    _submit(engine, life)
    jumps = list(life.jumps)
    while time.monotonic() - began < life.seconds:
        age = time.monotonic() - began
        if life.full is not None:
            _fill(folder, full=life.full[0] <= age < life.full[1])
        while jumps and jumps[0].after <= age:
            clock.jump(jumps.pop(0).seconds)
        _turn(engine, chance, life)
        if life.settles and _settled(engine):
            break
        time.sleep(0.004)
    if life.dies:
        die()
    _fill(folder, full=False)
    engine.shutdown()


def _submit(engine: JobEngine, life: Life) -> None:
    for number in life.submissions:
        engine.submit(ACCOUNT, (step(number),))
    for number in life.candidates:
        engine.submit_drafts(ACCOUNT, soak_candidates.drafts(number))


def _patiently(prepare: Callable[[], None], life: Life) -> None:
    until = time.monotonic() + life.seconds
    while True:
        try:
            prepare()
        except StoreError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def step(number: int) -> Step:
    """Return the request of that number, which is also its seed."""
    request = TextToModel(model=MODEL, prompt=f"chest number {number}", model_seed=number)
    return Step(request=request, title=f"chest {number}", placement=PLACE)


def _fill(folder: Path, *, full: bool) -> None:
    """Make the disk full for this process: no file can grow any more."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    most = hard
    if full:
        most = (folder / LIST).stat().st_size + _LAST_BYTES
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))


def _turn(engine: JobEngine, chance: random.Random, life: Life) -> None:
    """Run one turn of the loop, and the person's actions."""
    for job in engine.tick(online=True).ready:
        engine.placed(job.id, Placed(f"root of {job.id}"))
    if life.settles or chance.random() < 0.02:
        engine.refresh()
    soak_candidates.keep(engine, chance)
    for job in engine.jobs():
        if job.state is State.FAILED and not job.elsewhere and chance.random() < life.eager:
            _decide(engine, job)


def _decide(engine: JobEngine, job: Job) -> None:
    if job.may_be_attached:
        # A texture after a draft has no prompt of its own; there is one per plan.
        words = getattr(job.request, "prompt", None) or ""
        own = [each for each in job.candidates if each.prompt == words]
        # Two tries of one request look alike: a person uses the one that has a result.
        own.sort(key=lambda each: each.status not in _HOPEFUL)
        if own:
            engine.attach(job.id, own[0].task_id)
        elif not job.note:
            engine.search_task(job.id)
    elif job.failure is not Failure.OUTCOME_UNKNOWN and not job.note:
        engine.retry(job.id)


def _settled(engine: JobEngine) -> bool:
    """Whether nothing is left that continues by itself or that this person would decide."""
    kept = soak_candidates.is_kept(engine)
    return (
        kept
        and not engine.list_trouble
        and all(
            job.state is State.DONE or (job.state is State.FAILED and bool(job.note))
            for job in engine.jobs()
        )
    )
