"""Time for the stand-in's services. Never reads the system's clock itself: a clock is passed in."""

from collections.abc import Callable
from datetime import UTC, datetime

# Seconds since 1970: `time.time` in a process, any function in a test.
Clock = Callable[[], float]


def iso(moment: float) -> str:
    """ISO 8601 in UTC with milliseconds and a Z, as the v3 task object has it."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
