"""Whether a service takes a model of this size, and what to do where it does not."""

from __future__ import annotations

from .catalog.records import Service, TaskKind
from .messages import forms as messages
from .messages.prices import price
from .prices import estimate
from .rules import Refusal


def refuse_size(service: Service, kind: TaskKind, triangles: int) -> Refusal | None:
    """Why a model of so many triangles is not sent for this kind of task, or None. A face of four
    corners counts as two triangles, as in the file that is sent."""
    offer = service.offers.get(kind)
    if offer is None or not offer.most_triangles or triangles <= offer.most_triangles:
        return None
    sentence = messages.too_many_triangles(
        kind.label, offer.most_triangles, triangles, _remedies(service)
    )
    return Refusal("source", sentence)


def _remedies(service: Service) -> str:
    """The ways to fewer faces, the service's own with its price."""
    offer = service.offers.get(TaskKind.DECIMATE_MESH)
    if offer is None:
        return messages.DECIMATE_MODIFIER
    credits = estimate(service, TaskKind.DECIMATE_MESH, {"model": offer.default_model})
    return messages.low_poly_or_modifier(
        TaskKind.DECIMATE_MESH.label, price(credits, service.money)
    )
