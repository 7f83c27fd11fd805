"""What every service can be asked to do, whatever it speaks.

A dialect turns neutral records into its wire and back. It makes one attempt per call: when to try
again is the job machine's decision.
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
    """A stop flag that nobody raises."""
    return False


class Dialect(Protocol):
    """One service at one address with one key. Called from workers only; every method may block."""

    @property
    def service(self) -> Service:
        """The row of the catalog that this speaks for."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether the service runs on this very machine: only then may its links lead here."""
        ...

    def upload(self, file: Path, *, stop: Stop = never) -> FileRef:
        """Hand over a picture or a model, or take note of it where files go with the request
        itself. Free. Raises `Transient`, `Rejected`, and `Stopped` as soon as the flag is
        raised."""
        ...

    def submit(
        self,
        request: TaskRequest,
        files: tuple[FileRef, ...],
        *,
        repeat_key: str = "",
        stop: Stop = never,
    ) -> str:
        """Create the task and return its id. **Paid.** Where the service makes repeats safe
        (`service.repeat_seconds`), all requests with one `repeat_key` are paid for once; others
        have no use for it. Raises `Transient` only where nothing can have been accepted, else
        `OutcomeUnknown`, `Rejected`, or `Stopped` where the flag was raised before a request that
        would have been the last."""
        ...

    def cancel(self, task_id: str) -> None:
        """Ask the service to stop a task. Free, and no promise: what runs already may be finished
        and charged. Raises `Transient`, `Rejected`: of the kind OFFER where the service cannot."""
        ...

    def quote(self, request: TaskRequest) -> float | None:
        """What this request would cost in the service's credits, or None where it cannot say. Free;
        every file of the request is a web address. Raises `Transient`, `Rejected`: of the kind
        OFFER where the service names no price (`service.quotes`)."""
        ...

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        """The tasks that the service knows among these, at most `service.look_up_limit`.
        Raises `Transient`, `Rejected`."""
        ...

    def recent(self) -> RecentTasks:
        """The key's own tasks as far back as one page of the service's list reaches. Raises
        `Transient`, `Rejected`: of the kind OFFER where the service has no such list."""
        ...

    def balance(self) -> Balance:
        """Credits of the key's account. Raises `Transient`, `Rejected`."""
        ...

    def close(self) -> None:
        """Give up the connections."""
        ...
