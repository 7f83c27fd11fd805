"""Arbitrary answers: a dialect returns a valid result or raises one of our own faults."""

import contextlib
import json
import socket
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing import fuzz_settings
from tripo_addon.api.dialect import Dialect
from tripo_addon.api.errors import ServiceFault
from tripo_addon.api.replies import Balance, RecentTask, Task, web_picture
from tripo_addon.api.services import pixazo, studio, tripo_v2, tripo_v3
from tripo_addon.api.tasks import ImageToModel

from .hosts import RawHost, RawRequest, reply

MODULES = {"tripo-v3": tripo_v3, "tripo-v2": tripo_v2, "studio": studio, "pixazo": pixazo}
CHEST = ImageToModel(model="", image="https://pictures.example/chest.png")
WORDS = [
    "success",
    "failed",
    "finished",
    "COMPLETED",
    "error",
    "task-1",
    "",
    "1e400",
    "https://x/y",
]
KEYS = [
    *("code", "data", "status", "message", "suggestion", "task_id", "request_id", "tasks", "items"),
    *("task-1", "output", "progress", "error_code", "error_msg", "credits_consumed", "balance"),
    *("frozen", "model_url", "model_urls", "image_urls", "generate_multiview_image", "riggable"),
    *(
        "results",
        "asset",
        "asset_type",
        "failure_reason",
        "media_url",
        "created_at",
        "type",
        "input",
    ),
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(WORDS)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=8)
    ),
    max_leaves=40,
)
BODIES = JSON.map(lambda value: json.dumps(value).encode("utf-8", "replace")) | st.binary(
    max_size=200
)
STATUSES = st.sampled_from([200, 200, 200, 201, 202, 301, 400, 401, 403, 404, 429, 500, 503])


class Script:
    """What the host answers next."""

    answer = b""


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[RawHost, Script]]:
    script = Script()

    def answer(connection: socket.socket, _request: RawRequest) -> None:
        connection.sendall(script.answer)

    with RawHost(answer) as running:
        yield running, script


def look_up(dialect: Dialect) -> None:
    for task in dialect.look_up(["task-1"]).values():
        assert isinstance(task, Task)
        assert 0 <= task.progress <= 100


def submit(dialect: Dialect) -> None:
    assert dialect.submit(CHEST, (web_picture(str(CHEST.image)),))


def balance(dialect: Dialect) -> None:
    assert isinstance(dialect.balance(), Balance)


def recent(dialect: Dialect) -> None:
    assert all(isinstance(task, RecentTask) for task in dialect.recent().tasks)


CALLS: dict[str, Callable[[Dialect], None]] = {
    "look_up": look_up,
    "submit": submit,
    "balance": balance,
    "recent": recent,
}


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", MODULES)
@fuzz_settings(60)
@given(status=STATUSES, body=BODIES)
def test_dialects_survive_any_answer(
    host: tuple[RawHost, Script], name: str, call: str, status: int, body: bytes
) -> None:
    running, script = host
    script.answer = reply(status, body)
    dialect = MODULES[name].connect(running.url, "tsk_fuzz")
    try:
        with contextlib.suppress(ServiceFault):
            CALLS[call](dialect)
    finally:
        dialect.close()
