"""A test bench for the engine: real store, real dialect, the stand-in; the test controls time and
threads.

Also the requests, files and jobs that these tests start from.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeGuard, get_args

from PIL import Image
from pydantic import BaseModel

from tests.doubles import Clock, InlineWorkers
from tests.standin.filler import FillerGlb
from tests.standin.service import StandIn
from tripo_addon.api.catalog.field_types import VIEWS, ParamType
from tripo_addon.api.catalog.parameters import PARAMETERS
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.dialect import Dialect, Stop, never
from tripo_addon.api.errors import Kind, Problem
from tripo_addon.api.replies import Balance, FileRef, RecentTasks, Task
from tripo_addon.api.rules import TURNS
from tripo_addon.api.services.tripo_v3 import connect
from tripo_addon.api.tasks import (
    ImageToModel,
    MultiviewToModel,
    TaskRequest,
    TextToModel,
    parse_request,
)
from tripo_addon.jobs.engine.engine import JobEngine
from tripo_addon.jobs.engine.worker_events import Tick
from tripo_addon.jobs.engine.workers import Workers
from tripo_addon.jobs.model.events import Placed
from tripo_addon.jobs.model.job import Draft, Failure, Job, Placement, State
from tripo_addon.jobs.model.recipes import Step
from tripo_addon.jobs.storage.claims import ClaimedJob
from tripo_addon.jobs.storage.store import Store
from tripo_addon.jobs.work.converter import Converter
from tripo_addon.jobs.work.disk_space import DiskSpace

MODEL = "v3.1-20260211"
ACCOUNT = "tripo-v3 stand-in"
KEY = "tsk_standin"
PLACE = Placement(
    document="a token",
    file="/scenes/barn.blend",
    scene="Scene",
    collection="Props",
    location=(1.0, 2.0, 3.0),
    turn=-90.0,
    fps=25.0,
    meters_per_unit=0.01,
)
LOST = Problem(kind=Kind.LOST_ANSWER)
SERVICE_PROBLEM = Problem(kind=Kind.SERVICE)
SMALL_DISK_RESERVE = DiskSpace(downloads=1 << 20, job_list=1 << 20, spare=1 << 20)
WALL = 1_700_000_000.0
# Fields that a session knows and the next one must find out again.
SESSION_FIELDS = {
    "step",
    "attempt",
    "failed_tries",
    "expired",
    "due",
    "entered",
    "files",
    "progress",
    "links",
    "clip_links",
    "preview_link",
    "elsewhere",
    "lost",
    "candidates",
}


def text(prompt: str = "a wooden chest") -> TextToModel:
    return TextToModel(model=MODEL, prompt=prompt)


def drafts(count: int) -> list[Step]:
    """Return so many drafts of a textured chest, each with its own seed."""
    steps: list[Step] = []
    for number in range(1, count + 1):
        bare = text().model_copy(update={"texture": False, "pbr": False, "model_seed": number})
        request = text().model_copy(update={"model_seed": number})
        draft = Draft(number=number, count=count, seed=number, requests=(request,), home=PLACE)
        step = Step(request=bare, title="a chest", placement=PLACE, draft=draft)
        steps.append(step)
    return steps


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (64, 64), "teal").save(path)
    return path


def image(path: Path) -> ImageToModel:
    return ImageToModel(model=MODEL, image=picture(path))


def views(folder: Path, *names: str) -> MultiviewToModel:
    given = {name: picture(folder / f"{name}.png") for name in names}
    return MultiviewToModel.model_validate({"model": MODEL, **given})


def requests_of_every_kind(folder: Path) -> tuple[TaskRequest, ...]:
    """Return a request of each kind, with every field different from its default."""
    return tuple(_filled(made, folder) for made in get_args(TaskRequest))


def _filled(made: type[BaseModel], folder: Path) -> TaskRequest:
    values = {
        name: _other_value(name, info.default, folder)
        for name, info in made.model_fields.items()
        if name != "kind"
    }
    return parse_request({"kind": made.model_fields["kind"].default, **values})


def _other_value(name: str, usual: object, folder: Path) -> object:
    """Return a value of the field's type that differs from the default."""
    if name == TURNS:
        return (("image", 1),)
    row = PARAMETERS.get(name)
    words = f"another {name} “with” ünïcode"
    if row is None:
        return words
    picks: dict[ParamType, object] = {
        ParamType.BOOLEAN: usual is False,
        ParamType.CHOICE: next((each.id for each in row.choices if each.id != usual), words),
        ParamType.INTEGER: 9000,
        ParamType.FLOAT: 0.5,
        ParamType.TEXT_LIST: ("first part", "second part"),
        ParamType.BY_VIEW: dict.fromkeys(VIEWS, words),
        ParamType.PICTURE: folder / f"{name}.png",
        ParamType.PICTURES: (folder / "first.png", "https://pictures.example/second.png"),
        ParamType.MODEL_FILE: folder / f"{name}.glb",
    }
    return picks.get(row.type, words)


