"""Named parts: what is sent for a model and for a picture, what it costs, and which task later
steps use."""

from __future__ import annotations

import pytest

from tests.standin.service import StandIn
from tripo_addon.api.catalog.task_kinds import RESULT_TASK, TaskKind
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.errors import Rejected
from tripo_addon.api.prices import estimate
from tripo_addon.api.rules import refuse
from tripo_addon.api.services.tripo_v3 import TripoV3
from tripo_addon.api.tasks import CompleteMesh

from .customer import Customer

KIND = TaskKind.SMART_SEGMENT
IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("source", "beside", "price"),
    [
        ("source_file", {"seg_type": "model", "transform": IDENTITY}, 55),
        ("image", {"seg_type": "image"}, 85),
    ],
)
def test_model_or_picture_is_sent_as_by_comfyui_at_the_price_shown(
    service: StandIn, customer: Customer, source: str, beside: dict[str, object], price: int
) -> None:
    values: dict[str, object] = {source: customer.place(TRIPO_V3, KIND)[source]}
    values |= {"granularity": "fine", "hint": "a knight"}
    assert refuse(TRIPO_V3, KIND, values) is None
    booked = customer.ask(TRIPO_V3, {"kind": KIND.value, **values})
    (upload,) = service.ledger.uploads
    wanted = {"input": upload.token, "granularity": "fine", "hint": "a knight", **beside}
    assert booked.body == wanted
    assert estimate(TRIPO_V3, KIND, values) == booked.credits == price


def test_neither_or_both_sources_are_refused() -> None:
    for values in ({}, {"source_file": "a.glb", "image": "a.png"}):
        assert refuse(TRIPO_V3, KIND, values) is not None
    assert refuse(TRIPO_V3, KIND, {"source_file": "a.glb", "source_task": "t"}) is not None


def test_later_steps_use_the_parts_of_the_segmentation(customer: Customer, tripo: TripoV3) -> None:
    booked = customer.ask(TRIPO_V3, {"kind": KIND.value, "source_file": customer.model_file})
    output = tripo.look_up([booked.id])[booked.id].output
    assert output.models
    named = str(output.facts[RESULT_TASK])
    assert named != booked.id
    assert tripo.submit(CompleteMesh(source_task=named), ())
    with pytest.raises(Rejected):
        tripo.submit(CompleteMesh(source_task=booked.id), ())
