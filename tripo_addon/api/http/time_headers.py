"""What the headers of an answer say of time: for how long to wait, and when it was given.

Whatever stands there, nothing is raised: a header that is read for convenience must not cost the
answer it came with.
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
    """How long the service asks us to wait, in seconds: `Retry-After`, and where it only refuses
    for the number of requests, when it begins to count anew. None where it does not say."""
    wait = _seconds(headers.get("Retry-After"), headers.get("Date"))
    if wait is None and status == _TOO_MANY:
        reset = _seconds(headers.get("X-RateLimit-Reset"), headers.get("Date"))
        return reset if reset is not None and reset < _LONGEST_RESET else None
    return wait


def moment(date: str | None) -> float | None:
    """A date in seconds since 1970, also before that. Counted without the system, which cannot do
    it for every date."""
    try:
        parsed = parsedate_tz(date) if date else None
        return float(timegm(parsed[:6]) - (parsed[9] or 0)) if parsed else None
    except Exception:  # noqa: BLE001 - as above
        return None


def _seconds(header: str | None, date: str | None) -> float | None:
    """A wait in seconds: told as such, or as the moment of its end, against the answer's date."""
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
