"""Wire models of the answers of Tripo's two interfaces; v3 renamed fields, both names are read.

Reading only; an unknown status is read as `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AliasChoices, BeforeValidator, Field

from ..catalog.field_types import VIEWS
from ..catalog.task_kinds import RESULT_TASK
from ..errors import Kind
from ..replies import Output, Status, Task
from .lenient import (
    Amount,
    Identity,
    Lenient,
    Links,
    Name,
    Number,
    Text,
    Truth,
    Whole,
    Words,
    identity,
    items,
    mapping,
)
from .tripo_errors import task_fault


class WireEnvelope(Lenient):
    """The envelope of every answer: `code` is 0 for success."""

    code: Whole = 0
    status: Name = ""
    message: Words = ""
    suggestion: Words = ""
    request_id: Name = ""
    data: object = None


class WireUpload(Lenient):
    """POST /v3/files, POST /v2/openapi/upload."""

    file_token: Identity = Field(validation_alias=AliasChoices("file_token", "image_token"))


class WirePlace(Lenient):
    """POST /v3/files/presign: the URL for a large file, and its token."""

    url: Identity = Field(validation_alias=AliasChoices("presigned_url", "upload_url"))
    file_token: Identity


class WireStorage(Lenient):
    """POST /v2/openapi/upload/sts/token: temporary keys for a location in Tripo's storage."""

    s3_host: Identity
    resource_bucket: Identity
    resource_uri: Identity
    session_token: Identity
    sts_ak: Identity
    sts_sk: Identity


class WireCreated(Lenient):
    """The answer to every POST that creates a task."""

    task_id: Identity


class WireBalance(Lenient):
    """GET /v3/account/balance, GET /v2/openapi/user/balance."""

    balance: Amount
    frozen: Number = None


class WireOutput(Lenient):
    """`output` of a task."""

    model_url: Text = ""
    pbr_model_url: Text = ""
    pbr_model: Text = ""
    model: Text = ""
    base_model: Text = ""
    model_urls: Links = ()
    seg_model_url: Text = ""
    seg_task_id: Name = ""
    rendered_image_url: Text = ""
    rendered_image: Text = ""
    generated_image_url: Text = ""
    generated_image: Text = ""
    image_urls: Links = ()
    generate_multiview_image: Annotated[Mapping[str, object], BeforeValidator(mapping)] = {}
    front_view_url: Text = ""
    left_view_url: Text = ""
    back_view_url: Text = ""
    right_view_url: Text = ""
    riggable: Truth = None
    rig_type: Name = Field(default="", validation_alias=AliasChoices("rig_type", "topology"))

    def to_output(self) -> Output:
        """Convert the output: links without duplicates, the preferred one first."""
        # The output may also have the model that was segmented, so the parts come first.
        models = (self.seg_model_url, self.model_url, self.pbr_model_url, self.pbr_model)
        models += (self.model, self.base_model)
        clips = self.model_urls
        found = [*models, *clips[:1]]
        return Output(
            models=tuple(dict.fromkeys(link for link in found if link)),
            clips=clips[1:],
            pictures=self._pictures(),
            preview=self.rendered_image_url or self.rendered_image or None,
            facts=self._facts(),
        )

    def _pictures(self) -> tuple[str, ...]:
        """Return the four views in order, or the pictures as listed."""
        nested = self.generate_multiview_image
        views = [
            nested.get(f"{view}_view_url") or getattr(self, f"{view}_view_url") for view in VIEWS
        ]
        if any(views):
            return tuple(str(view) for view in views if view)
        single = self.generated_image_url or self.generated_image
        return tuple(dict.fromkeys(link for link in (single, *self.image_urls) if link))

    def _facts(self) -> dict[str, str | bool]:
        found: dict[str, str | bool] = {}
        if self.riggable is not None:
            found |= {"riggable": self.riggable, "rig_type": self.rig_type}
        if self.seg_task_id:
            found[RESULT_TASK] = self.seg_task_id
        return found


STATUSES: Final = {
    "queued": Status.QUEUED,
    "running": Status.RUNNING,
    "success": Status.SUCCESS,
    "failed": Status.FAILED,
    "banned": Status.REFUSED,
    "expired": Status.TIMED_OUT,
    "cancelled": Status.CANCELLED,
}
_ENDS: Final = {Kind.CONTENT: Status.REFUSED, Kind.TIMED_OUT: Status.TIMED_OUT}


class WireTask(Lenient):
    """The values of POST /v3/tasks/list, and GET /v2/openapi/task/{id}."""

    task_id: Identity
    status: Name = ""
    progress: Whole = 0
    output: Annotated[WireOutput, BeforeValidator(mapping)] = WireOutput()
    credits: Number = Field(
        default=None, validation_alias=AliasChoices("credits_consumed", "consumed_credit")
    )
    error_code: Whole = None
    error_message: Words = Field(
        default="", validation_alias=AliasChoices("error_message", "error_msg")
    )

    def to_task(self) -> Task:
        """Convert the task. Refusals and time-outs may come as `failed` with their own code."""
        status, fault = STATUSES.get(self.status.lower(), Status.UNKNOWN), None
        if status is Status.FAILED:
            fault = task_fault(self.error_code, self.error_message)
            status = _ENDS.get(fault, status)
        return Task(
            id=self.task_id,
            status=status,
            progress=max(0, min(100, self.progress or 0)),
            output=self.output.to_output(),
            credits=self.credits,
            fault=fault,
            error_code=self.error_code or None,
            error_message=self.error_message,
        )


def listed(value: object) -> list[Mapping[str, object]]:
    """Read `tasks`, a mapping by id or a list; entries that are not tasks are skipped."""
    by_id = mapping(value)
    entries = [*by_id.items(), *(("", entry) for entry in items(value) if not by_id)]
    tasks = [_named(key, mapping(entry)) for key, entry in entries if entry == mapping(entry)]
    return [task for task in tasks if task["task_id"]]


def _named(key: str, task: Mapping[str, object]) -> Mapping[str, object]:
    """Return a task with its key as the id, if it has one: that is the requested id."""
    return {**task, "task_id": identity(key or task.get("task_id"))}


class WireTasks(Lenient):
    """POST /v3/tasks/list."""

    tasks: Annotated[tuple[WireTask, ...], BeforeValidator(listed)] = ()
