"""Tripo v3's routes: who may ask, what is asked, and the envelope around every answer.

Checks happen in `creation`, words in `replies`; the books are the ledger's.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from ..contents import MESHES, PICTURES, look_at
from ..desk import Desk
from ..ledger import Task, TooFast, TooFewCredits, TooManyTasks, Upload
from ..messages import (
    Malformed,
    Request,
    Response,
    file_parts,
    items,
    json_object,
)
from . import replies
from .creation import plan
from .refusals import Refused
from .sources import Finder, check_file
from .table import AT_ONCE, ENDPOINTS, NOT_PLAYED

TRACE = "X-Tripo-Trace-ID"
PRESIGN_LIFE = 1800
MOST_IDS = 100
FORMATS = (*PICTURES, "jpg", *MESHES)


@dataclass(frozen=True)
class Call:
    """A request by a known key; `tail` is what the route's pattern caught."""

    request: Request
    key: str
    tail: str

    @property
    def body(self) -> dict[str, object]:
        """The JSON object sent. Raises Refused."""
        if self.request.media_type != "application/json":
            raise Refused(1003, "Content-Type must be application/json", status=415)
        return json_object(self.request.content)


class TripoV3:
    """The dialect under `/v3/`."""

    prefix = "/v3/"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._routes: tuple[tuple[str, str, Callable[[Call], object]], ...] = (
            ("POST", r"/v3/files", self._upload),
            ("POST", r"/v3/files/presign", self._presign),
            ("POST", r"/v3/tasks/list", self._tasks),
            ("GET", r"/v3/tasks/([^/]+)", self._task),
            ("GET", r"/v3/account/balance", self._balance),
            ("GET", r"/v3/account/usage", self._usage),
            ("POST", r"/v3/models/refine", self._refine),
            ("POST", r"/v3/models/stylize", self._stylize),
            *(("POST", re.escape(path), self._not_played) for path in NOT_PLAYED),
            *(("POST", re.escape(path), self._create) for path in ENDPOINTS),
        )

    def answer(self, request: Request) -> Response:
        """Answer anything under `/v3/`, errors included."""
        trace = request.headers.get(TRACE.lower()) or str(uuid4())
        headers = {TRACE: trace}
        try:
            key = self._known_key(request)
            headers |= self._pace(key)
            return replies.success(self._routed(request, key), headers)
        except Malformed as error:
            return replies.error(Refused(1003, f"malformed: {error}"), headers, trace)
        except Refused as refused:
            if refused.status == 429:
                headers["Retry-After"] = "1"
            return replies.error(refused, headers, trace)

    def _known_key(self, request: Request) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or key not in self._desk.ledger.keys:
            raise Refused(2)
        return key

    def _pace(self, key: str) -> dict[str, str]:
        left, reset = self._desk.ledger.pace(key)
        return {
            "X-RateLimit-Limit": str(self._desk.ledger.per_minute),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str(reset),
        }

    def _routed(self, request: Request, key: str) -> object:
        methods: set[str] = set()
        for method, pattern, handler in self._routes:
            found = re.fullmatch(pattern, request.path)
            if found is None:
                continue
            if method == request.method:
                return handler(Call(request, key, found[1] if found.groups() else ""))
            methods.add(method)
        if methods:
            raise Refused(1003, f"use {' or '.join(sorted(methods))}", status=405)
        raise Refused(4001)

    def _create(self, call: Call) -> object:
        finder = Finder(self._desk.ledger, self._desk.folder, call.key)
        body = call.body
        planned = plan(ENDPOINTS[call.request.path], body, finder)
        task = Task(
            key=call.key,
            kind=planned.endpoint.kind,
            category=planned.category,
            body=body,
            credits=planned.credits,
            created=self._desk.clock(),
            seconds=self._desk.seconds,
            ignored=planned.ignored,
            model=planned.model,
        )
        try:
            self._desk.begin(task, planned.making, call.request, at_once=AT_ONCE[task.category])
        except TooFewCredits as error:
            raise Refused(2010) from error
        except TooManyTasks as error:
            raise Refused(2000) from error
        except TooFast as error:
            raise Refused(1007) from error
        return {"task_id": task.id}

    def _task(self, call: Call) -> object:
        task = self._own(call.tail, call.key)
        return self._shown(task, step=call.request.query.get("step") == "1")

    def _tasks(self, call: Call) -> object:
        ids = items(call.body.get("task_ids")) or []
        if not 1 <= len(ids) <= MOST_IDS:
            raise Refused(1004, f"parameter 'task_ids' must have 1 to {MOST_IDS} ids")
        names = [str(each) for each in ids]
        found = {name: self._desk.ledger.find(name, call.key) for name in names}
        return {
            "tasks": {name: self._shown(task) for name, task in found.items() if task},
            "missed": [name for name, task in found.items() if task is None],
        }

    def _own(self, task_id: str, key: str) -> Task:
        task = self._desk.ledger.find(task_id, key)
        if task is None:
            raise Refused(2001)
        return task

    def _shown(self, task: Task, *, step: bool = False) -> dict[str, object]:
        now = self._desk.ledger.look(task)
        return replies.task_object(task, now, self._desk.links, step=step)

    def _balance(self, call: Call) -> object:
        return replies.balance(self._desk.ledger.account(call.key))

    def _usage(self, call: Call) -> object:
        limit = _count(call.request, "limit", default=50, low=1, high=200)
        offset = _count(call.request, "offset", default=0, low=0, high=1_000_000)
        page = self._desk.ledger.page(call.key, limit=limit, offset=offset)
        return {"items": [replies.usage_row(task) for task in page]}

    def _upload(self, call: Call) -> object:
        parts = [part for part in file_parts(call.request) if part.label == "file"]
        if len(parts) != 1:
            raise Refused(2003)
        content = look_at(parts[0].content, parts[0].name)
        check_file(content, parts[0].content)
        upload = self._booked(call.key, parts[0].name, content.kind)
        upload.path.write_bytes(parts[0].content)
        return {"file_token": upload.token}

    def _presign(self, call: Call) -> object:
        wished = call.body.get("format")
        if not isinstance(wished, str) or not wished:
            raise Refused(1004, "parameter 'format' is required")
        if wished not in FORMATS:
            raise Refused(2004)
        upload = self._booked(call.key, f"upload.{wished}", wished)
        url = self._desk.links.sign(f"/uploads/{upload.token}", life=PRESIGN_LIFE)
        return {
            "presigned_url": url,
            "file_token": upload.token,
            "expires_in": PRESIGN_LIFE,
        }

    def _booked(self, key: str, name: str, kind: str) -> Upload:
        token = f"file_{uuid4()}"
        path = self._desk.folder / f"{token}.{kind}"
        upload = Upload(token=token, key=key, name=name, path=path)
        self._desk.ledger.keep(upload)
        return upload

    def _refine(self, call: Call) -> object:
        body = call.body
        source = body.get("input") or body.get("draft_model_task_id")
        if not isinstance(source, str):
            raise Refused(1004, "parameter 'input' is required")
        self._own(source, call.key)
        raise Refused(2006)

    def _stylize(self, call: Call) -> object:
        del call
        raise Refused(2016)

    def _not_played(self, call: Call) -> object:
        raise Refused(2002, f"the stand-in does not play {call.request.path}")


def _count(request: Request, name: str, *, default: int, low: int, high: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        raise Refused(1004, f"parameter '{name}' must be within {low} and {high}")
    return int(text)
