"""Tripo's own list of tasks, as the service and its documents have it."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.standin.faults import Fault
from tests.standin.service import DEFAULT_KEY, StandIn
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.errors import Kind, Rejected
from tripo_addon.api.replies import Status
from tripo_addon.api.services import pixazo, studio, tripo_v2
from tripo_addon.api.services.tripo_recent import WireEchoes, WireUsage
from tripo_addon.api.services.tripo_types import KINDS, TYPES
from tripo_addon.api.services.tripo_v3 import PATHS, TripoV3
from tripo_addon.api.tasks import TextToModel

from .hosts import RawHost, always, reply

CHEST = TextToModel(model="v3.1-20260211", prompt="a chest")
USAGE = "/v3/account/usage"
ROW = {"task_id": "task-1", "type": "text_to_model", "status": "success", "created_at": ""}


def test_newest_tasks_are_listed_with_their_inputs(service: StandIn, tripo: TripoV3) -> None:
    ids = [tripo.submit(CHEST.model_copy(update={"prompt": f"{n}"}), ()) for n in range(3)]
    found = tripo.recent().tasks
    assert [task.id for task in found] == list(reversed(ids))
    assert [task.prompt for task in found] == ["2", "1", "0"]
    assert {task.kind for task in found} == {TaskKind.TEXT_TO_MODEL}
    assert [task.created for task in found] == [
        pytest.approx(task.created, abs=1.0) for task in reversed(service.ledger.tasks)
    ]


@pytest.mark.parametrize("off", [0.0, 3600.0, -86_400.0])
def test_task_list_has_the_time_of_the_services_clock(off: float) -> None:
    with StandIn(filler_bytes=64, clock=lambda: time.time() + off) as service:
        tripo = TripoV3(service.base_url, DEFAULT_KEY)
        tripo.submit(CHEST, ())
        recent = tripo.recent()
        tripo.close()
    (task,) = recent.tasks
    assert recent.now == pytest.approx(task.created, abs=5.0)
    assert recent.now == pytest.approx(time.time() + off, abs=5.0)


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_service_without_a_clock_still_lists_its_tasks(
    service: StandIn, tripo: TripoV3, date: str
) -> None:
    tripo.submit(CHEST, ())
    row = {**ROW, "task_id": service.ledger.tasks[0].id}
    body = json.dumps({"code": 0, "data": {"items": [row]}}).encode()
    headers = {"Date": date} if date else {}
    with RawHost(always(reply(200, body, **headers))) as host:
        silent = TripoV3(host.url, DEFAULT_KEY)
        recent = silent.recent()
        silent.close()
    assert (recent.now, [task.id for task in recent.tasks]) == (None, [row["task_id"]])


def test_tasks_are_looked_up_a_hundred_at_a_time(service: StandIn, tripo: TripoV3) -> None:
    rows = [{**ROW, "task_id": f"task-{n}"} for n in range(150)]
    service.fault(Fault(path=USAGE, merge={"items": rows}))
    assert len(tripo.recent().tasks) == 150
    bodies = [each.body for each in service.ledger.sent("POST", "/v3/tasks/list")]
    assert [len(body["task_ids"]) for body in bodies if isinstance(body, dict)] == [100, 50]


@pytest.mark.parametrize("answer", [{"items": [ROW]}, [ROW], {"list": [ROW]}])
def test_rows_are_read_in_every_documented_place(answer: object) -> None:
    (row,) = WireUsage.model_validate(answer).items
    recent = row.to_recent(None)
    assert (recent.id, recent.kind, recent.status) == (
        "task-1",
        TaskKind.TEXT_TO_MODEL,
        Status.SUCCESS,
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-11-14T22:13:20Z", 1_700_000_000.0),
        ("2023-11-14T22:13:20.500+00:00", 1_700_000_000.5),
        ("2023-11-14T22:13:20", 1_700_000_000.0),
        ("2023-11-15T00:13:20+02:00", 1_700_000_000.0),
        (1_700_000_000, 1_700_000_000.0),
        ("yesterday", None),
        (None, None),
        (True, None),
    ],
)
def test_timestamps_are_read_as_seconds(text: object, moment: float | None) -> None:
    (row,) = WireUsage.model_validate([{**ROW, "created_at": text}]).items
    assert row.created_at == moment


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["items", "tasks", "task_id", "type", "created_at", "input", "prompt"]),
            inner,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_task_list_can_be_read(value: object) -> None:
    for row in WireUsage.model_validate(value).items:
        assert row.to_recent(None).id
    if isinstance(value, dict):
        assert all(echo.task_id for echo in WireEchoes.model_validate(value).tasks)


def test_every_kind_v3_offers_has_a_label() -> None:
    assert set(PATHS) <= set(TYPES)
    assert len(KINDS) == len(TYPES)


@pytest.mark.parametrize("module", [tripo_v2, studio, pixazo], ids=lambda each: each.__name__)
def test_service_without_a_task_list_says_so(service: StandIn, module) -> None:
    dialect = module.connect(service.base_url, "tsk_standin")
    with pytest.raises(Rejected) as refused:
        dialect.recent()
    assert refused.value.trouble.kind is Kind.OFFER
    dialect.close()
    assert service.ledger.requests == ()
