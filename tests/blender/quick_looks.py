"""Looks at tasks as soon as the stand-in can have finished them. A service's own pace, tested in
`tests/jobs`, would have every test wait for seconds while nothing happens."""

from __future__ import annotations

from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.service_types import Pace

QUICK = Pace(first=0.05, waits=(), slowest=0.1)


def look_soon() -> None:
    """Give every service this pace, for as long as this process lives."""
    for row in SERVICES.values():
        # A row is frozen, and shared by all who know the service.
        object.__setattr__(row, "pace", QUICK)
