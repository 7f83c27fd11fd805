"""What most services cannot do, refused in one place."""

from __future__ import annotations

from ..errors import Kind, Problem, Rejected
from ..messages import services as messages
from ..tasks import TaskRequest, kind_of


class UnsupportedCalls:
    """A base for dialects whose tasks cannot be stopped and whose prices are published."""

    def cancel(self, task_id: str) -> None:
        """Raises `Rejected`: a task that was accepted cannot be stopped."""
        raise Rejected(Problem(kind=Kind.OFFER, detail=messages.cannot_stop(task_id)))

    def quote(self, request: TaskRequest) -> float | None:
        """Raises `Rejected`: its prices are published, not asked for."""
        raise Rejected(Problem(kind=Kind.OFFER, detail=messages.no_quote(kind_of(request).label)))
