"""Drafts: cheap, accepted by the service, and different by a seed if the service takes one."""

from __future__ import annotations

import pytest

from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.service_types import Quality, Service
from tripo_addon.api.catalog.task_kinds import GENERATIONS, TaskKind
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.drafts import draft_values, seeds, takes_seed, with_seed
from tripo_addon.api.prices import estimate
from tripo_addon.api.rules import refuse, sendable_values

from .forms import NOTHING_SENT
from .samples import inputs

EACH = [
    pytest.param(service, kind, quality, id=f"{service.id} {kind.value} {quality.id}")
    for service in SERVICES.values()
    for kind, offer in service.offers.items()
    for quality in offer.qualities
]
TEXT = TaskKind.TEXT_TO_MODEL
CHEST = {"kind": TEXT.value, "model": "v3.1-20260211", "prompt": "a chest"}


@pytest.mark.parametrize(("service", "kind", "quality"), EACH)
def test_draft_is_accepted_and_costs_no_more_than_the_request(
    service: Service, kind: TaskKind, quality: Quality
) -> None:
    offer = service.offers[kind]
    requested = sendable_values(offer, {**inputs(offer, NOTHING_SENT), **quality.values})
    draft = with_seed(offer, draft_values(service, kind, requested), 7)
    assert refuse(service, kind, draft) is None
    price, full = estimate(service, kind, draft), estimate(service, kind, requested)
    if price is not None and full is not None:
        assert price <= full
        assert price < full or quality.id == "draft"
    assert draft["model"] == requested["model"]


def test_draft_omits_options_that_cost_extra() -> None:
    requested = {
        **CHEST,
        "geometry_quality": "detailed",
        "texture_quality": "extreme",
        "quad": True,
    }
    draft = draft_values(TRIPO_V3, TEXT, requested)
    assert (estimate(TRIPO_V3, TEXT, requested), estimate(TRIPO_V3, TEXT, draft)) == (65, 10)
    assert draft["prompt"] == "a chest"
    assert draft["kind"] == TEXT.value


def test_draft_that_is_no_cheaper_is_the_request_itself() -> None:
    requested = {**CHEST, "texture": False, "pbr": False, "face_limit": 5000}
    assert draft_values(TRIPO_V3, TEXT, requested) == requested


def test_seeds_count_up_from_the_fixed_one_and_end_at_the_maximum() -> None:
    assert list(seeds({}, 3, 40)) == [40, 41, 42]
    assert list(seeds({"model_seed": 0}, 2, 40)) == [0, 1]
    assert list(seeds({"model_seed": 2_147_483_647}, 2, 40)) == [2_147_483_647, 0]


def test_draft_sets_all_seeds_but_a_fixed_image_seed() -> None:
    offer = TRIPO_V3.offers[TEXT]
    assert with_seed(offer, CHEST, 7) == {**CHEST, "model_seed": 7, "image_seed": 7}
    fixed = {**CHEST, "image_seed": 3, "model_seed": 5}
    assert with_seed(offer, fixed, 7) == {**fixed, "model_seed": 7}


def test_service_without_seeds_gets_none() -> None:
    none = [
        service.id
        for service in SERVICES.values()
        for kind in GENERATIONS & service.offers.keys()
        if not takes_seed(service.offers[kind], {"model": service.offers[kind].default_model})
    ]
    assert none, "no service left to try this with"
    for service in SERVICES.values():
        for kind in GENERATIONS & service.offers.keys():
            offer = service.offers[kind]
            values = {"model": offer.default_model}
            seeded = with_seed(offer, values, 7)
            assert ("model_seed" in seeded) == takes_seed(offer, values)
