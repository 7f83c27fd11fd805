"""The dialect of Pixazo's Tripo v2.5 service (gateway.pixazo.ai).

Encodes, sends, decodes; one attempt per call. Wire facts: the user's document of the service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

from pydantic import BeforeValidator

from ..catalog.pixazo import PIXAZO
from ..catalog.service_types import Service
from ..dialect import Dialect, Stop, never
from ..errors import Kind, Problem, Rejected, Transient
from ..http.transport import Answer, KeyForOrigin, Transport
from ..messages import connections
from ..messages import services as messages
from ..replies import Balance, FileRef, Output, RecentTasks, Status, Task
from ..tasks import TaskRequest, kind_of
from . import encoding
from .calls import Body, Calls
from .lenient import Identity, Lenient, Links, Name, Words, mapping, read_as
from .unsupported_calls import UnsupportedCalls
from .verdicts import Complaint, ErrorTable, judge, refused

REQUEST_PATH: Final = "/tripo3d-v2-5-413/v1/tripo3d-v2-5-request"
STATUS_PATH: Final = "/v2/requests/status/"
_HEADERS: Final = {"Cache-Control": "no-cache"}
_TEXTURE: Final = "standard"
ERRORS: Final = ErrorTable(
    codes={"model not found": refused(Kind.OFFER)},
    statuses={403: Kind.KEY},
)


def connect(base_url: str, key: str) -> Dialect:
    """Return the dialect for this base URL and key; sends nothing."""
    return Pixazo(base_url, key)


class Pixazo(UnsupportedCalls):
    """Pixazo at one address with one key."""

    def __init__(self, base_url: str, key: str) -> None:
        auth = KeyForOrigin(base_url, "Ocp-Apim-Subscription-Key", key)
        self._calls = Calls(Transport(base_url, auth, headers=_HEADERS), _complaint)

    @property
    def service(self) -> Service:
        """The service's row in the catalog."""
        return PIXAZO

    @property
    def is_local(self) -> bool:
        """Whether the service runs on this machine."""
        return self._calls.is_local

    def upload(self, file: Path, *, stop: Stop = never) -> FileRef:
        """Raises `Rejected`: this service fetches pictures from the public web only."""
        del stop
        raise Rejected(Problem(kind=Kind.OFFER, detail=messages.not_on_the_web(file.name)))

    def submit(
        self,
        request: TaskRequest,
        files: tuple[FileRef, ...],
        *,
        repeat_key: str = "",
        stop: Stop = never,
    ) -> str:
        """POST the request. **Paid.**"""
        del repeat_key, stop
        body = encode_request(request, files)
        return self._calls.create(REQUEST_PATH, _created_id, payload=body)

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        """GET /v2/requests/status/{id}, one request per task; unknown tasks are absent. The
        `polling_url` of the first answer is not used: the key is sent only to paths named here."""
        return {
            task_id: read_as(_WireStatus, answer.body).to_task(task_id)
            for task_id in task_ids
            if (answer := self._calls.find(STATUS_PATH + quote(task_id, safe="")))
        }

    def recent(self) -> RecentTasks:
        """Raises `Rejected`: the service has no list of tasks."""
        raise Rejected(Problem(kind=Kind.OFFER, detail=messages.NO_TASK_LIST))

    def balance(self) -> Balance:
        """Raises `Rejected`: the wallet is shown on the service's web site only."""
        raise Rejected(Problem(kind=Kind.OFFER, detail=messages.BALANCE_ON_WEBSITE))

    def close(self) -> None:
        """Close the pooled connections."""
        self._calls.close()


def encode_request(request: TaskRequest, files: tuple[FileRef, ...]) -> Body:
    """Return the JSON body. `texture` has the example's value, as others are not published."""
    offer = PIXAZO.offers[kind_of(request)]
    return {
        "texture": _TEXTURE,
        **encoding.settings(request, offer),
        "image_url": files[0].address,
    }


class _WireCreated(Lenient):
    request_id: Identity


class _WireOutput(Lenient):
    media_url: Links = ()


_STATUSES: Final = {
    "queued": Status.QUEUED,
    "processing": Status.RUNNING,
    "completed": Status.SUCCESS,
    "failed": Status.FAILED,
    "error": Status.FAILED,
}


class _WireStatus(Lenient):
    status: Name = ""
    error: Words = ""
    output: Annotated[_WireOutput, BeforeValidator(mapping)] = _WireOutput()

    def to_task(self, task_id: str) -> Task:
        """Convert the task; progress is unknown."""
        return Task(
            id=task_id,
            status=_STATUSES.get(self.status.lower(), Status.UNKNOWN),
            output=Output(models=self.output.media_url),
            error_message=self.error,
        )


class _WireError(Lenient):
    error: Name = ""
    message: Words = ""


def _created_id(answer: Answer) -> str:
    """Return the task's id. With an error, the id is that of the refused request, not of a task."""
    if answer.status >= 300 and read_as(_WireError, mapping(answer.body)).error:
        raise Transient(Problem(kind=Kind.ADDON))
    return read_as(_WireCreated, answer.body).request_id


def _complaint(answer: Answer) -> Complaint | None:
    """Return the problem that the answer reports, or None."""
    if 200 <= answer.status < 300:
        return None
    wire = read_as(_WireError, mapping(answer.body))
    verdict = judge(ERRORS, answer.status, wire.error.lower() or None)
    trouble = Problem(
        kind=verdict.kind,
        detail="" if wire.error or wire.message else connections.service_status(answer.status),
        code=wire.error or None,
        message=wire.message,
    )
    return Complaint(trouble, verdict.proof)
