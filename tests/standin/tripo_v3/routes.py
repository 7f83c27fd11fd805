"""Tripo v3's routes, and the envelope around every answer.

Tasks are recorded as in v2, by `tripo.front`; here is what only v3 has.
"""

import re
from collections.abc import Mapping
from uuid import uuid4

from ..contents import MESHES, PICTURES
from ..ledger import Task
from ..messages import Request, Response
from ..tripo.front import Call, Front, Route
from ..tripo.refusals import Refused
from . import replies
from .table import ENDPOINTS, MANNER, NOT_PLAYED

PRESIGN_LIFE = 1800
FORMATS = (*PICTURES, "jpg", *MESHES)


class TripoV3(Front):
    """The dialect under `/v3/`."""

    prefix = "/v3/"
    manner = MANNER

    @property
    def routes(self) -> tuple[Route, ...]:
        """Return everything that v3 documents."""
        return (
            ("POST", r"/v3/files", self._upload),
            ("POST", r"/v3/files/presign", self._presign),
            ("POST", r"/v3/tasks/list", self.many_tasks),
            ("GET", r"/v3/tasks/([^/]+)", self.one_task),
            ("GET", r"/v3/account/balance", self._balance),
            ("GET", r"/v3/account/usage", self._usage),
            ("POST", r"/v3/models/refine", self._refine),
            ("POST", r"/v3/models/stylize", self._stylize),
            *(("POST", re.escape(path), self._not_played) for path in NOT_PLAYED),
            *(("POST", re.escape(path), self._create) for path in ENDPOINTS),
        )

    def success(self, data: object, headers: Mapping[str, str]) -> Response:
        """Return the envelope of a successful answer."""
        return replies.success(data, headers)

    def error(self, refused: Refused, headers: Mapping[str, str], trace: str) -> Response:
        """Return the envelope of a refusal."""
        return replies.error(refused, headers, trace)

    def shown(self, task: Task, *, step: bool = False) -> dict[str, object]:
        """Return the task object."""
        now = self.desk.ledger.look(task)
        return replies.task_object(task, now, self.desk.links, step=step)

    def headers_for(self, key: str) -> dict[str, str]:
        """Return the header that says how many tasks this key may still start."""
        left, reset = self.desk.ledger.pace(key)
        return {
            "X-RateLimit-Limit": str(self.desk.ledger.per_minute),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str(reset),
        }

    def _create(self, call: Call) -> object:
        return self.create(ENDPOINTS[call.request.path], call)

    def _balance(self, call: Call) -> object:
        return replies.balance(self.desk.ledger.account(call.key))

    def _usage(self, call: Call) -> object:
        limit = _count(call.request, "limit", default=50, low=1, high=200)
        offset = _count(call.request, "offset", default=0, low=0, high=1_000_000)
        page = self.desk.ledger.page(call.key, limit=limit, offset=offset)
        return {"items": [replies.usage_row(task) for task in page]}

    def _upload(self, call: Call) -> object:
        return {"file_token": self.received(call, f"file_{uuid4()}").token}

    def _presign(self, call: Call) -> object:
        extension = call.body.get("format")
        if not isinstance(extension, str) or not extension:
            raise Refused(1004, "parameter 'format' is required")
        if extension not in FORMATS:
            raise Refused(2004)
        upload = self.booked(call.key, f"file_{uuid4()}", f"upload.{extension}", extension)
        url = self.desk.links.sign(f"/uploads/{upload.token}", life=PRESIGN_LIFE)
        return {
            "presigned_url": url,
            "file_token": upload.token,
            "expires_in": PRESIGN_LIFE,
        }

    def _refine(self, call: Call) -> object:
        body = call.body
        source = body.get("input") or body.get("draft_model_task_id")
        if not isinstance(source, str):
            raise Refused(1004, "parameter 'input' is required")
        self.own(source, call.key)
        raise Refused(2006)

    def _stylize(self, call: Call) -> object:
        del call
        raise Refused(2016)

    def _not_played(self, call: Call) -> object:
        raise Refused(2002, f"the stand-in does not play {call.request.path}")


def _count(request: Request, name: str, *, default: int, low: int, high: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        raise Refused(1004, f"parameter '{name}' must be within {low} and {high}")
    return int(text)
