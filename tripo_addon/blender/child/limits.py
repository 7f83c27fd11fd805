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


def limit_memory(most: int | None = None) -> None:
    """Refuse this process any memory beyond `most` bytes: by default three fifths of the machine's,
    and at least 4 GiB. On Linux alone, where RLIMIT_DATA counts what is written to, not the
    libraries that are mapped.

    The parent watches a child on every system. This one refuses at once, and stays when the parent
    is gone.
    """
    if sys.platform != "linux":
        return
    import resource

    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    wanted = most or max(_LEAST_MEMORY, int(whole * _SHARE_OF_MEMORY))
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
