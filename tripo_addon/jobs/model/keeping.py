"""How the draft that the artist keeps becomes the model: from the draft's own task if the service
can continue it, else generated again with the same seed.

Pure: takes what is recorded of the draft, returns the values of requests.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Final

from ...api.catalog.conditions import Values
from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.service_types import Offer, Service
from ...api.catalog.task_kinds import TaskKind
from ...api.rules import complete, is_given, refuse, sendable_values
from .routes import Origin, route_to

_SURFACE: Final = frozenset(
    {"texture_seed", *(name for name, row in PARAMETERS.items() if row.group == "surface")}
)
"""Settings of a generation that a later texture can still add."""
_CARRIED: Final = _SURFACE | {"compress"}


def requests_to_keep(
    service: Service,
    draft: Origin,
    requested: Sequence[Values],
    *,
    now: float,
    unknown: Container[str] = (),
) -> list[Values]:
    """Return the requests that turn a draft into what was `requested`, in order; none if it is that
    already. `now` is in seconds since 1970, `unknown` are the tasks that the service does not
    know."""
    first, *later = requested
    differing = _differing(service, draft, first)
    if not differing and not later:
        return []
    onward = list(later)
    if differing:
        texture = _texture(service, draft, first) if differing <= _SURFACE else None
        onward = [texture, *later] if texture is not None else []
    if onward and _can_go_on(service, draft, onward[0], now, unknown):
        return [{**onward[0], "source_task": draft.task_id}, *onward[1:]]
    return list(requested)


def goes_on(requests: Sequence[Values]) -> bool:
    """Return whether the requests keep the draft's own shape; otherwise it is generated again."""
    return not requests or "source_task" in requests[0]


def _differing(service: Service, draft: Origin, requested: Values) -> set[str]:
    offer = service.offers[TaskKind(str(requested["kind"]))]
    made, wanted = complete(offer, draft.request), complete(offer, requested)
    return {name for name in (*offer.takes, "model") if made.get(name) != wanted.get(name)}


def _texture(service: Service, draft: Origin, requested: Values) -> Values | None:
    """Return the texture that the generation would have had, as a separate request."""
    offer = service.offers.get(TaskKind.TEXTURE_MODEL)
    if offer is None:
        return None
    wanted = complete(service.offers[TaskKind(str(requested["kind"]))], requested)
    values = {name: wanted[name] for name in _CARRIED if is_given(wanted.get(name))}
    values["model"] = wanted.get("texture_version") or _texture_model(offer, draft.model)
    return {"kind": TaskKind.TEXTURE_MODEL.value, **sendable_values(offer, values)}


def _texture_model(offer: Offer, model: str) -> str:
    """Return the texture model that is named after a generator, else the default one."""
    return model if offer.model(model) is not None else offer.default_model


def _can_go_on(
    service: Service, draft: Origin, request: Values, now: float, unknown: Container[str]
) -> bool:
    kind = TaskKind(str(request["kind"]))
    way = route_to(service, kind, draft, edited=False, now=now, unknown=unknown)
    onward = {**request, "source_task": draft.task_id}
    return bool(way.task) and way.task == draft.task_id and refuse(service, kind, onward) is None
