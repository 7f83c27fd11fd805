"""How to start the child Blender: a frozen record, composed on the main thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from ...api.record import record


@record
class Converter:
    """How to start the child Blender. The order's path is appended to `command`. A command that
    `takes_orders` can also start without one and get orders from `WarmChild`.

    `timeout` is in seconds, without the extra time of a bake; `memory` in bytes, or None for what
    the machine can spare when the child starts.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    timeout: float = 900.0
    memory: int | None = None
    takes_orders: bool = False
