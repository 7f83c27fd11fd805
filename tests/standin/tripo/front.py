"""The common request handling of both versions of the API: authentication, routing, recording.

Words and envelopes are the dialect's; checks are in `creation`; accounts are in the ledger.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import cycle
from uuid import uuid4

from ..contents import look_at
from ..desk import Desk
from ..ledger import Task, TooFast, TooFewCredits, TooManyTasks, Upload
from ..messages import Malformed, Request, Response, file_parts, items, json_object
from ..signatures import Grant
from .creation import plan
from .endpoint import Endpoint, Manner
from .refusals import NO_ENTRY, Refused
from .sources import Finder, check_file

TRACE = "X-Tripo-Trace-ID"
MOST_IDS = 100


@dataclass(frozen=True)
class Call:
    """A request with a known key; `tail` is what the route's pattern matched."""

    request: Request
    key: str
    tail: str

    @property
    def body(self) -> dict[str, object]:
        """The JSON object sent. Raises Refused."""
        if self.request.media_type != "application/json":
            raise Refused(1003, "Content-Type must be application/json", status=415)
        return json_object(self.request.content)


Handler = Callable[[Call], object]
Route = tuple[str, str, Handler]


class Front(ABC):
    """One version of Tripo's API. `routes` are method, pattern of the path, and handler."""

    prefix: str
    manner: Manner
    bad_keys: tuple[int, ...] = (2, 1000, 1001)
    """Codes for a 401 in documents of different age; they alternate."""
    no_route = 4001

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._next_bad_key = cycle(self.bad_keys)

    @property
    @abstractmethod
    def routes(self) -> tuple[Route, ...]:
        """What is here."""

    @abstractmethod
    def success(self, data: object, headers: Mapping[str, str]) -> Response:
        """Return the envelope of a successful answer."""

    @abstractmethod
    def error(self, refused: Refused, headers: Mapping[str, str], trace: str) -> Response:
        """Return the envelope of a refusal."""

    @abstractmethod
    def shown(self, task: Task, *, step: bool = False) -> dict[str, object]:
        """Return the task object."""

    def headers_for(self, key: str) -> dict[str, str]:
        """Return the headers of every answer to this key."""
        del key
        return {}

    def answer(self, request: Request) -> Response:
        """Answer anything under the prefix, errors included."""
        trace = request.headers.get(TRACE.lower()) or str(uuid4())
        headers = {TRACE: trace}
        try:
            key = self._known_key(request)
            headers |= self.headers_for(key)
            return self.success(self._routed(request, key), headers)
        except Malformed as error:
            return self.error(Refused(1003, f"malformed: {error}"), headers, trace)
        except Refused as refused:
            if refused.status == 429:
                headers["Retry-After"] = "1"
            return self.error(refused, headers, trace)

    def create(self, endpoint: Endpoint, call: Call) -> dict[str, object]:
        """Record a task and start it. Raises Refused."""
        body = call.body
        finder = Finder(self.desk.ledger, self.desk.folder, call.key, self.manner)
        now = self.desk.clock()
        planned = plan(endpoint, body, finder, now=now)
        task = Task(
            key=call.key,
            kind=planned.endpoint.kind,
            category=planned.category,
            body=body,
            credits=planned.credits,
            created=now,
            seconds=self.desk.seconds,
            ignored=planned.ignored,
            model=planned.model,
            facts=dict(planned.facts),
        )
        at_once = self.manner.at_once[task.category]
        along = tuple(
            replace(task, id=task_id, kind=kind, credits=0.0, facts={}, ignored=())
            for task_id, kind in planned.along.items()
        )
        try:
            self.desk.begin(task, planned.making, call.request, at_once=at_once, along=along)
        except TooFewCredits as error:
            raise Refused(2010) from error
        except TooManyTasks as error:
            raise Refused(2000) from error
        except TooFast as error:
            raise Refused(1007) from error
        return {"task_id": task.id}

    def one_task(self, call: Call) -> dict[str, object]:
        """Answer with the task in the path."""
        step = call.request.query.get("step") == "1"
        return self.shown(self.own(call.tail, call.key), step=step)

    def many_tasks(self, call: Call) -> dict[str, object]:
        """Answer with the tasks named in the body, and the ids that are unknown."""
        ids = items(call.body.get("task_ids")) or []
        if not 1 <= len(ids) <= MOST_IDS:
            raise Refused(1004, f"parameter 'task_ids' must have 1 to {MOST_IDS} ids")
        names = [str(each) for each in ids]
        found = {name: self.desk.ledger.find(name, call.key) for name in names}
        return {
            "tasks": {name: self.shown(task) for name, task in found.items() if task},
            "missed": [name for name, task in found.items() if task is None],
        }

    def own(self, task_id: str, key: str) -> Task:
        """Return a task of this key. Raises Refused."""
        task = self.desk.ledger.find(task_id, key)
        if task is None:
            raise Refused(2001)
        return task

    def received(self, call: Call, token: str, *, meshes: bool = True) -> Upload:
        """Store the one file of a form. Raises Refused."""
        parts = [part for part in file_parts(call.request) if part.label == "file"]
        if len(parts) != 1:
            raise Refused(2003)
        content = look_at(parts[0].content, parts[0].name)
        check_file(content, parts[0].content)
        if content.is_mesh and not meshes:
            raise Refused(2004)
        upload = self.booked(call.key, token, parts[0].name, content.kind)
        upload.path.write_bytes(parts[0].content)
        return upload

    def booked(
        self, key: str, token: str, name: str, kind: str, *, grant: Grant | None = None
    ) -> Upload:
        """Give out a token for a file that may come. Raises Refused."""
        path = self.desk.folder / f"{uuid4()}.{kind}"
        upload = Upload(token=token, key=key, name=name, path=path, grant=grant)
        try:
            self.desk.ledger.keep(upload)
        except TooFast as error:
            raise Refused(1007) from error
        return upload

    def _known_key(self, request: Request) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or key not in self.desk.ledger.keys:
            raise Refused(next(self._next_bad_key), NO_ENTRY, status=401)
        return key

    def _routed(self, request: Request, key: str) -> object:
        methods: set[str] = set()
        for method, pattern, handler in self.routes:
            found = re.fullmatch(pattern, request.path)
            if found is None:
                continue
            if method == request.method:
                return handler(Call(request, key, found[1] if found.groups() else ""))
            methods.add(method)
        if methods:
            raise Refused(1003, f"use {' or '.join(sorted(methods))}", status=405)
        raise Refused(self.no_route)
