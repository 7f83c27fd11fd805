"""The router's routes: authentication, request and reply.

The fields are Tripo's and checked by its rules; the accounts are the ledger's. A repeated
idempotency key is charged once, for a day.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

from ..desk import Desk
from ..fields import Unacceptable, check
from ..ledger import Task, TooFast, TooFewCredits, TooManyTasks, Upload
from ..messages import Malformed, Request, Response, items, json_object
from ..terms import Gate
from ..tripo import refusals
from ..tripo.creation import Plan, plan
from ..tripo.prices import credits
from ..tripo.sources import Finder
from . import replies
from .replies import Refused
from .table import MANNER, MODELS

# Invented: what a credit of Tripo's costs in Comfy's.
RATE = 2.11
KEY_KEPT = 24 * 3600.0
AT_ONCE = 10_000
ROOT = "/v2/models/tripo/"
STORAGE = "/customers/storage"
RUN = re.compile(re.escape(ROOT) + r"([^/]+)/(estimate|requests)")
ONE = re.compile(re.escape(ROOT) + r"([^/]+)/requests/([^/]+?)(/status|/cancel)?")


@dataclass(frozen=True)
class Kept:
    """The task of an idempotency key."""

    sent: str
    task: Task
    at: float


class ComfyRouter:
    """The dialect under `/v2/models/`, and the storage for its users' pictures."""

    prefix = ("/v2/models/", STORAGE)

    def __init__(self, desk: Desk, gate: Gate) -> None:
        self._desk = desk
        self._gate = gate
        self._kept: dict[tuple[str, str], Kept] = {}

    def answer(self, request: Request) -> Response:
        """Answer anything under the prefixes, errors included."""
        try:
            return self._routed(request)
        except Malformed as error:
            return replies.error(Refused(400, "invalid_input", str(error)))
        except Unacceptable as error:
            return replies.error(Refused(422, "invalid_input", str(error)))
        except refusals.Refused as refused:
            return replies.error(Refused(422, "invalid_input", refused.message))
        except Refused as refused:
            return replies.error(refused)

    def _routed(self, request: Request) -> Response:
        account = self._account(request)
        if (request.method, request.path) == ("POST", STORAGE):
            return self._place(request, account)
        run, one = RUN.fullmatch(request.path), ONE.fullmatch(request.path)
        name = run[1] if run else one[1] if one else ""
        if name not in MODELS:
            raise Refused(404, "model_not_found", f"no model tripo/{name}")
        if run and request.method == "POST":
            return (self._estimate if run[2] == "estimate" else self._submit)(
                request, account, name
            )
        if one and request.method == ("PUT" if one[3] == "/cancel" else "GET"):
            return self._one(request, account, name, one[2], one[3] or "")
        raise Refused(405, "invalid_input", f"{request.method} is not allowed here")

    def _account(self, request: Request) -> str:
        bearer = request.headers.get("authorization", "").partition(" ")[2]
        account = self._gate.account(request.headers.get("x-api-key", bearer))
        if account is None:
            raise Refused(401, "unauthorized", "Missing or invalid credentials")
        wait = self._gate.wait(account)
        if wait:
            raise Refused(429, "rate_limited", "Too many requests", wait=wait)
        return account

    def _place(self, request: Request, account: str) -> Response:
        wanted = str(json_object(request.content).get("file_name", ""))
        token = f"file_{uuid4()}"
        path = self._desk.folder / f"{token}.{wanted.rpartition('.')[2]}"
        self._desk.ledger.keep(Upload(token=token, key=account, name=wanted, path=path))
        address = f"/uploads/{token}"
        links = {name: self._desk.links.sign(address) for name in ("upload_url", "download_url")}
        return replies.answer(links)

    def _estimate(self, request: Request, account: str, name: str) -> Response:
        # Check only the settings; fetch and run nothing.
        del account
        version, endpoint = MODELS[name]
        family = endpoint.models[version]
        checked = check(endpoint.fields, json_object(request.content), family=family)
        price = round(credits(endpoint.kind, family, checked) * RATE, 2)
        return replies.answer(replies.estimate(price, name))

    def _submit(self, request: Request, account: str, name: str) -> Response:
        key = request.headers.get("idempotency-key", "")
        body = json_object(request.content)
        sent = json.dumps([request.path, body], sort_keys=True)
        kept = self._kept.get((account, key)) if key else None
        if kept is not None and self._desk.clock() - kept.at < KEY_KEPT:
            if kept.sent != sent:
                detail = "the Idempotency-Key was used for a different request"
                raise Refused(409, "invalid_input", detail)
            return self._handle(request, kept.task, name, {"Idempotent-Replayed": "true"})
        task = self._begun(request, body, account, name)
        if key:
            self._kept[account, key] = Kept(sent, task, self._desk.clock())
        return self._handle(request, task, name, {})

    def _begun(self, request: Request, body: dict[str, object], account: str, name: str) -> Task:
        planned = self._planned(body, account, name)
        task = Task(
            key=account,
            kind=planned.endpoint.kind,
            category="comfy",
            body=body,
            credits=_charge(planned),
            created=self._desk.clock(),
            seconds=self._desk.seconds,
            ignored=planned.ignored,
            model=planned.model,
        )
        try:
            self._desk.begin(task, planned.making, request, at_once=AT_ONCE)
        except TooFewCredits as error:
            raise Refused(402, "insufficient_credits", "Not enough credits") from error
        except (TooFast, TooManyTasks) as error:
            raise Refused(429, "queue_backlog_full", "Too many queued", wait=5) from error
        return task

    def _planned(self, body: Mapping[str, object], account: str, name: str) -> Plan:
        version, endpoint = MODELS[name]
        if body.get("model") not in (None, version):
            raise Refused(422, "invalid_input", "the body names a different model than the path")
        named = {key: self._own(value) for key, value in body.items()}
        finder = Finder(self._desk.ledger, self._desk.folder, account, MANNER)
        body = {**named, "model": version}
        return plan(endpoint, body, finder, now=self._desk.clock())

    def _own(self, value: object) -> object:
        """Return a stored picture by its token, as the provider would fetch it."""
        listed = items(value)
        if listed is not None:
            return [self._own(each) for each in listed]
        uploads = f"{self._desk.links.base_url}/uploads/"
        if isinstance(value, str) and value.startswith(uploads):
            return urlsplit(value).path.rpartition("/")[2]
        return value

    def _handle(
        self, request: Request, task: Task, name: str, headers: Mapping[str, str]
    ) -> Response:
        now = self._desk.ledger.look(task)
        reply = replies.state(task, now, _address(request, name, task))
        reply.pop("error_type", None)
        return replies.answer(reply, status=201, headers=headers)

    def _one(
        self, request: Request, account: str, name: str, request_id: str, end: str
    ) -> Response:
        ledger = self._desk.ledger
        task = ledger.find(request_id, account)
        if ledger.has_forgotten(request_id, account):
            # The contract has a status for this, but no error code.
            raise Refused(410, "gone", "its result is kept no longer")
        if task is None or f"{task.model.lower()}-{task.kind.replace('_', '-')}" != name:
            raise Refused(404, "request_not_found", "no such request")
        if end == "/cancel":
            return self._cancelled(task)
        now = self._desk.ledger.look(task)
        reply = replies.state(task, now, _address(request, name, task))
        if end == "/status":
            return replies.answer(reply)
        if not now.final:
            return replies.answer(reply, status=202, headers={"Retry-After": "1"})
        if now.status != "success":
            word = str(reply["error_type"])
            raise Refused(409 if word == "cancelled" else 502, word, now.error_message or word)
        return replies.answer(replies.result(task, self._desk.links))

    def _cancelled(self, task: Task) -> Response:
        stopped = self._desk.ledger.stop(task)
        word = "CANCELLATION_REQUESTED" if stopped else "ALREADY_COMPLETED"
        reply = {"request_id": task.id, "status": word}
        return replies.answer(reply, status=202 if stopped else 409)


def _charge(planned: Plan) -> float:
    return round(planned.credits * RATE, 2)


def _address(request: Request, name: str, task: Task) -> str:
    host = request.headers.get("host", "127.0.0.1")
    return f"http://{host}{ROOT}{name}/requests/{task.id}"
