"""The admin page, for tests in another process: queue faults, read the ledger.

Not part of any service. Its own requests are neither recorded nor affected by faults.
"""

from dataclasses import asdict

from .desk import Desk
from .faults import read_faults
from .ledger import Recorded, Task
from .messages import Malformed, Request, Response, json_object, json_response


class Admin:
    """The admin requests, all in JSON.

    `POST /admin/faults` with one fault, a list, or `{"faults": [...]}`; `DELETE` removes those
    still waiting. `GET /admin/ledger`: requests, tasks, uploads, accounts. `POST /admin/accounts`
    with `{"account": name, "balance": credits}`, with the names of the ledger.
    """

    prefix = "/admin/"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request) -> Response:
        """Answer anything under `/admin/`."""
        match request.method, request.path:
            case "POST", "/admin/faults":
                return self._order(request)
            case "DELETE", "/admin/faults":
                self._desk.faults.clear()
                return json_response({"waiting": 0})
            case "POST", "/admin/accounts":
                return self._fill(request)
            case "GET", "/admin/ledger":
                return json_response(self._books())
            case _:
                return json_response({"error": "no such page"}, status=404)

    def _order(self, request: Request) -> Response:
        try:
            faults = read_faults(request.content)
        except ValueError as error:
            return json_response({"error": str(error)}, status=400)
        self._desk.faults.add(*faults)
        return json_response({"waiting": len(self._desk.faults.waiting)})

    def _fill(self, request: Request) -> Response:
        ledger = self._desk.ledger
        try:
            body = json_object(request.content)
        except Malformed as error:
            return json_response({"error": str(error)}, status=400)
        name, balance = body.get("account"), body.get("balance")
        if name not in ledger.keys or not isinstance(balance, (int, float)):
            return json_response({"error": "an account and its balance, please"}, status=400)
        ledger.account(str(name)).balance = float(balance)
        return json_response({"account": name, "balance": float(balance)})

    def _books(self) -> dict[str, object]:
        ledger = self._desk.ledger
        return {
            "requests": [_request(each) for each in ledger.requests],
            "tasks": [_task(each) for each in ledger.tasks],
            "uploads": [
                {"token": each.token, "name": each.name, "bytes": len(each.content)}
                for each in ledger.uploads
            ],
            "accounts": {
                key: {"balance": account.balance, "frozen": account.frozen}
                for key in ledger.keys
                if (account := ledger.account(key))
            },
            "faults_waiting": len(self._desk.faults.waiting),
        }


def _request(request: Recorded) -> dict[str, object]:
    """Return the parts of a request that JSON can carry. Only tests in this process see its
    bytes."""
    known = asdict(request)
    del known["content"]
    return known


def _task(task: Task) -> dict[str, object]:
    return {
        "task_id": task.id,
        "kind": task.kind,
        "model": task.model,
        "body": task.body,
        "ignored": task.ignored,
        "credits": task.credits,
        "charged": task.charged,
        "status": task.end.status if task.end else "open",
    }
