"""Another service is one module and one row: everything else works with it unchanged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.standin.desk import Desk, Making
from tests.standin.faults import Fault
from tests.standin.ledger import Task as Booked
from tests.standin.ledger import TooFewCredits
from tests.standin.messages import Request, Response, json_object, json_response
from tests.standin.orders import Order
from tests.standin.service import DEFAULT_KEY, StandIn
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.corrections import apply_corrections
from tripo_addon.api.errors import Kind, OutcomeUnknown, Rejected, Transient
from tripo_addon.api.http.addresses import refuse_key
from tripo_addon.api.prices import estimate
from tripo_addon.api.replies import Status
from tripo_addon.api.rules import refuse
from tripo_addon.api.tasks import parse_request

from .customer import connect
from .foreign_dialect import FIFTH
from .outcomes import fault_in, fetch

TEXT = TaskKind.TEXT_TO_MODEL


class FifthStandIn:
    """The invented service in the stand-in."""

    prefix = "/fifth/"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request) -> Response:
        """Answer anything under the prefix."""
        key = request.headers.get("x-key", "")
        if key not in self._desk.ledger.keys:
            return json_response({}, status=401)
        if request.path == "/fifth/purse":
            return json_response({"coins": self._desk.ledger.account(key).balance})
        if request.method == "POST":
            return self._create(request, key)
        task = self._desk.ledger.find(request.path.rpartition("/")[2], key)
        if task is None:
            return json_response({}, status=404)
        done = self._desk.ledger.look(task).status == "success"
        link = self._desk.links.sign(f"/results/{task.id}/model.glb")
        return json_response({"word": "made", "link": link} if done else {"word": "waiting"})

    def _create(self, request: Request, key: str) -> Response:
        body = json_object(request.content)
        task = Booked(
            key=key,
            kind="task",
            category="fifth",
            body=body,
            credits=7 if body.get("quad") else 3,
            created=self._desk.clock(),
            seconds=self._desk.seconds,
        )
        try:
            self._desk.begin(task, Making(Order(kind="letters", text="5")), request, at_once=99)
        except TooFewCredits:
            return json_response({}, status=402)
        return json_response({"number": task.id})


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn(seconds=0, filler_bytes=4096, balance=10, extra=(FifthStandIn,)) as running:
        yield running


def test_fifth_service_completes_a_task(stand_in: StandIn, tmp_path: Path) -> None:
    dialect = connect(FIFTH, stand_in.base_url)
    assert dialect.service is FIFTH
    values = {"kind": "text_to_model", "model": "one", "prompt": "a chest", "quad": True}
    assert refuse(FIFTH, TEXT, values) is None
    assert estimate(FIFTH, TEXT, values) == 7
    task_id = dialect.submit(parse_request(values), ())
    (booked,) = stand_in.ledger.tasks
    assert booked.body == {"prompt": "a chest", "edition": "one", "quad": True}
    assert booked.credits == 7
    task = dialect.look_up([task_id, "none"])[task_id]
    assert task.status is Status.SUCCESS
    assert fetch(task.output.models[0], tmp_path).stat().st_size == 4096
    assert dialect.balance().available == 3
    dialect.close()


def test_fifth_service_follows_the_rules_of_its_row() -> None:
    assert refuse_key(FIFTH, "anything") is None
    chest = {"prompt": "a chest"}
    for kind, values, field in (
        (TEXT, {"model": "one"}, "prompt"),
        (TEXT, chest, "model"),
        (TEXT, {**chest, "model": "two", "quad": True}, "quad"),
        (TEXT, {**chest, "model": "one", "pbr": False}, "pbr"),
        (TaskKind.RIG, {}, "kind"),
    ):
        refusal = refuse(FIFTH, kind, values)
        assert refusal is not None
        assert (refusal.field, bool(refusal.sentence)) == (field, True)
    (correction,) = apply_corrections(FIFTH, TEXT, {**chest, "model": "three"})
    assert (correction.field, correction.value) == ("model", "two")


def test_fifth_service_handles_payment_safely(stand_in: StandIn) -> None:
    dialect = connect(FIFTH, stand_in.base_url)
    request = parse_request({"kind": "text_to_model", "model": "two", "prompt": "a chest"})
    for fault, raised in (
        (Fault(cut="after"), OutcomeUnknown),
        (Fault(status=502), OutcomeUnknown),
        (Fault(status=200, body={}), OutcomeUnknown),
        (Fault(status=429), Transient),
        (Fault(status=400), Rejected),
    ):
        stand_in.fault(fault)
        assert type(fault_in(lambda: dialect.submit(request, ()))) is raised, fault
    stranger = connect(FIFTH, stand_in.base_url, "tsk_stranger")
    assert fault_in(lambda: stranger.submit(request, ())).trouble.kind is Kind.KEY
    holders = [
        name
        for each in stand_in.ledger.requests
        for name, text in each.headers.items()
        if DEFAULT_KEY in text
    ]
    assert set(holders) == {"x-key"}
    dialect.close()
    stranger.close()
