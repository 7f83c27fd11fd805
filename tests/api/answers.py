"""Collects both sides of Tripo's API v3: every kind of answer of the stand-in, and our requests."""

import json
from pathlib import Path

import requests

from tests.standin.faults import Fault
from tests.standin.messages import Request, Response
from tests.standin.service import DEFAULT_KEY, StandIn
from tripo_addon.api.catalog.task_kinds import Makes
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3

from .customer import STARTING_CREDITS, Customer
from .random_forms import through, written
from .samples import inputs, picture, submissions

PREFIX = "/v3/"
MAKE = "/v3/generation/text-to-model"
MODEL = "v3.1-20260211"


def all_answers(folder: Path) -> list[dict[str, object]]:
    """Return the answers to requests for every kind of task with each of its settings, for tasks,
    usage, the balance and upload places, and to refused requests. Each has `method`, `path`,
    `status` and `body`."""
    exchanges: list[tuple[Request, Response]] = []

    def note(request: Request, response: Response) -> None:
        if request.path.startswith(PREFIX):
            exchanges.append((request, response))

    with StandIn(
        seconds=0,
        filler_bytes=4096,
        balance=STARTING_CREDITS,
        per_minute=1_000_000,
        on_exchange=note,
    ) as service:
        with Customer(service, folder) as customer:
            _ask_for_everything(customer)
        _ask_as_others_do(service, folder)
    return [
        {
            "method": request.method,
            "path": request.path,
            "status": response.status,
            "body": json.loads(response.body) if isinstance(response.body, bytes) else None,
        }
        for request, response in exchanges
    ]


def all_requests(forms_a_kind: int) -> list[dict[str, object]]:
    """Return so many random requests of every kind, as our own dialect writes them, each with
    `path` and `body`."""
    return [
        {"path": each.path, "body": each.body}
        for kind in TRIPO_V3.offers
        for values in through(TRIPO_V3, kind, forms_a_kind)
        for each in written(TRIPO_V3, kind, values)
    ]


def _ask_for_everything(customer: Customer) -> None:
    for kind, offer in TRIPO_V3.offers.items():
        place = customer.place(TRIPO_V3, kind)
        everything = submissions(TRIPO_V3, kind, place)
        # Painting pictures takes time, and their answers are alike.
        some = everything[:3] if kind.makes is Makes.PICTURES else everything
        for submission in some:
            customer.ask(TRIPO_V3, submission.values(inputs(offer, place)))
    customer.dialect(TRIPO_V3).balance()
    customer.dialect(TRIPO_V3).recent()


def _ask_as_others_do(service: StandIn, folder: Path) -> None:
    """Send requests that our own dialect never sends, or that have an error."""

    def request(
        method: str, path: str, key: str = DEFAULT_KEY, **sent: object
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {key}"}
        address = service.base_url + path
        return requests.request(method, address, headers=headers, timeout=60, **sent)  # pyright: ignore[reportArgumentType]

    chest = {"prompt": "a chest", "model": MODEL}
    done = service.ledger.tasks[-1].id
    for path in (f"/v3/tasks/{done}", f"/v3/tasks/{done}?step=1", "/v3/tasks/nobody"):
        request("GET", path)
    request("POST", "/v3/files/presign", json={"format": "glb"})
    with picture(folder / "more.png").open("rb") as file:
        request("POST", "/v3/files", files={"file": file})
    for wrong in ({}, {"prompt": "", "model": MODEL}, {**chest, "face_limit": 0}, {"model": "v9"}):
        request("POST", MAKE, json=wrong)
    request("POST", MAKE, json={**chest, "prompt": "forbidden-content"})
    request("POST", MAKE, json=chest, key="tsk_wrong")
    request("POST", MAKE, data=b"{")
    for ending in ("failed", "cancelled", "banned", "expired"):
        service.fault(Fault(method="POST", path=MAKE, ending=ending))
        task = request("POST", MAKE, json=chest).json()["data"]["task_id"]
        request("GET", f"/v3/tasks/{task}")