def small_glb(path: Path, size: int = 2000) -> Path:
    """A valid GLB of one triangle."""
    filler = FillerGlb(size)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(filler.read(0, filler.size)))
    return path


def bare_job(**fields: Any) -> Job:
    given: dict[str, Any] = {
        "id": "job-1",
        "account": ACCOUNT,
        "title": "a chest",
        "request": text(),
        "placement": PLACE,
    }
    return Job(**given | fields)


_FIELDS_BY_STATE: Mapping[State, Mapping[str, Any]] = {
    State.REHEARSING: {},
    State.PENDING: {},
    State.UPLOADING: {},
    State.SUBMITTING: {"files": (FileRef(token="file_1", format="png"),)},
    State.RUNNING: {"task_id": "task-1", "progress": 40},
    State.DOWNLOADING: {
        "task_id": "task-1",
        "credits": 20.0,
        "links": ("https://files.example/model.glb?Signature=secret",),
    },
    State.CONVERTING: {"task_id": "task-1", "credits": 20.0, "model": Path("/m/model.glb")},
    State.READY: {
        "task_id": "task-1",
        "credits": 20.0,
        "model": Path("/m/model.glb"),
        "blend": Path("/m/model.blend"),
    },
    State.DONE: {
        "task_id": "task-1",
        "credits": 20.0,
        "model": Path("/m/model.glb"),
        "blend": Path("/m/model.blend"),
        "root": "a chest",
    },
    State.FAILED: {"failure": Failure.GENERATION, "trouble": SERVICE_PROBLEM, "task_id": "task-1"},
    State.CANCELLED: {"task_id": "task-1"},
}


def job_in(state: State, **fields: Any) -> Job:
    """Return a job as it is in that state, with the fields of the states before it."""
    steps = list(State).index(state)
    gathered = {"revision": steps, "step": steps, **_FIELDS_BY_STATE[state]}
    return bare_job(state=state, **gathered | fields)


def after_restart(job: Job) -> Job:
    """Return the job as another session reads it."""
    defaults = {each.name: getattr(bare_job(), each.name) for each in fields(Job)}
    return replace(job, **{name: defaults[name] for name in SESSION_FIELDS})


def kept_by(store: Store, wall: float) -> tuple[ClaimedJob, ...]:
    return store.claim(wall).kept


def entries(store: Store, job_id: str) -> list[str]:
    return [entry.entry for entry in store.timeline(job_id)]


class Wrapped:
    """A dialect that wraps another; a subclass overrides some methods."""

    def __init__(self, inner: Dialect) -> None:
        self.inner = inner

    @property
    def service(self) -> Service:
        return self.inner.service

    @property
    def is_local(self) -> bool:
        return self.inner.is_local

    def upload(self, file: Path, *, stop: Stop = never) -> FileRef:
        return self.inner.upload(file, stop=stop)

    def submit(
        self,
        request: TaskRequest,
        files: tuple[FileRef, ...],
        *,
        repeat_key: str = "",
        stop: Stop = never,
    ) -> str:
        return self.inner.submit(request, files, repeat_key=repeat_key, stop=stop)

    def cancel(self, task_id: str) -> None:
        self.inner.cancel(task_id)

    def quote(self, request: TaskRequest) -> float | None:
        return self.inner.quote(request)

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        return self.inner.look_up(task_ids)

    def recent(self) -> RecentTasks:
        return self.inner.recent()

    def balance(self) -> Balance:
        return self.inner.balance()

    def close(self) -> None:
        self.inner.close()


