"""The dialect of Comfy's router (api.comfy.org): queued runs of Tripo's generators.

Encodes, sends, decodes; one attempt per call. Every paid request has an Idempotency-Key, for
which the router charges once, however often it is sent. Wire facts: the router's public contract,
its pages on Tripo's models, and Comfy's own nodes, which upload pictures in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

from pydantic import BeforeValidator

from ..catalog.comfy_router import COMFY_ROUTER
from ..catalog.field_types import VIEWS
from ..catalog.service_types import Service
from ..catalog.task_kinds import TaskKind
from ..dialect import Dialect, Stop, never
from ..errors import Kind, Problem, Rejected
from ..http.transport import Answer, KeyForOrigin, Transport
from ..messages import connections
from ..messages import services as messages
from ..replies import Balance, FileRef, RecentTasks, Status, Task, web_picture
from ..tasks import MultiviewToModel, TaskRequest, kind_of
from . import encoding, sending
from .calls import Body, Calls
from .lenient import Identity, Lenient, Name, Number, Words, items, mapping, read_as
from .tripo_calls import data_of
from .tripo_wire import WireTask
from .verdicts import Complaint, ErrorTable, judge, not_yet, refused, unsure

ROOT: Final = "/v2/models/tripo"
STORAGE_PATH: Final = "/customers/storage"
_NAMES: Final = {
    TaskKind.TEXT_TO_MODEL: "text-to-model",
    TaskKind.IMAGE_TO_MODEL: "image-to-model",
    TaskKind.MULTIVIEW_TO_MODEL: "multiview-to-model",
}
ERRORS: Final = ErrorTable(
    codes={
        "invalid_input": refused(Kind.SETTING),
        "content_policy_violation": refused(Kind.CONTENT),
        "insufficient_credits": refused(Kind.CREDITS),
        "model_not_found": refused(Kind.VERSION),
        "unauthorized": refused(Kind.KEY),
        "forbidden": refused(Kind.ACCESS),
        "not_enabled": refused(Kind.ACCESS),
        "request_not_found": refused(Kind.NOT_FOUND),
        "concurrency_limit_exceeded": not_yet(),
        "rate_limited": not_yet(),
        "queue_backlog_full": not_yet(),
        "provider_error": unsure(),
        "provider_timeout": unsure(),
        "internal_error": unsure(),
        "deadline_exceeded": unsure(),
        "service_unavailable": unsure(),
        "client_disconnected": unsure(),
    },
    statuses={410: Kind.NOT_FOUND},
)
_CONFLICT: Final = 409
"""The Idempotency-Key is in use: by this request, still running, or by one whose answer the router
cannot repeat. Either may have been charged."""
_DETAILS: Final = {
    "not_enabled": messages.ROUTER_OFF,
    "insufficient_credits": messages.WORKSPACE_CREDITS,
}
_ENDS: Final = {
    "cancelled": (Status.CANCELLED, None),
    "content_policy_violation": (Status.REFUSED, Kind.CONTENT),
    "queue_timeout": (Status.TIMED_OUT, Kind.TIMED_OUT),
    "invalid_input": (Status.FAILED, Kind.SETTING),
    "insufficient_credits": (Status.FAILED, Kind.CREDITS),
}
_USUAL: Final = (
    f"{COMFY_ROUTER.offers[TaskKind.TEXT_TO_MODEL].default_model}-{_NAMES[TaskKind.TEXT_TO_MODEL]}"
)
_MODEL: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")


def connect(base_url: str, key: str) -> Dialect:
    """Return the dialect for this base URL and key; sends nothing."""
    return ComfyRouter(base_url, key)


class ComfyRouter:
    """Comfy's router at one base URL with one key. A task id is the model's id, a slash, and the
    router's request id, because the router needs both in every path."""

    def __init__(self, base_url: str, key: str) -> None:
        self._calls = Calls(Transport(base_url, KeyForOrigin(base_url, "X-API-Key", key)), _error)

    @property
    def service(self) -> Service:
        """The service's row in the catalog."""
        return COMFY_ROUTER

    @property
    def is_local(self) -> bool:
        """Whether the service runs on this machine."""
        return self._calls.is_local

    def upload(self, file: Path, *, stop: Stop = never) -> FileRef:
        """POST /customers/storage for a presigned URL, then PUT the picture there; the request
        contains the temporary download URL."""
        extension = sending.admit(file, COMFY_ROUTER)
        _extension, mime = sending.describe_file(file)
        wanted = {"file_name": f"image.{extension}", "content_type": mime}
        answer = self._calls.read("POST", STORAGE_PATH, payload=wanted, stop=stop)
        place = read_as(_WirePlace, answer.body)
        sending.put(place.upload_url, file, local=self.is_local, stop=stop)
        return FileRef(format=extension, address=place.download_url)

    def submit(
        self,
        request: TaskRequest,
        files: tuple[FileRef, ...],
        *,
        repeat_key: str = "",
        stop: Stop = never,
    ) -> str:
        """POST to the queue of the request's model. **Paid**, once for each `repeat_key`."""
        del stop
        model = model_name(request)
        request_id = self._calls.create(
            f"{ROOT}/{model}/requests",
            _created_id,
            payload=encode_request(request, files),
            headers={"Idempotency-Key": repeat_key} if repeat_key else {},
        )
        return f"{model}/{request_id}"

    def cancel(self, task_id: str) -> None:
        """PUT …/cancel; a run that has already ended is no error."""
        try:
            self._calls.read("PUT", f"{_place(task_id)}/cancel")
        except Rejected as refused_it:
            if refused_it.trouble.code != _OVER:
                raise

    def quote(self, request: TaskRequest) -> float | None:
        """POST …/estimate, which runs and charges nothing; only an exact price is returned."""
        files = tuple(web_picture(str(file)) for file in request.files)
        path = f"{ROOT}/{model_name(request)}/estimate"
        answer = self._calls.read("POST", path, payload=encode_request(request, files))
        wire = read_as(_WireEstimate, answer.body)
        return wire.credits if wire.source == "exact" else None

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        """GET …/status, one request per task, and the results of finished tasks. Tasks that the
        router does not know, or no longer keeps, are absent."""
        found = {task_id: self._look_up(task_id) for task_id in task_ids}
        return {task_id: task for task_id, task in found.items() if task is not None}

    def _look_up(self, task_id: str) -> Task | None:
        place = _place(task_id)
        answer = self._calls.find(f"{place}/status")
        if answer is None:
            return None
        wire = read_as(_WireStatus, answer.body)
        if not wire.is_success:
            return wire.to_task(task_id)
        result = self._calls.find(place)
        if result is None or result.status != _OK:
            return None if result is None else Task(id=task_id, status=Status.RUNNING)
        # The credits in the result are Tripo's, not what Comfy charges.
        task = data_of(WireTask, result).to_task()
        return task.model_copy(update={"id": task_id, "credits": None})

    def recent(self) -> RecentTasks:
        """Raises `Rejected`: the router has no list of requests."""
        raise Rejected(Problem(kind=Kind.OFFER, detail=messages.NO_TASK_LIST))

    def balance(self) -> Balance:
        """Raises `Rejected`: the balance is shown on the service's web site only."""
        raise Rejected(Problem(kind=Kind.OFFER, detail=messages.BALANCE_ON_WEBSITE))

    def close(self) -> None:
        """Close the pooled connections."""
        self._calls.close()


