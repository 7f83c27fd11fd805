"""Tripo v3's answers in JSON: the envelope, the task object, rows of usage.

Pure except for signing: every look-up of a task makes new links.
"""

from collections.abc import Mapping

from ..artifacts import role_path
from ..clock import iso
from ..ledger import Account, Standing, Task
from ..links import Links
from ..messages import Response, json_response
from ..orders import VIEWS
from ..tripo.endpoint import PICTURE_KINDS, VIEW_KINDS
from ..tripo.refusals import Refused

# Each key with its task's file; all other kinds have a model.
MODEL_KEYS = {"model_url": "model", "rendered_image_url": "preview"}
KEYS: Mapping[str, Mapping[str, str]] = {
    **{kind: {"generated_image_url": "model"} for kind in PICTURE_KINDS},
    **{kind: {} for kind in VIEW_KINDS},
    "image_to_depth": {"depth_image_url": "model"},
    "image_to_splat": {"splat_url": "model", "rendered_image_url": "preview"},
    "mesh_smartsegment": {
        "seg_model_url": "model",
        "mask_url": "preview",
        "rendered_image_url": "preview",
    },
    "mesh_uv": {**MODEL_KEYS, "uv_render_url": "uv_render"},
}


def success(data: object, headers: Mapping[str, str]) -> Response:
    """Return the envelope of a successful answer."""
    return json_response({"code": 0, "status": "success", "data": data}, headers=headers)


def error(refused: Refused, headers: Mapping[str, str], request_id: str) -> Response:
    """Return the envelope of a refusal."""
    envelope = {
        "code": refused.code,
        "status": "error",
        "message": refused.message,
        "suggestion": refused.suggestion,
        "request_id": request_id,
    }
    return json_response(envelope, status=refused.status, headers=headers)


def task_object(task: Task, now: Standing, links: Links, *, step: bool) -> dict[str, object]:
    """Return the answer of `GET /v3/tasks/{id}`; with `step`, also its place in the pipeline."""
    answer: dict[str, object] = {
        "task_id": task.id,
        "type": task.kind,
        "status": now.status,
        "progress": now.progress,
        "input": task.body,
        "output": _output(task, links) if now.status == "success" else {},
        "created_at": iso(task.created),
    }
    if now.final:
        answer["credits_consumed"] = round(task.charged, 2)
        answer["completed_at"] = iso(task.finished or task.created)
    if now.error_code is not None:
        answer["error_code"] = now.error_code
        answer["error_message"] = now.error_message
    if step:
        answer["pipeline_step"] = "done" if now.final else now.status
    return answer


def usage_row(task: Task) -> dict[str, object]:
    """Return one row of `GET /v3/account/usage`."""
    return {
        "task_id": task.id,
        "type": task.kind,
        "status": task.end.status if task.end else "running",
        "created_at": iso(task.created),
        "credits_consumed": round(task.charged, 2),
    }


def balance(account: Account) -> dict[str, object]:
    """Return the answer of `GET /v3/account/balance`; decimals, as the service has them."""
    return {"balance": float(account.balance), "frozen": float(account.frozen)}


def _output(task: Task, links: Links) -> dict[str, object]:
    def link(role: str) -> str | None:
        path = role_path(task, role)
        return path and links.sign(path)

    keys = KEYS.get(task.kind, MODEL_KEYS)
    output: dict[str, object] = {key: url for key, role in keys.items() if (url := link(role))}
    if task.kind in PICTURE_KINDS and "generated_image_url" in output:
        output["image_urls"] = [output["generated_image_url"]]
    if task.kind in VIEW_KINDS:
        output["generate_multiview_image"] = {f"{view}_view_url": link(view) for view in VIEWS}
    if task.kind == "animate_retarget" and "animations" in task.body:
        clips = (link(f"clip_{number}") for number in range(5))
        output["model_urls"] = [url for url in clips if url]
    return output | task.facts