class Bench:
    """The engine of one Blender, with a stand-in.

    `speak` may wrap the dialect. Time is the `clock`'s and advances in `step`; real threads also
    need a `pause` of real seconds there.
    """

    def __init__(
        self,
        service: StandIn,
        folder: Path,
        *,
        clock: Clock,
        workers: Workers | None = None,
        owner: str = "one Blender",
        converter: Converter | None = None,
        speak: Callable[[Dialect], Dialect] = lambda dialect: dialect,
        connected: bool = True,
        pause: float = 0.0,
        room: DiskSpace = SMALL_DISK_RESERVE,
        keep: type[Store] = Store,
    ) -> None:
        self.service = service
        self.folder = folder
        self.clock = clock
        self.pause = pause
        self.store = keep(folder / "jobs.sqlite3", owner)
        self.store.prepare()
        self.workers = workers or InlineWorkers()
        self.dialect = speak(connect(service.base_url, KEY))
        numbers = itertools.count(1)
        self.engine = JobEngine(
            store=self.store,
            workers=self.workers,
            clock=clock,
            folder=folder / "downloads",
            converter=converter,
            new_id=lambda: f"{next(numbers):08x}-of-{owner}",
            room=room,
        )
        if connected:
            self.connect()

    def connect(self) -> None:
        self.engine.connect(ACCOUNT, self.dialect)

    def submit(self, request: TaskRequest | None = None, *, title: str = "a chest") -> Job:
        step = Step(request=request or text(), title=title, placement=PLACE)
        return self.engine.submit(ACCOUNT, (step,))[0]

    def take_over(self) -> None:
        """Take over the jobs in the store, as a Blender that has just started does."""
        self.engine.take_over(self.store.claim(self.clock.wall()), self.store.finished(1000))

    def now(self, job: Job) -> Job:
        found = self.engine.job(job.id)
        assert found is not None, f"{job.id} is gone"
        return found

    def step(self, *, online: bool = True) -> Tick:
        tick = self.engine.tick(online=online)
        self.clock.seconds += tick.wait or 0.0
        time.sleep(self.pause)
        return tick

    def steps(self, count: int, *, online: bool = True) -> None:
        for _ in range(count):
            self.step(online=online)

    def until(self, job: Job, *states: State, most: int = 4000, leaping: bool = False) -> Job:
        """Step until the job is in one of the states; fail if it cannot get there.

        `leaping` skips the time in which the job only waits.
        """
        for _ in range(most):
            found = self.now(job)
            if found.state in states:
                return found
            if leaping:
                self.clock.seconds = max(self.clock.seconds, found.due)
            tick = self.step()
            if tick.wait is None:
                break
        found = self.now(job)
        assert found.state in states, f"{found.state}: {found.trouble} {found.note}"
        return found

    def place(self, job: Job, root: str = "Chest") -> Job:
        self.engine.placed(job.id, Placed(root))
        return self.now(job)

    def look_ups(self) -> list[list[str]]:
        """Return the task ids of every look-up that the service received."""
        bodies = (each.body for each in self.service.ledger.sent("POST", "/v3/tasks/list"))
        return [[str(each) for each in body["task_ids"]] for body in bodies if _is_json(body)]

    def paid_for(self) -> int:
        """Return how many paid requests the service received."""
        return len(self.service.ledger.sent("POST", "/v3/generation"))

    def close(self) -> None:
        self.engine.shutdown()
        # Inline workers have closed it; threads may have been busy.
        self.dialect.close()


def _is_json(body: object) -> TypeGuard[dict[str, list[object]]]:
    return isinstance(body, dict)


MakeStandIn = Callable[..., StandIn]
MakeBench = Callable[..., Bench]
