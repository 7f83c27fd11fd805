"""The router's answers in JSON: the handle, the queue's state, Tripo's own result, errors.

Pure except for signing: every look-up of a result makes new links.
"""

from collections.abc import Mapping
from uuid import uuid4

from ..artifacts import role_path
from ..ledger import Standing, Task
from ..links import Links
from ..messages import Response, json_response

STATUS = {"queued": "IN_QUEUE", "running": "IN_PROGRESS"}
# Faults use Tripo's status words; the router has its own.
ENDS = {"failed": "provider_error", "banned": "content_policy_violation"}


class Refused(Exception):
    """A request that is refused: the status, and the router's error code."""

    def __init__(self, status: int, error_type: str, detail: str, *, wait: int = 0) -> None:
        super().__init__(detail)
        self.status = status
        self.error_type = error_type
        self.detail = detail
        self.wait = wait


def answer(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer with the headers that name the request."""
    named = {"X-Comfy-Request-Id": str(uuid4()), **(headers or {})}
    return json_response(value, status=status, headers=named)


def error(refused: Refused) -> Response:
    """Return the body of a refusal; invalid input is reported per field, without an error code."""
    headers = {"X-Comfy-Error-Type": refused.error_type}
    if refused.wait:
        headers["Retry-After"] = str(refused.wait)
    if refused.status == 422:
        wrong = {"loc": ["body"], "msg": refused.detail, "type": "value_error"}
        return answer({"detail": [wrong]}, status=422, headers=headers)
    body = {"detail": refused.detail, "error_type": refused.error_type}
    return answer(body, status=refused.status, headers=headers)


def state(task: Task, now: Standing, place: str) -> dict[str, object]:
    """Return the state of a request; `place` is its address."""
    reply: dict[str, object] = {
        "request_id": task.id,
        "status": STATUS.get(now.status, "COMPLETED"),
        "status_url": f"{place}/status",
        "response_url": place,
        "cancel_url": f"{place}/cancel",
    }
    if now.status == "queued":
        reply["queue_position"] = 0
    if now.final and now.status != "success":
        reply["error_type"] = ENDS.get(now.status, now.status)
    return reply


def result(task: Task, links: Links) -> dict[str, object]:
    """Return Tripo's answer for the finished task, byte for byte."""
    roles = {"model_url": "model", "rendered_image_url": "preview"}
    output = {
        key: links.sign(path) for key, role in roles.items() if (path := role_path(task, role))
    }
    data: dict[str, object] = {
        "task_id": str(uuid4()),
        "type": task.kind,
        "status": "success",
        "progress": 100,
        "output": output,
        "credits_consumed": 1.0,
    }
    return {"code": 0, "data": data}


def estimate(credits: float, model: str) -> dict[str, object]:
    """Return the cost estimate of a run."""
    return {
        "source": "exact",
        "currency": "USD",
        "amount": f"{credits / 211:.8f}",
        "amount_cents": credits / 2.11,
        "credits": credits,
        "provider": "tripo",
        "model": f"tripo/{model}",
        "pricing_as_of": "2026-11-01T00:00:00Z",
    }
