"""Jobs as JSON: which fields are stored, and how they are read back.

Touches no file.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Any, Final, cast

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import PydanticSerializationError

from ...api.errors import Problem
from ...api.tasks import TaskRequest
from ..model.job import Draft, Failure, Job, Placement, SentFile, State

_log = logging.getLogger(__name__)


_Request = Annotated[TaskRequest, Field(discriminator="kind")]


def _formerly(name: str, former: str, *, default: Any) -> Any:
    """A field that older versions of the add-on stored under another name."""
    return Field(default=default, validation_alias=AliasChoices(name, former))


_PLACEMENT_NAMES: Final = {"metres_per_unit": "meters_per_unit"}
"""Former names of a placement's fields."""


def _with_new_names(placement: Any) -> Any:
    if not isinstance(placement, dict):
        return placement
    values = cast("dict[str, Any]", placement)
    return {_PLACEMENT_NAMES.get(name, name): value for name, value in values.items()}


_Placement = Annotated[Placement, BeforeValidator(_with_new_names)]


class _Draft(BaseModel):
    """The stored fields of a draft: all it has."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)

    title: str
    first: str
    number: int
    count: int
    seed: int | None = None
    requests: tuple[_Request, ...] = _formerly("requests", "wished", default=())
    home: _Placement = Placement()
    styles: tuple[str, ...] = ()


class _Record(BaseModel):
    """The stored fields of a job. Links, file tokens and the waits of a session are not stored."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)

    id: str
    account: str
    title: str
    request: _Request
    placement: _Placement = Placement()
    price: float | None = None
    created: float = 0.0
    updated: float = 0.0
    replaces: str | None = None
    original_id: str = _formerly("original_id", "wish_id", default="")
    after: str | None = None
    draft: _Draft | None = None
    keeps: str = ""
    style: str = ""
    state: State
    revision: int = 0
    cancelling: bool = False
    sent: tuple[SentFile, ...] = ()
    task_id: str | None = None
    task_made: float | None = None
    by_file: tuple[_Request, ...] = ()
    credits: float | None = None
    model: Path | None = None
    blend: Path | None = None
    clips: tuple[Path, ...] = ()
    preview: Path | None = None
    pictures: tuple[Path, ...] = ()
    facts: tuple[tuple[str, str | bool], ...] = ()
    root: str = ""
    failure: Failure | None = None
    trouble: Problem | None = None
    note: str = ""
    remark: str = ""
    details_lost: bool = False


class NotText(Exception):
    """Raised when a text in the job is not valid Unicode. Linux allows such file names, and titles
    are made of them."""


def encode_job(job: Job) -> str:
    """Return the job as JSON text. Raises `NotText`."""
    try:
        return _Record.model_validate(job).model_dump_json()
    except PydanticSerializationError as error:
        raise NotText from error


def decode_job(record: str) -> Job:
    """Return the job in a JSON text; missing fields get their default.

    Raises `pydantic.ValidationError` if the text is not a job.
    """
    fields = _Record.model_validate_json(record)
    values = {name: getattr(fields, name) for name in _Record.model_fields}
    if fields.draft is not None:
        values["draft"] = Draft(**dict(fields.draft))
    return Job(**values)


def decode_or_none(record: str) -> Job | None:
    """Return the job, or None if the row cannot be read. It stays on disk and must not hide
    other jobs."""
    try:
        return decode_job(record)
    except ValidationError:
        _log.debug("A job in the list cannot be read and is passed over")
        return None
