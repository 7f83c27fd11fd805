"""3D AI Studio's answers in JSON: bare objects, no envelope.

Pure except for signing: every look-up of a task makes new links, valid until its results expire.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from ..artifacts import result_path
from ..ledger import Account, Standing, Task
from ..links import Links
from ..messages import Response, json_response
from .refusals import Refused

# "Results expire after 24 hours": a later look-up gives links that have already expired.
RESULTS_LIFE = 24 * 3600.0
CONVERSION = "convert-model"
# Any other word comes from a fault, and is sent unchanged.
STATUS: Mapping[str, str] = {
    "queued": "PENDING",
    "running": "IN_PROGRESS",
    "success": "FINISHED",
    "failed": "FAILED",
}


def created(task: Task) -> dict[str, object]:
    """Return the answer to a POST that makes a task."""
    moment = datetime.fromtimestamp(task.created, UTC)
    return {"task_id": task.id, "created_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}


def standing(task: Task, now: Standing, links: Links, *, moment: float) -> dict[str, object]:
    """Return the answer of `GET /v1/generation-request/{id}/status/`; `moment` is the time of
    asking."""
    left = (task.finished or moment) + RESULTS_LIFE - moment
    return {
        "status": STATUS.get(now.status, now.status),
        "progress": now.progress,
        "failure_reason": _reason(now),
        "results": _results(task, links, left) if now.status == "success" else [],
    }


def wallet(account: Account) -> dict[str, object]:
    """Return the balance; credits of running tasks are already deducted."""
    return {"balance": f"{account.balance - account.frozen:.2f}"}


def error(refused: Refused) -> Response:
    """Return the body around a documented code."""
    headers = {"Retry-After": str(refused.wait)} if refused.wait else {}
    body = {"code": refused.code, "detail": refused.detail}
    return json_response(body, status=refused.status, headers=headers)


def _reason(now: Standing) -> str | None:
    if not now.final or now.status == "success":
        return None
    return now.error_message or "Generation failed"


def _results(task: Task, links: Links, life: float) -> list[dict[str, object]]:
    if task.made is None:
        return []
    # The documents promise GLB and Tripo delivers quads as FBX. Which of them wins is unclear, so
    # here an FBX has a GLB's name, and only its first bytes tell what it is.
    name = "model" if task.kind == CONVERSION else "asset"
    extension = task.made.extension if task.kind == CONVERSION else "glb"
    asset = links.sign(result_path(task, name, extension), life=life)
    kind = "ARCHIVE" if extension == "zip" else "3D_MODEL"
    return [{"asset": asset, "asset_type": kind, "metadata": None}]
