"""Ordered faults do what they say, once, and change nothing else."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
import requests

from tests.standin.faults import Fault
from tests.standin.service import StandIn

from .conftest import Caller

TEXT = "/v3/generation/text-to-model"
CHAIR = {"model": "v3.1-20260211", "prompt": "a chair"}


def test_answer_can_be_replaced_once(service: StandIn, caller: Caller) -> None:
    busy = {"code": 1007, "status": "error", "message": "slow down"}
    service.fault(
        Fault(method="POST", path=TEXT, status=429, body=busy, headers={"Retry-After": "2"})
    )
    first = caller.post(TEXT, CHAIR)
    assert (first.status_code, first.headers["Retry-After"]) == (429, "2")
    assert first.json() == busy
    assert service.ledger.tasks == ()
    assert caller.post(TEXT, CHAIR).status_code == 200


def test_connection_cut_before_the_request_leaves_no_task(service: StandIn, caller: Caller) -> None:
    service.fault(Fault(path=TEXT, cut="before"))
    with pytest.raises(requests.ConnectionError):
        caller.post(TEXT, CHAIR)
    assert service.ledger.tasks == ()
    assert len(service.ledger.sent("POST", TEXT)) == 1


def test_lost_answer_leaves_a_paid_task_that_can_be_found(service: StandIn, caller: Caller) -> None:
    service.fault(Fault(path=TEXT, cut="after"))
    with pytest.raises(requests.ConnectionError):
        caller.post(TEXT, CHAIR)
    (task,) = service.ledger.tasks
    rows = caller.get("/v3/account/usage").json()["data"]["items"]
    assert [row["task_id"] for row in rows] == [task.id]
    assert rows[0]["credits_consumed"] == 20


def test_delay_exceeds_a_short_client_timeout(service: StandIn, caller: Caller) -> None:
    service.fault(Fault(path="/v3/account", delay=30))
    url = f"{caller.base_url}/v3/account/balance"
    with pytest.raises(requests.ReadTimeout):
        requests.get(url, headers=caller.headers, timeout=0.2)


def test_html_page_can_replace_the_model(service: StandIn, caller: Caller) -> None:
    link = caller.link(caller.create(TEXT, prompt="a chair"))
    html = Fault(path="/results/", status=200, body="<html>", headers={"Content-Type": "text/html"})
    service.fault(html)
    assert requests.get(link, timeout=30).text == "<html>"
    assert requests.get(link, timeout=30).content.startswith(b"glTF")


def test_model_can_be_truncated(service: StandIn, caller: Caller) -> None:
    link = caller.link(caller.create(TEXT, prompt="a chair"))
    service.fault(Fault(path="/results/", truncate=100))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(link, timeout=30)


def test_task_can_report_an_unknown_status(service: StandIn, caller: Caller) -> None:
    task_id = caller.create(TEXT, prompt="a chair")
    odd = {"status": "pondering", "mood": "good"}
    service.fault(Fault(method="GET", path="/v3/tasks/", merge=odd))
    first = caller.data(f"/v3/tasks/{task_id}")
    assert (first["status"], first["mood"]) == ("pondering", "good")
    assert caller.data(f"/v3/tasks/{task_id}")["status"] == "success"


def test_task_can_end_with_an_unknown_status(service: StandIn, caller: Caller) -> None:
    service.fault(Fault(ending="archived"))
    task_id = caller.create(TEXT, prompt="a chair")
    assert [caller.data(f"/v3/tasks/{task_id}")["status"] for _ in range(2)] == ["archived"] * 2


def test_task_fault_is_kept_until_a_body_is_accepted(service: StandIn, caller: Caller) -> None:
    service.fault(Fault(ending="failed", error_code=2008))
    assert caller.post(TEXT, {"prompt": "no model"}).json()["code"] == 1004
    task_id = caller.create(TEXT, prompt="a chair")
    assert caller.data(f"/v3/tasks/{task_id}")["error_code"] == 2008


def test_stopping_does_not_wait_for_open_connections(tiny_model: Path) -> None:
    with StandIn(seconds=0, model=tiny_model) as service, requests.Session() as session:
        session.get(f"{service.base_url}/admin/ledger", timeout=30)
        service.fault(Fault(path="/v3/account", delay=600))
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{service.base_url}/admin/ledger", timeout=5)


def test_stopping_ends_polls_that_wait_for_a_model(views: Mapping[str, Path]) -> None:
    service = StandIn(seconds=0)
    with service:
        caller = Caller(service.base_url)
        token = caller.token(views["front"])
        body = {"model": "v3.1-20260211", "input": token, "geometry_quality": "detailed"}
        ids = [
            caller.post("/v3/generation/image-to-model", body).json()["data"]["task_id"]
            for _ in range(3)
        ]
        looker = Thread(target=ask_unanswered, args=(caller, ids[-1]))
        looker.start()
        while not service.ledger.sent("GET", "/v3/tasks/"):
            sleep(0.01)
    looker.join(timeout=30)
    assert not looker.is_alive()


def ask_unanswered(caller: Caller, task_id: str) -> None:
    with suppress(requests.RequestException):
        caller.get(f"/v3/tasks/{task_id}")
