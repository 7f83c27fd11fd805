"""The interface of every service's dialect.

A dialect converts service-independent records to its wire format and back. It makes one attempt per
call; the job machine decides when to retry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .catalog.service_types import Service
    from .replies import Balance, FileRef, RecentTasks, Task
    from .tasks import TaskRequest

Stop = Callable[[], bool]


def never() -> bool:
    """A stop flag that is never raised."""
    return False


class Dialect(Protocol):
    """One service at one address with one key. Called from workers only; every method may block."""

    @property
    def service(self) -> Service:
        """The service's row in the catalog."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether the service runs on this machine; only then may its links lead here."""
        ...

    def upload(self, file: Path, *, stop: Stop = never) -> FileRef:
        """Upload a picture or model, or only check it if files are sent with the request itself.
        Free. Raises `Transient`, `Rejected`, and `Stopped` as soon as the flag is raised."""
        ...

    def submit(
        self,
        request: TaskRequest,
        files: tuple[FileRef, ...],
        *,
        repeat_key: str = "",
        stop: Stop = never,
    ) -> str:
        """Create the task and return its id. **Paid.** If the service makes repeats safe
        (`service.repeat_seconds`), all requests with one `repeat_key` are paid for once; other
        services ignore it. Raises `Transient` only if nothing can have been accepted, else
        `OutcomeUnknown`, `Rejected`, or `Stopped` if the flag was raised before the last request
        was sent."""
        ...

    def cancel(self, task_id: str) -> None:
        """Ask the service to cancel a task. Free. A running task may still be finished and charged.
        Raises `Transient`, `Rejected`: with kind OFFER if the service cannot cancel."""
        ...

    def quote(self, request: TaskRequest) -> float | None:
        """Return the price of this request in the service's credits, or None if it cannot say.
        Free; every file of the request must be a URL. Raises `Transient`, `Rejected`: with kind
        OFFER if the service gives no quotes (`service.quotes`)."""
        ...

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        """Return the tasks that the service knows among these ids, at most
        `service.look_up_limit`. Raises `Transient`, `Rejected`."""
        ...

    def recent(self) -> RecentTasks:
        """Return the key's own tasks on the first page of the service's list. Raises `Transient`,
        `Rejected`: with kind OFFER if the service has no such list."""
        ...

    def balance(self) -> Balance:
        """Return the credits of the key's account. Raises `Transient`, `Rejected`."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...
