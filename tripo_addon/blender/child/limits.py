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
_USUALLY_HELD: Final = 400_000_000
"""What a child holds with a model in it, where Linux does not tell exactly."""
_SPARE: Final[list[int]] = []


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


def note_spare(most: int | None) -> None:
    """Remember how many bytes the parent lets this process hold, if it says so."""
    _SPARE[:] = [] if most is None else [most]


def free_memory() -> int:
    """Bytes that this process may still take: of what its parent lets it hold, and on Linux of its
    own limit; `sys.maxsize` where neither is known."""
    bounds = [most - _told_by_linux("VmRSS", _USUALLY_HELD) for most in _SPARE]
    if sys.platform == "linux":
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
        if limit != resource.RLIM_INFINITY:
            bounds.append(limit - _told_by_linux("VmData", 0))
    return min(bounds, default=sys.maxsize)


def _told_by_linux(name: str, otherwise: int) -> int:
    """Bytes of this process, from a line like `VmData:  1024 kB`."""
    if sys.platform != "linux":
        return otherwise
    with open("/proc/self/status", encoding="ascii", errors="replace") as lines:
        line = next((each for each in lines if each.startswith(f"{name}:")), "")
    return int(line.split()[1]) * 1024 if line else otherwise
