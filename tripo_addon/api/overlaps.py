"""Warns, before sending, of steps that are paid for twice, or paid for and then replaced.

Pure and standard-library only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final, cast

from .catalog.conditions import Values
from .catalog.service_types import Service
from .catalog.task_kinds import GENERATIONS, TaskKind
from .messages import overlaps as messages
from .messages.prices import price
from .prices import estimate
from .rules import complete

_BARE: Final[Values] = {"texture": False, "pbr": False}
_RIGGING: Final = (TaskKind.RIG, TaskKind.RETARGET)
_WITHOUT_SKELETON: Final = frozenset(
    {
        TaskKind.DECIMATE_MESH,
        TaskKind.SEGMENT_MESH,
        TaskKind.SMART_SEGMENT,
        TaskKind.COMPLETE_MESH,
    }
)
"""Kinds whose result has no rig (Tripo's documents)."""


def in_chain(
    service: Service, kind: TaskKind, values: Values, later: Sequence[tuple[TaskKind, Values]]
) -> tuple[str, ...]:
    """Return warnings about parts of a generation that later steps replace."""
    return tuple(_in_chain(service, kind, values, later))


def with_history(kind: TaskKind, values: Values, done: Sequence[tuple[str, Values]]) -> str:
    """Return a warning if a step in an object's history would be lost or paid for again, or "".
    `done` are the kinds and requests of its steps, oldest first."""
    made = [request for each, request in done if each in _values_of(GENERATIONS)]
    if kind in GENERATIONS and made and _repeats(values, made[-1]):
        return messages.GENERATED_BEFORE
    again = kind not in GENERATIONS and bool(done) and done[-1][0] == kind.value
    if again and _repeats(values, done[-1][1]):
        return messages.LAST_STEP_BEFORE
    rigged = any(each in _values_of(_RIGGING) for each, _request in done)
    if rigged and kind in _WITHOUT_SKELETON:
        return messages.skeleton_lost(kind.label)
    return ""


def _in_chain(
    service: Service, kind: TaskKind, values: Values, later: Sequence[tuple[TaskKind, Values]]
) -> Iterator[str]:
    kinds = [each for each, _values in later]
    if TaskKind.TEXTURE_MODEL in kinds:
        spent = _extra(service, kind, values, _BARE)
        if spent != 0:
            yield messages.texture_twice(_costing(service, spent))
    triangles = any(
        each in _RIGGING and each in service.offers and _comes_as_gltf(service, each, step)
        for each, step in later
    )
    if triangles:
        spent = _extra(service, kind, values, {"quad": False})
        if spent != 0:
            yield messages.quads_lost(_costing(service, spent))


def _extra(service: Service, kind: TaskKind, values: Values, without: Values) -> int | None:
    """Return how many credits more these settings cost than with the others: None if unknown, 0 if
    the service does not offer them or they are not chosen."""
    offer = service.offers.get(kind)
    if offer is None:
        return 0
    others = {name: value for name, value in without.items() if name in offer.takes}
    filled = complete(offer, values)
    if not any(filled.get(name) is True for name in others):
        return 0
    full, bare = (estimate(service, kind, each) for each in (values, {**values, **others}))
    return None if full is None or bare is None else full - bare


def _costing(service: Service, spent: int | None) -> str:
    return price(spent, service.money) if spent else ""


def _comes_as_gltf(service: Service, kind: TaskKind, values: Values) -> bool:
    return complete(service.offers[kind], values).get("out_format", "glb") != "fbx"


def _values_of(kinds: Collection[TaskKind]) -> frozenset[str]:
    return frozenset(kind.value for kind in kinds)


def _repeats(values: Values, made: Values) -> bool:
    return all(_plain(made.get(name)) == _plain(value) for name, value in values.items())


def _plain(value: object) -> object:
    """Convert a list, as in records, to a tuple, as in forms."""
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value
