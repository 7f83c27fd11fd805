"""Whether a service takes a model of this size, and what to do where it does not."""

from __future__ import annotations

from .catalog.records import Service, TaskKind
from .prices import estimate
from .rules import Refusal


def refuse_size(service: Service, kind: TaskKind, triangles: int) -> Refusal | None:
    """Why a model of so many triangles is not sent for this kind of task, or None. A face of four
    corners counts as two triangles, as in the file that is sent."""
    offer = service.offers.get(kind)
    if offer is None or not offer.most_triangles or triangles <= offer.most_triangles:
        return None
    most = f"{kind.label} takes up to {offer.most_triangles:,} triangles"
    has = f"this has {triangles:,}, a quad counted as two"
    return Refusal("source", f"{most}, and {has}: reduce it first, {_remedies(service)}")


def _remedies(service: Service) -> str:
    """The ways to fewer faces, the service's own with its price."""
    free = "with a Decimate modifier"
    offer = service.offers.get(TaskKind.DECIMATE_MESH)
    if offer is None:
        return free
    credits = estimate(service, TaskKind.DECIMATE_MESH, {"model": offer.default_model})
    price = "price unknown" if credits is None else f"{credits} {service.money}"
    return f"with {TaskKind.DECIMATE_MESH.label} ({price}) or {free} (free)"
