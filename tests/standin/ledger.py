"""The ledger: requests received, uploads, tasks and their credits, by account.

Safe from any thread. Knows what a task costs and how long it takes, but not why.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, RLock
from uuid import uuid4

from .clock import Clock
from .faults import Fault
from .messages import Request, Role, mapping, summary
from .signatures import Grant
from .workshop import Made

QUEUED_SHARE = 0.2
LONGEST_WAIT = 120.0
DAY = 86_400.0
WINDOW = 60.0


class TooFewCredits(Exception):
    """The account cannot pay for the task."""


class TooManyTasks(Exception):
    """The account already has the allowed number of unfinished tasks of this category."""


class TooFast(Exception):
    """The account has started too many tasks, or uploads, within a minute."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A request as received; files in its body only as name, type and size. `content` has the bytes
    of a JSON body."""

    role: Role
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: object
    content: bytes = field(default=b"", repr=False)

    @property
    def fields(self) -> dict[str, object]:
        """The body's fields. Raises TypeError if the body is no JSON object."""
        fields = mapping(self.body)
        if fields is None:
            raise TypeError(f"{self.method} {self.path} came without a JSON object")
        return fields


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A received file, or one that may still arrive: after a presign by its link, else by the grant
    to put it into storage, whose key is `token`."""

    token: str
    key: str
    name: str
    path: Path
    grant: Grant | None = None

    @property
    def arrived(self) -> bool:
        """Whether its bytes have arrived."""
        return self.path.exists()

    @property
    def content(self) -> bytes:
        """Its bytes; empty until it has arrived."""
        return self.path.read_bytes() if self.arrived else b""


@dataclass(frozen=True)
class Standing:
    """The state of a task: one of Tripo's status words, progress from 0 to 100, why it failed."""

    status: str
    progress: int
    error_code: int | None = None
    error_message: str = ""

    @property
    def final(self) -> bool:
        """Whether this state is final."""
        return self.status not in ("queued", "running")


@dataclass(kw_only=True, eq=False)
class Task:
    """One task. Only the ledger changes it. `facts` are results that need no file."""

    key: str
    kind: str
    category: str
    body: dict[str, object]
    credits: float
    created: float
    seconds: float
    ignored: tuple[str, ...] = ()
    model: str = ""
    facts: dict[str, object] = field(default_factory=dict[str, object])
    making: "Future[Made] | None" = None
    ending: Fault = field(default_factory=Fault)
    id: str = field(default_factory=lambda: str(uuid4()))
    finished: float | None = None
    end: Standing | None = None
    seen_running: bool = False

    @property
    def made(self) -> Made | None:
        """The files, once the task has succeeded."""
        succeeded = self.end is not None and self.end.status == "success"
        return self.making.result() if succeeded and self.making else None

    @property
    def charged(self) -> float:
        """Credits taken; nothing unless it succeeded."""
        return self.credits if self.end is not None and self.end.status == "success" else 0.0


@dataclass(kw_only=True, eq=False)
class Account:
    """The balance of a key; `balance` includes credits frozen for unfinished tasks."""

    balance: float
    frozen: float = 0.0
    started: list[float] = field(default_factory=list[float])
    uploaded: list[float] = field(default_factory=list[float])


