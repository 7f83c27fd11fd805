"""How Tripo v3's answers are read, both documented and unexpected ones."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.standin.faults import Fault
from tests.standin.service import DEFAULT_KEY, StandIn
from tripo_addon.api.errors import Kind, OutcomeUnknown, Rejected, Transient
from tripo_addon.api.replies import Balance, Output, Status, Task
from tripo_addon.api.services.tripo_v3 import TripoV3
from tripo_addon.api.services.tripo_wire import (
    WireBalance,
    WireCreated,
    WireEnvelope,
    WireTask,
    WireTasks,
    WireUpload,
)
from tripo_addon.api.tasks import TextToModel

from .customer import STARTING_CREDITS

MODEL = "v3.1-20260211"

# A finished task object from the v3 documents.
LINKS = {
    "model_url": "https://data.example/model.glb?sign=1",
    "rendered_image_url": "https://data.example/preview.webp?sign=2",
}
FINISHED: dict[str, object] = {
    "task_id": "0b1c6a0e-4c3a-4c47-9f3e-0c1d2e3f4a5b",
    "type": "text_to_model",
    "status": "success",
    "progress": 100,
    "input": {"prompt": "a chest", "model": MODEL},
    "output": LINKS,
    "credits_consumed": 20.0,
    "created_at": "2026-10-01T10:00:00.000Z",
    "completed_at": "2026-10-01T10:01:20.000Z",
}
FINISHED_TASK = Task(
    id="0b1c6a0e-4c3a-4c47-9f3e-0c1d2e3f4a5b",
    status=Status.SUCCESS,
    progress=100,
    output=Output(
        models=("https://data.example/model.glb?sign=1",),
        preview="https://data.example/preview.webp?sign=2",
    ),
    credits=20.0,
)


def decode(task: dict[str, object]) -> Task:
    return WireTask.model_validate(task).to_task()


def test_documented_finished_task_is_read() -> None:
    assert decode(FINISHED) == FINISHED_TASK


def test_unknown_fields_are_ignored() -> None:
    output = {**LINKS, "model_urls": [1], "riggable": "perhaps", "splat_url": "https://x/splat"}
    extra = {**FINISHED, "output": output, "pipeline_step": 4, "watermark": {"a": [None]}}
    assert decode(extra) == FINISHED_TASK


def test_task_with_only_an_id_has_unknown_status_and_no_output() -> None:
    assert decode({"task_id": "t"}) == Task(id="t", status=Status.UNKNOWN)
    assert decode({"task_id": 17, "status": None, "output": None}) == Task(
        id="17", status=Status.UNKNOWN
    )


@pytest.mark.parametrize("value", ["", " ", None, True, {}, [], 1.5])
def test_task_without_a_usable_id_is_rejected(value: object) -> None:
    with pytest.raises(ValidationError):
        WireTask.model_validate({"task_id": value, "status": "running"})
    with pytest.raises(ValidationError):
        WireCreated.model_validate({"task_id": value})
    with pytest.raises(ValidationError):
        WireUpload.model_validate({"file_token": value})


@pytest.mark.parametrize(
    ("word", "code", "status"),
    [
        ("queued", None, Status.QUEUED),
        ("running", None, Status.RUNNING),
        ("success", None, Status.SUCCESS),
        ("failed", None, Status.FAILED),
        ("failed", 1001, Status.FAILED),
        ("failed", 2008, Status.REFUSED),
        ("failed", "2008", Status.REFUSED),
        ("failed", 2018, Status.TIMED_OUT),
        ("banned", None, Status.REFUSED),
        ("expired", None, Status.TIMED_OUT),
        ("cancelled", None, Status.CANCELLED),
        ("unknown", None, Status.UNKNOWN),
        ("pondering", None, Status.UNKNOWN),
        ("", None, Status.UNKNOWN),
        (7, None, Status.UNKNOWN),
        (" RUNNING ", None, Status.RUNNING),
        # Only a failed task is classified by its code.
        ("running", 2008, Status.RUNNING),
    ],
)
def test_each_status_has_one_meaning(word: object, code: object, status: Status) -> None:
    assert decode({"task_id": "t", "status": word, "error_code": code}).status is status


@pytest.mark.parametrize(
    ("progress", "shown"),
    [(0, 0), (55, 55), ("55", 55), (55.9, 55), (-3, 0), (180, 100), (10**400, 0)]
    + [(value, 0) for value in (None, True, "half", [], float("nan"), float("inf"), "1e999")],
)
def test_progress_is_a_whole_percentage(progress: object, shown: int) -> None:
    assert decode({"task_id": "t", "progress": progress}).progress == shown


@pytest.mark.parametrize(
    ("credits", "read"),
    [(20, 20.0), (12.35, 12.35), ("12.35", 12.35), (0, 0.0), (None, None), ("many", None)],
)
def test_credits_may_be_decimals_or_text(credits: object, read: float | None) -> None:
    assert decode({"task_id": "t", "credits_consumed": credits}).credits == read


def test_failed_task_keeps_the_services_message() -> None:
    failed = {
        "task_id": "t",
        "status": "failed",
        "progress": 100,
        "error_code": 1001,
        "error_message": "GPU gone \ud83d",
    }
    task = decode(failed)
    assert (task.error_code, task.error_message) == (1001, "GPU gone ?")
    task.error_message.encode()


def test_links_are_sorted_by_quality_without_duplicates() -> None:
    old = {
        "base_model": "https://x/base",
        "model": "https://x/model",
        "pbr_model": "https://x/pbr",
        "rendered_image": "https://x/preview",
    }
    assert decode({"task_id": "t", "output": old}).output == Output(
        models=("https://x/pbr", "https://x/model", "https://x/base"), preview="https://x/preview"
    )
    both = {**old, "model_url": "https://x/pbr", "rendered_image_url": "https://x/better"}
    assert decode({"task_id": "t", "output": both}).output == Output(
        models=("https://x/pbr", "https://x/model", "https://x/base"), preview="https://x/better"
    )
    assert decode({"task_id": "t", "output": {"model_url": None, "model": 5}}).output == Output()


def test_signed_links_are_in_no_repr() -> None:
    assert "sign=" not in repr(FINISHED_TASK)
    assert "model.glb" not in repr(FINISHED_TASK)


@pytest.mark.parametrize(
    ("tasks", "ids"),
    [
        ({"a": {"task_id": "a"}, "b": {"task_id": "b"}}, ["a", "b"]),
        ([{"task_id": "a"}, {"task_id": 5}], ["a", "5"]),
        # The requested id is the key, whatever id the entry has.
        ({"a": {"status": "running"}, "b": {"task_id": "task_b"}}, ["a", "b"]),
        ([{"task_id": "a"}, {"status": "running"}, None, 3, {"task_id": {}}], ["a"]),
        ({"a": None, "b": [], "c": {}}, ["c"]),
        (None, []),
        ("none", []),
        ({}, []),
    ],
)
def test_task_list_is_read_in_both_shapes(tasks: object, ids: list[str]) -> None:
    assert [task.task_id for task in WireTasks.model_validate({"tasks": tasks}).tasks] == ids


def test_envelope_is_read_leniently() -> None:
    assert WireEnvelope.model_validate({}).code == 0
    assert WireEnvelope.model_validate({"code": "1004", "message": None}).code == 1004
    assert WireEnvelope.model_validate({"code": None, "data": [1]}).data == [1]


@pytest.mark.parametrize(
    ("data", "balance"),
    [
        ({"balance": 299.5, "frozen": 20}, Balance(available=279.5, frozen=20.0)),
        ({"balance": "300.25"}, Balance(available=300.25)),
        ({"balance": 0, "frozen": None, "currency": "credits"}, Balance(available=0.0)),
    ],
)
def test_balance_is_read(service: StandIn, tripo: TripoV3, data: object, balance: Balance) -> None:
    service.fault(Fault(path="/v3/account", status=200, body={"code": 0, "data": data}))
    assert tripo.balance() == balance


@pytest.mark.parametrize("value", [None, "much", [], float("nan"), 10**400])
def test_balance_that_is_no_number_is_rejected(value: object) -> None:
    with pytest.raises(ValidationError):
        WireBalance.model_validate({"balance": value})


def test_task_is_created_polled_and_charged(service: StandIn, tripo: TripoV3) -> None:
    task_id = tripo.submit(TextToModel(model=MODEL, prompt="a chest"), ())
    found = tripo.look_up([task_id, "another"])
    assert list(found) == [task_id]
    assert (found[task_id].status, found[task_id].credits) == (Status.SUCCESS, 20.0)
    assert len(found[task_id].output.models) == 1
    assert found[task_id].output.preview is not None
    assert tripo.balance() == Balance(available=STARTING_CREDITS - 20)


def test_running_task_shows_its_progress() -> None:
    now = [0.0]
    with StandIn(seconds=100, filler_bytes=4096, clock=lambda: now[0]) as service:
        tripo = TripoV3(service.base_url, DEFAULT_KEY)
        task_id = tripo.submit(TextToModel(model=MODEL, prompt="a chest"), ())
        queued = tripo.look_up([task_id])[task_id]
        now[0] = 50.0
        running = tripo.look_up([task_id])[task_id]
        tripo.close()
    assert queued == Task(id=task_id, status=Status.QUEUED)
    assert running == Task(id=task_id, status=Status.RUNNING, progress=50)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["code", "status", "data", "tasks", "task_id", "output", "model_url"])
            | st.sampled_from(["balance", "progress", "error_code", "credits_consumed", "message"])
            | st.text(max_size=3),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@pytest.mark.slow
def test_any_json_raises_only_known_exceptions(service: StandIn, tripo: TripoV3) -> None:
    request = TextToModel(model=MODEL, prompt="a chest")

    @settings(max_examples=200, deadline=None)
    @given(JSON, st.sampled_from([200, 201, 302, 400, 404, 429, 500]))
    def answered(body: object, status: int) -> None:
        answer = Fault(path="/v3/", status=status, body=json.dumps(body).encode())
        service.fault(answer, answer, answer)
        with contextlib.suppress(Transient, Rejected):
            assert all(isinstance(task.status, Status) for task in tripo.look_up(["a"]).values())
        with contextlib.suppress(Transient, Rejected):
            tripo.balance()
        with contextlib.suppress(Transient, Rejected, OutcomeUnknown):
            assert tripo.submit(request, ())

    answered()
    assert service.ledger.tasks == ()


@given(JSON)
def test_any_json_gives_a_task_or_is_rejected(value: object) -> None:
    for model in (WireEnvelope, WireTask, WireTasks, WireCreated, WireUpload, WireBalance):
        try:
            read = model.model_validate(value)
        except ValidationError:
            continue
        if isinstance(read, WireTask):
            read.to_task()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Sign in to the hotel</html>",
        b"null",
        b"[]",
        b'"yes"',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_answer_not_from_tripo_is_transient(service: StandIn, tripo: TripoV3, body: bytes) -> None:
    service.fault(*[Fault(path="/v3/", status=200, body=body)] * 2)
    for ask in (tripo.balance, lambda: tripo.look_up(["a"])):
        with pytest.raises(Transient) as caught:
            ask()
        assert caught.value.trouble.kind is Kind.ADDON
