"""A service may change its answers at any time: no such change breaks polling."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.comfy_router import COMFY_ROUTER
from tripo_addon.api.catalog.pixazo import PIXAZO
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.studio import STUDIO
from tripo_addon.api.catalog.tripo_v2 import TRIPO_V2
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.errors import Rejected, Transient
from tripo_addon.api.replies import Status

from .customer import Customer

ROWS = pytest.mark.parametrize("row", SERVICES.values(), ids=SERVICES)
ID = "0b1c6a0e"
LINK = "https://data.example/model.glb"
Body = dict[str, Any]


def tripo(**task: object) -> Body:
    return {"code": 0, "data": {"task_id": ID, **task}}


def tripo_list(**task: object) -> Body:
    return {"code": 0, "data": {"tasks": {ID: {"task_id": ID, **task}}, "missed": []}}


def bare(**task: object) -> Body:
    return task


def queued(**task: object) -> Body:
    """The router returns a request's state, and Tripo's result at another path."""
    standing = {"status": task.pop("status")} if "status" in task else {}
    return {**standing, "code": 0, "data": {"task_id": ID, "status": "success", **task}}


# How each service wraps a task, and its words for a finished one with one link.
WRAP: dict[str, Callable[..., Body]] = {
    TRIPO_V3.id: tripo_list,
    TRIPO_V2.id: tripo,
    STUDIO.id: bare,
    PIXAZO.id: bare,
    COMFY_ROUTER.id: queued,
}
DONE: dict[str, Body] = {
    TRIPO_V3.id: {"status": "success", "output": {"model_url": LINK}},
    TRIPO_V2.id: {"status": "success", "output": {"pbr_model": LINK}},
    STUDIO.id: {
        "status": "FINISHED",
        "results": [{"asset": LINK, "asset_type": "3D_MODEL", "metadata": None}],
    },
    PIXAZO.id: {"status": "COMPLETED", "output": {"media_url": [LINK], "media_type": "x"}},
    COMFY_ROUTER.id: {"output": {"model_url": LINK}, "status": "COMPLETED"},
}
LOOKS: dict[str, int] = {COMFY_ROUTER.id: 2}
OUTPUT: dict[str, str] = {STUDIO.id: "results"}


@pytest.fixture
def poll(service: StandIn, customer: Customer, row: Service) -> Callable[[Body], Any]:
    """Look up the task while the service answers with this."""

    def look(body: Body) -> Any:
        service.fault(Fault(status=200, body=body, times=LOOKS.get(row.id, 1)))
        return customer.dialect(row).look_up([ID])[ID]

    return look


@ROWS
def test_unknown_fields_are_ignored(poll: Callable[[Body], Any], row: Service) -> None:
    done = DONE[row.id]
    plain = poll(WRAP[row.id](**done))
    assert (plain.status, plain.output.models) == (Status.SUCCESS, (LINK,))
    more = {**done, "eta": {"seconds": [1, None]}, "watermark": True, "progress_detail": "∞"}
    assert poll(WRAP[row.id](**more)) == plain
    around = WRAP[row.id](**done)
    assert poll({**around, "meta": None, "version": 4, "warnings": ["deprecated"]}) == plain


@ROWS
@pytest.mark.parametrize("word", ["pondering", "", None, 7, True, [], {"is": "success"}])
def test_unknown_status_is_unknown_and_not_final(
    poll: Callable[[Body], Any], row: Service, word: object
) -> None:
    task = poll(WRAP[row.id](**{**DONE[row.id], "status": word}))
    assert task.status is Status.UNKNOWN


@ROWS
def test_status_is_read_in_any_case(poll: Callable[[Body], Any], row: Service) -> None:
    word = str(DONE[row.id]["status"])
    for spelled in (word.lower(), word.upper(), word.title(), f" {word} "):
        assert poll(WRAP[row.id](**{**DONE[row.id], "status": spelled})).status is Status.SUCCESS


@ROWS
def test_missing_field_is_read_as_absent(poll: Callable[[Body], Any], row: Service) -> None:
    for field in DONE[row.id]:
        less = {name: value for name, value in DONE[row.id].items() if name != field}
        task = poll(WRAP[row.id](**less))
        assert task.status is (Status.UNKNOWN if field == "status" else Status.SUCCESS)
        shown = field == "status" and row is not COMFY_ROUTER
        assert task.output.models == ((LINK,) if shown else ())


@ROWS
@pytest.mark.parametrize("output", [None, [], {}, "", 5, True, [None], {"a": 1}, "text"])
def test_output_of_another_shape_has_no_links(
    poll: Callable[[Body], Any], row: Service, output: object
) -> None:
    field = OUTPUT.get(row.id, "output")
    task = poll(WRAP[row.id](**{**DONE[row.id], field: output}))
    assert (task.status, task.output.models) == (Status.SUCCESS, ())


@pytest.mark.parametrize("row", [TRIPO_V3, TRIPO_V2, STUDIO], ids=["v3", "v2", "studio"])
@pytest.mark.parametrize(
    ("progress", "shown"), [("55", 55), (55.9, 55), ("55.9", 55), (None, 0), ({}, 0), (1e99, 0)]
)
def test_number_may_be_text_or_null(
    poll: Callable[[Body], Any], row: Service, progress: object, shown: int
) -> None:
    assert poll(WRAP[row.id](**{**DONE[row.id], "progress": progress})).progress == shown


# One link became a list, or a list became one link or a map.
OTHER_SHAPES: list[tuple[Service, Body]] = [
    (TRIPO_V3, {"status": "success", "output": {"model_urls": LINK}}),
    (TRIPO_V3, {"status": "success", "output": {"model": LINK}}),
    (TRIPO_V2, {"status": "success", "output": {"model_url": LINK}}),
    (TRIPO_V2, {"status": "success", "output": {"base_model": LINK, "pbr_model": None}}),
    (STUDIO, {"status": "FINISHED", "results": {"asset": LINK}}),
    (STUDIO, {"status": "FINISHED", "results": [{"asset_url": LINK, "thumbnail": None}]}),
    (STUDIO, {"status": "FINISHED", "results": [None, "x", {"asset": LINK, "asset_type": None}]}),
    (PIXAZO, {"status": "COMPLETED", "output": {"media_url": LINK}}),
    (PIXAZO, {"status": "COMPLETED", "output": {"media_url": [None, 3, LINK]}}),
]


@pytest.mark.parametrize(
    ("row", "body"), OTHER_SHAPES, ids=[f"{row.id} {body}" for row, body in OTHER_SHAPES]
)
def test_link_is_read_in_every_known_shape(
    poll: Callable[[Body], Any], row: Service, body: Body
) -> None:
    assert poll(WRAP[row.id](**body)).output.models == (LINK,)


def test_studio_models_come_before_its_pictures(service: StandIn, customer: Customer) -> None:
    results = [
        {"asset": "https://x/a.png", "asset_type": "IMAGE"},
        {"asset": LINK, "asset_type": "3d_model", "thumbnail": "https://x/t.png"},
    ]
    service.fault(Fault(status=200, body={"status": "FINISHED", "results": results}))
    output = customer.dialect(STUDIO).look_up([ID])[ID].output
    assert output.models == (LINK, "https://x/a.png")
    assert output.preview == "https://x/t.png"


WORDS = ["code", "status", "data", "tasks", "task_id", "request_id", "output", "results"]
WORDS += ["asset", "media_url", "progress", "error", "model_url", "message", "balance", ID]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=10,
)


@ROWS
def test_poll_with_any_json_gives_a_task_or_a_named_error(
    service: StandIn, customer: Customer, row: Service
) -> None:
    dialect = customer.dialect(row)

    @settings(max_examples=80, deadline=None, database=None)
    @given(JSON, st.sampled_from([200, 202, 404, 500]))
    def answered(body: Any, status: int) -> None:
        service.fault(Fault(status=status, body=body))
        with contextlib.suppress(Transient, Rejected):
            found = dialect.look_up([ID])
            assert all(isinstance(task.status, Status) for task in found.values())

    answered()
