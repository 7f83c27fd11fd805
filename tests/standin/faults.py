"""Faults that a test orders: each affects one answer, or the next task, and is then used up.

Fault(path="/v3/tasks/", status=503, body="busy")          one answer
Fault(path="/v3/generation", cut="after")                  paid, but the answer is lost
Fault(path="/v3/tasks/", merge={"status": "pondering"})    an unknown status word
Fault(path="/v1/generation-request/", status=500, times=4) four answers in a row
Fault(path="/results/", headers={"Content-Type": "text/html"})  a model under a wrong name
Fault(path="/results/", status=403)                        a link that has expired
Fault(path="/results/", truncate=1000)                     a model that is cut off
Fault(ending="failed", error_code=2008)                    the next task's end
Fault(path="/tripo3d-", ending="ERROR", error_message="…") the same, at one service
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Literal

from .messages import items, mapping


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong. It fits requests whose method is `method` (empty: any) and whose
    path begins with `path`; with an `ending` it fits only the creation of a task.

    `status`, `body`, `headers`: answer this, without doing anything; headers without a status are
    added to those of the real answer. `cut`: reset the connection before or after the request is
    carried out. `delay`: wait so many seconds first. `truncate`: send so many bytes of the body,
    then close. `merge`: put these into the answer's JSON (into `data` if it has an envelope).
    `ending`: the status word at which the task stops instead of success, in the service's or
    Tripo's words (Tripo sends a message only with an `error_code`). `times`: how often, one by
    default.
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
    times: int = 1

    def fits(self, method: str, path: str) -> bool:
        """Return whether this fault fits such a request."""
        return self.method in ("", method) and path.startswith(self.path)


class FaultQueue:
    """Faults that are waiting; the first that fits is taken. Safe from any thread."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = Lock()

    def add(self, *faults: Fault) -> None:
        """Add faults behind those already waiting."""
        with self._lock:
            self._waiting.extend(faults)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._waiting.clear()

    def for_answer(self, method: str, path: str) -> Fault:
        """Take the fault for this request's answer, or one that does nothing."""
        return self._take(lambda fault: not fault.ending and fault.fits(method, path))

    def for_task(self, method: str, path: str) -> Fault:
        """Take the fault for the task this request has just created, or one that does nothing."""
        return self._take(lambda fault: bool(fault.ending) and fault.fits(method, path))

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """Return the faults that are not used up yet."""
        with self._lock:
            return tuple(self._waiting)

    def _take(self, fits: Callable[[Fault], bool]) -> Fault:
        with self._lock:
            for number, fault in enumerate(self._waiting):
                if fits(fault):
                    left = replace(fault, times=fault.times - 1)
                    self._waiting[number : number + 1] = [left] if left.times > 0 else []
                    return fault
        return Fault()


def read_faults(text: str | bytes) -> tuple[Fault, ...]:
    """Read faults in JSON, from a file or the admin page: one, a list, or `{"faults": […]}`.

    Raises ValueError with a sentence for anything else, before any of them is used.
    """
    value: object = json.loads(text)
    listed = items((mapping(value) or {}).get("faults", value))
    return tuple(_fault(each) for each in ([value] if listed is None else listed))


def _fault(value: object) -> Fault:
    given = mapping(value)
    if given is None or not set(given) <= set(KINDS):
        raise ValueError(f"a fault is an object with keys among {sorted(KINDS)}")
    for name, content in given.items():
        fits, wanted = KINDS[name]
        if not fits(content):
            raise ValueError(f"'{name}' of a fault must be {wanted}")
    return Fault(**given)  # pyright: ignore[reportArgumentType] - checked just above


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_whole_or_null(value: object) -> bool:
    return value is None or _is_whole(value)


def _is_seconds(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def _is_object(value: object) -> bool:
    return mapping(value) is not None


def _is_headers(value: object) -> bool:
    given = mapping(value)
    return given is not None and all(isinstance(text, str) for text in given.values())


Judge = Callable[[object], bool]
KINDS: Mapping[str, tuple[Judge, str]] = {
    "method": (_is_text, "a text"),
    "path": (_is_text, "a text"),
    "status": (_is_whole_or_null, "a whole number"),
    "body": (lambda _: True, "anything"),
    "headers": (_is_headers, "an object of texts"),
    "cut": (lambda value: value in ("", "before", "after"), "'before' or 'after'"),
    "delay": (_is_seconds, "a number of seconds"),
    "truncate": (_is_whole_or_null, "a whole number"),
    "merge": (_is_object, "an object"),
    "ending": (_is_text, "a text"),
    "error_code": (_is_whole_or_null, "a whole number"),
    "error_message": (_is_text, "a text"),
    "times": (_is_whole, "a whole number"),
}
