"""The dialect of Tripo's API v3 (openapi.tripo3d.ai, openapi.tripo3d.com).

Encodes, sends, decodes; one attempt per call. Wire facts: Tripo's v3 documents and the
official SDK 1.0.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from ..catalog.field_types import VIEWS
from ..catalog.service_types import Service
from ..catalog.task_kinds import TaskKind
from ..catalog.tripo_v3 import TRIPO_V3
from ..dialect import Dialect, Stop, never
from ..errors import Rejected, Stopped
from ..replies import Balance, FileRef, RecentTasks, Task
from ..tasks import (
    EditViews,
    MultiviewToModel,
    Retarget,
    SmartSegment,
    TaskRequest,
    TextureModel,
    kind_of,
)
from . import encoding, sending
from .calls import Body
from .tripo_calls import created_id, data_of, tripo_calls
from .tripo_errors import BAD_PARAMETER
from .tripo_recent import WireEcho, WireEchoes, WireUsage
from .tripo_shapes import animations, file_object, texture_prompt, view_prompts
from .tripo_wire import WireBalance, WirePlace, WireTask, WireTasks, WireUpload
from .unsupported_calls import UnsupportedCalls

PATHS: Final = {
    TaskKind.TEXT_TO_MODEL: "/v3/generation/text-to-model",
    TaskKind.IMAGE_TO_MODEL: "/v3/generation/image-to-model",
    TaskKind.MULTIVIEW_TO_MODEL: "/v3/generation/multiview-to-model",
    TaskKind.TEXT_TO_IMAGE: "/v3/generation/text-to-image",
    TaskKind.EDIT_IMAGE: "/v3/generation/image-to-image",
    TaskKind.IMAGE_TO_VIEWS: "/v3/generation/image-to-multiview",
    TaskKind.EDIT_VIEWS: "/v3/generation/edit-multiview",
    TaskKind.IMPORT_MODEL: "/v3/models/import",
    TaskKind.TEXTURE_MODEL: "/v3/models/texture",
    TaskKind.CONVERT_MODEL: "/v3/models/convert",
    TaskKind.CHECK_RIG: "/v3/animations/rig-check",
    TaskKind.RIG: "/v3/animations/rig",
    TaskKind.RETARGET: "/v3/animations/retarget",
    TaskKind.SEGMENT_MESH: "/v3/mesh/segment",
    TaskKind.SMART_SEGMENT: "/v3/mesh/smartsegment",
    TaskKind.COMPLETE_MESH: "/v3/mesh/complete",
    TaskKind.DECIMATE_MESH: "/v3/mesh/decimate",
    TaskKind.UNWRAP_MESH: "/v3/mesh/uv",
}
PRESIGN_ABOVE: Final = 50_000_000
"""Files larger than this, in bytes, are uploaded to the storage, as by the official SDK."""

_ROWS: Final = 200
_IDENTITY: Final = (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)


def connect(base_url: str, key: str) -> Dialect:
    """Return the dialect for this base URL and key; sends nothing."""
    return TripoV3(base_url, key)


class TripoV3(UnsupportedCalls):
    """Tripo API v3 at one address with one key."""

    def __init__(self, base_url: str, key: str) -> None:
        self._calls = tripo_calls(base_url, key)

    @property
    def service(self) -> Service:
        """The service's row in the catalog."""
        return TRIPO_V3

    @property
    def is_local(self) -> bool:
        """Whether the service runs on this machine."""
        return self._calls.is_local

    def upload(self, file: Path, *, stop: Stop = never) -> FileRef:
        """POST /v3/files with the file as multipart part `file`; a large one is PUT to the URL from
        POST /v3/files/presign."""
        extension = sending.admit(file, TRIPO_V3)
        if sending.size_of(file) > PRESIGN_ABOVE:
            wanted = {"format": extension}
            answer = self._calls.read("POST", "/v3/files/presign", payload=wanted, stop=stop)
            place = data_of(WirePlace, answer)
            sending.put(place.url, file, local=self.is_local, stop=stop)
            return FileRef(format=extension, token=place.file_token)
        answer = self._calls.read("POST", "/v3/files", form=sending.form(file), stop=stop)
        return FileRef(format=extension, token=data_of(WireUpload, answer).file_token)

    def submit(
        self,
        request: TaskRequest,
        files: tuple[FileRef, ...],
        *,
        repeat_key: str = "",
        stop: Stop = never,
    ) -> str:
        """POST to the route of the request's kind. **Paid.**

        If the documents disagree on a format, there is a second encoding; it is sent only after the
        first was refused as a bad parameter, which creates and bills nothing.
        """
        del repeat_key
        path = PATHS[kind_of(request)]
        *firsts, last = encode_request(request, files)
        for body in firsts:
            try:
                return self._calls.create(path, created_id, payload=body)
            except Rejected as refused:
                if refused.trouble.code != BAD_PARAMETER:
                    raise
                if stop():
                    raise Stopped from None
        return self._calls.create(path, created_id, payload=last)

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        """POST /v3/tasks/list; unknown tasks are absent."""
        answer = self._calls.read("POST", "/v3/tasks/list", payload={"task_ids": list(task_ids)})
        return {task.id: task for task in map(WireTask.to_task, data_of(WireTasks, answer).tasks)}

    def recent(self) -> RecentTasks:
        """GET /v3/account/usage for the latest rows, then POST /v3/tasks/list for their inputs. A
        row without such a task is returned as it is."""
        answer = self._calls.read("GET", f"/v3/account/usage?limit={_ROWS}")
        rows = data_of(WireUsage, answer).items
        echoes: dict[str, WireEcho] = {}
        for first in range(0, len(rows), TRIPO_V3.look_up_limit):
            some = rows[first : first + TRIPO_V3.look_up_limit]
            payload = {"task_ids": [row.task_id for row in some]}
            answer = self._calls.read("POST", "/v3/tasks/list", payload=payload)
            echoes |= {echo.task_id: echo for echo in data_of(WireEchoes, answer).tasks}
        tasks = tuple(row.to_recent(echoes.get(row.task_id)) for row in rows)
        return RecentTasks(tasks=tasks, now=answer.date)

    def balance(self) -> Balance:
        """GET /v3/account/balance, whose `balance` includes credits frozen for running tasks."""
        wire = data_of(WireBalance, self._calls.read("GET", "/v3/account/balance"))
        frozen = wire.frozen or 0.0
        return Balance(available=wire.balance - frozen, frozen=frozen)

    def close(self) -> None:
        """Close the pooled connections."""
        self._calls.close()


