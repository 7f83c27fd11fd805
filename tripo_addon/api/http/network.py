"""How this computer reaches the services: the proxy, and certificates that are trusted besides the
system's.

One choice for the whole process, as the environment's variables are. Standard library only; uses no
network.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import Final

from ..record import record


class Route(Enum):
    """Which proxy is used; this computer itself is never reached through one."""

    SYSTEM = "SYSTEM"
    """That of the environment and the system's settings, if there is one."""
    DIRECT = "DIRECT"
    OWN = "OWN"


@record
class Network:
    """The choices. `proxy` is the address for `Route.OWN`, which may hold a password.
    `certificates` is the path of a PEM file of further authorities, or ""."""

    route: Route = Route.SYSTEM
    proxy: str = field(default="", repr=False)
    certificates: str = ""


_IN_FORCE: Final = [Network()]


def use(network: Network) -> None:
    """Let every session that is opened from now on follow these choices."""
    _IN_FORCE[:] = [network]


def in_force() -> Network:
    """Return the choices that new sessions follow."""
    return _IN_FORCE[0]