class Ledger:
    """All accounts of one stand-in. `balances` gives every accepted key its credits.

    `per_minute` tasks may be started, and `uploads_per_minute` files announced; None: no limit.
    `keep_days` says by account for how many days a task is known; no entry: forever.
    """

    def __init__(
        self,
        balances: dict[str, float],
        clock: Clock,
        *,
        per_minute: int,
        uploads_per_minute: int | None = None,
        keep_days: Mapping[str, float] | None = None,
    ) -> None:
        self._keep_days = dict(keep_days or {})
        self._accounts = {key: Account(balance=credits) for key, credits in balances.items()}
        self._clock = clock
        self._requests: list[Recorded] = []
        self._uploads: dict[str, Upload] = {}
        self._tasks: dict[str, Task] = {}
        self._lock = RLock()
        self.per_minute = per_minute
        self.uploads_per_minute = uploads_per_minute

    @property
    def requests(self) -> tuple[Recorded, ...]:
        """Return all requests on both ports, in order."""
        with self._lock:
            return tuple(self._requests)

    @property
    def uploads(self) -> tuple[Upload, ...]:
        """Return every file token that was given out, in order."""
        with self._lock:
            return tuple(self._uploads.values())

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Return every task, in order, each updated to the present."""
        with self._lock:
            self._settle()
            return tuple(self._tasks.values())

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the accepted keys."""
        return tuple(self._accounts)

    def sent(self, method: str, path: str) -> tuple[Recorded, ...]:
        """Return the requests with this method whose path begins so."""
        return tuple(
            each for each in self.requests if each.method == method and each.path.startswith(path)
        )

    def account(self, key: str) -> Account:
        """Return the account of an accepted key, updated to the present."""
        with self._lock:
            self._settle()
            return self._accounts[key]

    def note(self, request: Request) -> None:
        """Record a request."""
        entry = Recorded(
            role=request.role,
            method=request.method,
            path=request.path,
            query=dict(request.query),
            headers=dict(request.headers),
            body=summary(request),
            content=request.content if request.media_type == "application/json" else b"",
        )
        with self._lock:
            self._requests.append(entry)

    def keep(self, upload: Upload) -> None:
        """Record a file token. Raises TooFast."""
        with self._lock:
            uploaded, now = self._accounts[upload.key].uploaded, self._clock()
            uploaded[:] = [moment for moment in uploaded if moment > now - WINDOW]
            if self.uploads_per_minute is not None and len(uploaded) >= self.uploads_per_minute:
                raise TooFast
            uploaded.append(now)
            self._uploads[upload.token] = upload

    def upload(self, token: str) -> Upload | None:
        """Return the file of a token, whoever sent it."""
        with self._lock:
            return self._uploads.get(token)

    def open(self, task: Task, *, at_once: int, begin: Callable[[], None]) -> None:
        """Record a task, freeze its credits, and `begin` it; or raise one of the three refusals."""
        with self._lock:
            account = self.account(task.key)
            rivals = [
                each
                for each in self._tasks.values()
                if (each.key, each.category, each.end) == (task.key, task.category, None)
            ]
            if self.pace(task.key)[0] < 1:
                raise TooFast
            if account.balance - account.frozen < task.credits:
                raise TooFewCredits
            if len(rivals) >= at_once:
                raise TooManyTasks
            account.frozen += task.credits
            account.started.append(task.created)
            begin()
            self._tasks[task.id] = task

    def add(self, task: Task) -> None:
        """Record a task that comes with another one."""
        with self._lock:
            self._tasks[task.id] = task

    def pace(self, key: str) -> tuple[int, int]:
        """Return how many tasks the account may still start this minute, and the seconds until
        more."""
        with self._lock:
            started, now = self._accounts[key].started, self._clock()
            started[:] = [moment for moment in started if moment > now - WINDOW]
            reset = int(started[0] + WINDOW - now) + 1 if started else 0
            return self.per_minute - len(started), reset

    def find(self, task_id: str, key: str) -> Task | None:
        """Return a task, if this key made it and its record is still kept, else None."""
        with self._lock:
            self._settle()
            task = self._tasks.get(task_id)
            return task if task is not None and task.key == key and self._kept(task) else None

    def has_forgotten(self, task_id: str, key: str) -> bool:
        """Return whether this key once made such a task whose record is no longer kept."""
        with self._lock:
            task = self._tasks.get(task_id)
            return task is not None and task.key == key and not self._kept(task)

    def page(self, key: str, *, limit: int, offset: int) -> Sequence[Task]:
        """Return the tasks of a key whose records are kept, newest first."""
        own = [task for task in reversed(self.tasks) if task.key == key and self._kept(task)]
        return own[offset : offset + limit]

    def stop(self, task: Task) -> bool:
        """Stop a task early, which costs nothing. False if it is already over."""
        with self._lock:
            self._settle()
            if task.end is not None:
                return False
            task.ending, task.seconds = Fault(ending="cancelled"), 0.0
            self._settle()
            return True

    def look(self, task: Task) -> Standing:
        """Return the state that a client may see: never final before it was seen running once.

        Waits for a task that takes no time, so that the first look finds it done.
        """
        if task.seconds == 0 and task.making is not None:
            # A callback, because `wait` never hears of a future cancelled by a shutdown.
            done = Event()
            task.making.add_done_callback(lambda _: done.set())
            done.wait(LONGEST_WAIT)
        with self._lock:
            self._settle()
            now = task.end or self._underway(task)
            if now.final and task.seconds > 0 and not task.seen_running:
                now = Standing("running", 99)
            task.seen_running = task.seen_running or now.status == "running"
            return now

    def _kept(self, task: Task) -> bool:
        days = self._keep_days.get(task.key)
        return days is None or self._clock() - task.created < days * DAY

    def _underway(self, task: Task) -> Standing:
        passed = self._clock() - task.created
        if passed < QUEUED_SHARE * task.seconds:
            return Standing("queued", 0)
        share = passed / task.seconds if task.seconds else 1.0
        return Standing("running", min(99, max(1, int(share * 100))))

    def _settle(self) -> None:
        for task in self._tasks.values():
            if task.end is None and self._clock() - task.created >= task.seconds:
                task.end = _end(task)
                if task.end is not None:
                    self._close(task)

    def _close(self, task: Task) -> None:
        task.finished = max(self._clock(), task.created + task.seconds)
        account = self._accounts[task.key]
        account.frozen -= task.credits
        account.balance -= task.charged


def _end(task: Task) -> Standing | None:
    """Return how a task whose time is up ends; None while its files are still being made."""
    if task.ending.ending:
        fault = task.ending
        return Standing(fault.ending, 100, fault.error_code, fault.error_message)
    if task.making is None:
        return Standing("success", 100)
    if not task.making.done():
        return None
    if task.making.cancelled():
        return Standing("cancelled", 100)
    broken = task.making.exception()
    return Standing("failed", 100, 1001, str(broken)) if broken else Standing("success", 100)