def encode_request(request: TaskRequest, files: tuple[FileRef, ...]) -> tuple[Body, ...]:
    """Return the JSON bodies of a request, the preferred one first, without values equal to the
    server's default."""
    offer = TRIPO_V3.offers[kind_of(request)]
    attached = request.attached(files)
    written = {} if isinstance(request, TextureModel) else encoding.texts(request, offer)
    common = {
        **written,
        **encoding.version(request, offer, "model"),
        **encoding.settings(request, offer),
    }
    return tuple({**inputs, **common} for inputs in _inputs(request, attached))


def _inputs(request: TaskRequest, attached: Mapping[str, tuple[FileRef, ...]]) -> tuple[Body, ...]:
    """Return the task's inputs, in each format that the documents give."""
    match request:
        case MultiviewToModel():
            return _views(request, attached)
        case TextureModel():
            return _texture(request, attached)
        case SmartSegment():
            return (_parts(request, attached),)
        case Retarget():
            return ({"input": request.source_task, **animations(request)},)
        case EditViews():
            return ({"input": request.source_task, "prompts": view_prompts(request)},)
        case _:
            return (_plain(request, attached),)


def _plain(request: TaskRequest, attached: Mapping[str, tuple[FileRef, ...]]) -> Body:
    """Return one `input`, or several `inputs`, and other files under their own names."""
    references = attached.get("references", ())
    if references:
        several = [_name(file) for file in references]
        return {"inputs": several} if len(several) > 1 else {"input": several[0]}
    body: Body = {}
    source = getattr(request, "source_task", None)
    file = next((attached[name][0] for name in ("image", "source_file") if name in attached), None)
    if source or file:
        body["input"] = source or (_name(file) if file else "")
    if "ref_image" in attached:
        body["ref_image"] = _name(attached["ref_image"][0])
    return body


def _parts(request: SmartSegment, attached: Mapping[str, tuple[FileRef, ...]]) -> Body:
    """Return the input of a named segmentation: a picture, or a model that is not transformed."""
    body = _plain(request, attached)
    if request.image:
        return {**body, "seg_type": "image"}
    return {**body, "seg_type": "model", "transform": list(_IDENTITY)}


def _views(
    request: MultiviewToModel, attached: Mapping[str, tuple[FileRef, ...]]
) -> tuple[Body, ...]:
    """Return four views as strings in order. If a view is missing, the documents disagree: views by
    name first, then the older list of four file objects."""
    if request.views_task:
        return ({"inputs": [{"task_id": request.views_task}]},)
    by_view = {view: attached[view][0] for view in VIEWS if view in attached}
    if len(by_view) == len(VIEWS):
        return ({"inputs": [_name(file) for file in by_view.values()]},)
    named = [{view: _name(file)} for view, file in by_view.items()]
    slots = [file_object(by_view[view]) if view in by_view else {} for view in VIEWS]
    return ({"inputs": named}, {"files": slots})


def _texture(
    request: TextureModel, attached: Mapping[str, tuple[FileRef, ...]]
) -> tuple[Body, ...]:
    """Return the texture's inputs. The documents disagree on pictures in `texture_prompt`: an
    object first, then the token."""
    file = attached.get("source_file")
    base: Body = {"input": request.source_task or (_name(file[0]) if file else "")}
    objects, names = (texture_prompt(request, attached, shape) for shape in (file_object, _name))
    if not objects:
        return (base,)
    shapes = (objects,) if objects == names else (objects, names)
    return tuple({**base, "texture_prompt": shape} for shape in shapes)


def _name(file: FileRef) -> str:
    """Return a file as v3's `input`: its token or URL, which the service distinguishes."""
    return file.token or file.address
