"""The dialect of Tripo's API v2 (api.tripo3d.ai/v2/openapi, api.tripo3d.com/v2/openapi).

Encodes, sends, decodes; one attempt per call. Wire facts: the user's generation reference,
Tripo's v2 documents and the official SDK 0.4.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from requests_aws4auth import AWS4Auth  # pyright: ignore[reportMissingTypeStubs] - it has none

from ..catalog.field_types import VIEWS
from ..catalog.service_types import Service
from ..catalog.task_kinds import TaskKind
from ..catalog.tripo_v2 import TRIPO_V2
from ..dialect import Dialect, Stop, never
from ..errors import Kind, Problem, Rejected
from ..http.addresses import is_loopback
from ..messages import services as messages
from ..replies import Balance, FileRef, RecentTasks, Task
from ..tasks import EditViews, MultiviewToModel, Retarget, TaskRequest, TextureModel, kind_of
from . import encoding, sending
from .calls import Body
from .tripo_calls import created_id, data_of, tripo_calls
from .tripo_shapes import animations, file_object, texture_prompt, view_prompts
from .tripo_types import TYPES
from .tripo_wire import WireBalance, WireStorage, WireTask, WireUpload
from .unsupported_calls import UnsupportedCalls

ROOT: Final = "/v2/openapi"
STORAGE_REGION: Final = "us-west-2"
_SOURCE_FIELDS: Final = {
    TaskKind.REFINE_MODEL: "draft_model_task_id",
    TaskKind.EDIT_VIEWS: "original_task_id",
}
_PICTURES: Final = frozenset({"jpg", "png", "webp"})


def connect(base_url: str, key: str) -> Dialect:
    """Return the dialect for this base URL and key; sends nothing."""
    return TripoV2(base_url, key)


class TripoV2(UnsupportedCalls):
    """Tripo API v2 at one address with one key."""

    def __init__(self, base_url: str, key: str) -> None:
        self._calls = tripo_calls(base_url, key, absent=messages.TRIPO_V2_ENDED)

    @property
    def service(self) -> Service:
        """The service's row in the catalog."""
        return TRIPO_V2

    @property
    def is_local(self) -> bool:
        """Whether the service runs on this machine."""
        return self._calls.is_local

    def upload(self, file: Path, *, stop: Stop = never) -> FileRef:
        """POST /upload for pictures; upload models to Tripo's storage with the temporary keys of
        POST /upload/sts/token."""
        extension = sending.admit(file, TRIPO_V2)
        if extension in _PICTURES:
            answer = self._calls.read("POST", f"{ROOT}/upload", form=sending.form(file), stop=stop)
            return FileRef(format=extension, token=data_of(WireUpload, answer).file_token)
        path = f"{ROOT}/upload/sts/token"
        answer = self._calls.read("POST", path, payload={"format": extension}, stop=stop)
        storage = data_of(WireStorage, answer)
        signed = AWS4Auth(
            storage.sts_ak,
            storage.sts_sk,
            STORAGE_REGION,
            "s3",
            session_token=storage.session_token,
        )
        url = self._storage_url(storage)
        sending.put(url, file, local=self.is_local, stop=stop, auth=signed)
        place = (storage.resource_bucket, storage.resource_uri)
        return FileRef(format=extension, storage=place)

    def submit(
        self,
        request: TaskRequest,
        files: tuple[FileRef, ...],
        *,
        repeat_key: str = "",
        stop: Stop = never,
    ) -> str:
        """POST /task. **Paid.**"""
        del repeat_key, stop
        body = encode_request(request, files)
        return self._calls.create(f"{ROOT}/task", created_id, payload=body)

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        """GET /task/{id}, one request per task; unknown tasks are absent."""
        return {
            task_id: data_of(WireTask, answer).to_task()
            for task_id in task_ids
            if (answer := self._calls.find(f"{ROOT}/task/{quote(task_id, safe='')}"))
        }

    def recent(self) -> RecentTasks:
        """Raises `Rejected`: API v2 has no list of tasks."""
        raise Rejected(Problem(kind=Kind.OFFER, detail=messages.NO_TASK_LIST))

    def balance(self) -> Balance:
        """GET /user/balance, whose `balance` includes credits frozen for running tasks."""
        wire = data_of(WireBalance, self._calls.read("GET", f"{ROOT}/user/balance"))
        frozen = wire.frozen or 0.0
        return Balance(available=wire.balance - frozen, frozen=frozen)

    def close(self) -> None:
        """Close the pooled connections."""
        self._calls.close()

    def _storage_url(self, storage: WireStorage) -> str:
        """Return the URL for the upload. Only a service on this machine may name this machine."""
        host = storage.s3_host.partition("://")[2] or storage.s3_host
        local = is_loopback(host.partition(":")[0]) and self.is_local
        place = quote(f"{storage.resource_bucket}/{storage.resource_uri}")
        return f"{'http' if local else 'https'}://{host}/{place}"


def encode_request(request: TaskRequest, files: tuple[FileRef, ...]) -> Body:
    """Return the JSON body of a request, without values equal to the server's default."""
    kind = kind_of(request)
    offer = TRIPO_V2.offers[kind]
    attached = request.attached(files)
    written = {} if isinstance(request, TextureModel) else encoding.texts(request, offer)
    return {
        "type": TYPES[kind],
        **_source(request, kind),
        **_inputs(request, attached),
        **written,
        **encoding.version(request, offer, "model_version"),
        **encoding.settings(request, offer),
    }


def _source(request: TaskRequest, kind: TaskKind) -> Body:
    task_id = getattr(request, "source_task", None)
    return {_SOURCE_FIELDS.get(kind, "original_model_task_id"): task_id} if task_id else {}


def _inputs(request: TaskRequest, attached: Mapping[str, tuple[FileRef, ...]]) -> Body:
    """Return the task's inputs other than texts and tasks."""
    match request:
        case MultiviewToModel():
            return _views(request, attached)
        case TextureModel():
            prompt = texture_prompt(request, attached, file_object)
            return {"texture_prompt": prompt} if prompt else {}
        case Retarget():
            return animations(request)
        case EditViews():
            return {"prompts": view_prompts(request)}
        case _:
            return _plain(attached)


def _plain(attached: Mapping[str, tuple[FileRef, ...]]) -> Body:
    """Return one `file`, or several `files`."""
    references = [file_object(file) for file in attached.get("references", ())]
    if len(references) > 1:
        return {"files": references}
    single = next(
        (attached[name][0] for name in ("image", "source_file") if name in attached), None
    )
    if single is not None:
        return {"file": file_object(single)}
    return {"file": references[0]} if references else {}


def _views(request: MultiviewToModel, attached: Mapping[str, tuple[FileRef, ...]]) -> Body:
    """Return four views, with an empty object for a missing one, or the task that made them."""
    if request.views_task:
        return {"original_task_id": request.views_task}
    slots = [file_object(attached[view][0]) if view in attached else {} for view in VIEWS]
    return {"files": slots}
