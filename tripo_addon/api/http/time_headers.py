"""Reads times from the headers of an answer: how long to wait, and when it was sent.

Never raises: a malformed header must not cost the answer it came with.
"""

from __future__ import annotations

import math
from calendar import timegm
from collections.abc import Mapping
from email.utils import parsedate_tz
from typing import Final

_A_MOMENT: Final = 1e9
_LONGEST_RESET: Final = 86_400.0
_TOO_MANY: Final = 429


def retry_after(status: int, headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the service asks us to wait: from `Retry-After`, or for status 429
    from `X-RateLimit-Reset`. None if it does not say."""
    wait = _seconds(headers.get("Retry-After"), headers.get("Date"))
    if wait is None and status == _TOO_MANY:
        reset = _seconds(headers.get("X-RateLimit-Reset"), headers.get("Date"))
        return reset if reset is not None and reset < _LONGEST_RESET else None
    return wait


def moment(date: str | None) -> float | None:
    """Convert an HTTP date to seconds since 1970, negative for earlier dates. Does not use the
    system's conversion, which fails for some dates."""
    try:
        parsed = parsedate_tz(date) if date else None
        return float(timegm(parsed[:6]) - (parsed[9] or 0)) if parsed else None
    except Exception:  # noqa: BLE001 - never raises, see above
        return None


def _seconds(header: str | None, date: str | None) -> float | None:
    """Return a wait in seconds, given as a number or as a date, which is compared with the answer's
    own date."""
    if not header:
        return None
    try:
        number = float(header)
    except ValueError:
        end, now = moment(header), moment(date)
        return max(0.0, end - now) if end is not None and now is not None else None
    now = moment(date)
    if number >= _A_MOMENT and now is not None:
        number -= now
    return max(0.0, number) if math.isfinite(number) else None
