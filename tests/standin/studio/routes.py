"""3D AI Studio's routes: authentication, request and reply.

`creation` checks, `replies` formats; the accounts are in the ledger.
"""

import re

from ..desk import Desk
from ..fields import Unacceptable
from ..ledger import Task, TooFast, TooFewCredits, TooManyTasks
from ..messages import Malformed, Request, Response, json_response
from ..terms import Gate
from . import replies
from .creation import plan
from .forms import Sent, read_form, read_json
from .refusals import Refused
from .table import BASE, GENERATORS, PROCESSORS, SUFFIXES, Endpoint

# How many tasks may run at once is not documented; no test reaches this many.
AT_ONCE = 10_000
STATUS_PATH = re.compile(r"/v1/generation-request/([^/]+)/status/")
# An older page has `/user/wallet/`; the later ones, and the stand-in, only this.
WALLET_PATH = "/account/user/wallet/"


class Studio:
    """The dialect under `/v1/` and `/account/`. A path without a slash at its end does not
    exist."""

    prefix = ("/v1/", "/account/")

    def __init__(self, desk: Desk, gate: Gate) -> None:
        self._desk = desk
        self._gate = gate

    def answer(self, request: Request) -> Response:
        """Answer anything under the prefixes, errors included."""
        try:
            return json_response(self._routed(request))
        except Malformed as error:
            return replies.error(Refused("VALIDATION_FAILED", str(error)))
        except Unacceptable as error:
            return replies.error(Refused("VALIDATION_FAILED", str(error)))
        except Refused as refused:
            return replies.error(refused)

    def _routed(self, request: Request) -> dict[str, object]:
        route = target(request.path)
        looked_at = STATUS_PATH.fullmatch(request.path)
        if route is None and looked_at is None and request.path != WALLET_PATH:
            raise Refused("NOT_FOUND", "Not found.")
        if request.method != ("GET" if route is None else "POST"):
            raise Refused("METHOD_NOT_ALLOWED", f'Method "{request.method}" not allowed.')
        account = self._account(request)
        if route is not None:
            return self._create(request, account, *route)
        if looked_at is not None:
            return self._look(looked_at[1], account)
        return replies.wallet(self._desk.ledger.account(account))

    def _account(self, request: Request) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        account = self._gate.account(key)
        if scheme.lower() != "bearer" or account is None:
            raise Refused("INVALID_API_KEY", "Invalid or missing API key.")
        wait = self._gate.wait(account)
        if wait:
            raise Refused("RATE_LIMITED", "Rate limit exceeded. Wait and retry.", wait=wait)
        return account

    def _create(
        self, request: Request, account: str, endpoint: Endpoint, version: str
    ) -> dict[str, object]:
        sent = _body(request, endpoint, version)
        planned = plan(endpoint, version, sent, self._desk.folder)
        task = Task(
            key=account,
            kind=planned.kind,
            category="studio",
            body=sent.values,
            credits=planned.credits,
            created=self._desk.clock(),
            seconds=self._desk.seconds,
            ignored=planned.ignored,
            model=planned.version,
        )
        try:
            self._desk.begin(task, planned.making, request, at_once=AT_ONCE)
        except TooFewCredits as error:
            raise Refused("INSUFFICIENT_CREDITS", "Not enough credits.") from error
        except (TooFast, TooManyTasks) as error:
            raise Refused("RATE_LIMITED", "Rate limit exceeded.", wait=60) from error
        return replies.created(task)

    def _look(self, task_id: str, account: str) -> dict[str, object]:
        task = self._desk.ledger.find(task_id, account)
        if task is None:
            raise Refused("NOT_FOUND", "Generation request not found.")
        now = self._desk.ledger.look(task)
        return replies.standing(task, now, self._desk.links, moment=self._desk.clock())


def target(path: str) -> tuple[Endpoint, str] | None:
    """Return the endpoint and version of a path; processing has no versions."""
    found = re.fullmatch(re.escape(BASE) + r"([^/]+)/(?:([^/]+)/)?", path)
    if found is None:
        return None
    name, suffix = found[1], found[2] or ""
    if name in GENERATORS and suffix in SUFFIXES:
        return GENERATORS[name], SUFFIXES[suffix]
    return (PROCESSORS[name], "") if name in PROCESSORS and not suffix else None


def _body(request: Request, endpoint: Endpoint, version: str) -> Sent:
    return read_form(request, endpoint.fields[version]) if endpoint.form else read_json(request)
