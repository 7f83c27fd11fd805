"""Time and memory limits that a second Blender sets itself. Never called in the artist's
Blender."""

from __future__ import annotations

import faulthandler
import os
import sys
from typing import Final

_STDERR: Final = 2
_LEAST_MEMORY: Final = 4 * 1024**3
_SHARE_OF_MEMORY: Final = 0.6
_USUALLY_HELD: Final = 400_000_000
"""Bytes that a second Blender uses with a model loaded, if the system does not say exactly."""
_SPARE: Final[list[int]] = []


def limit_time(seconds: float) -> None:
    """End this process after `seconds`. Works even while an importer holds Python's lock."""
    faulthandler.dump_traceback_later(seconds, exit=True, file=_STDERR)


def limit_memory(most: int | None = None) -> None:
    """Limit this process to `most` bytes: by default three fifths of the machine's memory, and at
    least 4 GiB. Linux only, where RLIMIT_DATA counts written pages and not mapped libraries.

    The parent watches the process on every system. This limit acts at once, and also if the parent
    has ended.
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
    """Store how many bytes the parent lets this process use, if it says so."""
    _SPARE[:] = [] if most is None else [most]


def free_memory() -> int:
    """Bytes that this process may still take, by the parent's limit and, on Linux, by its own;
    `sys.maxsize` if neither is known."""
    bounds = [most - _process_bytes("VmRSS", _USUALLY_HELD) for most in _SPARE]
    if sys.platform == "linux":
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
        if limit != resource.RLIM_INFINITY:
            bounds.append(limit - _process_bytes("VmData", 0))
    return min(bounds, default=sys.maxsize)


def _process_bytes(name: str, otherwise: int) -> int:
    """A value in bytes from a line such as `VmData: 1024 kB` in the process's status."""
    if sys.platform != "linux":
        return otherwise
    with open("/proc/self/status", encoding="ascii", errors="replace") as lines:
        line = next((each for each in lines if each.startswith(f"{name}:")), "")
    return int(line.split()[1]) * 1024 if line else otherwise
