"""The JSON that Tripo's API v3 answers with, read leniently.

Only ids are demanded. Unknown fields are ignored, missing ones get a default, numbers may be
strings, and a status nobody knows is `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ..replies import Output, Status, Task


def _whole(value: object) -> object:
    number = _number(value)
    return None if number is None else int(number)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e15 else None


def _words(value: object) -> str:
    """A text that can be stored: JSON may hold half a character, and no file takes that."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def _identity(value: object) -> object:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole else _words(value).strip()


def _mapping(value: object) -> object:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


Whole = Annotated[int | None, BeforeValidator(_whole)]
Number = Annotated[float | None, BeforeValidator(_number)]
Words = Annotated[str, BeforeValidator(_words)]
Credits = Annotated[float, BeforeValidator(_number)]
Identity = Annotated[str, BeforeValidator(_identity), Field(min_length=1)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)


class WireEnvelope(_Wire):
    """Around every answer: `code` is 0 for success."""

    code: Whole = 0
    status: Words = ""
    message: Words = ""
    suggestion: Words = ""
    request_id: Words = ""
    data: object = None


class WireUpload(_Wire):
    """POST /v3/files."""

    file_token: Identity


class WireCreated(_Wire):
    """The answer to every POST that creates a task."""

    task_id: Identity


class WireBalance(_Wire):
    """GET /v3/account/balance."""

    balance: Credits
    frozen: Number = None


class WireOutput(_Wire):
    """`output` of a task. v3 has one link; older keys still occur, the richest first."""

    model_url: Words = ""
    pbr_model_url: Words = ""
    pbr_model: Words = ""
    model: Words = ""
    base_model: Words = ""
    rendered_image_url: Words = ""
    rendered_image: Words = ""

    def to_output(self) -> Output:
        """The links in the order in which they are worth fetching, each once."""
        links = (self.model_url, self.pbr_model_url, self.pbr_model, self.model, self.base_model)
        return Output(
            models=tuple(dict.fromkeys(link for link in links if link)),
            preview=self.rendered_image_url or self.rendered_image or None,
        )


STATUSES: Final = {
    "queued": Status.QUEUED,
    "running": Status.RUNNING,
    "success": Status.SUCCESS,
    "failed": Status.FAILED,
    "banned": Status.REFUSED,
    "expired": Status.TIMED_OUT,
    "cancelled": Status.CANCELLED,
}
_BY_CODE: Final = {2008: Status.REFUSED, 2018: Status.TIMED_OUT}


class WireTask(_Wire):
    """GET /v3/tasks/{id}, and the values of POST /v3/tasks/list."""

    task_id: Identity
    status: Words = ""
    progress: Whole = 0
    output: Annotated[WireOutput, BeforeValidator(_mapping)] = WireOutput()
    credits_consumed: Number = None
    error_code: Whole = None
    error_message: Words = ""

    def to_task(self) -> Task:
        """The task in our words. Refusals and time-outs come as `failed` with a code of their
        own."""
        status = STATUSES.get(self.status.lower(), Status.UNKNOWN)
        if status is Status.FAILED:
            status = _BY_CODE.get(self.error_code or 0, status)
        return Task(
            id=self.task_id,
            status=status,
            progress=max(0, min(100, self.progress or 0)),
            output=self.output.to_output(),
            credits=self.credits_consumed,
            error_code=self.error_code or None,
            error_message=self.error_message,
        )


def _listed(value: object) -> list[Mapping[str, object]]:
    """`tasks` comes as a mapping by id, or as a list; entries that are no tasks are passed over."""
    entries: Iterable[tuple[object, object]] = ()
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, object]", value).items()
    elif isinstance(value, list):
        entries = ((None, entry) for entry in cast("list[object]", value))
    tasks = [
        _named(key, cast("Mapping[str, object]", task))
        for key, task in entries
        if isinstance(task, Mapping)
    ]
    return [task for task in tasks if task["task_id"]]


def _named(key: object, task: Mapping[str, object]) -> Mapping[str, object]:
    """A task under the id that it was asked for by, where the answer repeats that."""
    return {**task, "task_id": _identity(key or task.get("task_id"))}


class WireTasks(_Wire):
    """POST /v3/tasks/list."""

    tasks: Annotated[tuple[WireTask, ...], BeforeValidator(_listed)] = ()
