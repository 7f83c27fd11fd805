"""What most services cannot do, refused in one place."""

from __future__ import annotations

from ..errors import Kind, Problem, Rejected
from ..tasks import TaskRequest


class Unoffered:
    """A base for dialects whose tasks cannot be stopped and whose prices are published."""

    def cancel(self, task_id: str) -> None:
        """Raises `Rejected`: a task that was accepted cannot be stopped."""
        raise Rejected(Problem(kind=Kind.OFFER, detail=f"it does not stop task {task_id}"))

    def quote(self, request: TaskRequest) -> float | None:
        """Raises `Rejected`: its prices are published, not asked for."""
        raise Rejected(Problem(kind=Kind.OFFER, detail=f"it names no price of a {request.kind}"))
