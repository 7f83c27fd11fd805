"""The dialect of 3D AI Studio (api.3daistudio.com).

Encodes, sends, decodes; one attempt per call. Files are sent with the request: pictures as
data URIs in JSON, models as a form part. Wire facts: the user's document of the service, and the
service's other pages.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

from pydantic import BeforeValidator

from ..catalog.field_types import VIEWS
from ..catalog.service_types import Service
from ..catalog.studio import STUDIO
from ..catalog.task_kinds import TaskKind
from ..dialect import Dialect, Stop, never
from ..errors import Kind, Problem, Rejected
from ..http.transport import Answer, Form, KeyForOrigin, Transport
from ..messages import connections
from ..messages import services as messages
from ..replies import Balance, FileRef, Output, RecentTasks, Status, Task
from ..tasks import MultiviewToModel, TaskRequest, kind_of
from . import encoding, sending
from .calls import Body, Calls
from .lenient import (
    MOST_LINKS,
    Amount,
    Identity,
    Lenient,
    Name,
    Number,
    Text,
    Words,
    items,
    mapping,
    read_as,
)
from .unsupported_calls import UnsupportedCalls
from .verdicts import Complaint, ErrorTable, judge, not_yet, refused

_ROOT: Final = "/v1/3d-models/tripo"
PATHS: Final = {
    TaskKind.TEXT_TO_MODEL: f"{_ROOT}/text-to-3d/",
    TaskKind.IMAGE_TO_MODEL: f"{_ROOT}/image-to-3d/",
    TaskKind.MULTIVIEW_TO_MODEL: f"{_ROOT}/multiview-to-3d/",
    TaskKind.TEXTURE_MODEL: f"{_ROOT}/texture-model/",
    TaskKind.CONVERT_MODEL: f"{_ROOT}/convert-model/",
    TaskKind.SEGMENT_MESH: f"{_ROOT}/mesh-segmentation/",
}
STATUS_PATH: Final = "/v1/generation-request/{}/status/"
WALLETS: Final = ("/account/user/wallet/", "/user/wallet/")
"""Paths of the wallet, tried in this order, because the documents disagree."""
_NO_SUFFIX: Final = "3.0"
ERRORS: Final = ErrorTable(
    codes={
        "validation_failed": refused(Kind.SETTING),
        "invalid_api_key": refused(Kind.KEY),
        "api_key_expired": refused(Kind.KEY),
        "api_key_revoked": refused(Kind.KEY),
        "insufficient_credits": refused(Kind.CREDITS),
        "rate_limited": not_yet(),
    },
)
_DETAILS: Final = {
    "api_key_expired": messages.KEY_EXPIRED,
    "api_key_revoked": messages.KEY_REVOKED,
}
_POLICY: Final = ("policy", "moderation", "nsfw", "inappropriate")


def connect(base_url: str, key: str) -> Dialect:
    """Return the dialect for this base URL and key; sends nothing."""
    return Studio(base_url, key)


class Studio(UnsupportedCalls):
    """3D AI Studio at one address with one key."""

    def __init__(self, base_url: str, key: str) -> None:
        auth = KeyForOrigin(base_url, "Authorization", f"Bearer {key}")
        self._calls = Calls(Transport(base_url, auth), _complaint)

    @property
    def service(self) -> Service:
        """The service's row in the catalog."""
        return STUDIO

    @property
    def is_local(self) -> bool:
        """Whether the service runs on this machine."""
        return self._calls.is_local

    def upload(self, file: Path, *, stop: Stop = never) -> FileRef:
        """Send nothing: the file is sent with the request. Raises `Rejected` if it cannot be
        read."""
        del stop
        extension = sending.admit(file, STUDIO)
        return FileRef(format=extension, path=file)

    def submit(
        self,
        request: TaskRequest,
        files: tuple[FileRef, ...],
        *,
        repeat_key: str = "",
        stop: Stop = never,
    ) -> str:
        """POST to the route of the request's kind and version. **Paid.**"""
        del repeat_key, stop
        path = path_of(request)
        attached = request.attached(files)
        if "source_file" in attached:
            return self._calls.create(path, _created_id, form=encode_form(request, attached))
        return self._calls.create(path, _created_id, payload=encode_request(request, attached))

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        """GET /v1/generation-request/{id}/status/, one request per task; unknown tasks are
        absent."""
        return {
            task_id: read_as(_WireStatus, answer.body).to_task(task_id)
            for task_id in task_ids
            if (answer := self._calls.find(STATUS_PATH.format(quote(task_id, safe=""))))
        }

    def recent(self) -> RecentTasks:
        """Raises `Rejected`: the service has no list of tasks."""
        raise Rejected(Problem(kind=Kind.OFFER, detail=messages.NO_TASK_LIST))

    def balance(self) -> Balance:
        """GET the wallet, whose balance is a text."""
        first, second = WALLETS
        answer = self._calls.find(first) or self._calls.read("GET", second)
        return Balance(available=read_as(_WireWallet, answer.body).balance)

    def close(self) -> None:
        """Close the pooled connections."""
        self._calls.close()


