"""3D AI Studio's errors: HTTP status and code as documented, and the body around them.

The documents show no body; `code` and `detail` are the stand-in's guess, and no client should rely
on more than the status and one of the usual names for a message.
"""

from collections.abc import Mapping

STATUS: Mapping[str, int] = {
    "VALIDATION_FAILED": 400,
    "INVALID_API_KEY": 401,
    "INSUFFICIENT_CREDITS": 402,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "RATE_LIMITED": 429,
}


class Refused(Exception):
    """A refused request; `wait` in whole seconds becomes Retry-After."""

    def __init__(self, code: str, detail: str, *, wait: int = 0) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = STATUS[code]
        self.wait = wait
