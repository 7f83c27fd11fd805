"""The *Quality* of a form: a preset of its version, texture and shape settings, neither stored nor
sent.

Choosing one sets all of these; if they match none, it reads *Custom*.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from bpy.props import EnumProperty
from bpy.types import Context

from ...api import qualities as api_qualities
from ...api.catalog import SERVICES
from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.service_types import Offer, Quality, Service
from ...api.catalog.task_kinds import TaskKind
from ..messages import forms as messages
from ..session import composition
from . import fields

NAME: Final = "overall_quality"
CUSTOM: Final = "custom"
_Item = tuple[str, str, str, str, int]
_CUSTOM_NUMBER: Final = 99


def are_offered(kind: TaskKind) -> bool:
    """Whether any service has qualities for this kind of task."""
    return any(
        offer.qualities for row in SERVICES.values() if (offer := row.offers.get(kind)) is not None
    )


def declared(kind: TaskKind, update: fields.Update) -> object:
    """The property of a form for this kind of task."""

    def items(form: Any, _context: Context | None) -> list[_Item]:
        offer = fields.offer_of(kind)
        if offer is None or not offer.qualities:
            return _custom_item()
        chosen = form.reading.quality
        names = _price_fields(form.service.id, kind)
        settings = tuple((name, fields.value_of(form, PARAMETERS[name])) for name in names)
        return _items(form.service.id, kind, settings, custom=chosen is None)

    def get(form: Any) -> int:
        offer = fields.offer_of(kind)
        if offer is None or not offer.qualities:
            return _CUSTOM_NUMBER
        chosen = form.reading.quality
        return _CUSTOM_NUMBER if chosen is None else offer.qualities.index(chosen)

    def set_(form: Any, number: int) -> None:
        offer = fields.offer_of(kind)
        if offer is not None and number < len(offer.qualities):
            _choose(form, offer.qualities[number])

    return EnumProperty(
        name=messages.QUALITY,
        description=messages.QUALITY_DESCRIPTION,
        items=items,
        get=get,
        set=set_,
        update=update,
    )


def chosen_quality(form: Any, offer: Offer) -> Quality | None:
    """Return the quality that the form's settings match, or None."""
    raw: dict[str, object] = {"model": fields.model_of(form)}
    raw |= {
        name: fields.value_of(form, PARAMETERS[name]) for name in api_qualities.fields_of(offer)
    }
    return api_qualities.quality_of(offer, raw)


def _choose(form: Any, quality: Quality) -> None:
    """Apply all settings of the quality in one step."""
    composition.WIRING.correcting = True
    try:
        fields.recall_model(form, quality.values["model"])
        for name, value in quality.values.items():
            if name != "model":
                fields.recall(form, PARAMETERS[name], value)
    finally:
        composition.WIRING.correcting = False
    form.apply_corrections(quality.values.keys())


@cache
def _price_fields(service_id: str, kind: TaskKind) -> tuple[str, ...]:
    return api_qualities.price_fields(SERVICES[service_id].offers[kind])


# Blender keeps no copy of dynamic enum items: Python has to keep them alive, so they are cached.
# There are only as many as there are combinations of a few settings.
@cache
def _items(
    service_id: str, kind: TaskKind, settings: tuple[tuple[str, object], ...], *, custom: bool
) -> list[_Item]:
    service, values = SERVICES[service_id], dict(settings)
    found = [
        (each.id, each.label, _about(service, kind, values, each), "NONE", number)
        for number, each in enumerate(service.offers[kind].qualities)
    ]
    return [*found, *_custom_item()] if custom else found


def _about(service: Service, kind: TaskKind, values: Mapping[str, object], quality: Quality) -> str:
    price = api_qualities.quality_price(service, kind, values, quality)
    return messages.quality(quality.description, price, service.money)


@cache
def _custom_item() -> list[_Item]:
    return [
        (
            CUSTOM,
            messages.CUSTOM_QUALITY,
            messages.CUSTOM_QUALITY_DESCRIPTION,
            "NONE",
            _CUSTOM_NUMBER,
        )
    ]
