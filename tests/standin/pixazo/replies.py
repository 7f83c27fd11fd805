"""Pixazo's answers in JSON: the queued request, its status, errors.

Pure except for signing: every look-up of a request makes a new link.
"""

from datetime import UTC, datetime

from ..artifacts import result_path
from ..clock import iso
from ..ledger import Standing, Task
from ..links import Links
from ..messages import Response, json_response

MODEL_ID = "tripo3d-v2-5-413"
# Any other word comes from a fault, and is sent unchanged.
STATUS = {"queued": "QUEUED", "running": "PROCESSING", "success": "COMPLETED", "failed": "FAILED"}


class Refused(Exception):
    """A refused request: status, and the two texts of the body."""

    def __init__(self, status: int, error: str, message: str, *, wait: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message
        self.wait = wait


def queued(task: Task, base_url: str) -> dict[str, object]:
    """Return the 202 after a submit."""
    return {
        "request_id": task.id,
        "status": "QUEUED",
        "polling_url": f"{base_url}/v2/requests/status/{task.id}",
    }


def standing(task: Task, now: Standing, links: Links, *, plain: bool) -> dict[str, object]:
    """Return the answer of `GET /v2/requests/status/{id}`.

    The documents show two forms of a finished request: `plain` has the general media type and ISO
    times; the other has `model/glb`, and two of its times have no zone.
    """
    ended = task.finished if now.final else None
    time_text = iso if plain else _zoneless
    return {
        "request_id": task.id,
        "status": STATUS.get(now.status, now.status),
        "model_id": MODEL_ID,
        "error": _reason(now),
        "output": _output(task, links, plain=plain) if now.status == "success" else None,
        "created_at": iso(task.created),
        "updated_at": time_text(task.created if ended is None else ended),
        "completed_at": None if ended is None else time_text(ended),
    }


def error(refused: Refused) -> Response:
    """Return the body of an error, as documented for 400 and 402."""
    headers = {"Retry-After": str(refused.wait)} if refused.wait else {}
    body = {"error": refused.error, "message": refused.message}
    return json_response(body, status=refused.status, headers=headers)


def _output(task: Task, links: Links, *, plain: bool) -> dict[str, object] | None:
    if task.made is None:
        return None
    url = links.sign(result_path(task, "model", task.made.extension))
    media_type = "application/octet-stream" if plain else "model/glb"
    return {"media_url": [url], "media_type": media_type}


def _reason(now: Standing) -> str | None:
    if not now.final or now.status == "success":
        return None
    return now.error_message or "The request failed"


def _zoneless(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")
