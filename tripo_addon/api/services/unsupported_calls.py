"""Refuses the calls that most services do not support."""

from __future__ import annotations

from ..errors import Kind, Problem, Rejected
from ..messages import services as messages
from ..tasks import TaskRequest, kind_of


class UnsupportedCalls:
    """Base of dialects without cancellation and quotes."""

    def cancel(self, task_id: str) -> None:
        """Raises `Rejected`: an accepted task cannot be canceled."""
        raise Rejected(Problem(kind=Kind.OFFER, detail=messages.cannot_stop(task_id)))

    def quote(self, request: TaskRequest) -> float | None:
        """Raises `Rejected`: its prices are published, not quoted."""
        raise Rejected(Problem(kind=Kind.OFFER, detail=messages.no_quote(kind_of(request).label)))
