"""What a service cannot do, and details of its errors. They follow the sentence of a problem after
a colon."""

from __future__ import annotations

from typing import Final

NO_TASK_LIST: Final = "it has no list of tasks"
BALANCE_ON_WEBSITE: Final = "only its website shows the balance"
KEY_EXPIRED: Final = "the key has expired"
KEY_REVOKED: Final = "the key was revoked"
ROUTER_OFF: Final = "Comfy has not enabled its router for your workspace"
WORKSPACE_CREDITS: Final = "the workspace of this key has too few"
TRIPO_V2_ENDED: Final = "Tripo ended API v2 on 2026-10-31; choose the service Tripo"
REMOVE_SYMBOLS: Final = "remove emoji and special symbols from the text"


def cannot_stop(task_id: str) -> str:
    """An accepted task cannot be canceled."""
    return f"it does not stop task {task_id}"


def no_quote(kind: str) -> str:
    """The service gives no quotes."""
    return f"it quotes no price for {kind}"


def invalid_field(field: object, reason: object) -> str:
    """What the service says about a field of the request."""
    return f"{field}: {reason}"


def not_on_the_web(name: str) -> str:
    """A file is given, but the service accepts only web addresses."""
    return f"{name} is not on the public web"


def not_a_picture(name: str) -> str:
    """A file is neither a picture nor a model."""
    return f"{name} is not an image"


def file_too_large(name: str, size: int, most: int) -> str:
    """A model file is larger than the service accepts."""
    return f"{name} has {size / 10**6:.0f} MB; the limit is {most // 10**6} MB"


def file_not_readable(name: str, reason: str | None) -> str:
    """A file cannot be read, for the system's `reason`."""
    return f"{name}: {reason}"
