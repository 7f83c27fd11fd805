"""Tripo v2's answers in JSON: the envelope and the task object.

Pure except for signing: every look-up of a task makes new links.
"""

from collections.abc import Mapping

from ..artifacts import role_path
from ..ledger import Account, Standing, Task
from ..links import Links
from ..messages import Response, json_response
from ..orders import VIEWS
from ..tripo.endpoint import MADE_KINDS, PICTURE_KINDS, VIEW_KINDS
from ..tripo.refusals import Refused

# If the service makes the texture, the key tells which; everything else is under `model`.
TEXTURED_KINDS = (*MADE_KINDS, "texture_model", "refine_model")


def success(data: object, headers: Mapping[str, str]) -> Response:
    """Return the envelope of a successful answer."""
    return json_response({"code": 0, "data": data}, headers=headers)


def error(refused: Refused, headers: Mapping[str, str]) -> Response:
    """Return the envelope of a refusal."""
    envelope = {
        "code": refused.code,
        "message": refused.message,
        "suggestion": refused.suggestion,
    }
    return json_response(envelope, status=refused.status, headers=headers)


def task_object(task: Task, now: Standing, links: Links, left: int) -> dict[str, object]:
    """Return the answer of `GET /task/{id}`; `left` are the seconds that it will still run."""
    output = _output(task, links) if now.status == "success" else {}
    answer: dict[str, object] = {
        "task_id": task.id,
        "type": task.kind,
        "status": now.status,
        "input": {key: value for key, value in task.body.items() if key != "type"},
        "output": output,
        "progress": now.progress,
        "create_time": int(task.created),
        "running_left_time": -1 if now.final else left,
        "queuing_num": 0 if now.status == "queued" else -1,
        "prompt": task.body.get("prompt", ""),
        "thumbnail": output.get("rendered_image", ""),
    }
    if now.final:
        answer["consumed_credit"] = int(task.charged)
    if now.error_code is not None:
        answer["error_code"] = now.error_code
        answer["error_msg"] = now.error_message
    return answer


def balance(account: Account) -> dict[str, object]:
    """Return the answer of `GET /user/balance`; whole numbers in this version."""
    return {"balance": int(account.balance), "frozen": int(account.frozen)}


def _output(task: Task, links: Links) -> dict[str, object]:
    def link(role: str) -> str | None:
        # Not `/results`: v2's file servers ignore an API key instead of refusing it.
        path = role_path(task, role)
        return path and links.sign(path.replace("/results/", "/downloads/", 1))

    output: dict[str, object] = {key: url for key, role in _keys(task) if (url := link(role))}
    if task.kind in VIEW_KINDS:
        output["generate_multiview_image"] = {f"{view}_view_url": link(view) for view in VIEWS}
    return output | task.facts


def _keys(task: Task) -> tuple[tuple[str, str], ...]:
    """Return each file's key. The untextured model comes first, as it may."""
    if task.kind in PICTURE_KINDS:
        return (("generated_image", "model"),)
    if task.kind in VIEW_KINDS:
        return ()
    plain = (("base_model", "base_model"),) if task.kind in MADE_KINDS else ()
    return (*plain, (_main_key(task), "model"), ("rendered_image", "preview"))


def _main_key(task: Task) -> str:
    if task.kind not in TEXTURED_KINDS:
        return "model"
    textured, pbr = (task.body.get(name) is not False for name in ("texture", "pbr"))
    if pbr:
        return "pbr_model"
    return "model" if textured else "base_model"