def encode_request(request: TaskRequest, attached: Mapping[str, tuple[FileRef, ...]]) -> Body:
    """Return the JSON body of a request without a model file."""
    offer = STUDIO.offers[kind_of(request)]
    body = {**encoding.texts(request, offer), **encoding.settings(request, offer)}
    if isinstance(request, MultiviewToModel):
        views = [_inline(attached[view][0], "image") for view in VIEWS if view in attached]
        return {"images": views, **body}
    return {**(_inline(attached["image"][0], "image") if "image" in attached else {}), **body}


def encode_form(request: TaskRequest, attached: Mapping[str, tuple[FileRef, ...]]) -> Form:
    """Return the form of a request with a model file; numbers and booleans are sent as text."""
    offer = STUDIO.offers[kind_of(request)]
    fields = {**encoding.texts(request, offer), **encoding.settings(request, offer)}
    names = {"source_file": "model", "image": "image", "style_image": "style_image"}
    files: dict[str, tuple[str, bytes, str]] = {}
    for field, name in names.items():
        for file in attached.get(field, ()):
            if file.path is not None:
                files[name] = sending.part(file.path)
            else:
                fields[f"{name}_url"] = file.address
    return Form(files=files, fields={name: _as_text(value) for name, value in fields.items()})


def path_of(request: TaskRequest) -> str:
    """Return the path of a request, which ends in the version; no version means 3.0."""
    path, model = PATHS[kind_of(request)], request.model
    return path if model in ("", _NO_SUFFIX) else f"{path}{model}/"


def _inline(file: FileRef, name: str) -> Body:
    """Return a picture as its public URL, or as a data URI."""
    if file.path is None:
        return {f"{name}_url": file.address}
    _extension, mime = sending.describe_file(file.path)
    encoded = base64.b64encode(sending.content(file.path)).decode()
    return {name: f"data:{mime};base64,{encoded}"}


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class _WireCreated(Lenient):
    task_id: Identity


class _WireWallet(Lenient):
    balance: Amount


class _WireAsset(Lenient):
    asset: Text = ""
    asset_url: Text = ""
    asset_type: Name = ""
    thumbnail: Text = ""

    @property
    def link(self) -> str:
        """The link, which the documents name differently."""
        return self.asset or self.asset_url


def _assets(value: object) -> tuple[Mapping[str, object], ...]:
    return tuple(mapping(entry) for entry in items(value)[:MOST_LINKS])


_STATUSES: Final = {
    "pending": Status.QUEUED,
    "in_progress": Status.RUNNING,
    "finished": Status.SUCCESS,
    "failed": Status.FAILED,
}


class _WireStatus(Lenient):
    status: Name = ""
    progress: Number = 0
    failure_reason: Words = ""
    results: Annotated[tuple[_WireAsset, ...], BeforeValidator(_assets)] = ()

    def to_task(self, task_id: str) -> Task:
        """Convert the task; models are listed before other files."""
        status = _STATUSES.get(self.status.lower(), Status.UNKNOWN)
        fault = None
        if status is Status.FAILED and any(word in self.failure_reason.lower() for word in _POLICY):
            status, fault = Status.REFUSED, Kind.CONTENT
        ranked = sorted(self.results, key=lambda asset: asset.asset_type.upper() != "3D_MODEL")
        links = tuple(asset.link for asset in ranked if asset.link)
        preview = next((asset.thumbnail for asset in ranked if asset.thumbnail), None)
        return Task(
            id=task_id,
            status=status,
            progress=max(0, min(100, int(self.progress or 0))),
            output=Output(models=links, preview=preview),
            fault=fault,
            error_message=self.failure_reason,
        )


class _WireError(Lenient):
    code: Name = ""
    detail: Words = ""
    message: Words = ""
    error: Name = ""


def _created_id(answer: Answer) -> str:
    return read_as(_WireCreated, answer.body).task_id


def _complaint(answer: Answer) -> Complaint | None:
    """Return the problem that the answer reports, or None; its body's format is undocumented."""
    if 200 <= answer.status < 300:
        return None
    wire = read_as(_WireError, mapping(answer.body))
    code = (wire.code or wire.error).lower()
    verdict = judge(ERRORS, answer.status, code or None)
    message = wire.message or wire.detail
    trouble = Problem(
        kind=verdict.kind,
        detail=_DETAILS.get(code, "")
        if code or message
        else connections.service_status(answer.status),
        code=wire.code or wire.error or None,
        message=message,
    )
    return Complaint(trouble, verdict.proof)
