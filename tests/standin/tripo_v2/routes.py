"""Tripo v2's routes, and the envelope around every answer.

Tasks are recorded as in v3, by `tripo.front`; here is what only v2 has.
"""

from collections.abc import Mapping
from uuid import uuid4

from ..artifacts import BUCKET
from ..contents import MESHES, PICTURES
from ..desk import Desk
from ..ledger import Task
from ..messages import Response
from ..signatures import new_grant
from ..tripo.front import Call, Front, Route
from ..tripo.refusals import Refused
from . import replies
from .table import MANNER, RETIRED_TYPES, endpoints

GRANT_LIFE = 3600.0
FORMATS = (*PICTURES, "jpg", *MESHES)


class TripoV2(Front):
    """The dialect under `/v2/openapi/`.

    `storage` is the host and port in the answer for signed uploads, if it is not the artifact port
    itself: clients put `https://` before it.
    """

    prefix = "/v2/openapi/"
    manner = MANNER
    bad_keys = (1002,)
    no_route = 9404

    def __init__(self, desk: Desk, *, old_versions: bool = False, storage: str = "") -> None:
        super().__init__(desk)
        self._endpoints = endpoints(old_versions=old_versions)
        self._storage = storage

    @property
    def routes(self) -> tuple[Route, ...]:
        """Return everything that v2 documents, except its WebSockets."""
        return tuple(
            (method, self.prefix + path, handler)
            for method, path, handler in (
                ("POST", r"task", self._create),
                ("GET", r"task/([^/]+)", self.one_task),
                ("POST", r"task/batch", self.many_tasks),
                ("POST", r"upload", self._upload),
                ("POST", r"upload/sts", self._upload),
                ("POST", r"upload/sts/token", self._storage_token),
                ("GET", r"user/balance", self._balance),
            )
        )

    def success(self, data: object, headers: Mapping[str, str]) -> Response:
        """Return the envelope of a successful answer."""
        return replies.success(data, headers)

    def error(self, refused: Refused, headers: Mapping[str, str], trace: str) -> Response:
        """Return the envelope of a refusal; the trace is only in the headers."""
        del trace
        return replies.error(refused, headers)

    def shown(self, task: Task, *, step: bool = False) -> dict[str, object]:
        """Return the task object."""
        del step
        now = self.desk.ledger.look(task)
        left = max(0, round(task.created + task.seconds - self.desk.clock()))
        return replies.task_object(task, now, self.desk.links, left)

    def _create(self, call: Call) -> object:
        kind = call.body.get("type")
        if kind in RETIRED_TYPES:
            raise Refused(2016)
        endpoint = self._endpoints.get(kind) if isinstance(kind, str) else None
        if endpoint is None:
            raise Refused(2002)
        return self.create(endpoint, call)

    def _balance(self, call: Call) -> object:
        return replies.balance(self.desk.ledger.account(call.key))

    def _upload(self, call: Call) -> object:
        return {"image_token": self.received(call, str(uuid4()), meshes=False).token}

    def _storage_token(self, call: Call) -> object:
        extension = call.body.get("format")
        if not isinstance(extension, str) or extension not in FORMATS:
            raise Refused(2004)
        grant = new_grant(self.desk.clock() + GRANT_LIFE)
        key = f"tripo/upload/{uuid4()}.{extension}"
        self.booked(call.key, key, f"upload.{extension}", extension, grant=grant)
        return {
            "s3_host": self._storage or self.desk.links.base_url.partition("://")[2],
            "resource_bucket": BUCKET,
            "resource_uri": key,
            "session_token": grant.session_token,
            "sts_ak": grant.access_key,
            "sts_sk": grant.secret_key,
        }
