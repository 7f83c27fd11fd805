"""Network settings: the proxy, and CA certificates trusted in addition to the system's.

Process-wide, like environment variables. Standard library only; uses no network.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import Final

from ..record import record


class Route(Enum):
    """Which proxy is used; never for connections to this computer."""

    SYSTEM = "SYSTEM"
    """The proxy of the environment or the system's settings, if there is one."""
    DIRECT = "DIRECT"
    OWN = "OWN"


@record
class Network:
    """Network settings. `proxy` is the address for `Route.OWN` and may contain a password.
    `certificates` is the path of a PEM file with additional CA certificates, or ""."""

    route: Route = Route.SYSTEM
    proxy: str = field(default="", repr=False)
    certificates: str = ""


_IN_FORCE: Final = [Network()]


def use(network: Network) -> None:
    """Use these settings for every session opened from now on."""
    _IN_FORCE[:] = [network]


def in_force() -> Network:
    """Return the settings for new sessions."""
    return _IN_FORCE[0]
