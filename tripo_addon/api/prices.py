"""What a wish costs, before it is sent. Reads the catalogue and nothing else."""

from __future__ import annotations

from .catalog import Service, TaskKind
from .rules import Values


def estimate(service: Service, kind: TaskKind, values: Values) -> int | None:
    """Credits that the service will take for these values, or None where it publishes no price.

    PBR forces a texture and its price (Tripo API v3); surcharges for the texture apply to textured
    models only.
    """
    version = service.model(kind, str(values.get("model", "")))
    if version is None:
        return None
    prices = service.prices
    base = prices.bases.get(version.family, {}).get(kind)
    if base is None:
        return None
    textured = values.get("texture", True) is not False or values.get("pbr", True) is not False
    credits = base.textured if textured else base.bare
    if textured:
        credits += prices.texture_quality.get(str(values.get("texture_quality")), 0)
    credits += prices.geometry_quality.get(str(values.get("geometry_quality")), 0)
    if values.get("quad") is True:
        credits += prices.quad
    return credits
