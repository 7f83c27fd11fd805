"""Wire models of Tripo's own list of tasks and of their inputs (API v3).

Reading only; rows that are not tasks are skipped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from ..replies import RecentTask, Status
from .lenient import Identity, Lenient, Name, Text, identity, items, mapping
from .tripo_types import KINDS
from .tripo_wire import STATUSES, listed


def _moment(value: object) -> float | None:
    """Read a time: ISO 8601, in UTC if no zone is given, or seconds since 1970."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if math.isfinite(value) else None
    try:
        when = datetime.fromisoformat(value) if isinstance(value, str) else None
        if when is None:
            return None
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


Moment = Annotated[float | None, BeforeValidator(_moment)]


class _WireInput(Lenient):
    prompt: Text = ""


class WireEcho(Lenient):
    """The request part of a task in POST /v3/tasks/list."""

    task_id: Identity
    input: Annotated[_WireInput, BeforeValidator(mapping)] = _WireInput()


class WireEchoes(Lenient):
    """POST /v3/tasks/list."""

    tasks: Annotated[tuple[WireEcho, ...], BeforeValidator(listed)] = ()


class _WireRow(Lenient):
    task_id: Identity
    type: Name = ""
    status: Name = ""
    created_at: Moment = None

    def to_recent(self, echo: WireEcho | None) -> RecentTask:
        """Convert the row."""
        return RecentTask(
            id=self.task_id,
            kind=KINDS.get(self.type.lower()),
            created=self.created_at,
            status=STATUSES.get(self.status.lower(), Status.UNKNOWN),
            prompt=echo.input.prompt if echo is not None else "",
        )


def _rows(value: object) -> list[Mapping[str, object]]:
    rows = (mapping(entry) for entry in items(value))
    return [row for row in rows if identity(row.get("task_id"))]


class WireUsage(Lenient):
    """GET /v3/account/usage: `data` is a list in one document, and holds `items` in another."""

    @model_validator(mode="before")
    @classmethod
    def _unwrapped(cls, value: object) -> Mapping[str, object]:
        return mapping(value) or {"items": value}

    items: Annotated[tuple[_WireRow, ...], BeforeValidator(_rows)] = Field(
        default=(), validation_alias=AliasChoices("items", "list", "tasks")
    )
