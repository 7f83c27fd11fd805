"""How to start the child Blender: a frozen record, composed on the main thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from ...api.record import record


@record
class Converter:
    """How to start the child Blender. The order's path is put behind `command`; a command that
    `takes_orders` can also be started without one, and is then told by `WarmChild`.

    `timeout` is in seconds, to which a bake adds what its work may take; `memory` in bytes, or None
    for what the machine can spare when the child starts.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    timeout: float = 900.0
    memory: int | None = None
    takes_orders: bool = False
