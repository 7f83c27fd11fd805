"""The catalog: services, tasks, model versions, fields and rules as tables of records.

Frozen standard-library records only, because panels read them before pydantic is loaded. Nothing
here computes: `rules` and `prices` do, from these tables.
"""

from __future__ import annotations

from typing import Final

from .comfy_router import COMFY_ROUTER
from .pixazo import PIXAZO
from .service_types import Service
from .studio import STUDIO
from .tripo_v2 import TRIPO_V2
from .tripo_v3 import TRIPO_V3

SERVICES: Final[dict[str, Service]] = {
    row.id: row for row in (TRIPO_V3, STUDIO, PIXAZO, COMFY_ROUTER, TRIPO_V2)
}
"""Every service by id, in the order of the menu; services that have ended come last."""
