"""Faults to order: each spoils one answer, or the next task, and is then spent.

Fault(path="/v3/tasks/", status=503, body="busy")          an answer
Fault(path="/v3/generation", cut="after")                  paid, but the answer is lost
Fault(path="/v3/tasks/", merge={"status": "pondering"})    a word nobody knows
Fault(path="/results/", status=200, body=HTML, headers={"Content-Type": "text/html"})
Fault(path="/results/", truncate=1000)                     a model that ends too early
Fault(ending="failed", error_code=2008)                    the next task's end
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from threading import Lock
from typing import Literal

from .messages import mapping


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong. It fits requests whose method is `method` (empty: any) and
    whose path begins with `path`; with an `ending` it fits only the creation of a task.

    `status`, `body`, `headers`: answer this, without doing anything. `cut`: reset the
    connection before or after the request is carried out. `delay`: wait so many seconds
    first. `truncate`: send so many bytes of the body, then close. `merge`: put these into
    the answer's JSON (into `data` where it has an envelope). `ending`: the status word at
    which the task stops instead of success.
    """

    method: str = ""
    path: str = ""
    status: int | None = None
    body: object = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    cut: Literal["", "before", "after"] = ""
    delay: float = 0.0
    truncate: int | None = None
    merge: Mapping[str, object] = field(default_factory=dict[str, object])
    ending: str = ""
    error_code: int | None = None
    error_message: str = ""

    def fits(self, method: str, path: str) -> bool:
        """Whether this fault is meant for such a request."""
        return self.method in ("", method) and path.startswith(self.path)


class FaultQueue:
    """Faults in waiting; the first that fits is taken. Safe from any thread."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = Lock()

    def add(self, *faults: Fault) -> None:
        """Queue faults behind those already waiting."""
        with self._lock:
            self._waiting.extend(faults)

    def for_answer(self, method: str, path: str) -> Fault:
        """The fault for this request's answer, or one that does nothing."""
        return self._take(lambda fault: not fault.ending and fault.fits(method, path))

    def for_task(self, method: str, path: str) -> Fault:
        """The fault for the task this request has just created, or one that does nothing."""
        return self._take(lambda fault: bool(fault.ending) and fault.fits(method, path))

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """What has not been used yet."""
        with self._lock:
            return tuple(self._waiting)

    def _take(self, fits: Callable[[Fault], bool]) -> Fault:
        with self._lock:
            for number, fault in enumerate(self._waiting):
                if fits(fault):
                    return self._waiting.pop(number)
        return Fault()


def fault_of(value: object) -> Fault:
    """A fault from JSON, as sent to the admin page; raises ValueError for an unknown key."""
    given = mapping(value)
    known = {each.name for each in fields(Fault)}
    if given is None or not set(given) <= known:
        raise ValueError(f"a fault is an object with keys among {sorted(known)}")
    return Fault(**given)  # pyright: ignore[reportArgumentType] - checked by use, tests only