_OK: Final = 200
_OVER: Final = "ALREADY_COMPLETED"


def model_name(request: TaskRequest) -> str:
    """Return the router's name of a model version: in lower case, ending in the task kind."""
    version = request.model or COMFY_ROUTER.offers[kind_of(request)].default_model
    return f"{version.lower()}-{_NAMES[kind_of(request)]}"


def encode_request(request: TaskRequest, files: tuple[FileRef, ...]) -> Body:
    """Return the JSON body: Tripo's, without the version, which is in the path."""
    offer = COMFY_ROUTER.offers[kind_of(request)]
    attached = request.attached(files)
    fields = {**encoding.texts(request, offer), **encoding.settings(request, offer)}
    if isinstance(request, MultiviewToModel):
        views = [attached[view][0].address if view in attached else "" for view in VIEWS]
        return {"inputs": views, **fields}
    if "image" in attached:
        return {"input": attached["image"][0].address, **fields}
    return fields


def _place(task_id: str) -> str:
    """Return the path of a request. A bare id, as a user may paste it, is looked up under the
    default model."""
    model, _slash, request_id = task_id.strip().removeprefix("tripo/").rpartition("/")
    named = model if _MODEL.fullmatch(model) else _USUAL
    return f"{ROOT}/{named}/requests/{quote(request_id, safe='')}"


class _WirePlace(Lenient):
    upload_url: Identity
    download_url: Identity


class _WireEstimate(Lenient):
    source: Name = ""
    credits: Number = None


class _WireCreated(Lenient):
    request_id: Identity


_STATUSES: Final = {"in_queue": Status.QUEUED, "in_progress": Status.RUNNING}


class _WireStatus(Lenient):
    status: Name = ""
    error_type: Name = ""

    @property
    def is_success(self) -> bool:
        """Whether there is a result: failed and canceled requests count as completed, too."""
        return self.status.lower() == "completed" and not self.error_type

    def to_task(self, task_id: str) -> Task:
        """Convert a task that is running or has ended without a result; progress is unknown."""
        if self.status.lower() != "completed":
            return Task(id=task_id, status=_STATUSES.get(self.status.lower(), Status.UNKNOWN))
        status, fault = _ENDS.get(self.error_type, (Status.FAILED, Kind.SERVICE))
        return Task(id=task_id, status=status, fault=fault, error_code=self.error_type)


_MOST_PARTS: Final = 5


def _message(value: object) -> object:
    """Read `detail`, a text or a list of errors by field."""
    if value is None or isinstance(value, str):
        return value
    parts = (mapping(entry) for entry in items(value)[:_MOST_PARTS])
    return "; ".join(messages.invalid_field(part.get("loc"), part.get("msg")) for part in parts)


class _WireError(Lenient):
    error_type: Name = ""
    status: Name = ""
    detail: Annotated[Words, BeforeValidator(_message)] = ""
    upstream_detail: Words = ""


def _created_id(answer: Answer) -> str:
    return read_as(_WireCreated, answer.body).request_id


def _error(answer: Answer) -> Complaint | None:
    """Return the problem that the answer reports, or None."""
    if 200 <= answer.status < 300:
        return None
    wire = read_as(_WireError, mapping(answer.body))
    code = wire.error_type or wire.status
    verdict = judge(ERRORS, answer.status, wire.error_type or None)
    if answer.status == _CONFLICT and wire.status != _OVER:
        verdict = unsure(Kind.SERVICE)
    trouble = Problem(
        kind=verdict.kind,
        detail=_DETAILS.get(code, "")
        if code or wire.detail
        else connections.service_status(answer.status),
        code=code or None,
        message=wire.upstream_detail or wire.detail,
    )
    return Complaint(trouble, verdict.proof)
