"""The dialect of Tripo's API v3 (openapi.tripo3d.ai, openapi.tripo3d.com).

Encode, send, decode; one attempt a call. Wire facts: Tripo v3 documents and the official SDK 1.0.0.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from ..catalog import PARAMETERS, TRIPO_V3, VIEWS, Service, TaskKind
from ..dialect import Dialect, Stop, never
from ..errors import Kind, OutcomeUnknown, Rejected, Stopped, Transient, Trouble
from ..pictures import mime_type
from ..replies import Balance, FileRef, Task
from ..tasks import (
    ImageToModel,
    MultiviewToModel,
    TaskRequest,
    TextToModel,
    TextureModel,
    kind_of,
)
from ..transport import Answer, AnswerLost, KeyForOrigin, Transport
from .tripo_v3_wire import WireBalance, WireCreated, WireEnvelope, WireTask, WireTasks, WireUpload

Wire = TypeVar("Wire", bound=BaseModel)
Body = dict[str, object]

PATHS: Final = {
    TaskKind.TEXT_TO_MODEL: "/v3/generation/text-to-model",
    TaskKind.IMAGE_TO_MODEL: "/v3/generation/image-to-model",
    TaskKind.MULTIVIEW_TO_MODEL: "/v3/generation/multiview-to-model",
    TaskKind.TEXTURE_MODEL: "/v3/models/texture",
}

KINDS: Final = {
    2: Kind.KEY,
    1002: Kind.KEY,
    1000: Kind.SERVICE,
    1001: Kind.SERVICE,
    1003: Kind.SETTING,
    1004: Kind.SETTING,
    1005: Kind.ACCESS,
    1007: Kind.BUSY,
    2000: Kind.BUSY,
    2001: Kind.NOT_FOUND,
    2002: Kind.SETTING,
    2003: Kind.FILE,
    2004: Kind.FILE,
    2005: Kind.SOURCE,
    2006: Kind.SOURCE,
    2007: Kind.SOURCE,
    2008: Kind.CONTENT,
    2009: Kind.SETTING,
    2010: Kind.CREDITS,
    2011: Kind.SOURCE,
    2012: Kind.SOURCE,
    2013: Kind.ACCESS,
    2014: Kind.SERVICE,
    2015: Kind.VERSION,
    2016: Kind.VERSION,
    2017: Kind.VERSION,
    2018: Kind.TOO_COMPLEX,
    2019: Kind.FILE,
    2021: Kind.FILE,
    2022: Kind.FILE,
    4001: Kind.SETTING,
}
_BAD_PARAMETER: Final = 1004
_BROKE_DOWN: Final = frozenset({1000, 1001})
_GAVE_UP_WAITING: Final = frozenset({408, 425})
_TOO_MANY: Final = 429


def connect(base_url: str, key: str) -> Dialect:
    """The dialect at this address with this key; nothing is sent."""
    return TripoV3(base_url, key)


class TripoV3:
    """Tripo API v3 at one address with one key."""

    def __init__(self, base_url: str, key: str) -> None:
        auth = KeyForOrigin(base_url, "Authorization", f"Bearer {key}")
        self._transport = Transport(base_url, auth, "X-Tripo-Trace-ID")

    @property
    def service(self) -> Service:
        """The row of the catalogue that this speaks for."""
        return TRIPO_V3

    def upload(self, picture: Path) -> FileRef:
        """POST /v3/files: the picture as multipart part `file`."""
        try:
            kind = mime_type(picture)
            content = picture.read_bytes()
        except OSError as error:
            raise Rejected(
                Trouble(kind=Kind.FILE, detail=f"{picture.name}: {error.strerror}")
            ) from None
        if kind is None:
            raise Rejected(Trouble(kind=Kind.FILE, detail=f"{picture.name} is no picture"))
        mime, extension = kind
        answer = self._read("POST", "/v3/files", upload=(f"image.{extension}", content, mime))
        return FileRef(token=_decode(WireUpload, answer).file_token, mime=mime)

    def submit(
        self, request: TaskRequest, files: tuple[FileRef, ...], *, stop: Stop = never
    ) -> str:
        """POST to the route of the request's kind. **Paid.**

        Where the documents disagree on a shape there is a second encoding; it is sent only after
        the first was refused as a bad parameter, which creates and bills nothing.
        """
        path = PATHS[kind_of(request)]
        *firsts, last = encode_request(request, files)
        for body in firsts:
            try:
                return self._create(path, body)
            except Rejected as refused:
                if refused.trouble.code != _BAD_PARAMETER:
                    raise
                if stop():
                    raise Stopped from None
        return self._create(path, last)

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        """POST /v3/tasks/list; ids that the service misses are absent from the answer."""
        answer = self._read("POST", "/v3/tasks/list", payload={"task_ids": list(task_ids)})
        return {task.id: task for task in map(WireTask.to_task, _decode(WireTasks, answer).tasks)}

    def balance(self) -> Balance:
        """GET /v3/account/balance, whose `balance` still holds what running tasks froze."""
        wire = _decode(WireBalance, self._read("GET", "/v3/account/balance"))
        frozen = wire.frozen or 0.0
        return Balance(available=wire.balance - frozen, frozen=frozen)

    def close(self) -> None:
        """Close the pooled connections."""
        self._transport.close()

    def _read(
        self,
        method: str,
        path: str,
        *,
        payload: Body | None = None,
        upload: tuple[str, bytes, str] | None = None,
    ) -> Answer:
        """A call that costs nothing and changes nothing that matters: any trouble may be
        repeated."""
        try:
            answer = self._transport.send(
                method, path, trace_id=str(uuid.uuid4()), payload=payload, upload=upload
            )
        except AnswerLost:
            raise Transient(Trouble(kind=Kind.OFFLINE, detail="the connection broke off")) from None
        trouble = _trouble_in(answer)
        if trouble is None:
            return answer
        if _busy(answer, trouble) or _service_failed(answer, trouble):
            raise Transient(trouble, retry_after=answer.retry_after)
        raise Rejected(trouble)

    def _create(self, path: str, body: Body) -> str:
        trace_id = str(uuid.uuid4())
        try:
            answer = self._transport.send("POST", path, trace_id=trace_id, payload=body, fresh=True)
        except AnswerLost:
            raise OutcomeUnknown(Trouble(kind=Kind.LOST_ANSWER, trace_id=trace_id)) from None
        trouble = _trouble_in(answer)
        if trouble is None:
            return _task_id(answer)
        if _busy(answer, trouble):
            raise Transient(trouble, retry_after=answer.retry_after)
        if _service_failed(answer, trouble) and trouble.code not in _CERTAIN:
            raise OutcomeUnknown(_lost(trouble))
        raise Rejected(trouble)


_CERTAIN: Final = frozenset({2014})
"""Codes that come with an HTTP 500 and yet prove that no task was made: moderation failed first."""


def encode_request(request: TaskRequest, files: tuple[FileRef, ...]) -> tuple[Body, ...]:
    """The JSON bodies of a request, the best first; values equal to the server's default are
    left out."""
    tokens = [file.token for file in files]
    match request:
        case TextToModel():
            return ({"prompt": request.prompt, **_settings(request)},)
        case ImageToModel():
            return ({"input": tokens[0], **_settings(request)},)
        case MultiviewToModel():
            return tuple({**shape, **_settings(request)} for shape in _views(request, files))
        case TextureModel():
            return tuple({**body, **_settings(request)} for body in _texture(request, files))


def _settings(request: TaskRequest) -> Body:
    """`model`, which v3 requires, and every setting that differs from the server's default."""
    values = {name: getattr(request, name, None) for name in PARAMETERS}
    body: Body = {"model": request.model}
    for name, value in values.items():
        if value not in (None, "", PARAMETERS[name].default):
            body[name] = value
    return body


