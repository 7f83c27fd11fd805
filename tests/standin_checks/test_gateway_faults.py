"""Every service can be made to fail: from a file, over HTTP, and in a test."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.standin.desk import Desk
from tests.standin.faults import KINDS, Fault, read_faults
from tests.standin.messages import Request, Response, items, json_response, mapping
from tests.standin.service import DEFAULT_KEY, StandIn

from .gateways import IMAGE, LOOK, SUBMIT, TEXT, PictureHost, StudioCaller, picture_host
from .test_command import running


@dataclass(frozen=True)
class Wire:
    """How to make a task at one service, look it up, and read the answer."""

    submit: str
    body: Mapping[str, object]
    look: str
    key_header: tuple[str, str]
    enveloped: bool = False
    files: str = "/results/"

    def make(self, base_url: str, **picture: str) -> requests.Response:
        return self._ask("POST", base_url + self.submit, {**self.body, **picture})

    def task(self, base_url: str, **picture: str) -> str:
        answer = self.make(base_url, **picture)
        assert answer.ok, answer.text
        reply = self._opened(answer)
        return str(reply.get("task_id") or reply.get("request_id"))

    def see(self, base_url: str, task_id: str) -> requests.Response:
        return self._ask("GET", base_url + self.look.format(task_id), None)

    def reply(self, base_url: str, task_id: str) -> dict[str, object]:
        return self._opened(self.see(base_url, task_id))

    def link(self, base_url: str, task_id: str) -> str:
        """Return the first URL in the answer that leads to a model."""
        reply = self.reply(base_url, task_id)
        output = mapping(reply.get("output")) or {}
        results = items(reply.get("results")) or items(output.get("media_url")) or [output]
        first = results[0]
        found = mapping(first) or {"asset": first}
        names = ("asset", "model_url", "pbr_model")
        return str(next(found[name] for name in names if name in found))

    def _ask(self, method: str, url: str, body: Mapping[str, Any] | None) -> requests.Response:
        headers = dict((self.key_header,))
        return requests.request(method, url, json=body, headers=headers, timeout=30)

    def _opened(self, answer: requests.Response) -> dict[str, object]:
        whole = mapping(answer.json()) or {}
        return (mapping(whole["data"]) or {}) if self.enveloped else whole


BEARER = ("Authorization", f"Bearer {DEFAULT_KEY}")
WIRES = {
    "Tripo v3": Wire(
        submit="/v3/generation/text-to-model",
        body={"model": "v3.1-20260211", "prompt": "a chair"},
        look="/v3/tasks/{}",
        key_header=BEARER,
        enveloped=True,
    ),
    "Tripo v2": Wire(
        submit="/v2/openapi/task",
        body={"type": "text_to_model", "prompt": "a chair"},
        look="/v2/openapi/task/{}",
        key_header=BEARER,
        enveloped=True,
        files="/downloads/",
    ),
    "3D AI Studio": Wire(
        submit=TEXT,
        body={"prompt": "a chair"},
        look="/v1/generation-request/{}/status/",
        key_header=BEARER,
    ),
    "Pixazo": Wire(
        submit=SUBMIT,
        body={"image_url": "https://example.com/a.png"},
        look=LOOK + "{}",
        key_header=("Ocp-Apim-Subscription-Key", DEFAULT_KEY),
    ),
}


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> Wire:
    return WIRES[request.param]


@pytest.fixture(scope="module")
def host() -> Iterator[PictureHost]:
    with picture_host() as on_the_web:
        yield on_the_web


def shown(wire: Wire, host: PictureHost) -> dict[str, str]:
    """Return the web address of a picture, for the service that takes nothing else."""
    return {"image_url": f"{host.base_url}/a.png"} if "image_url" in wire.body else {}


@pytest.mark.parametrize("status", [400, 401, 402, 403, 429, 500, 503])
def test_any_status_can_be_returned(status: int, wire: Wire, service: StandIn) -> None:
    body = {"error": "ordered"}
    service.fault(
        Fault(path=wire.submit, status=status, body=body, headers={"Retry-After": "7"}, times=2)
    )
    for _ in range(2):
        answer = wire.make(service.base_url)
        assert (answer.status_code, answer.json()) == (status, body)
        assert answer.headers["Retry-After"] == "7"
    assert service.ledger.tasks == ()
    assert wire.make(service.base_url).ok


@pytest.mark.parametrize(("cut", "tasks"), [("before", 0), ("after", 1)])
def test_connection_can_be_cut(cut: str, tasks: int, wire: Wire, service: StandIn) -> None:
    service.fault(*read_faults(json.dumps({"path": wire.submit, "cut": cut})))
    with pytest.raises(requests.ConnectionError):
        wire.make(service.base_url)
    assert len(service.ledger.tasks) == tasks


def test_answer_can_have_an_unknown_status(wire: Wire, service: StandIn) -> None:
    task_id = wire.task(service.base_url)
    odd = {"status": "pondering", "mood": "good"}
    service.fault(Fault(path=wire.look.format(task_id), merge=odd))
    reply = wire.reply(service.base_url, task_id)
    assert (reply["status"], reply["mood"]) == ("pondering", "good")


def test_answer_can_have_a_wrong_type_or_be_truncated(wire: Wire, service: StandIn) -> None:
    task_id = wire.task(service.base_url)
    path = wire.look.format(task_id)
    service.fault(
        Fault(path=path, headers={"Content-Type": "text/html"}),
        Fault(path=path, truncate=10),
        Fault(path=path, status=200, body="<html>"),
    )
    odd = wire.see(service.base_url, task_id)
    assert odd.headers["Content-Type"] == "text/html"
    assert mapping(odd.json())
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        wire.see(service.base_url, task_id)
    assert wire.see(service.base_url, task_id).text == "<html>"


@pytest.mark.parametrize("word", ["banned", "expired", "cancelled", "FAILED", "ERROR", "odd"])
def test_task_can_end_with_any_status_and_is_not_charged(
    word: str, wire: Wire, service: StandIn
) -> None:
    service.fault(Fault(path=wire.submit, ending=word, error_code=2018, error_message="because"))
    task_id = wire.task(service.base_url)
    reply = wire.reply(service.base_url, task_id)
    assert reply["status"] == word
    assert "because" in reply.values()
    (task,) = service.ledger.tasks
    wallet = service.ledger.account(task.key)
    assert (wallet.balance, wallet.frozen) == (1000, 0)


def test_model_can_be_truncated_mistyped_or_missing(
    wire: Wire, host: PictureHost, service: StandIn
) -> None:
    task_id = wire.task(service.base_url, **shown(wire, host))
    service.fault(
        Fault(path=wire.files, truncate=100),
        Fault(path=wire.files, headers={"Content-Type": "text/html"}),
        Fault(path=wire.files, status=403),
    )
    url = wire.link(service.base_url, task_id)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(url, timeout=30)
    odd = requests.get(url, timeout=30)
    assert odd.headers["Content-Type"] == "text/html"
    assert odd.content.startswith(b"glTF")
    assert requests.get(url, timeout=30).status_code == 403
    assert requests.get(wire.link(service.base_url, task_id), timeout=30).ok


def test_fault_file_applies_to_every_service(tmp_path: Path) -> None:
    faults = [
        {"path": wire.submit, "status": 429, "headers": {"Retry-After": "3"}, "body": {"no": name}}
        for name, wire in WIRES.items()
    ]
    broken = {"ending": "failed", "error_code": 2018}
    endings = [
        {"path": wire.submit, "error_message": f"{name} broke", **broken}
        for name, wire in WIRES.items()
    ]
    file = tmp_path / "faults.json"
    file.write_text(json.dumps(faults + endings), encoding="utf-8")
    options = ("--seconds", "0", "--bytes", "4000", "--faults", str(file))
    with running(*options) as (url, _):
        for name, wire in WIRES.items():
            first = wire.make(url)
            assert (first.status_code, first.json()) == (429, {"no": name})
            reply = wire.reply(url, wire.task(url))
            assert str(reply["status"]).lower() == "failed"
            assert f"{name} broke" in reply.values()
        assert requests.get(f"{url}/admin/ledger", timeout=30).json()["faults_waiting"] == 0


@pytest.mark.parametrize(
    "content", ["", "7", "[7]", '[{"color": 1}]', '[{"status": "x"}]', '[{"cut": "now"}]']
)
def test_file_without_faults_ends_the_command(content: str, tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text(content, encoding="utf-8")
    with running("--faults", str(file)) as (url, process):
        assert url == ""
        assert process.wait(timeout=30) == 2
        assert process.stderr is not None
        assert "--faults" in process.stderr.read()


def test_gateways_can_have_their_own_keys_and_wallets() -> None:
    own = ("--studio-key", "studio_own", "--studio-balance", "12.5", "--pixazo-balance", "0")
    with running("--seconds", "0", "--bytes", "4000", *own) as (url, _):
        assert StudioCaller(url, "studio_own").wallet() == "12.50"
        assert StudioCaller(url).get(TEXT).status_code == 405
        assert StudioCaller(url).post(TEXT, {"prompt": "a chair"}).status_code == 401
        assert WIRES["Pixazo"].make(url).status_code == 402
        assert WIRES["Tripo v3"].make(url).ok


def test_faults_can_be_cleared_and_wallets_filled_over_http(service: StandIn) -> None:
    admin = f"{service.base_url}/admin"
    studio = StudioCaller(service.base_url)
    many = [{"path": IMAGE, "status": 500, "times": 9}, {"path": TEXT, "status": 500, "times": 9}]
    assert requests.post(f"{admin}/faults", json=many, timeout=30).json() == {"waiting": 2}
    assert studio.post(TEXT, {"prompt": "a chair"}).status_code == 500
    assert requests.delete(f"{admin}/faults", timeout=30).json() == {"waiting": 0}
    empty = {"account": "studio:tsk_standin", "balance": 0}
    assert requests.post(f"{admin}/accounts", json=empty, timeout=30).ok
    assert studio.wallet() == "0.00"
    assert studio.post(TEXT, {"prompt": "a chair"}).status_code == 402
    for odd in ({"account": "nobody", "balance": 1}, {"account": "tsk_standin"}, []):
        assert requests.post(f"{admin}/accounts", json=odd, timeout=30).status_code == 400


def test_every_field_of_a_fault_can_be_written_in_json() -> None:
    assert set(KINDS) == set(Fault.__dataclass_fields__)
    written = {"faults": [{"path": "/a", "delay": 0.5, "merge": {"b": None}}, {"truncate": None}]}
    assert read_faults(json.dumps(written)) == (
        Fault(path="/a", delay=0.5, merge={"b": None}),
        Fault(),
    )


class Fifth:
    """An unknown service."""

    prefix = "/fifth/"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request) -> Response:
        return json_response({"accounts": self._desk.ledger.keys, "path": request.path})


def test_fifth_service_can_be_added(tiny_model: Path) -> None:
    with StandIn(seconds=0, model=tiny_model, extra=(Fifth,)) as service:
        url = f"{service.base_url}/fifth/wheel"
        reply = requests.get(url, timeout=30).json()
        assert reply["path"] == "/fifth/wheel"
        assert "tsk_standin" in reply["accounts"]
        service.fault(Fault(path="/fifth/", status=503))
        assert requests.get(url, timeout=30).status_code == 503
        assert WIRES["Tripo v3"].make(service.base_url).ok
