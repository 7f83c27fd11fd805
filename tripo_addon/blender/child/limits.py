"""Limits that a child Blender sets itself: time and memory.

Never called in the artist's Blender.
"""

from __future__ import annotations

import faulthandler
import os
import sys
from typing import Final

_STDERR: Final = 2
_LEAST_MEMORY: Final = 4 * 1024**3
_SHARE_OF_MEMORY: Final = 0.6


def limit_time(seconds: float) -> None:
    """End this process after `seconds`. Beside Python's lock: even while an importer holds it."""
    faulthandler.dump_traceback_later(seconds, exit=True, file=_STDERR)


def usual_memory() -> int:
    """Bytes that a child may use: three fifths of the machine's memory, and at least 4 GiB."""
    if sys.platform == "win32":
        return _LEAST_MEMORY
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(_LEAST_MEMORY, int(whole * _SHARE_OF_MEMORY))


def limit_memory(most: int) -> None:
    """Refuse this process any memory beyond `most` bytes, where the system can.

    Linux counts what is written to (RLIMIT_DATA), not the libraries that are mapped; macOS takes
    the limit and seldom keeps it; Windows has none of the kind.
    """
    if sys.platform == "win32":
        return
    import resource

    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    _, hard = resource.getrlimit(kind)
    soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (soft, hard))
