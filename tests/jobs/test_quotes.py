"""A service that quotes prices is asked before anything is sent, in a worker, and is sent only
settings."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.jobs.bench import KEY, MODEL, PLACE, Bench, MakeBench, MakeStandIn
from tests.standin.faults import Fault
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.services.comfy_router import connect
from tripo_addon.api.tasks import TextToModel
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import State
from tripo_addon.jobs.model.recipes import Step

ROUTER = "comfy-router stand-in"
QUEUE = "/v2/models/tripo/"
SECRET = "my unannounced film"
TEXT, IMAGE, VIEWS = (
    TaskKind.TEXT_TO_MODEL,
    TaskKind.IMAGE_TO_MODEL,
    TaskKind.MULTIVIEW_TO_MODEL,
)


def quoted(here: Bench, kind: TaskKind, values: Mapping[str, object]) -> float | None:
    """Return the price that the engine knows after it had time to ask."""
    here.engine.price(ROUTER, kind, values)
    for _ in range(20):
        here.step()
    return here.engine.price(ROUTER, kind, values)


def requests(here: Bench) -> int:
    sent = here.service.ledger.sent("POST", QUEUE)
    return len([each for each in sent if each.path.endswith("/estimate")])


def test_quoted_price_equals_the_charge_and_reveals_nothing_else(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    here.engine.connect(ROUTER, connect(here.service.base_url, KEY))
    values: dict[str, object] = {"model": MODEL, "prompt": SECRET, "quad": True}
    assert here.engine.price(ROUTER, TEXT, values) is None
    price = quoted(here, TEXT, values)
    assert SECRET not in json.dumps([str(each.body) for each in here.service.ledger.requests])
    assert here.service.ledger.tasks == ()
    request = TextToModel.model_validate(values)
    (job,) = here.engine.submit(ROUTER, (Step(request=request, title="x", placement=PLACE),))
    job = here.until(job, State.READY, leaping=True)
    (task,) = here.service.ledger.tasks
    assert price == job.price == task.credits
    assert f"{price:g} credits" in describe(here.place(job)).detail


def test_every_kind_has_a_price_before_pictures_are_chosen(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    here.engine.connect(ROUTER, connect(here.service.base_url, KEY))
    for kind in (IMAGE, VIEWS):
        assert quoted(here, kind, {"model": MODEL}) is not None


def test_quote_is_requested_once_and_not_during_a_slider_drag(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    here.engine.connect(ROUTER, connect(here.service.base_url, KEY))
    for faces in range(1000, 1100):
        here.engine.price(ROUTER, TEXT, {"model": MODEL, "prompt": "a", "face_limit": faces})
        here.engine.tick(online=True)
    assert quoted(here, TEXT, {"model": MODEL, "prompt": "a", "face_limit": 1099}) is not None
    assert quoted(here, TEXT, {"model": MODEL, "prompt": "b", "face_limit": 1099}) is not None
    assert requests(here) == 1


def test_missing_quote_is_not_requested_again_and_blocks_nothing(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    here.engine.connect(ROUTER, connect(here.service.base_url, KEY))
    body = {"error_type": "not_enabled", "detail": "soon"}
    here.service.fault(Fault(path=QUEUE, status=403, body=body))
    for _ in range(3):
        assert quoted(here, TEXT, {"model": MODEL}) is None
    assert requests(here) == 1
    assert here.engine.tick(online=True).wait is None


def test_no_quote_is_requested_offline(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    here.engine.connect(ROUTER, connect(here.service.base_url, KEY))
    here.engine.price(ROUTER, TEXT, {"model": MODEL})
    here.steps(20, online=False)
    assert requests(here) == 0
