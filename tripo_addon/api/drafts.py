"""Drafts of a generation: the same request with cheap settings, and a different seed for each.

Pure and standard-library only, so panels can call it while they draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from . import prices, rules
from .catalog.conditions import Values
from .catalog.parameters import PARAMETERS
from .catalog.service_types import Offer, Service
from .catalog.settings import SEEDS
from .catalog.task_kinds import TaskKind

MOST: Final = 8
"""Maximum number of drafts per request."""
_SHAPE_SEED: Final = "model_seed"
_SEEDS: Final = (_SHAPE_SEED, "image_seed")
"""The fields that a shape depends on; the texture's seed stays as requested."""
_EXTRAS: Final = ("quad", "smart_low_poly", "generate_parts")
"""Settings of a generation that cost extra and do not affect its shape."""


def draft_values(service: Service, kind: TaskKind, values: Values) -> dict[str, object]:
    """Return the request of a draft: the requested version, with the texture and shape of the
    offer's cheapest quality and nothing that costs extra. If that is no cheaper, the request
    itself."""
    offer = service.offers[kind]
    if not offer.qualities:
        return dict(values)
    cheap = {name: value for name, value in offer.qualities[0].values.items() if name != "model"}
    cheap |= {name: PARAMETERS[name].default for name in _EXTRAS}
    sent = rules.sendable_values(offer, {**values, **cheap})
    sent |= {name: value for name, value in values.items() if name == "kind"}
    price, full = prices.estimate(service, kind, sent), prices.estimate(service, kind, values)
    cheaper = price is None or price != full
    return sent if cheaper and rules.refuse(service, kind, sent) is None else dict(values)


def takes_seed(offer: Offer, values: Values) -> bool:
    """Return whether the service makes the same shape again for the same seed."""
    return rules.takes(offer, rules.chosen_version(offer, values), _SHAPE_SEED)


def seeds(values: Values, count: int, start: int) -> Iterator[int]:
    """Yield a seed for each of `count` drafts: from the shape's fixed seed on, else from
    `start`."""
    given = values.get(_SHAPE_SEED)
    first = given if isinstance(given, int) and not isinstance(given, bool) else start
    for number in range(count):
        yield int(SEEDS.low + (first - SEEDS.low + number) % (SEEDS.high - SEEDS.low + 1))


def with_seed(offer: Offer, values: Values, seed: int) -> dict[str, object]:
    """Return the request with this seed in every field that its shape depends on; a fixed seed of
    the image stays."""
    version = rules.chosen_version(offer, values)
    fixed = {name for name in _SEEDS if name != _SHAPE_SEED and rules.is_given(values.get(name))}
    named = [name for name in _SEEDS if rules.takes(offer, version, name) and name not in fixed]
    return {**values, **dict.fromkeys(named, seed)}
