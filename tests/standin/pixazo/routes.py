"""Pixazo's routes: authentication, request and reply.

`creation` checks, `replies` formats; the accounts are in the ledger.
"""

import re
from http import HTTPStatus
from uuid import uuid4

from ..desk import Desk
from ..fetch import is_web_address
from ..fields import Unacceptable
from ..ledger import Task, TooFast, TooFewCredits, TooManyTasks
from ..messages import Malformed, Request, Response, json_object, json_response
from ..terms import Gate
from . import replies
from .creation import plan
from .replies import MODEL_ID, Refused

# In dollars, and invented: no price is published, but tests need an account that runs out of money.
PRICE = 0.5
AT_ONCE = 10_000
KEY_HEADER = "ocp-apim-subscription-key"
SUBMIT_PATH = re.compile(r"/(tripo3d-[^/]+)/v1/(tripo3d-[^/]+)-request")
STATUS_PATH = re.compile(r"/v2/requests/status/([^/]+)")


class Pixazo:
    """The dialect of the queue under `/v2/requests/` and of the models named `tripo3d-…`."""

    prefix = ("/tripo3d-", "/v2/requests/")

    def __init__(self, desk: Desk, gate: Gate) -> None:
        self._desk = desk
        self._gate = gate

    def answer(self, request: Request) -> Response:
        """Answer anything under the prefixes, errors included."""
        try:
            return self._routed(request)
        except (Malformed, Unacceptable) as error:
            return replies.error(Refused(400, "Bad Request", str(error)))
        except Refused as refused:
            return replies.error(refused)

    def _routed(self, request: Request) -> Response:
        submitted = SUBMIT_PATH.fullmatch(request.path)
        looked_at = STATUS_PATH.fullmatch(request.path)
        if submitted is None and looked_at is None:
            raise Refused(404, "Not Found", "Resource not found")
        if request.method != ("GET" if submitted is None else "POST"):
            raise Refused(405, "Method Not Allowed", f"{request.method} is not allowed here")
        account = self._account(request)
        if looked_at is not None:
            return self._look(looked_at[1], account)
        if request.path != f"/{MODEL_ID}/v1/tripo3d-v2-5-request":
            model = submitted[1] if submitted else ""
            raise Refused(400, "Model not found", f"Model '{model}' not found or is disabled")
        return self._submit(request, account)

    def _account(self, request: Request) -> str:
        key = request.headers.get(KEY_HEADER, "")
        account = self._gate.account(key)
        if account is None:
            if any(name.endswith(f":{key}") or name == key for name in self._desk.ledger.keys):
                # A valid key without a subscription: the only way to a documented 403.
                raise Refused(403, "Forbidden", "The key has no access to this model")
            raise Refused(401, "Unauthorized", "The subscription key is missing or invalid")
        wait = self._gate.wait(account)
        if wait:
            raise Refused(429, "Too Many Requests", "Rate limit exceeded", wait=wait)
        return account

    def _submit(self, request: Request, account: str) -> Response:
        if request.media_type != "application/json":
            raise Refused(400, "Bad Request", "Content-Type must be application/json")
        _check_webhook(request)
        body = json_object(request.content)
        planned = plan(body, self._desk.folder)
        task = Task(
            id=f"{MODEL_ID}_{uuid4()}",
            key=account,
            kind="image-to-3d",
            category="pixazo",
            body=body,
            credits=PRICE,
            created=self._desk.clock(),
            seconds=self._desk.seconds,
            ignored=planned.ignored,
            model=MODEL_ID,
        )
        try:
            self._desk.begin(task, planned.making, request, at_once=AT_ONCE)
        except TooFewCredits as error:
            poor = "Your wallet does not have enough balance."
            raise Refused(402, "Insufficient Balance", poor) from error
        except (TooFast, TooManyTasks) as error:
            raise Refused(429, "Too Many Requests", "Rate limit exceeded", wait=60) from error
        base_url = f"http://{request.headers.get('host', '127.0.0.1')}"
        return json_response(replies.queued(task, base_url), status=HTTPStatus.ACCEPTED)

    def _look(self, request_id: str, account: str) -> Response:
        task = self._desk.ledger.find(request_id, account)
        if task is None:
            raise Refused(404, "Not Found", f"Request '{request_id}' not found")
        now = self._desk.ledger.look(task)
        return json_response(
            replies.standing(task, now, self._desk.links, plain=self._is_plain(task))
        )

    def _is_plain(self, task: Task) -> bool:
        """Alternate between the two documented forms, from task to task."""
        own = [each for each in self._desk.ledger.tasks if each.category == task.category]
        return own.index(task) % 2 == 0


def _check_webhook(request: Request) -> None:
    """Check only its form: the stand-in calls nobody."""
    url = request.headers.get("x-webhook-url")
    mode = request.headers.get("x-webhook-mode", "terminal")
    if url is not None and not (url.startswith("https://") and is_web_address(url)):
        raise Refused(400, "Bad Request", "X-Webhook-URL must be an https URL")
    if mode not in ("terminal", "sync"):
        raise Refused(400, "Bad Request", "X-Webhook-Mode must be terminal or sync")