def _views(request: MultiviewToModel, files: tuple[FileRef, ...]) -> tuple[Body, ...]:
    """Four views are plain strings in slot order. With a slot empty the documents disagree:
    views by name first, then the older list of four file objects."""
    by_view = dict(zip(request.given, files, strict=True))
    if len(by_view) == len(request.views):
        return ({"inputs": [file.token for file in files]},)
    named = [{view: file.token} for view, file in by_view.items()]
    slots = [_file_object(by_view[view]) if view in by_view else {} for view in VIEWS]
    return ({"inputs": named}, {"files": slots})


def _texture(request: TextureModel, files: tuple[FileRef, ...]) -> tuple[Body, ...]:
    """The documents disagree on how a picture stands in `texture_prompt`: an object first,
    then its token."""
    base: Body = {"input": request.source_task}
    if request.texture_alignment != "original_image":
        base["texture_alignment"] = request.texture_alignment
    prompt: Body = {"text": request.prompt} if request.prompt else {}
    if not files:
        return ({**base, "texture_prompt": prompt} if prompt else base,)
    pictures: tuple[object, ...] = (_file_object(files[0]), files[0].token)
    return tuple({**base, "texture_prompt": {**prompt, "image": picture}} for picture in pictures)


def _file_object(file: FileRef) -> Body:
    return {"type": file.mime.removeprefix("image/"), "file_token": file.token}


