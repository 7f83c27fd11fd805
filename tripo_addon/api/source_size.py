"""Checks the size of a model against a service's limit."""

from __future__ import annotations

from .catalog.service_types import Service
from .catalog.task_kinds import TaskKind
from .messages import forms as messages
from .messages.prices import price
from .prices import estimate
from .rules import Refusal


def refuse_size(service: Service, kind: TaskKind, triangles: int) -> Refusal | None:
    """Return why a model with this many triangles is not sent, or None. A quad counts as two
    triangles, as in the file that is sent."""
    offer = service.offers.get(kind)
    if offer is None or not offer.most_triangles or triangles <= offer.most_triangles:
        return None
    sentence = messages.too_many_triangles(
        kind.label, offer.most_triangles, triangles, _remedies(service)
    )
    return Refusal("source", sentence)


def _remedies(service: Service) -> str:
    """Return the ways to reduce faces, the service's own with its price."""
    offer = service.offers.get(TaskKind.DECIMATE_MESH)
    if offer is None:
        return messages.DECIMATE_MODIFIER
    credits = estimate(service, TaskKind.DECIMATE_MESH, {"model": offer.default_model})
    return messages.low_poly_or_modifier(
        TaskKind.DECIMATE_MESH.label, price(credits, service.money)
    )
