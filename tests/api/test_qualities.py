"""The qualities: each can be sent as it is, costs more than the one before, and is recognized
again."""

import pytest

from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.service_types import Quality, Service
from tripo_addon.api.catalog.task_kinds import GENERATIONS, TaskKind
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.qualities import quality_of, quality_price, with_quality
from tripo_addon.api.rules import refuse, sendable_values

from .forms import NOTHING_SENT
from .samples import inputs

WITH_QUALITIES = [
    pytest.param(service, kind, id=f"{service.id} {kind.value}")
    for service in SERVICES.values()
    for kind, offer in service.offers.items()
    if offer.qualities
]
EACH = [
    pytest.param(service, kind, quality, id=f"{service.id} {kind.value} {quality.id}")
    for service in SERVICES.values()
    for kind, offer in service.offers.items()
    for quality in offer.qualities
]
TEXT = TaskKind.TEXT_TO_MODEL


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_qualities_are_offered_if_version_texture_and_shape_can_be_chosen(
    service: Service,
) -> None:
    for kind, offer in service.offers.items():
        chosen = {"texture", "texture_quality", "geometry_quality"} <= set(offer.takes)
        assert bool(offer.qualities) == (kind in GENERATIONS and chosen), kind


@pytest.mark.parametrize(("service", "kind", "quality"), EACH)
def test_quality_is_accepted_unchanged(service: Service, kind: TaskKind, quality: Quality) -> None:
    offer = service.offers[kind]
    made_from = {**inputs(offer, NOTHING_SENT)}
    values = {**made_from, **quality.values}
    assert refuse(service, kind, sendable_values(offer, values)) is None
    assert quality_of(offer, values) is quality
    assert quality_of(offer, sendable_values(offer, values)) is quality


@pytest.mark.parametrize(("service", "kind"), WITH_QUALITIES)
def test_each_quality_costs_more_than_the_one_before(service: Service, kind: TaskKind) -> None:
    offer = service.offers[kind]
    prices = [quality_price(service, kind, {}, each) for each in offer.qualities]
    if service.quotes:
        assert prices == [None] * len(offer.qualities)
        return
    known = [each for each in prices if each is not None]
    assert len(known) == len(offer.qualities) == 4
    assert known == sorted(set(known))


@pytest.mark.parametrize(("service", "kind"), WITH_QUALITIES)
def test_new_form_has_standard_quality(service: Service, kind: TaskKind) -> None:
    offer = service.offers[kind]
    found = quality_of(offer, {"model": offer.default_model})
    assert found is not None
    assert found.id == "standard"


@pytest.mark.parametrize(("service", "kind", "quality"), EACH)
def test_chosen_quality_overrides_conflicting_settings(
    service: Service, kind: TaskKind, quality: Quality
) -> None:
    offer = service.offers[kind]
    before = {
        **inputs(offer, NOTHING_SENT),
        "model": offer.models[-1].id,
        "texture": False,
        "pbr": False,
        "generate_parts": True,
        "face_limit": 5000,
    }
    after = with_quality(service, kind, before, quality)
    assert quality_of(offer, after) is quality
    assert after["face_limit"] == 5000
    assert after["generate_parts"] is (quality.id == "draft")
    assert refuse(service, kind, sendable_values(offer, after)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"pbr": False},
        {"texture_quality": "fast", "texture_version": "v3.5-20260815"},
        {"geometry_quality": "detailed"},
        {"model": "v2.5-20250123"},
        {"model": "P1-20260311"},
        {"model": "beyond"},
    ],
    ids=str,
)
def test_settings_outside_every_quality_match_none(changes: dict[str, object]) -> None:
    offer = TRIPO_V3.offers[TEXT]
    assert quality_of(offer, {"model": offer.default_model, **changes}) is None


def test_quality_price_counts_the_other_settings_and_leaves_them() -> None:
    offer = TRIPO_V3.offers[TEXT]
    standard = offer.qualities[1]
    assert quality_price(TRIPO_V3, TEXT, {"quad": True}, standard) == 25
    assert quality_price(TRIPO_V3, TEXT, {"generate_parts": True}, standard) == 20