def _task_id(answer: Answer) -> str:
    try:
        return _decode(WireCreated, answer).task_id
    except Transient as unreadable:
        raise OutcomeUnknown(_lost(unreadable.trouble)) from None


def _lost(trouble: Trouble) -> Trouble:
    return Trouble(
        kind=Kind.LOST_ANSWER,
        code=trouble.code,
        message=trouble.message,
        suggestion=trouble.suggestion,
        trace_id=trouble.trace_id,
    )


def _decode(model: type[Wire], answer: Answer) -> Wire:
    """`data` of the envelope as the given model. Raises `Transient` for what it cannot be
    read as."""
    try:
        return model.model_validate(WireEnvelope.model_validate(answer.body).data)
    except ValidationError:
        trouble = Trouble(kind=Kind.ADDON, trace_id=answer.trace_id)
        raise Transient(trouble) from None


def _trouble_in(answer: Answer) -> Trouble | None:
    """What the answer complains of. Errors may come with HTTP 200: the code in the body counts."""
    try:
        envelope = WireEnvelope.model_validate(answer.body)
    except ValidationError:
        envelope = WireEnvelope()
    failed = bool(envelope.code) or envelope.status == "error"
    if not failed and 200 <= answer.status < 300:
        return None
    return Trouble(
        kind=_kind(answer.status, envelope),
        detail="" if failed else f"it answered HTTP {answer.status}",
        code=envelope.code or None,
        message=envelope.message,
        suggestion=envelope.suggestion,
        trace_id=envelope.request_id or answer.trace_id,
    )


def _busy(answer: Answer, trouble: Trouble) -> bool:
    """Whether the service only wants to be asked later."""
    return answer.status == _TOO_MANY or trouble.kind is Kind.BUSY


def _service_failed(answer: Answer, trouble: Trouble) -> bool:
    """Whether the service, or a gateway before it, broke down while it had the request."""
    silent = answer.status >= 500 or answer.status in _GAVE_UP_WAITING
    return silent or trouble.code in _BROKE_DOWN


def _kind(status: int, envelope: WireEnvelope) -> Kind:
    if status == 401:
        return Kind.KEY
    if envelope.code in KINDS:
        return KINDS[envelope.code]
    by_status = {400: Kind.SETTING, 402: Kind.CREDITS, 403: Kind.ACCESS, 404: Kind.NOT_FOUND}
    return Kind.BUSY if status == _TOO_MANY else by_status.get(status, Kind.SERVICE)
