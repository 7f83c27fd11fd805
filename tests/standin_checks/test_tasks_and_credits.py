"""The life of a task and its credits: time, freezing, charging, refunding, how many at once."""

from pathlib import Path

import pytest

from tests.standin.faults import Fault
from tests.standin.service import StandIn

from .conftest import Caller, ManualClock

TEXT = "/v3/generation/text-to-model"
IMAGE = "/v3/generation/image-to-model"
OFF: dict[str, object] = {"texture": False, "pbr": False}
ULTRA: dict[str, object] = {"geometry_quality": "detailed"}
P1, P2, V25 = "P1-20260311", "P2-20260801", "v2.5-20250123"

TEXT_PRICES: list[tuple[dict[str, object], float]] = [
    ({}, 20),
    ({"texture": False}, 20),
    (OFF, 10),
    ({**OFF, "texture_quality": "detailed"}, 10),
    ({"smart_low_poly": True}, 30),
    ({"model": P1}, 40),
    ({"model": P1, **OFF}, 30),
    ({"model": P2}, 110),
]
IMAGE_PRICES: list[tuple[dict[str, object], float]] = [
    ({}, 30),
    ({"texture_quality": "detailed"}, 40),
    ({"texture_quality": "extreme"}, 50),
    ({"texture_quality": "detailed", **ULTRA}, 60),
    ({"quad": True}, 35),
    ({"generate_parts": True, **OFF}, 40),
    ({"model": V25, **OFF}, 20),
    ({"model": P1}, 50),
]


@pytest.mark.parametrize(("body", "credits"), TEXT_PRICES, ids=str)
def test_text_request_costs_the_listed_price(
    body: dict[str, object], credits: float, service: StandIn, caller: Caller
) -> None:
    task_id = caller.create(TEXT, prompt="a chair", **body)
    assert caller.data(f"/v3/tasks/{task_id}")["credits_consumed"] == credits
    wallet = service.ledger.account("tsk_standin")
    assert (wallet.balance, wallet.frozen) == (1000 - credits, 0)


@pytest.mark.parametrize(("body", "credits"), IMAGE_PRICES, ids=str)
def test_picture_request_costs_the_listed_price(
    body: dict[str, object], credits: float, caller: Caller, views: dict[str, Path]
) -> None:
    task_id = caller.create(IMAGE, input=caller.token(views["front"]), **body)
    assert caller.data(f"/v3/tasks/{task_id}")["credits_consumed"] == credits


def test_import_is_free_and_extreme_texture_costs_thirty(
    service: StandIn, caller: Caller, tiny_model: Path
) -> None:
    imported = caller.create("/v3/models/import", input=caller.token(tiny_model))
    caller.get(f"/v3/tasks/{imported}")
    caller.create(
        "/v3/models/texture",
        model="v3.0-20250812",
        input=imported,
        texture_quality="extreme",
        text_prompt="gold",
    )
    assert [task.credits for task in service.ledger.tasks] == [0, 30]


def test_task_goes_from_queued_through_running_to_success(tiny_model: Path) -> None:
    clock = ManualClock()
    with StandIn(seconds=10, model=tiny_model, clock=clock) as service:
        caller = Caller(service.base_url)
        task_id = caller.create(TEXT, prompt="a chair")
        seen: list[tuple[object, object]] = []
        for _ in range(6):
            task = caller.data(f"/v3/tasks/{task_id}?step=1")
            assert task["pipeline_step"]
            seen.append((task["status"], task["progress"]))
            clock.now += 2
        assert [status for status, _ in seen] == ["queued", *["running"] * 4, "success"]
        assert [progress for _, progress in seen] == [0, 20, 40, 60, 80, 100]
        assert str(caller.data(f"/v3/tasks/{task_id}")["completed_at"]).endswith("Z")


def test_late_first_poll_still_sees_the_task_running(tiny_model: Path) -> None:
    clock = ManualClock()
    with StandIn(seconds=10, model=tiny_model, clock=clock) as service:
        caller = Caller(service.base_url)
        task_id = caller.create(TEXT, prompt="a chair")
        clock.now += 3600
        states = [caller.data(f"/v3/tasks/{task_id}")["status"] for _ in range(2)]
        assert states == ["running", "success"]


@pytest.mark.parametrize(
    ("word", "code"), [("failed", 2018), ("banned", 2008), ("expired", None), ("cancelled", None)]
)
def test_credits_are_refunded_when_a_task_does_not_succeed(
    word: str, code: int | None, service: StandIn, caller: Caller
) -> None:
    service.fault(Fault(ending=word, error_code=code, error_message="because"))
    task_id = caller.create(TEXT, prompt="a chair")
    task = caller.data(f"/v3/tasks/{task_id}")
    assert (task["status"], task.get("error_code")) == (word, code)
    assert (task["output"], task["credits_consumed"]) == ({}, 0)
    wallet = service.ledger.account("tsk_standin")
    assert (wallet.balance, wallet.frozen) == (1000, 0)
    after = caller.create(TEXT, prompt="the next one is well")
    assert caller.data(f"/v3/tasks/{after}")["status"] == "success"


def test_running_task_has_its_credits_frozen(tiny_model: Path) -> None:
    with StandIn(seconds=60, model=tiny_model, balance=35) as service:
        caller = Caller(service.base_url)
        caller.create(TEXT, prompt="a chair")
        wallet = caller.data("/v3/account/balance")
        assert wallet == {"balance": 35.0, "frozen": 20.0}
        again = caller.post(TEXT, {"model": "v3.1-20260211", "prompt": "a chair"})
        assert (again.status_code, again.json()["code"]) == (403, 2010)


@pytest.mark.parametrize(("model", "at_once"), [("v3.1-20260211", 10), (P1, 5)])
def test_number_of_running_tasks_is_limited(model: str, at_once: int, tiny_model: Path) -> None:
    clock = ManualClock()
    with StandIn(seconds=60, model=tiny_model, clock=clock) as service:
        caller = Caller(service.base_url)
        for _ in range(at_once):
            caller.create(TEXT, prompt="a chair", model=model)
        full = caller.post(TEXT, {"prompt": "a chair", "model": model})
        assert (full.status_code, full.json()["code"]) == (429, 2000)
        assert full.headers["Retry-After"]
        clock.now += 61
        caller.create(TEXT, prompt="a chair", model=model)


def test_too_many_requests_in_a_minute_are_1007(tiny_model: Path) -> None:
    clock = ManualClock()
    with StandIn(seconds=0, model=tiny_model, clock=clock, per_minute=2) as service:
        caller = Caller(service.base_url)
        for _ in range(2):
            caller.create(TEXT, prompt="a chair")
        fast = caller.post(TEXT, {"model": "v3.1-20260211", "prompt": "a chair"})
        assert (fast.status_code, fast.json()["code"]) == (429, 1007)
        assert (fast.headers["X-RateLimit-Remaining"], fast.headers["X-RateLimit-Reset"]) == (
            "0",
            "61",
        )
        clock.now += 61
        caller.create(TEXT, prompt="a chair")
