"""What memory the machine can spare, and what a process holds. Bytes; None where nobody says.

Asks the system without starting anything, so it may be asked ten times a second.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import byref, c_size_t, c_uint32, c_uint64, sizeof
from pathlib import Path
from typing import Any, ClassVar, Final

_LEAST: Final = 1024**3
"""Blender alone takes a quarter of this; a machine with less free swaps for a while."""
_SHARE: Final = 0.75
"""The rest of what is free stays for what the artist does meanwhile."""
_QUERY: Final = 0x1000
"""PROCESS_QUERY_LIMITED_INFORMATION"""


def spare() -> int | None:
    """What a further process may take now, without harm to those that run."""
    free = available()
    return None if free is None else max(_LEAST, int(free * _SHARE))


def available() -> int | None:
    """What the system could give now without taking it from another process."""
    if sys.platform == "win32":
        return _available_on_windows()
    if sys.platform == "darwin":
        whole, percent = (
            _sysctl("hw.memsize", c_uint64),
            _sysctl("kern.memorystatus_level", c_uint32),
        )
        return None if whole is None or percent is None else whole * percent // 100
    return _kilobytes(Path("/proc/meminfo"), "MemAvailable")


def held_by(pid: int) -> int | None:
    """What a process holds, also where the system has swapped or compressed it meanwhile."""
    if sys.platform == "win32":
        return _held_on_windows(pid)
    if sys.platform == "darwin":
        return _footprint(pid)
    return _kilobytes(Path(f"/proc/{pid}/status"), "VmRSS", "VmSwap")


def _kilobytes(file: Path, *names: str) -> int | None:
    """The sum of lines such as "VmRSS:  1024 kB". An ended process has none."""
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    values = {name: value for name, _, value in (line.partition(":") for line in lines)}
    found = [int(values[name].split()[0]) * 1024 for name in names if name in values]
    return sum(found) if found else None


def _sysctl(name: str, kind: type[c_uint64 | c_uint32]) -> int | None:
    """A number that macOS's kernel tells; `memorystatus_level` is in percent of all memory.

    Source: sysctlbyname(3).
    """
    value = kind()
    size = c_size_t(sizeof(value))
    failed = _libc().sysctlbyname(name.encode(), byref(value), byref(size), None, c_size_t(0))
    return None if failed else int(value.value)


class _Usage(ctypes.Structure):
    """struct rusage_info_v0 of macOS's <sys/resource.h>."""

    _fields_: ClassVar[Any] = [
        ("uuid", ctypes.c_uint8 * 16),
        *((name, c_uint64) for name in ("user", "system", "wakeups", "interrupts", "pageins")),
        *((name, c_uint64) for name in ("wired", "resident", "footprint", "started", "ended")),
    ]


def _footprint(pid: int) -> int | None:
    usage = _Usage()
    failed = _libc().proc_pid_rusage(ctypes.c_int(pid), ctypes.c_int(0), byref(usage))
    return None if failed else int(usage.footprint)


def _libc() -> Any:
    return ctypes.CDLL(None)


class _Status(ctypes.Structure):
    """MEMORYSTATUSEX of Windows' <sysinfoapi.h>."""

    _fields_: ClassVar[Any] = [
        ("length", c_uint32),
        ("load", c_uint32),
        *((name, c_uint64) for name in ("physical", "free", "commit", "free_commit")),
        *((name, c_uint64) for name in ("virtual", "free_virtual", "extended")),
    ]


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of Windows' <psapi.h>."""

    _fields_: ClassVar[Any] = [
        ("length", c_uint32),
        ("faults", c_uint32),
        *((name, c_size_t) for name in ("peak_resident", "resident", "peak_paged", "paged")),
        *((name, c_size_t) for name in ("peak_nonpaged", "nonpaged", "committed", "peak")),
    ]


def _available_on_windows() -> int | None:
    status = _Status(length=sizeof(_Status))
    values = _kernel().GlobalMemoryStatusEx(byref(status))
    return int(status.free) if values else None


def _held_on_windows(pid: int) -> int | None:
    kernel, counters = _kernel(), _Counters(length=sizeof(_Counters))
    process = kernel.OpenProcess(c_uint32(_QUERY), ctypes.c_int(0), c_uint32(pid))
    if not process:
        return None
    try:
        values = kernel.K32GetProcessMemoryInfo(
            ctypes.c_void_p(process), byref(counters), c_uint32(sizeof(counters))
        )
    finally:
        kernel.CloseHandle(ctypes.c_void_p(process))
    # What is resident shrinks where memory is short, which is when it matters.
    return max(int(counters.resident), int(counters.committed)) if values else None


def _kernel() -> Any:
    loader: Any = getattr(ctypes, "WinDLL")  # noqa: B009 - it is there on Windows alone
    kernel = loader("kernel32")
    kernel.OpenProcess.restype = ctypes.c_void_p
    return kernel
